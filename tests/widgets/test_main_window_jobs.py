"""Jobs in the window, with a real engine process whose engine is a fake one: lines appear, cancelling, trouble."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app import checkpoints, edits
from app.archive import Archive
from app.geometry import Box
from app.jobs import DrawnBox, FindLines, Job, Read, Worker
from app.jobs.job import Offer
from app.page import Line, Page
from widgets.main_window import MainWindow

FAKE = Path(__file__).resolve().parent.parent / "engines" / "fake_engine.py"
WAIT = 20_000

Open = Callable[..., MainWindow]


@pytest.fixture
def open_with(make_window: Open, archive_folder: Path, tmp_path: Path, qtbot: QtBot) -> Open:
    """Opens the archive in a window whose engine behaves in the way that is named."""

    def make(mode: str = "") -> MainWindow:
        model = tmp_path / "hand.safetensors"
        model.write_bytes(b"FAKE MODEL and its weights")
        window = make_window(make_worker=lambda engine: Worker(engine, (sys.executable, str(FAKE), mode)))
        qtbot.waitUntil(lambda: window.models.count() > 1)
        window.models.choose(checkpoints.find(str(model)))
        window.open_archive(archive_folder)
        qtbot.waitUntil(lambda: window.desk.image is not None)
        return window

    return make


def page_of(window: MainWindow) -> Page:
    assert window.desk.page is not None
    return window.desk.page


def idle(window: MainWindow) -> bool:
    return window.activities.running is None


def test_reading_the_page_fills_in_suggestions_and_leaves_what_a_person_wrote(open_with: Open, qtbot: QtBot) -> None:
    window = open_with()
    assert window.actions_by_name["read"].text() == "Read page"
    window.actions_by_name["read"].trigger()
    assert window.activities.isVisible()
    assert window.activities.cancel.isVisible()
    qtbot.waitUntil(lambda: idle(window), timeout=WAIT)
    assert [line.text for line in page_of(window).lines] == ["l0", "l1", "text 2", "text 3"]
    assert window.said.text() == "3 lines read on page 1."
    assert not window.activities.isVisible()
    assert not window.actions_by_name["undo"].isEnabled()


def test_with_a_line_chosen_only_that_line_is_read(open_with: Open, qtbot: QtBot) -> None:
    window = open_with()
    window.page_view.select(("l0",))
    assert window.actions_by_name["read"].text() == "Read 1 line"
    window.actions_by_name["read"].trigger()
    qtbot.waitUntil(lambda: idle(window), timeout=WAIT)
    assert [line.text for line in page_of(window).lines] == ["l0", "read 1", "text 2", "text 3"]
    assert window.transcript.editor.text.toPlainText() == "l0"


def test_a_reading_that_arrives_does_not_disturb_typing(open_with: Open, qtbot: QtBot) -> None:
    window = open_with()
    window.transcript.go_to("l0")
    qtbot.keyClicks(window.transcript.editor.text, "mitten im ")
    window.actions_by_name["read_page"].trigger()
    qtbot.waitUntil(lambda: idle(window), timeout=WAIT)
    qtbot.keyClicks(window.transcript.editor.text, "Satz")
    assert window.transcript.editor.text.toPlainText() == "mitten im Satz"
    window.transcript.flush()
    qtbot.waitUntil(lambda: page_of(window).lines[0].text == "mitten im Satz")


def test_a_second_press_does_not_queue_the_same_work_again(open_with: Open, qtbot: QtBot) -> None:
    window = open_with("hang")
    for _ in range(2):
        window.actions_by_name["read"].trigger()
    assert window.said.text() == "This is being done already."
    window.actions_by_name["cancel"].trigger()
    qtbot.waitUntil(lambda: idle(window), timeout=WAIT)
    window.actions_by_name["read"].trigger()
    assert not idle(window)
    window.actions_by_name["cancel"].trigger()
    qtbot.waitUntil(lambda: idle(window), timeout=WAIT)


def test_a_long_job_is_paused_and_goes_on_from_the_list(open_with: Open, qtbot: QtBot) -> None:
    window = open_with("hang")
    page = page_of(window).id
    window.desk.submit(FindLines(page), Read(page), title="Letter", later=True)
    qtbot.waitUntil(lambda: bool(window.activities.running and window.activities.running.state == "running"))
    window.activities.open_list()

    def button(text: str) -> QPushButton:
        return next(each for each in window.activities.list.findChildren(QPushButton) if each.text() == text)

    assert button("Go on").isHidden()
    qtbot.mouseClick(button("Pause"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.activities.running is not None and window.activities.running.state == "paused")
    assert button("Pause").isHidden()
    assert window.activities.running is not None
    assert window.activities.running.sentence == "Letter: paused"
    assert button("Go on").accessibleName() == "Go on: Letter"
    qtbot.mouseClick(button("Go on"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.activities.running is not None and window.activities.running.state == "running")
    window.activities.list.hide()
    window.actions_by_name["cancel"].trigger()
    qtbot.waitUntil(lambda: idle(window), timeout=WAIT)


def test_finding_lines_can_be_undone(open_with: Open, qtbot: QtBot) -> None:
    window = open_with()
    before = page_of(window)
    window.actions_by_name["find"].trigger()
    qtbot.waitUntil(lambda: idle(window), timeout=WAIT)
    assert len(page_of(window).lines) == 4
    assert [line.state for line in page_of(window).lines] == ["unread", "unread", "draft", "reviewed"]
    assert window.actions_by_name["undo"].text() == "Undo: Find lines"
    window.actions_by_name["undo"].trigger()
    qtbot.waitUntil(lambda: page_of(window) == before)


def test_a_box_is_one_line_that_is_drawn_and_read(open_with: Open, qtbot: QtBot) -> None:
    window = open_with()
    window.page_view.box_drawn.emit(DrawnBox(Box(60, 560, 300, 40)))
    qtbot.waitUntil(lambda: idle(window), timeout=WAIT)
    drawn = page_of(window).lines[-1]
    assert (drawn.made_by, drawn.text) == ("person", drawn.id)
    assert window.actions_by_name["undo"].text() == "Undo: Draw line"


def test_a_job_can_be_cancelled_and_what_arrived_is_kept(open_with: Open, qtbot: QtBot) -> None:
    window = open_with("hang")
    window.actions_by_name["read"].trigger()
    qtbot.waitUntil(lambda: page_of(window).lines[0].text == "l0", timeout=WAIT)
    qtbot.mouseClick(window.activities.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: idle(window), timeout=WAIT)
    assert page_of(window).lines[0].text == "l0"
    assert not window.actions_by_name["cancel"].isEnabled()


def test_closing_in_the_middle_of_a_job_ends_its_process_and_frees_the_archive(
    open_with: Open, archive_folder: Path, qtbot: QtBot
) -> None:
    window = open_with("hang")
    window.transcript.go_to("l2")
    qtbot.keyClicks(window.transcript.editor.text, " und weiter")
    window.actions_by_name["read_page"].trigger()
    qtbot.waitUntil(lambda: page_of(window).lines[0].text == "l0", timeout=WAIT)
    assert window.close()
    assert not any(str(FAKE) in process.cmdline() for process in psutil.Process().children(recursive=True))
    with Archive.open(archive_folder) as archive:
        texts = [line.text for line in archive.page(archive.pages()[0].id).lines]
    assert texts[0] == "l0"
    assert texts[2] == "text 2 und weiter"


def test_a_failed_job_says_so_calmly_and_the_desk_goes_on(open_with: Open, qtbot: QtBot) -> None:
    window = open_with("memory")
    window.actions_by_name["read"].trigger()
    qtbot.waitUntil(window.activities.details.isVisible, timeout=WAIT)
    assert window.activities.text.text()
    assert window.messages.messages() == []
    qtbot.mouseClick(window.activities.details, Qt.MouseButton.LeftButton)
    shown = window.activities.list
    assert shown.isVisible()
    shown.hide()
    qtbot.mouseClick(window.activities.dismiss, Qt.MouseButton.LeftButton)
    assert not window.activities.isVisible()
    window.transcript.go_to("l0")
    qtbot.keyClicks(window.transcript.editor.text, "weiter")
    window.transcript.flush()
    qtbot.waitUntil(lambda: page_of(window).lines[0].text == "weiter")


def test_lines_found_on_a_page_that_was_changed_meanwhile_are_offered(open_with: Open, qtbot: QtBot) -> None:
    window = open_with()
    found = Line("lfound", ((60, 700), (400, 700)), ((60, 670), (400, 670), (400, 710), (60, 710)))
    offer = partial(edits.segment, regions=(), lines=(found,))
    page = page_of(window).id
    offers = (Offer(page, offer),)
    job = Job("j1", "", (FindLines(page),), state="done", found=1, message="It was changed.", offers=offers)
    window.desk._job_told.emit(job)
    (message,) = window.messages.messages()
    assert message.message == "1 line found on page 1. It was changed."
    assert page_of(window).line("lfound") is None
    use = next(button for button in message.findChildren(QPushButton) if button.text() == "Use the found lines")
    qtbot.mouseClick(use, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page_of(window).line("lfound") is not None)
    assert window.messages.messages() == []
    assert window.actions_by_name["undo"].isEnabled()


def test_the_model_that_was_chosen_is_used_the_next_time_and_the_starter_when_it_is_gone(
    make_window: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    model = tmp_path / "my hand.safetensors"
    model.write_bytes(b"FAKE MODEL")
    first = make_window()
    qtbot.waitUntil(lambda: first.models.current == "starter")
    first.models.choose(checkpoints.find(str(model)))
    first.close()
    second = make_window()
    qtbot.waitUntil(lambda: second.models.current == str(model))
    assert second.models.currentText() == "my hand"
    second.close()
    model.unlink()
    third = make_window()
    qtbot.waitUntil(lambda: third.models.current == "starter")
    assert third.messages.messages() == []


def test_what_was_cancelled_is_said_and_that_what_arrived_stays(open_with: Open, qtbot: QtBot) -> None:
    window = open_with("hang")
    window.actions_by_name["read"].trigger()
    qtbot.waitUntil(lambda: page_of(window).lines[0].text == "l0", timeout=WAIT)
    window.actions_by_name["cancel"].trigger()
    qtbot.waitUntil(lambda: idle(window), timeout=WAIT)
    assert window.said.text() == "Reading: page 1: cancelled; what has arrived stays"
    window.actions_by_name["find"].trigger()
    window.actions_by_name["cancel"].trigger()
    qtbot.waitUntil(lambda: idle(window), timeout=WAIT)
    assert window.said.text() == "Finding lines: page 1: cancelled"


def test_what_was_read_in_a_box_is_chosen_unless_something_else_was_since(open_with: Open, qtbot: QtBot) -> None:
    window = open_with()
    box = DrawnBox(Box(50, 60, 400, 60))
    window.read_commands.read_box(box)
    qtbot.waitUntil(lambda: idle(window), timeout=WAIT)
    assert [line.text for line in page_of(window).lines[:2]] == ["l0", "read 1"]
    assert window.page_view.selected() == ("l0",)
    assert window.transcript.current == "l0"
    assert not window.transcript.editor.text.hasFocus()
    window.read_commands.read_box(DrawnBox(Box(50, 160, 400, 60)))
    window.page_view.select(("l3",))
    qtbot.waitUntil(lambda: idle(window), timeout=WAIT)
    assert page_of(window).lines[1].text == "l1"
    assert window.page_view.selected() == ("l3",)


def test_suggestions_that_give_way_to_lines_found_again_are_counted_and_undo_brings_them_back(
    open_with: Open, qtbot: QtBot
) -> None:
    window = open_with()
    window.desk.edit("", lambda page: edits.segment(page, (), [Line("m", ((10, 400), (80, 400)))]))
    qtbot.waitUntil(lambda: page_of(window).line("m") is not None)
    window.page_view.select(("m",))
    window.actions_by_name["read"].trigger()
    qtbot.waitUntil(lambda: page_of(window).line("m").text == "m", timeout=WAIT)
    qtbot.waitUntil(lambda: idle(window), timeout=WAIT)
    window.page_view.select(())
    window.actions_by_name["find"].trigger()
    qtbot.waitUntil(lambda: page_of(window).line("m") is None, timeout=WAIT)
    qtbot.waitUntil(lambda: idle(window), timeout=WAIT)
    assert "1 line with a suggestion gave way to them; Undo brings it back." in window.said.text()
    window.actions_by_name["undo"].trigger()
    qtbot.waitUntil(lambda: page_of(window).line("m") is not None)
    assert page_of(window).line("m").text == "m"


def test_a_model_that_is_unsure_of_a_page_is_named_once_with_the_way_to_others(open_with: Open, qtbot: QtBot) -> None:
    window = open_with()
    model = window.models.choice
    assert model is not None
    window.desk.edit("", lambda page: edits.draw_line(page, ((60, 650), (400, 650)), line_id="m"))
    qtbot.waitUntil(lambda: page_of(window).line("m") is not None)
    qtbot.waitUntil(lambda: idle(window), timeout=WAIT)
    unsure = f"“{model.title}” is unsure of most lines of this page."
    seen = window.page_view.viewport().geometry()
    window.actions_by_name["read"].trigger()
    qtbot.waitUntil(lambda: idle(window), timeout=WAIT)
    assert window.said.text().startswith("4 lines read on page 1. " + unsure)
    assert "Models" in window.said.text()
    assert window.page_view.viewport().geometry() == seen, "it moves nothing"
    window.actions_by_name["read"].trigger()
    qtbot.waitUntil(lambda: idle(window), timeout=WAIT)
    assert unsure not in window.said.text()


def test_sorting_by_disagreement_waits_for_two_readers(open_with: Open, qtbot: QtBot) -> None:
    window = open_with()
    sort = window.actions_by_name["by_disagreement"]
    assert not sort.isEnabled()
    window.page_view.select(("l1",))
    window.actions_by_name["read"].trigger()
    qtbot.waitUntil(lambda: idle(window), timeout=WAIT)
    assert sort.isEnabled()
