"""Editing points on a real page view, with mouse and keyboard: taken up, put down, dragged, made, removed."""

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from app.page import Page
from tests.widgets.test_tools import LEFT, Desk, desk, near
from widgets.main_window import MainWindow

__all__ = ["desk"]  # the fixture


@pytest.fixture(autouse=True)
def tool(desk: Desk) -> None:
    desk.view.set_tool("points")
    desk.view.select(("l1",))


def test_a_point_is_dragged_and_nothing_else_of_the_line_moves(desk: Desk) -> None:
    before = desk.page.lines[0]
    desk.drag((1000, 200), (1000, 240))
    after = desk.page.lines[0]
    assert near(after.baseline, ((200, 200), (1000, 240), (1800, 200)))
    assert after.boundary == before.boundary
    assert desk.labels == ["Reshape line"]


def test_a_click_takes_a_point_up_and_the_next_puts_it_down(desk: Desk) -> None:
    desk.click((1800, 120))  # a corner of the boundary
    desk.move((1700, 60))
    assert any(near((point,), ((1700, 60),)) for point in desk.previewed())
    assert desk.edits == []
    desk.click((1700, 60))
    assert near(desk.page.lines[0].boundary, ((200, 120), (1700, 60), (1800, 230), (200, 230)))


def test_within_twenty_two_pixels_a_point_is_taken_up(desk: Desk) -> None:
    beside = desk.at((1800, 200)) + QPoint(20, 0)
    desk.qtbot.mouseClick(desk.view.viewport(), LEFT, pos=beside)
    assert desk.view._tool.busy


def test_a_press_on_an_edge_makes_a_point_and_delete_removes_it_again(desk: Desk) -> None:
    desk.drag((600, 200), (600, 170))
    assert near(desk.page.lines[0].baseline, ((200, 200), (600, 170), (1000, 200), (1800, 200)))
    desk.click((600, 170))
    desk.key(Qt.Key.Key_Delete)
    assert near(desk.page.lines[0].baseline, ((200, 200), (1000, 200), (1800, 200)))
    assert desk.view.selected() == ("l1",)


def test_the_last_two_points_of_a_baseline_stay(desk: Desk) -> None:
    for _ in range(3):
        desk.click((1800, 200) if len(desk.page.lines[0].baseline) == 3 else (1000, 200))
        desk.key(Qt.Key.Key_Backspace)
    assert len(desk.page.lines[0].baseline) == 2
    assert len(desk.page.lines) == 3


def test_escape_puts_a_held_point_back_and_then_leaves(desk: Desk) -> None:
    desk.click((200, 200))
    desk.move((400, 400))
    desk.key(Qt.Key.Key_Escape)
    assert desk.edits == []
    assert not desk.view._tool.busy
    assert desk.view.selected() == ("l1",)


def test_with_the_keyboard_alone(desk: Desk) -> None:
    desk.view._cross = (200, 200)
    desk.key(Qt.Key.Key_Space)
    assert desk.view._tool.busy
    for _ in range(3):
        desk.qtbot.keyClick(desk.view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    desk.key(Qt.Key.Key_Space)
    (x, y), *_ = desk.page.lines[0].baseline
    assert abs(x - 200) <= 3
    assert y > 240


def test_a_region_is_edited_and_a_click_beside_chooses_another(desk: Desk) -> None:
    desk.click((700, 1200))
    assert desk.view.selected() == ("r1",)
    desk.drag((1900, 1300), (1800, 1350))
    region = desk.page.region("r1")
    assert region
    assert near(region.boundary, ((100, 850), (1900, 850), (1800, 1350), (100, 1300)))


def test_delete_is_the_gesture_s_while_there_is_one(open_window: MainWindow, qtbot: QtBot) -> None:
    view = open_window.page_view
    open_window.activateWindow()
    view.setFocus()
    view.select(("l2",))
    view.set_tool("line")
    page: Page = open_window.desk.page  # type: ignore[assignment]
    view._tool.press(spot(100, 700))
    view._tool.release(spot(100, 700))
    qtbot.keyClick(view, Qt.Key.Key_Backspace)
    qtbot.wait(100)
    assert open_window.desk.page == page
    qtbot.keyClick(view, Qt.Key.Key_Backspace)
    qtbot.waitUntil(lambda: len(open_window.desk.page.lines) == 3)  # type: ignore[union-attr]


def spot(x: int, y: int) -> object:
    from widgets.tools import Spot

    return Spot((x, y))
