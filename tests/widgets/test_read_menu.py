"""Reading with two engines' models from the window: what is said first, what is read, and what stays as it is."""

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from app import edits, paths
from app.archive import Archive
from app.checkpoints import store
from app.checkpoints.plan import About, EngineName
from app.checkpoints.record import Record, RecordedFile
from app.geometry import Box
from app.jobs import Align, Choice, DrawnBox, FindLines, Read
from app.page import Line, Page
from app.protocol import Purpose
from tests.widgets.models import WAIT, fake_worker, weights
from widgets.align_dialog import AlignDialog
from widgets.main_window import MainWindow
from widgets.report import ReportDialog

HAND, OTHER = "imported:hand", "surya:text_recognition/2025_09_23"


def install(name: str, title: str, engine: EngineName, purpose: Purpose = "recognition") -> None:
    """Puts a model into the store that the fake engine opens."""
    data = weights(1000, len(title))
    place = f"{engine}/{name.replace(':', '-')}"
    folder = paths.downloads_dir() / place.replace("/", "-") / "files"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(data)
    file = RecordedFile(
        name="model.safetensors", size=len(data), sha256=hashlib.sha256(data).hexdigest(), published=False
    )
    about = About(title=title, engine=engine, purpose=purpose)
    record = Record(
        name=name,
        reference=name,
        about=about,
        files=(file,),
        weights=file.name,
        origin="imported",
        installed="2026-11-24T10:00:00+00:00",
    )
    with store.lock(place):
        store.place(folder, place, record)


@pytest.fixture
def window(make_window: Callable[..., MainWindow], archive_folder: Path, qtbot: QtBot) -> MainWindow:
    """A window with the archive open and a recogniser of each engine; kraken's is chosen."""
    install(HAND, "Old hand", "kraken")
    install(OTHER, "Many languages", "surya")
    install("surya:text_detection/2025_05_07", "Line finder", "surya", "segmentation")
    made = make_window(make_worker=lambda _engine: fake_worker())
    qtbot.waitUntil(lambda: bool(made.models.current), timeout=WAIT)
    made.models.use(HAND)
    made.open_archive(archive_folder)
    qtbot.waitUntil(lambda: made.desk.image is not None, timeout=WAIT)
    return made


def page_of(window: MainWindow) -> Page:
    assert window.desk.page is not None
    return window.desk.page


def line_of(window: MainWindow, line_id: str) -> Line:
    line = page_of(window).line(line_id)
    assert line is not None
    return line


def models_of(window: MainWindow, line_id: str) -> list[str]:
    return [reading.model for reading in line_of(window, line_id).readings]


def trigger(window: MainWindow, name: str) -> str:
    """Triggers an action; returns what the status line says before anything has come."""
    action = window.actions_by_name[name]
    assert action.isEnabled(), name
    said: list[str] = []
    window.desk.told.connect(said.append)
    action.trigger()
    window.desk.told.disconnect(said.append)
    return said[0] if said else ""


def entries(window: MainWindow, menu: str) -> dict[str, QAction]:
    """A submenu's entries by their words, as they are when it opens."""
    found = window.actions_by_name.submenus[menu]
    found.aboutToShow.emit()
    return {action.text(): action for action in found.actions() if action.text()}


def idle(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.activities.running is None, timeout=WAIT)


def test_what_an_action_would_read_is_said_before_it_is_chosen(window: MainWindow) -> None:
    window.page_view.select(("l0", "l1", "l3"))
    do = window.actions_by_name
    foretold = {
        "read": "Reads 3 lines with “Old hand”; 1 reviewed line stays as it is.",
        "read_page": "Reads 3 lines with “Old hand”; 1 reviewed line stays as it is.",
        "read_document": "Reads 2 pages with “Old hand”; 1 reviewed line stays as it is.",
        "read_archive": "Reads 2 pages with “Old hand”; 1 reviewed line stays as it is.",
    }
    for name, sentence in foretold.items():
        do[name].hover()
        assert window.said.text() == sentence
    assert window.activities.running is None
    window.page_view.select(())
    do["read"].hover()
    assert window.said.text() == foretold["read_page"]


class TestWhichModel:
    def test_models_of_both_engines_are_listed_with_their_engine(self, window: MainWindow) -> None:
        words = [window.models.itemText(at) for at in range(window.models.count())]
        assert words[:2] == ["kraken: Starter model (typewriter)", "kraken: Old hand"]
        assert "Surya: Many languages" in words
        assert not any("Line finder" in text for text in words)

    def test_read_again_offers_every_model_and_keeps_the_one_that_is_chosen(
        self, window: MainWindow, qtbot: QtBot
    ) -> None:
        window.page_view.select(("l3",))
        entries(window, "read_again")["Surya: Many languages"].trigger()
        assert window.said.text() == "Reads 1 line with “Many languages”; 1 reviewed line stays as it is."
        idle(window, qtbot)
        assert models_of(window, "l3") == ["starter", OTHER]
        assert (line_of(window, "l3").text, line_of(window, "l3").state) == ("text 3", "reviewed")
        assert models_of(window, "l0") == []
        assert window.models.current == HAND

    def test_both_engines_read_the_same_lines(self, window: MainWindow, qtbot: QtBot) -> None:
        window.page_view.select(("l0",))
        said = trigger(window, "read_both")
        assert said == "Reads 1 line with “Old hand”. Reads 1 line with “Many languages”."
        qtbot.waitUntil(lambda: len(models_of(window, "l0")) == 2, timeout=WAIT)
        idle(window, qtbot)
        assert set(models_of(window, "l0")) == {HAND, OTHER}
        assert models_of(window, "l1") == ["starter"]

    def test_a_region_that_has_lines_is_read_again_without_looking_for_them_anew(
        self, window: MainWindow, qtbot: QtBot
    ) -> None:
        around = ((50, 60), (450, 60), (450, 220), (50, 220))
        window.desk.edit("Draw region", partial(edits.draw_region, boundary=around, region_id="r1"))
        qtbot.waitUntil(lambda: page_of(window).region("r1") is not None)
        window.page_view.select(("r1",))
        entries(window, "read_again")["Surya: Many languages"].trigger()
        qtbot.waitUntil(lambda: OTHER in models_of(window, "l1"), timeout=WAIT)
        idle(window, qtbot)
        assert [line.id for line in page_of(window).lines] == ["l0", "l1", "l2", "l3"]
        assert models_of(window, "l2") == ["starter"]

    def test_with_models_of_one_engine_alone_there_is_nothing_to_compare(
        self, make_window: Callable[..., MainWindow], qtbot: QtBot
    ) -> None:
        alone = make_window()
        qtbot.waitUntil(lambda: bool(alone.models.current), timeout=WAIT)
        assert {choice.engine for choice in alone.models.choices if choice.state == "ready"} == {"kraken"}
        assert alone.models.itemText(0) == "Starter model (typewriter)"
        assert not alone.actions_by_name.submenus["find_with"].menuAction().isVisible()


class TestHowMuch:
    def test_the_page_says_first_what_is_read_and_what_stays(self, window: MainWindow, qtbot: QtBot) -> None:
        assert trigger(window, "read_page") == ("Reads 3 lines with “Old hand”; 1 reviewed line stays as it is.")
        idle(window, qtbot)
        assert models_of(window, "l3") == ["starter"]

    def test_the_document_is_read_page_by_page(self, window: MainWindow, archive_folder: Path, qtbot: QtBot) -> None:
        assert trigger(window, "read_document") == ("Reads 2 pages with “Old hand”; 1 reviewed line stays as it is.")
        assert window.desk._queue is not None
        (job,) = window.desk._queue.jobs()
        assert (job.title, job.later) == ("Reading “scans”", True)
        idle(window, qtbot)
        window.close()
        with Archive.open(archive_folder) as archive:
            first, second = (archive.page(info.id) for info in archive.pages())
        assert [line.readings[-1].model for line in first.lines] == [HAND, HAND, HAND, "starter"]
        assert [line.state for line in second.lines] == ["read", "read"]

    def test_the_archive_leaves_out_what_is_reviewed_through_and_through(
        self, window: MainWindow, qtbot: QtBot
    ) -> None:
        page = page_of(window)
        for line in page.lines:
            window.desk.edit("Review", partial(_reviewed, line_id=line.id))
        qtbot.waitUntil(lambda: window.desk.infos[page.id].reviewed == 4)
        assert trigger(window, "read_archive") == "Reads 1 page with “Old hand”."
        idle(window, qtbot)
        assert models_of(window, "l1") == ["starter"]

    def test_only_what_another_model_was_unsure_of_is_read(self, window: MainWindow, qtbot: QtBot) -> None:
        nothing = "Nothing to read: no other model was less than 80 % sure of a line."
        assert trigger(window, "read_unsure") == nothing
        window.page_view.select(("l0",))
        trigger(window, "read")  # the fake engine is half sure of everything
        idle(window, qtbot)
        window.page_view.select(())
        window.models.use(OTHER)
        said = trigger(window, "read_unsure")
        assert said == "Reads 1 line with “Many languages”; 1 reviewed line stays as it is."
        idle(window, qtbot)
        assert models_of(window, "l0") == [HAND, OTHER]
        assert models_of(window, "l1") == ["starter"]

    def test_unsure_lines_of_the_document_are_a_long_job(self, window: MainWindow, qtbot: QtBot) -> None:
        trigger(window, "read_unsure_document")
        assert window.desk._queue is not None
        (job,) = window.desk._queue.jobs()
        assert job.later
        assert job.tasks == (Read(page_of(window).id, Choice(below=0.8), HAND),)
        idle(window, qtbot)

    def test_a_page_that_is_reviewed_says_why_nothing_happens(self, window: MainWindow, qtbot: QtBot) -> None:
        for line in page_of(window).lines:
            window.desk.edit("Review", partial(_reviewed, line_id=line.id))
        qtbot.waitUntil(lambda: all(line.state == "reviewed" for line in page_of(window).lines))
        assert trigger(window, "read_page").startswith("Nothing to read: all these lines are reviewed.")
        assert window.activities.running is None


class TestParts:
    @pytest.mark.parametrize(("one_line", "kind"), [(True, "lines"), (False, "regions")])
    def test_what_a_person_says_of_a_box_counts_more_than_its_shape(
        self, window: MainWindow, qtbot: QtBot, one_line: bool, kind: str
    ) -> None:
        before = page_of(window)
        box = Box(60, 520, 300, 250) if one_line else Box(60, 560, 300, 30)
        window.page_view.box_drawn.emit(DrawnBox(box, one_line))
        assert window.said.text() == "Reads the marked part with “Old hand”."
        idle(window, qtbot)
        assert len(getattr(page_of(window), kind)) == len(getattr(before, kind)) + 1

    def test_lines_can_be_looked_for_with_either_engine(self, window: MainWindow, qtbot: QtBot) -> None:
        menu = window.actions_by_name.submenus["find_with"]
        assert menu.menuAction().isVisible()
        entries(window, "find_with")["Surya"].trigger()
        assert window.desk._queue is not None
        (job,) = window.desk._queue.jobs()
        assert job.tasks == (FindLines(page_of(window).id, None, "surya"),)
        idle(window, qtbot)


class TestAligning:
    def test_a_text_is_asked_for_and_handed_on_as_it_is(self, window: MainWindow, qtbot: QtBot) -> None:
        window.models.use(OTHER)
        trigger(window, "align")
        dialog = window.findChild(AlignDialog)
        assert dialog is not None
        dialog.text.setPlainText("Liebe Mutter,\nwir sind da")
        qtbot.mouseClick(dialog.align_button, Qt.MouseButton.LeftButton)
        assert window.desk._queue is not None
        (job,) = window.desk._queue.jobs()
        assert job.tasks == (Align(page_of(window).id, "Liebe Mutter,\nwir sind da", "starter"),)
        window.actions_by_name["cancel"].trigger()
        idle(window, qtbot)

    def test_what_could_not_be_placed_can_be_read_and_copied_whole(self, window: MainWindow, qtbot: QtBot) -> None:
        from widgets.jobs.activity import Activity

        left_over = "40 words could not be placed: " + ", ".join(f"“word {number}”" for number in range(40))
        window.desk.activity.emit(Activity("j1", "Aligning", "done", message=left_over))
        (row,) = window.messages.messages()
        assert row.message.startswith("40 words could not be placed: “word 0”")
        assert len(row.message) < 200
        show = next(button for button in row.findChildren(QPushButton) if button.text() == "Show all of it")
        qtbot.mouseClick(show, Qt.MouseButton.LeftButton)
        report = window.findChild(ReportDialog)
        assert report is not None
        assert report.text.toPlainText() == left_over
        qtbot.mouseClick(report.copy_button, Qt.MouseButton.LeftButton)
        assert QApplication.clipboard().text() == left_over
        report.close()


class TestTakingOver:
    def test_a_key_makes_a_reading_the_draft_and_undo_takes_it_back(self, window: MainWindow, qtbot: QtBot) -> None:
        trigger(window, "read_both")
        qtbot.waitUntil(lambda: len(models_of(window, "l2")) == 3, timeout=WAIT)
        idle(window, qtbot)
        window.transcript.go_to("l2")
        rows = [row for row in window.transcript.editor.readings.rows if row.isVisible()]
        assert [row.reading_id for row in rows] == [reading.id for reading in reversed(line_of(window, "l2").readings)]
        assert "Old hand" in " ".join(row.caption for row in rows)
        qtbot.keyClick(window.transcript.editor.text, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
        qtbot.waitUntil(lambda: line_of(window, "l2").text == "read 2")
        assert line_of(window, "l2").state == "draft"
        assert window.transcript.current_text == "read 2"
        assert window.actions_by_name["undo"].text() == "Undo: Take over reading"
        trigger(window, "undo")
        qtbot.waitUntil(lambda: line_of(window, "l2").text == "text 2")

    def test_taking_over_what_is_suggested_accepts_it(self, window: MainWindow, qtbot: QtBot) -> None:
        window.page_view.select(("l1",))
        trigger(window, "read")
        idle(window, qtbot)
        window.transcript.go_to("l1")
        row = window.transcript.editor.readings.rows[0]
        qtbot.mouseClick(row, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: line_of(window, "l1").state == "draft")
        assert line_of(window, "l1").text == "l1"


def test_sorting_by_disagreement_by_key_leaves_the_page_in_its_order(window: MainWindow, qtbot: QtBot) -> None:
    window.page_view.select(("l1",))
    trigger(window, "read")
    idle(window, qtbot)
    shown = window.transcript.model
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(window, Qt.Key.Key_D, keys)
    assert [line.id for line in shown.lines] == ["l1", "l0", "l2", "l3"]
    assert window.transcript.order_button.isChecked()
    assert window.transcript.current == "l1"
    assert [line.id for line in page_of(window).lines] == ["l0", "l1", "l2", "l3"]
    qtbot.keyClick(window, Qt.Key.Key_D, keys)
    assert [line.id for line in shown.lines] == ["l0", "l1", "l2", "l3"]


def _reviewed(page: Page, line_id: str) -> Page:
    return edits.review(edits.transcribe(page, line_id, f"seen {line_id}"), line_id)
