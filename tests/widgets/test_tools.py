"""The gestures, done with mouse and keyboard on a real page view, with an archive that says yes to every edit."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import edits, geometry
from app.archive import PageEdit
from app.geometry import Box
from app.jobs import DrawnBox
from app.page import Line, Page, Point, Region, diff
from widgets.main_window import MainWindow
from widgets.page_items import PreviewItem
from widgets.page_view import PageView
from widgets.tools import TOOLS
from widgets.tools.select import following

WIDTH, HEIGHT = 2000, 1400
CTRL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton
NEAR = 3
"""A pixel of the screen is 2.6 of the page here."""


class Desk:
    """A page view with somebody who does what it asks for, and a hand that draws in page coordinates."""

    def __init__(self, qtbot: QtBot, page: Page) -> None:
        self.qtbot = qtbot
        self.view = PageView()
        qtbot.addWidget(self.view)
        self.labels: list[str] = []
        self.edits: list[Callable[[Page], Page]] = []
        self.boxes: list[DrawnBox] = []
        self.view.edit_requested.connect(self._do)
        self.view.box_drawn.connect(self.boxes.append)
        self.view.resize(800, 600)
        self.view.show()
        qtbot.waitExposed(self.view)
        self.view.show_page(page)

    @property
    def page(self) -> Page:
        return self.view.shown_page()

    def _do(self, label: str, edit: Callable[[Page], Page]) -> None:
        before = self.page
        after = replace(edit(before), revision=before.revision + 1)
        self.labels.append(label)
        self.edits.append(edit)
        self.view.apply_edit(PageEdit(before, after, diff(before, after)))

    def at(self, point: Point) -> QPoint:
        return self.view.mapFromScene(QPointF(*point))

    def click(self, point: Point, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self.qtbot.mouseClick(self.view.viewport(), LEFT, modifiers, self.at(point))

    def double_click(self, point: Point) -> None:
        """As a mouse does it: a click, then a press that counts as a double click, then a release."""
        self.click(point)
        self.qtbot.mouseDClick(self.view.viewport(), LEFT, pos=self.at(point))
        self.qtbot.mouseRelease(self.view.viewport(), LEFT, pos=self.at(point))

    def press(self, point: Point) -> None:
        self.qtbot.mousePress(self.view.viewport(), LEFT, pos=self.at(point))

    def move(self, point: Point) -> None:
        where, none = QPointF(self.at(point)), Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(QEvent.Type.MouseMove, where, where, Qt.MouseButton.NoButton, LEFT, none)
        QApplication.sendEvent(self.view.viewport(), event)

    def release(self, point: Point) -> None:
        self.qtbot.mouseRelease(self.view.viewport(), LEFT, pos=self.at(point))

    def drag(self, start: Point, end: Point) -> None:
        self.press(start)
        self.move(((start[0] + end[0]) // 2, (start[1] + end[1]) // 2))
        self.move(end)
        self.release(end)

    def key(self, key: Qt.Key, times: int = 1) -> None:
        for _ in range(times):
            self.qtbot.keyClick(self.view, key)

    def previewed(self) -> list[Point]:
        (item,) = [item for item in self.view.scene().items() if isinstance(item, PreviewItem)]
        return [point for outline in item.outlines for point in outline.points]


def near(found: tuple[Point, ...], wanted: tuple[Point, ...]) -> bool:
    return len(found) == len(wanted) and all(
        abs(a - c) <= NEAR and abs(b - d) <= NEAR for (a, b), (c, d) in zip(found, wanted, strict=True)
    )


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    def line(number: int, region: str | None = None) -> Line:
        y = 200 * number
        boundary = ((200, y - 80), (1800, y - 80), (1800, y + 30), (200, y + 30))
        return Line(f"l{number}", ((200, y), (1000, y), (1800, y)), boundary, region)

    region = Region("r1", ((100, 850), (1900, 850), (1900, 1300), (100, 1300)))
    return Desk(qtbot, Page("p1", WIDTH, HEIGHT, (region,), (line(1), line(2), line(5, "r1"))))


def test_each_tool_has_a_name_a_label_a_tip_and_a_key_of_its_own() -> None:
    assert [kind.name for kind in TOOLS] == [
        "select", "lasso", "line", "region", "points", "split", "split_region", "order", "box", "box_line", "box_lines"
    ]  # fmt: skip
    for field in ("label", "tip", "shortcut"):
        assert len({getattr(kind, field) for kind in TOOLS} - {""}) == len(TOOLS)


def test_taking_up_a_tool_is_told_once(desk: Desk) -> None:
    told: list[str] = []
    desk.view.tool_changed.connect(told.append)
    desk.view.set_tool("line")
    desk.view.set_tool("line")
    assert told == ["line"]
    assert desk.view.tool() == "line"
    desk.key(Qt.Key.Key_Escape)
    assert told == ["line", "select"]


# Select


def test_a_click_chooses_a_line_a_region_or_nothing(desk: Desk) -> None:
    desk.click((700, 400))
    assert desk.view.selected() == ("l2",)
    desk.click((700, 1200))
    assert desk.view.selected() == ("r1",)
    desk.click((30, 30))
    assert desk.view.selected() == ()


def test_a_click_twelve_pixels_from_a_baseline_still_counts(desk: Desk) -> None:
    below = desk.at((700, 200)) + QPoint(0, 12)
    desk.qtbot.mouseClick(desk.view.viewport(), LEFT, pos=below)
    assert desk.view.selected() == ("l1",)


def test_ctrl_and_click_add_and_take_away(desk: Desk) -> None:
    desk.click((700, 200))
    desk.click((700, 400), CTRL)
    assert desk.view.selected() == ("l1", "l2")
    desk.click((700, 200), CTRL)
    assert desk.view.selected() == ("l2",)
    desk.click((30, 30), CTRL)
    assert desk.view.selected() == ("l2",)


def test_a_band_chooses_what_it_touches(desk: Desk) -> None:
    desk.press((40, 60))
    desk.move((500, 440))
    assert near(tuple(desk.previewed()), ((40, 60), (500, 60), (500, 440), (40, 440)))
    desk.release((500, 440))
    assert desk.view.selected() == ("l1", "l2")
    assert desk.edits == []
    assert desk.previewed() == []


def test_dragging_what_is_not_chosen_moves_nothing(desk: Desk) -> None:
    desk.drag((700, 200), (700, 300))
    assert desk.edits == []


def test_dragging_what_is_chosen_moves_it(desk: Desk) -> None:
    desk.click((700, 200))
    desk.drag((600, 200), (700, 300))
    assert desk.labels == ["Move"]
    moved = desk.page.line("l1")
    assert moved
    assert near(moved.baseline, ((300, 300), (1100, 300), (1900, 300)))
    assert desk.view.selected() == ("l1",)


def test_a_region_moves_with_its_lines_wherever_it_is_taken(desk: Desk) -> None:
    desk.click((700, 1200))
    desk.drag((700, 1000), (660, 960))
    line, region = desk.page.line("l5"), desk.page.region("r1")
    assert line
    assert region
    assert near(line.baseline[:1], ((160, 960),))
    assert near(region.boundary[:1], ((60, 810),))


def test_a_handle_reshapes_the_line_and_its_boundary_goes_along(desk: Desk) -> None:
    desk.click((700, 200))
    desk.drag((1800, 200), (1700, 260))
    assert desk.labels == ["Reshape line"]
    line = desk.page.line("l1")
    assert line
    assert near(line.baseline, ((200, 200), (1000, 200), (1700, 260)))
    assert near(line.boundary, ((200, 120), (1700, 180), (1700, 290), (200, 230)))


def test_a_corner_of_a_region_can_be_dragged(desk: Desk) -> None:
    desk.click((700, 1200))
    desk.drag((1900, 1300), (1950, 1350))
    assert desk.labels == ["Reshape region"]
    region = desk.page.region("r1")
    assert region
    assert near(region.boundary[2:3], ((1950, 1350),))


def test_escape_ends_a_drag_without_effect(desk: Desk) -> None:
    desk.click((700, 200))
    desk.press((700, 200))
    desk.move((700, 400))
    assert desk.previewed()
    desk.key(Qt.Key.Key_Escape)
    assert desk.previewed() == []
    desk.release((700, 400))
    assert desk.edits == []
    assert desk.view.selected() == ("l1",)


def test_a_line_that_is_deleted_under_the_hand_ends_the_drag_calmly(desk: Desk) -> None:
    desk.click((700, 200))
    desk.press((1800, 200))
    desk.move((1700, 260))
    before = desk.page
    after = replace(before, lines=before.lines[1:], revision=before.revision + 1)
    desk.view.apply_edit(PageEdit(before, after, diff(before, after)))
    desk.move((1650, 280))
    desk.release((1600, 300))
    assert desk.edits == []
    assert desk.page == after


# Line


def test_clicks_and_a_double_click_draw_a_line_that_is_then_chosen(desk: Desk) -> None:
    desk.view.set_tool("line")
    desk.click((200, 650))
    desk.click((800, 640))
    desk.move((1000, 640))
    assert near(tuple(desk.previewed()), ((200, 650), (800, 640), (1000, 640)))
    desk.double_click((1400, 660))
    assert desk.labels == ["Draw line"]
    (new,) = [line for line in desk.page.lines if line.made_by == "person"]
    assert near(new.baseline, ((200, 650), (800, 640), (1400, 660)))
    assert desk.view.selected() == (new.id,)
    assert desk.previewed() == []


def test_enter_ends_a_line_and_backspace_takes_a_point_back(desk: Desk) -> None:
    desk.view.set_tool("line")
    for point in ((200, 650), (800, 640), (900, 100)):
        desk.click(point)
    desk.key(Qt.Key.Key_Backspace)
    desk.key(Qt.Key.Key_Return)
    (new,) = [line for line in desk.page.lines if line.made_by == "person"]
    assert near(new.baseline, ((200, 650), (800, 640)))


def test_a_drag_draws_a_straight_line_from_left_to_right_whichever_way_it_went(desk: Desk) -> None:
    desk.view.set_tool("line")
    desk.drag((1500, 660), (300, 650))
    (new,) = [line for line in desk.page.lines if line.made_by == "person"]
    assert near(new.baseline, ((300, 650), (1500, 660)))


def test_redo_gives_the_same_line(desk: Desk) -> None:
    desk.view.set_tool("line")
    start = desk.page
    desk.drag((300, 650), (1500, 660))
    assert desk.edits[0](start) == desk.edits[0](start) == desk.page


def test_a_line_of_one_click_and_a_line_given_up_are_none(desk: Desk) -> None:
    desk.view.set_tool("line")
    desk.double_click((400, 650))
    desk.click((200, 650))
    desk.click((900, 650))
    desk.key(Qt.Key.Key_Escape)
    desk.key(Qt.Key.Key_Return)
    assert desk.edits == []
    assert desk.view.tool() == "line"


def test_what_is_drawn_beyond_the_edge_ends_at_the_edge(desk: Desk) -> None:
    desk.view.set_tool("line")
    desk.drag((300, 650), (WIDTH + 25, HEIGHT + 20))
    (new,) = [line for line in desk.page.lines if line.made_by == "person"]
    assert new.baseline[-1] == (WIDTH - 1, HEIGHT - 1)


# Region and box


def test_a_drag_draws_a_rectangle_around_lines(desk: Desk) -> None:
    desk.view.set_tool("region")
    desk.press((150, 100))
    desk.move((1850, 480))
    assert near(tuple(desk.previewed()), ((150, 100), (1850, 100), (1850, 480), (150, 480)))
    desk.release((1850, 480))
    region = desk.page.regions[-1]
    assert near(region.boundary, ((150, 100), (1850, 100), (1850, 480), (150, 480)))
    assert [line.id for line in desk.page.lines_in(region.id)] == ["l1", "l2"]
    assert desk.view.selected() == (region.id,)


def test_clicks_draw_a_polygon(desk: Desk) -> None:
    desk.view.set_tool("region")
    for point in ((150, 100), (1850, 100), (1850, 480)):
        desk.click(point)
    desk.double_click((600, 500))
    assert near(desk.page.regions[-1].boundary, ((150, 100), (1850, 100), (1850, 480), (600, 500)))


def test_a_region_without_area_is_none(desk: Desk) -> None:
    desk.view.set_tool("region")
    desk.drag((150, 100), (900, 101))
    assert desk.edits == []


def test_a_box_is_told_and_nothing_on_the_page_changes(desk: Desk) -> None:
    desk.view.set_tool("box")
    before = desk.page
    desk.drag((900, 700), (300, 600))
    assert desk.edits == []
    assert desk.page == before
    (box,) = desk.boxes
    assert near(box.box.polygon(), Box(300, 600, 600, 100).polygon())


@pytest.mark.parametrize(("tool", "says"), [("box", None), ("box_line", True), ("box_lines", False)])
def test_a_person_can_say_whether_a_box_is_one_line(desk: Desk, tool: str, says: bool | None) -> None:
    desk.view.set_tool(tool)
    desk.drag((300, 600), (900, 700))
    assert [box.one_line for box in desk.boxes] == [says]


def test_a_box_by_two_clicks(desk: Desk) -> None:
    desk.view.set_tool("box")
    desk.click((300, 600))
    desk.move((600, 700))
    assert len(desk.previewed()) == 4
    desk.click((900, 700))
    assert len(desk.boxes) == 1
    desk.click((300, 600))
    desk.key(Qt.Key.Key_Escape)
    desk.click((900, 700))
    assert len(desk.boxes) == 1


# By keyboard alone


def test_a_line_is_drawn_with_the_keyboard_alone(desk: Desk) -> None:
    desk.view.set_tool("line")
    desk.key(Qt.Key.Key_Right)  # the cross appears in the middle of what is seen
    desk.key(Qt.Key.Key_Space)
    for _ in range(20):
        desk.qtbot.keyClick(desk.view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    desk.key(Qt.Key.Key_Down, 2)
    desk.key(Qt.Key.Key_Space)
    desk.key(Qt.Key.Key_Return)
    (new,) = [line for line in desk.page.lines if line.made_by == "person"]
    (x1, y1), (x2, y2) = new.baseline
    assert abs(x1 - WIDTH / 2) < 10
    assert abs(y1 - HEIGHT / 2) < 10
    assert abs((x2 - x1) - desk.view.page_pixels(200)) < 25
    assert 2 <= y2 - y1 <= desk.view.page_pixels(2) + 2


def test_the_cross_stays_on_the_page_and_escape_puts_it_away(desk: Desk) -> None:
    desk.view.set_tool("box")
    desk.key(Qt.Key.Key_Space)
    desk.key(Qt.Key.Key_Space)
    for _ in range(120):
        desk.qtbot.keyClick(desk.view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
        desk.qtbot.keyClick(desk.view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    desk.key(Qt.Key.Key_Space)
    (box,) = desk.boxes
    assert (box.box.right, box.box.bottom) == (WIDTH - 1, HEIGHT - 1)
    desk.key(Qt.Key.Key_Escape)
    assert desk.view.tool() == "box"
    desk.key(Qt.Key.Key_Escape)
    assert desk.view.tool() == "select"


@given(st.data())
def test_a_boundary_goes_along_with_a_baseline_that_moves_as_a_whole(data: st.DataObject) -> None:
    points = st.tuples(st.integers(0, 500), st.integers(0, 500))
    old = data.draw(st.lists(points, min_size=2, max_size=5))
    boundary = data.draw(st.lists(points, max_size=6))
    dx, dy = data.draw(points)
    assert following(boundary, old, geometry.moved(old, dx, dy)) == geometry.moved(boundary, dx, dy)


def test_what_is_chosen_is_moved_by_keys_and_a_region_reached_by_one(open_window: MainWindow, qtbot: QtBot) -> None:
    """By keys alone: the region of a line is chosen and moved with its lines; undo brings it back."""
    view, desk = open_window.page_view, open_window.desk
    desk.edit("", lambda page: edits.draw_region(page, ((40, 60), (560, 60), (560, 260), (40, 260)), region_id="r"))
    qtbot.waitUntil(lambda: desk.page.region("r") is not None)
    before = desk.page
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Down)
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(view, Qt.Key.Key_Right, both)
    qtbot.waitUntil(lambda: desk.page.line("l0").baseline != before.line("l0").baseline)
    moved = desk.page.line("l0").baseline[0][0] - before.line("l0").baseline[0][0]
    assert moved >= 1
    assert desk.page.line("l1") == before.line("l1")
    qtbot.keyClick(view, Qt.Key.Key_G)
    assert view.selected() == ("r",)
    qtbot.keyClick(view, Qt.Key.Key_Down, both)
    qtbot.waitUntil(lambda: desk.page.region("r").boundary != before.region("r").boundary)
    for _ in range(2):
        open_window.actions_by_name["undo"].trigger()
    desk.settle()
    assert (desk.page.lines, desk.page.regions) == (before.lines, before.regions)
