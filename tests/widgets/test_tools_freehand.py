"""The tools that draw freely or cut regions, with mouse and keyboard on a real page view."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.geometry import Box, box_of
from app.page import Line, Page, Region
from tests.widgets.test_tools import CTRL, HEIGHT, WIDTH, Desk


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    def line(number: int, region: str | None = None) -> Line:
        y = 200 * number
        boundary = ((200, y - 80), (1800, y - 80), (1800, y + 30), (200, y + 30))
        return Line(f"l{number}", ((200, y), (1800, y)), boundary, region)

    region = Region("r1", Box(100, 500, 1800, 800).polygon())
    return Desk(qtbot, Page("p1", WIDTH, HEIGHT, (region,), (line(1), line(2), line(3, "r1"), line(5, "r1"))))


def stroke(desk: Desk, *points: tuple[int, int]) -> None:
    desk.press(points[0])
    for point in points[1:]:
        desk.move(point)
    desk.release(points[-1])


def order(desk: Desk) -> list[str]:
    return [line.id for line in desk.page.lines]


class TestLasso:
    AROUND_TWO = ((300, 100), (1200, 100), (1200, 450), (300, 450))

    def test_a_stroke_chooses_the_lines_of_which_half_is_inside(self, desk: Desk) -> None:
        desk.view.set_tool("lasso")
        stroke(desk, *self.AROUND_TWO)
        assert desk.view.selected() == ("l1", "l2")
        stroke(desk, (300, 100), (500, 100), (500, 450), (300, 450))
        assert desk.view.selected() == ()
        assert desk.edits == []

    def test_half_of_a_line_is_enough_also_without_its_middle(self, desk: Desk) -> None:
        desk.view.set_tool("lasso")
        # Around both ends of the first line and past its middle, and around less than half of the second.
        stroke(desk, (150, 100), (1850, 100), (1850, 240), (1050, 240), (1050, 140), (950, 140), (950, 460), (150, 460))
        assert desk.view.selected() == ("l1",)

    def test_held_ctrl_adds(self, desk: Desk) -> None:
        desk.view.set_tool("lasso")
        desk.view.select(("l5",))
        view = desk.view.viewport()
        points = [desk.at(point) for point in self.AROUND_TWO]
        for at in points:  # point by point, which is how it goes with keys too
            desk.qtbot.mouseClick(view, Qt.MouseButton.LeftButton, CTRL, at)
        desk.key(Qt.Key.Key_Return)
        assert desk.view.selected() == ("l5", "l1", "l2")

    def test_a_region_is_chosen_where_no_line_is_inside(self, desk: Desk) -> None:
        page = Page("p2", WIDTH, HEIGHT, desk.page.regions)
        desk.view.show_page(page)
        desk.view.set_tool("lasso")
        stroke(desk, (50, 450), (1990, 450), (1990, 1390), (50, 1390))
        assert desk.view.selected() == ("r1",)

    def test_escape_and_backspace_take_back(self, desk: Desk) -> None:
        desk.view.set_tool("lasso")
        for point in self.AROUND_TWO[:3]:
            desk.click(point)
        desk.key(Qt.Key.Key_Backspace)
        assert len(desk.previewed()) == 3  # two points, and where the next one would be
        desk.key(Qt.Key.Key_Escape)
        assert desk.previewed() == []
        assert desk.view.tool() == "lasso"
        assert desk.view.selected() == ()

    def test_it_is_drawn_by_keys_alone(self, desk: Desk) -> None:
        desk.view.set_tool("lasso")
        desk.view.setFocus()
        desk.key(Qt.Key.Key_Space)  # the cross comes to the middle of the page
        for arrow, times in (
            (Qt.Key.Key_Left, 100),
            (Qt.Key.Key_Up, 260),
            (Qt.Key.Key_Right, 300),
            (Qt.Key.Key_Down, 260),
        ):
            desk.key(arrow, times)
            desk.key(Qt.Key.Key_Space)
        desk.key(Qt.Key.Key_Return)
        assert set(desk.view.selected()) <= set(order(desk))
        assert "l2" in desk.view.selected()


class TestOrder:
    def test_a_path_through_the_lines_is_their_order(self, desk: Desk) -> None:
        desk.view.set_tool("order")
        stroke(desk, (900, 1050), (900, 800), (900, 590), (900, 350), (900, 150))
        assert order(desk) == ["l5", "l3", "l2", "l1"]
        assert desk.labels == ["Reading order"]

    def test_lines_that_it_leaves_out_stay_where_they_are(self, desk: Desk) -> None:
        desk.view.set_tool("order")
        for point in ((900, 1050), (1900, 800), (900, 180)):
            desk.click(point)
        assert {(200, 120), (200, 920)} <= set(desk.previewed())
        desk.key(Qt.Key.Key_Return)
        assert order(desk)[0] == "l5"
        assert order(desk).index("l1") == 3

    def test_one_line_has_no_order(self, desk: Desk) -> None:
        desk.view.set_tool("order")
        stroke(desk, (300, 190), (600, 195), (900, 190))
        assert desk.edits == []

    def test_escape_leaves_it_as_it_was(self, desk: Desk) -> None:
        desk.view.set_tool("order")
        desk.press((900, 1050))
        desk.move((900, 150))
        desk.key(Qt.Key.Key_Escape)
        desk.release((900, 150))
        assert desk.edits == []
        assert order(desk) == ["l1", "l2", "l3", "l5"]


class TestSplitRegion:
    def test_a_cut_parts_the_region_and_its_lines(self, desk: Desk) -> None:
        desk.view.set_tool("split_region")
        desk.drag((50, 800), (1950, 800))
        assert desk.labels == ["Split region"]
        first, second = desk.page.regions
        assert box_of(first.boundary).bottom <= 803
        assert box_of(second.boundary).y >= 797
        assert [line.region for line in desk.page.lines] == [None, None, "r1", second.id]
        assert desk.view.selected() == (second.id,)

    def test_two_points_are_a_cut_too(self, desk: Desk) -> None:
        desk.view.set_tool("split_region")
        desk.click((1000, 400))
        desk.click((1000, 1380))
        assert len(desk.page.regions) == 2

    def test_where_there_is_no_region_nothing_happens(self, desk: Desk) -> None:
        desk.view.set_tool("split_region")
        desk.drag((50, 100), (1950, 100))
        assert desk.edits == []

    def test_escape_takes_the_first_point_back(self, desk: Desk) -> None:
        desk.view.set_tool("split_region")
        desk.click((1000, 400))
        desk.key(Qt.Key.Key_Escape)
        desk.click((1000, 1380))
        assert desk.edits == []
