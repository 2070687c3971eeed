"""What goes wrong on a desk, or is larger than usual, and costs nothing."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import checkpoints, edits
from app.archive import Archive, DocumentInfo
from app.geometry import Box
from app.jobs import DrawnBox, Worker
from app.page import Line, Page
from widgets.archive_thread import ArchiveThread
from widgets.jobs.activity import Activity
from widgets.library.panel import LibraryPanel
from widgets.main_window import MainWindow
from widgets.page_image import make_pyramid
from widgets.transcript.strips import Strips

FAKE = Path(__file__).resolve().parent.parent / "engines" / "fake_engine.py"
WAIT = 20_000


def page_of(window: MainWindow) -> Page:
    assert window.desk.page is not None
    return window.desk.page


@pytest.fixture
def hanging(make_window: Callable[..., MainWindow], archive_folder: Path, tmp_path: Path, qtbot: QtBot) -> MainWindow:
    """A window whose engine reads the first line and then no more."""
    model = tmp_path / "hand.safetensors"
    model.write_bytes(b"FAKE MODEL and its weights")
    window = make_window(make_worker=lambda engine: Worker(engine, (sys.executable, str(FAKE), "hang")))
    qtbot.waitUntil(lambda: window.models.count() > 1)
    window.models.choose(checkpoints.find(str(model)))
    window.open_archive(archive_folder)
    qtbot.waitUntil(lambda: window.desk.image is not None)
    return window


def test_undo_and_redo_across_a_running_reading_keep_what_it_brought(hanging: MainWindow, qtbot: QtBot) -> None:
    do = hanging.actions_by_name
    hanging.page_view.select(("l1",))
    do["delete"].trigger()
    qtbot.waitUntil(lambda: page_of(hanging).line("l1") is None)
    do["read_page"].trigger()
    qtbot.waitUntil(lambda: page_of(hanging).lines[0].text == "l0", timeout=WAIT)
    assert hanging.activities.running is not None
    do["undo"].trigger()
    qtbot.waitUntil(lambda: page_of(hanging).line("l1") is not None)
    do["redo"].trigger()
    qtbot.waitUntil(lambda: page_of(hanging).line("l1") is None)
    do["undo"].trigger()
    qtbot.waitUntil(lambda: page_of(hanging).line("l1") is not None)
    assert [line.text for line in page_of(hanging).lines] == ["l0", "read 1", "text 2", "text 3"]
    do["cancel"].trigger()
    qtbot.waitUntil(lambda: hanging.activities.running is None, timeout=WAIT)
    assert page_of(hanging).lines[0].text == "l0"


def test_a_line_deleted_or_written_while_it_is_read_stays_so(
    make_window: Callable[..., MainWindow], archive_folder: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    model = tmp_path / "hand.safetensors"
    model.write_bytes(b"FAKE MODEL and its weights")
    window = make_window()
    qtbot.waitUntil(lambda: window.models.count() > 1)
    window.models.choose(checkpoints.find(str(model)))
    window.open_archive(archive_folder)
    qtbot.waitUntil(lambda: window.desk.image is not None)
    window.actions_by_name["read_page"].trigger()
    window.desk.edit("", lambda page: edits.delete(page, ("l1",)))
    window.desk.edit("", lambda page: edits.transcribe(page, "l0", "von mir"))
    qtbot.waitUntil(lambda: window.activities.running is None, timeout=WAIT)
    assert page_of(window).line("l1") is None
    written = page_of(window).line("l0")
    assert written is not None
    assert (written.text, written.state) == ("von mir", "draft")


def test_a_fault_under_the_hand_is_told_in_a_sentence_and_ends_nothing(tmp_path: Path, archive_folder: Path) -> None:
    """PySide ended the process where a handler raised an exception that Qt had called from an override of `event`."""
    code = """
import sys
from pathlib import Path
from PySide6.QtCore import QEvent, QPointF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent
from widgets.start import make_application, make_window
app = make_application()
window = make_window(app)
window.show()
window.open_archive(Path(sys.argv[1]))
while window.desk.image is None:
    app.processEvents()
def fault(*_):
    return [][0]
window.page_view._tool.move = window.page_view._on_key = window.transcript.editor.text._moved_to_end = fault
window.transcript.go_to("l0")
at, none, left = QPointF(90, 90), Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
events = [(target, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, none))
          for target in (window.page_view, window.transcript.editor.text)]
events.append((window.page_view.viewport(), QMouseEvent(QEvent.Type.MouseMove, at, at, left, left, none)))
def go_on():
    if events:
        app.postEvent(*events.pop())
    elif window.messages.messages():
        print(window.messages.messages()[0].message)
        window.close()
        app.quit()
timer = QTimer(interval=20)
timer.timeout.connect(go_on)
timer.start()
app.exec()
"""
    env = dict(os.environ, LESEPULT_HOME=str(tmp_path / "home"), QT_QPA_PLATFORM="offscreen", LANGUAGE="en")
    command = [sys.executable, "-c", code, str(archive_folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0
    assert done.stdout.strip() == "Something went wrong inside Lesepult. What was saved is safe."


def test_after_turning_the_page_arrows_begin_at_its_own_lines(open_window: MainWindow, qtbot: QtBot) -> None:
    second = list(open_window.desk.infos)[1]
    open_window.desk.edit("", lambda page: edits.draw_line(page, ((60, 200), (400, 200)), line_id="other"), second)
    view = open_window.page_view
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert view.selected() == ("l0",)
    open_window.actions_by_name["next_page"].trigger()
    qtbot.waitUntil(lambda: page_of(open_window).line("other") is not None)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert view.selected() == ("other",)


def test_backspace_takes_the_only_point_of_a_stroke_back_and_the_hand_goes_on(
    open_window: MainWindow, qtbot: QtBot
) -> None:
    view = open_window.page_view
    for tool in ("lasso", "order", "line", "region", "points", "split_region", "box"):
        view.set_tool(tool)
        qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
        qtbot.keyClick(view, Qt.Key.Key_Backspace)
        qtbot.mouseMove(view.viewport(), QPoint(160, 140))
        qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(160, 140))
        qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert [line.id for line in page_of(open_window).lines] == ["l0", "l1", "l2", "l3"]


def test_on_a_screen_of_another_scale_strips_are_cut_anew_and_the_old_show_until_then(qtbot: QtBot) -> None:
    thread = ArchiveThread("images")
    strips, made = Strips(thread), list[str]()
    strips.made.connect(made.append)
    line = Line("l", ((0, 90), (600, 90)), Box(0, 60, 600, 40).polygon())
    strips.show_lines([line])
    strips.show_image(make_pyramid(Image.new("L", (2400, 800), 200)), 600)
    size = strips.size(line, 400, 40)
    for ratio in (1.0, 2.0, 1.5):
        before = strips.strip(line, "row", size, ratio)
        assert (before is None) == (ratio == 1.0)
        made.clear()
        qtbot.waitUntil(lambda: made == ["l"])
        strip = strips.strip(line, "row", size, ratio)
        assert strip is not None
        assert strip.devicePixelRatio() == ratio
        # Height and width are whole pixels, and the strip keeps the shape of the line.
        assert strip.width() == pytest.approx(ratio * size.width(), rel=0.03)
    thread.stop()


def test_a_document_without_pages_is_listed_and_does_no_harm(qtbot: QtBot) -> None:
    panel = LibraryPanel()
    qtbot.addWidget(panel)
    panel.show_library((DocumentInfo("d1", "Umschlag", 0),), ())
    panel.show()
    panel.tree.setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Left):
        qtbot.keyClick(panel.tree, key)
    panel.grab()
    assert panel.model.rowCount() == 1
    assert panel.model.rowCount(panel.model.index(0, 0)) == 0


def test_a_page_of_twenty_thousand_lines_is_shown_gone_through_and_written_on(
    make_window: Callable[..., MainWindow], archive_folder: Path, qtbot: QtBot
) -> None:
    def crowded(page: Page) -> Page:
        lines = [
            Line(f"n{at}", ((x, y), (x + 20, y)), Box(x, y - 3, 20, 4).polygon())
            for at, (x, y) in enumerate((20 + 28 * (at % 20), 6 + at // 20 % 790) for at in range(20_000))
        ]
        return replace(page, lines=tuple(lines))

    with Archive.open(archive_folder) as archive:
        archive.edit(archive.pages()[1].id, crowded)
    window = make_window()
    window.open_archive(archive_folder)
    qtbot.waitUntil(lambda: window.desk.image is not None)
    window.actions_by_name["next_page"].trigger()
    qtbot.waitUntil(lambda: page_of(window).line("n19999") is not None, timeout=WAIT)
    window.transcript.go_to("n15000")
    text = window.transcript.editor.text
    qtbot.keyClicks(text, "ganz unten")
    qtbot.keyClick(text, Qt.Key.Key_Return)
    assert window.transcript.current == "n15001"
    qtbot.waitUntil(lambda: page_of(window).line("n15000").text == "ganz unten", timeout=WAIT)
    assert window.page_view.selected() == ("n15001",)
    QApplication.processEvents()


def test_a_person_who_comes_back_before_the_archive_has_answered_sees_what_they_typed(
    open_window: MainWindow, archive_folder: Path, qtbot: QtBot
) -> None:
    held = sqlite3.connect(archive_folder / "archive.sqlite", isolation_level=None)
    held.execute("BEGIN IMMEDIATE")
    text = open_window.transcript.editor.text
    open_window.transcript.go_to("l0")
    qtbot.keyClicks(text, "ein ganzer Satz")
    qtbot.keyClick(text, Qt.Key.Key_Return)
    qtbot.keyClick(text, Qt.Key.Key_Up)
    assert open_window.transcript.current == "l0"
    assert text.written == "ein ganzer Satz"
    qtbot.keyClicks(text, "!")
    held.execute("ROLLBACK")
    held.close()
    open_window.transcript.flush()
    qtbot.waitUntil(lambda: page_of(open_window).line("l0").text == "ein ganzer Satz!", timeout=WAIT)
    assert text.written == "ein ganzer Satz!"


def test_a_text_whose_line_is_gone_is_shown_to_be_copied_and_not_told_for_ever(
    open_window: MainWindow, qtbot: QtBot
) -> None:
    text = open_window.transcript.editor.text
    open_window.transcript.go_to("l0")
    qtbot.keyClicks(text, "verwaist")
    open_window.desk.edit("", lambda page: edits.delete(page, ("l0",)))
    qtbot.waitUntil(lambda: page_of(open_window).line("l0") is None)
    qtbot.waitUntil(lambda: bool(open_window.messages.messages()))
    assert "verwaist" in open_window.messages.messages()[0].hint
    open_window.desk.write(page_of(open_window).id, "l0", "zu spät", 1)
    qtbot.waitUntil(lambda: "zu spät" in open_window.messages.messages()[0].hint)
    assert not open_window.transcript.has_refused


def test_the_end_of_a_reading_takes_no_line_from_under_a_person_who_types(hanging: MainWindow, qtbot: QtBot) -> None:
    hanging.read_commands.read_box(DrawnBox(Box(50, 60, 400, 60)))
    qtbot.waitUntil(lambda: page_of(hanging).lines[0].text == "l0", timeout=WAIT)
    hanging.transcript.go_to("l2")
    hanging.page_view.select(())
    hanging.transcript.go_to("l2")
    hanging.read_commands._drawn = (page_of(hanging).id, DrawnBox(Box(50, 60, 400, 60)), hanging.page_commands.chosen())
    hanging._on_activity(Activity("x", "Reading", "done", reads=True))
    assert hanging.transcript.current == "l2"
    hanging.actions_by_name["cancel"].trigger()
    qtbot.waitUntil(lambda: hanging.activities.running is None, timeout=WAIT)


def test_escape_between_press_and_release_cuts_nothing(open_window: MainWindow, qtbot: QtBot) -> None:
    view = open_window.page_view
    view.set_tool("split")
    at = view.mapFromScene(QPointF(200, 190))
    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    open_window.desk.settle()
    assert [line.id for line in page_of(open_window).lines] == ["l0", "l1", "l2", "l3"]
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.waitUntil(lambda: len(page_of(open_window).lines) == 5)


def test_a_point_that_is_held_stays_with_its_line(open_window: MainWindow, qtbot: QtBot) -> None:
    view, before = open_window.page_view, page_of(open_window).lines[2]
    view.select(("l0",))
    view.set_tool("points")
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.mapFromScene(QPointF(60, 100)))
    view.select(("l2",))
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.mapFromScene(QPointF(500, 700)))
    open_window.desk.settle()
    now = page_of(open_window).line("l2")
    assert (now.baseline, now.boundary) == (before.baseline, before.boundary)


def test_odd_characters_stay_and_what_cannot_be_seen_is_not_pasted(open_window: MainWindow, qtbot: QtBot) -> None:
    text = open_window.transcript.editor.text
    open_window.transcript.go_to("l0")
    data = QMimeData()
    data.setText("a\u2029b\x07c\td\u00a0e 😀x")
    text.insertFromMimeData(data)
    assert text.written == "a bc d\u00a0e 😀x"
    at = text.textCursor().position()
    open_window.transcript.flush()
    qtbot.waitUntil(lambda: page_of(open_window).line("l0").text == "a bc d\u00a0e 😀x")
    assert text.textCursor().position() == at


def test_ctrl_enter_that_has_nothing_to_review_goes_nowhere(open_window: MainWindow, qtbot: QtBot) -> None:
    open_window.transcript.go_to("l0")
    text = open_window.transcript.editor.text
    qtbot.keyClick(text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert open_window.transcript.current == "l0"


def test_arrows_move_the_cross_as_it_is_seen_on_a_turned_page(open_window: MainWindow, qtbot: QtBot) -> None:
    view = open_window.page_view
    view.turn(90)
    view.set_tool("line")
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Right)
    first = view.mapFromScene(QPointF(*view._cross))
    for _ in range(5):
        qtbot.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    moved = view.mapFromScene(QPointF(*view._cross)) - first
    assert moved.x() > 20
    assert abs(moved.y()) < 3
