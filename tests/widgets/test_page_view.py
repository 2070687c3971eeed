"""The page view: zoom and pan, choosing by mouse and keyboard, what a screen reader hears, and hints."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPalette,
    QPointingDevice,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app import edits
from app.archive import PageEdit
from app.looks import Look
from app.page import Line, Page, Reading, Region, Transcription, diff
from widgets.looks import Seen, paper_of
from widgets.page_image import make_pyramid
from widgets.page_view import PageView

WIDTH, HEIGHT = 2000, 1400
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton


def line(number: int, **more: object) -> Line:
    y = 200 * number
    boundary = ((200, y - 80), (1800, y - 80), (1800, y + 30), (200, y + 30))
    return replace(Line(f"l{number}", ((200, y), (1800, y)), boundary), **more)  # type: ignore[arg-type]


@pytest.fixture
def page() -> Page:
    reading = Reading("t1", "Liebe Mutter", 0.9, "kraken", "starter")
    lines = (line(1), line(2, readings=(reading,)), line(3, transcription=Transcription("wir", reviewed=True)))
    return Page("p1", WIDTH, HEIGHT, (Region("r1", ((100, 900), (1900, 900), (1900, 1300), (100, 1300))),), lines)


@pytest.fixture
def view(qtbot: QtBot, page: Page) -> PageView:
    made = PageView()
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    made.setFocus()
    made.show_page(page)
    made.show_image(make_pyramid(Image.new("RGB", (WIDTH, HEIGHT), (230, 215, 180))))
    return made


def on_view(view: PageView, x: int, y: int) -> QPoint:
    return view.mapFromScene(QPointF(x, y))


def wheel(view: PageView, at: QPoint, notches: int, modifiers: Qt.KeyboardModifier) -> None:
    where, none = QPointF(at), QPoint()
    turn, phase = QPoint(0, 120 * notches), Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(where, where, none, turn, Qt.MouseButton.NoButton, modifiers, phase, False)
    QApplication.sendEvent(view.viewport(), event)


def pointer(view: PageView, to: QPoint, held: Qt.MouseButton) -> None:
    none = Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(QEvent.Type.MouseMove, QPointF(to), QPointF(to), Qt.MouseButton.NoButton, held, none)
    QApplication.sendEvent(view.viewport(), event)


def answer(view: PageView, edit: Callable[[Page], Page]) -> Page:
    """Does the edit as the archive would, and tells the view."""
    before = view.shown_page()
    after = replace(edit(before), revision=before.revision + 1)
    view.apply_edit(PageEdit(before, after, diff(before, after)))
    return after


def fits(view: PageView) -> bool:
    corners = [view.mapFromScene(QPointF(x, y)) for x, y in ((0, 0), (WIDTH, HEIGHT))]
    return all(view.viewport().rect().contains(corner) for corner in corners)


def test_the_whole_page_is_shown_and_stays_so_when_the_window_changes(view: PageView) -> None:
    assert fits(view)
    scale = view.scale_on_screen
    view.resize(1200, 900)
    assert view.scale_on_screen > scale
    assert fits(view)
    view.resize(300, 250)
    assert fits(view)


def test_a_zoom_of_the_persons_own_is_kept_when_the_window_changes(view: PageView, qtbot: QtBot) -> None:
    qtbot.keyClick(view, Qt.Key.Key_Plus, CTRL)
    scale = view.scale_on_screen
    view.resize(1200, 900)
    assert view.scale_on_screen == scale
    qtbot.keyClick(view, Qt.Key.Key_Minus, CTRL)
    assert view.scale_on_screen < scale
    qtbot.keyClick(view, Qt.Key.Key_0, CTRL)
    assert fits(view)


def test_fit_width_uses_the_whole_width(view: PageView) -> None:
    view.fit_width()
    left, right = on_view(view, 0, 0).x(), on_view(view, WIDTH, 0).x()
    assert right - left > 0.95 * view.viewport().width()
    assert view.viewport().rect().left() <= left < right <= view.viewport().rect().right()
    assert not view.horizontalScrollBar().maximum()


def test_one_to_one_gives_each_pixel_of_the_page_one_of_the_screen(view: PageView) -> None:
    view.one_to_one()
    assert view.scale_on_screen == pytest.approx(1 / view.devicePixelRatio())


def test_ctrl_and_the_wheel_zoom_around_the_pointer(view: PageView) -> None:
    at = QPoint(500, 350)
    before, scale = view.mapToScene(at), view.scale_on_screen
    for _ in range(5):
        wheel(view, at, 1, CTRL)
    assert view.scale_on_screen > 2 * scale
    moved = view.mapToScene(at) - before
    assert abs(moved.x()) < 6
    assert abs(moved.y()) < 6


def test_the_wheel_alone_scrolls(view: PageView) -> None:
    view.one_to_one()
    view.verticalScrollBar().setValue(0)
    wheel(view, QPoint(300, 300), -1, Qt.KeyboardModifier.NoModifier)
    assert view.verticalScrollBar().value() > 0


def test_a_pinch_on_the_touchpad_zooms(view: PageView) -> None:
    scale, at = view.scale_on_screen, QPointF(300, 300)
    device = QPointingDevice.primaryPointingDevice()
    kind = Qt.NativeGestureType.ZoomNativeGesture
    event = QNativeGestureEvent(kind, device, 2, at, at, at, 0.5, QPointF())
    QApplication.sendEvent(view.viewport(), event)
    assert view.scale_on_screen == pytest.approx(1.5 * scale)


def test_zoom_has_an_end_on_both_sides(view: PageView) -> None:
    for _ in range(60):
        view.zoom_in()
    assert view.scale_on_screen == 8
    for _ in range(90):
        view.zoom_out()
    assert 0 < view.scale_on_screen < 0.5


@pytest.mark.parametrize("by", ["middle button", "space"])
def test_the_page_is_dragged_along(view: PageView, qtbot: QtBot, by: str) -> None:
    view.one_to_one()
    start = view.mapToScene(QPoint(400, 300))
    button = MIDDLE if by == "middle button" else LEFT
    if by == "space":
        qtbot.keyPress(view, Qt.Key.Key_Space)
    qtbot.mousePress(view.viewport(), button, pos=QPoint(400, 300))
    pointer(view, QPoint(330, 220), button)
    qtbot.mouseRelease(view.viewport(), button, pos=QPoint(330, 220))
    if by == "space":
        qtbot.keyRelease(view, Qt.Key.Key_Space)
    now = view.mapToScene(QPoint(330, 220))
    assert abs(now.x() - start.x()) <= 1
    assert abs(now.y() - start.y()) <= 1
    assert view.selected() == ()


def test_page_down_and_page_up_scroll(view: PageView, qtbot: QtBot) -> None:
    view.one_to_one()
    view.verticalScrollBar().setValue(0)
    qtbot.keyClick(view, Qt.Key.Key_PageDown)
    down = view.verticalScrollBar().value()
    assert down > 300
    qtbot.keyClick(view, Qt.Key.Key_PageUp)
    assert view.verticalScrollBar().value() < down


def test_arrows_choose_lines_in_reading_order_and_shift_extends(view: PageView, qtbot: QtBot) -> None:
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert view.selected() == ("l1",)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    qtbot.keyClick(view, Qt.Key.Key_Down, SHIFT)
    assert view.selected() == ("l2", "l3")
    qtbot.keyClick(view, Qt.Key.Key_Up, SHIFT)
    qtbot.keyClick(view, Qt.Key.Key_Up, SHIFT)
    assert view.selected() == ("l1", "l2")
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view.selected() == ("l1",)
    qtbot.keyClick(view, Qt.Key.Key_A, CTRL)
    assert view.selected() == ("l1", "l2", "l3")
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.selected() == ()
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view.selected() == ("l3",)


def test_the_line_that_the_keyboard_chooses_is_scrolled_to(view: PageView, qtbot: QtBot) -> None:
    view.one_to_one()
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert view.viewport().rect().contains(on_view(view, 200, 200))


def test_enter_and_a_double_click_go_to_the_text(view: PageView, qtbot: QtBot) -> None:
    view.select(("l2",))
    with qtbot.waitSignal(view.line_activated) as signal:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert signal.args == ["l2"]
    with qtbot.waitSignal(view.line_activated) as signal:
        qtbot.mouseDClick(view.viewport(), LEFT, pos=on_view(view, 700, 600))
    assert signal.args == ["l3"]


def test_delete_asks_for_an_edit_and_changes_nothing_itself(view: PageView, qtbot: QtBot, page: Page) -> None:
    view.select(("l1", "l3"))
    with qtbot.waitSignal(view.edit_requested) as signal:
        qtbot.keyClick(view, Qt.Key.Key_Delete)
    assert signal.args
    label, edit = signal.args
    assert label == "Delete"
    assert view.shown_page() == page
    assert [left.id for left in edit(page).lines] == ["l2"]


def test_the_signal_of_the_selection_comes_once_for_each_change(view: PageView) -> None:
    told: list[tuple[str, ...]] = []
    view.selection_changed.connect(told.append)
    view.select(("l1",))
    view.select(("l1",))
    view.select(("l1", "nobody"))
    view.select(())
    assert told == [("l1",), ()]


def test_an_edit_that_deletes_what_is_chosen_is_told(view: PageView, qtbot: QtBot) -> None:
    view.select(("l1", "l2"))
    with qtbot.waitSignal(view.selection_changed) as signal:
        answer(view, lambda page: edits.delete(page, ["l1"]))
    assert signal.args == [("l2",)]


def test_an_older_page_that_comes_late_does_not_undo_a_newer_one(view: PageView) -> None:
    start = view.shown_page()
    first = replace(edits.transcribe(start, "l1", "eins"), revision=1)
    second = replace(edits.transcribe(first, "l2", "zwei"), revision=2)
    view.apply_edit(PageEdit(first, second, diff(first, second)))
    view.apply_edit(PageEdit(start, first, diff(start, first)))
    assert [shown.text for shown in view.shown_page().lines] == ["eins", "zwei", "wir"]


def test_an_edit_of_another_page_is_passed_over(view: PageView, page: Page) -> None:
    other = replace(page, id="p2", lines=(), revision=9)
    view.apply_edit(PageEdit(page, other, diff(page, other)))
    assert view.shown_page() == page


def test_another_page_comes_fitted_and_with_nothing_chosen(view: PageView, page: Page, qtbot: QtBot) -> None:
    view.select(("l1",))
    view.one_to_one()
    with qtbot.waitSignal(view.selection_changed) as signal:
        view.show_page(replace(page, id="p2"))
    assert signal.args == [()]
    assert fits(view)


def test_the_same_page_again_keeps_zoom_and_selection(view: PageView, page: Page) -> None:
    view.select(("l2",))
    view.one_to_one()
    view.show_page(edits.delete(page, ["l1"]))
    assert view.selected() == ("l2",)
    assert view.scale_on_screen == pytest.approx(1 / view.devicePixelRatio())


def spoken(view: PageView) -> str:
    return QAccessible.queryAccessibleInterface(view).text(QAccessible.Text.Description)


def test_a_screen_reader_hears_what_is_chosen(view: PageView) -> None:
    assert QAccessible.queryAccessibleInterface(view).text(QAccessible.Text.Name) == "Page"
    view.select(("l2",))
    assert spoken(view) == "Line 2 of 3, read by the program. Liebe Mutter"
    view.select(("l3",))
    assert spoken(view) == "Line 3 of 3, reviewed. wir"
    view.select(("l1", "l2"))
    assert spoken(view) == "2 items are chosen."
    view.select(("r1",))
    assert spoken(view) == "Region, paragraph"
    view.select(())
    assert spoken(view) == "Nothing is chosen."


def test_the_focus_is_seen(view: PageView) -> None:
    QApplication.processEvents()
    with_focus = view.grab().toImage().pixelColor(400, 0)
    assert with_focus == view.palette().color(QPalette.ColorRole.Highlight)
    view.clearFocus()
    assert view.grab().toImage().pixelColor(400, 0) != with_focus


def test_tab_reaches_the_page_and_leaves_it(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    layout.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)  # the offscreen platform warns of size hints
    before, view, after = QPushButton("before"), PageView(), QPushButton("after")
    for part in (before, view, after):
        layout.addWidget(part)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    before.setFocus()
    qtbot.waitUntil(before.hasFocus)
    qtbot.keyClick(before, Qt.Key.Key_Tab)
    assert view.hasFocus()
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    assert after.hasFocus()


def test_the_first_text_of_a_page_moves_nothing(view: PageView, page: Page) -> None:
    view.show_page(replace(page, id="p2", lines=()))
    seen = view.viewport().geometry(), view.scale_on_screen
    answer(view, lambda page: edits.draw_line(page, ((200, 300), (900, 300)), line_id="new"))
    answer(view, lambda page: edits.transcribe(page, "new", "Dear Anna"))
    QApplication.processEvents()
    assert (view.viewport().geometry(), view.scale_on_screen) == seen


def test_the_cross_comes_up_at_the_current_line(view: PageView, page: Page, qtbot: QtBot) -> None:
    view.select(("l2",))
    view.set_tool("line")
    view.setFocus()
    line = page.line("l2")
    assert line is not None
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view._cross == line.baseline[0]
    view.set_tool("select")
    view.select(())
    view.set_tool("line")
    qtbot.keyClick(view, Qt.Key.Key_Right)
    middle = view.mapFromScene(QPointF(*view._cross))
    assert (middle - view.viewport().rect().center()).manhattanLength() < 4


def test_an_empty_desk_takes_mouse_and_keys_calmly(view: PageView, qtbot: QtBot) -> None:
    view.show_page(None)
    qtbot.mouseClick(view.viewport(), LEFT, pos=QPoint(100, 100))
    pointer(view, QPoint(120, 120), LEFT)
    qtbot.mouseDClick(view.viewport(), LEFT, pos=QPoint(100, 100))
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Delete, Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Space):
        qtbot.keyClick(view, key)
    view.show_image(None)
    view.select(("l1",))
    view.show_line("l1")
    assert view.selected() == ()


def test_a_key_of_another_script_is_left_to_others(view: PageView, page: Page) -> None:
    event = QKeyEvent(QEvent.Type.KeyPress, 0x416, Qt.KeyboardModifier.NoModifier, "Ж")
    QApplication.sendEvent(view, event)
    assert not event.isAccepted()
    assert view.shown_page() == page


def test_the_desk_around_the_page_follows_a_dark_palette(view: PageView) -> None:
    light = view.backgroundBrush().color().lightness()
    view.setPalette(QPalette(QColor("#35353a"), QColor("#2d2d30")))
    QApplication.processEvents()
    assert view.backgroundBrush().color().lightness() < light


def test_the_page_view_needs_no_engine() -> None:
    code = "import sys, widgets.page_view; print(sorted({'torch', 'kraken', 'surya'} & set(sys.modules)))"
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("look", [Look(), Look(flatten=True, contrast=30)])
def test_a_zoom_is_painted_at_once_and_is_as_sharp_as_ever_when_it_ends(
    view: PageView, look: Look, qtbot: QtBot
) -> None:
    noise = Image.effect_noise((2000, 1400), 90).convert("RGB")
    image = make_pyramid(noise)
    view.show_image(image)
    view.show_seen(Seen(look, paper_of(image.levels[-1]) if look.flatten else None))
    view.zoom_in()
    hurried = view.grab().toImage()
    with qtbot.waitSignal(view.hurried, check_params_cb=lambda on: not on):
        pass
    sharp = view.grab().toImage()
    assert hurried != sharp
    view._scene.paper.hurry(False)
    view.viewport().update()
    assert view.grab().toImage() == sharp
    view.zoom_in()
    view.zoom_out()
    with qtbot.waitSignal(view.hurried, check_params_cb=lambda on: not on):
        pass
    assert view.grab().toImage() == sharp
