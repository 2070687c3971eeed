"""Baselines and polygons."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import geometry
from app.geometry import Box
from app.page import Line, Page
from tests.strategies import points


def test_contains_follows_the_outline_of_a_polygon() -> None:
    shape = [(0, 0), (10, 0), (10, 10), (5, 5), (0, 10)]
    assert geometry.contains(shape, (5, 2))
    assert not geometry.contains(shape, (5, 8))
    assert not geometry.contains([], (1, 1))


@given(st.lists(points, min_size=2, max_size=6, unique=True))
def test_the_midpoint_lies_on_the_line(line: list[tuple[int, int]]) -> None:
    assert geometry.distance_to(line, geometry.midpoint(line)) <= 1


@given(st.lists(points, min_size=1, max_size=6), st.integers(1, 300), st.integers(1, 300))
def test_clipped_points_lie_on_the_page(line: list[tuple[int, int]], width: int, height: int) -> None:
    assert all(0 <= x < width and 0 <= y < height for x, y in geometry.clipped(line, width, height))


def test_what_an_engine_found_on_the_page_keeps_its_doubled_points() -> None:
    doubled = ((0, 0), (5, 5), (5, 5), (9, 0))
    assert geometry.on_page([list(point) for point in doubled], 10, 10) == doubled
    assert geometry.on_page(doubled, 9, 10) == ((0, 0), (5, 5), (8, 0))


def test_split_at_cuts_between_two_points() -> None:
    assert geometry.split_at([(0, 0), (100, 10)], 50) == (((0, 0), (50, 5)), ((50, 5), (100, 10)))
    with pytest.raises(ValueError, match="does not cross"):
        geometry.split_at([(0, 0), (100, 10)], 100)


def test_split_at_keeps_the_direction_of_writing() -> None:
    assert geometry.split_at([(100, 10), (0, 0)], 50) == (((100, 10), (50, 5)), ((50, 5), (0, 0)))


def test_a_rectangle_is_cut_along_a_line() -> None:
    left, right = geometry.cut(Box(0, 0, 100, 20).polygon(), (40, 0), (40, 1))
    assert geometry.box_of(left) == Box(0, 0, 40, 20)
    assert geometry.box_of(right) == Box(40, 0, 60, 20)
    assert geometry.is_first_side((39, 5), (40, 0), (40, 1))
    assert not geometry.is_first_side((41, 5), (40, 0), (40, 1))
    assert geometry.cut((), (3, 0), (3, 1)) == ((), ())
    below, above = geometry.cut(Box(0, 0, 100, 20).polygon(), (0, 5), (9, 5))
    assert (geometry.box_of(below), geometry.box_of(above)) == (Box(0, 5, 100, 15), Box(0, 0, 100, 5))
    assert geometry.cut(Box(0, 0, 100, 20).polygon(), (200, 0), (200, 9))[1] == ()


def test_a_path_comes_to_lines_in_the_order_in_which_it_is_drawn() -> None:
    lines = [Line(f"l{at}", ((0, 100 * at), (500, 100 * at))) for at in range(1, 5)]
    assert geometry.crossed([(250, 450), (250, 150)], lines) == ("l4", "l3", "l2")
    assert geometry.crossed([(10, 100), (10, 90), (400, 300), (400, 210)], lines) == ("l1", "l2", "l3")
    assert geometry.crossed([(250, 450)], lines) == ()


def test_a_flat_box_is_one_line_and_a_high_one_is_not() -> None:
    blank = Page("p", 2000, 3000)
    assert geometry.is_one_line(Box(0, 0, 900, 80), blank)
    assert not geometry.is_one_line(Box(0, 0, 900, 900), blank)
    lines = tuple(Line(f"l{i}", ((0, 60 * i), (500, 60 * i)), Box(0, 60 * i, 500, 50).polygon()) for i in range(5))
    page = Page("p", 2000, 3000, (), lines)
    assert geometry.is_one_line(Box(0, 0, 60, 70), page)
    assert not geometry.is_one_line(Box(0, 0, 1500, 130), page)


def test_a_box_is_cut_to_the_page() -> None:
    assert Box(-5, -5, 20, 20).within(10, 12) == Box(0, 0, 10, 12)
    assert Box(50, 50, 5, 5).within(10, 12).width == 0


def test_a_line_without_a_boundary_is_shown_in_a_band_along_its_baseline() -> None:
    bare = Line("l1", ((100, 200), (700, 200)))
    assert geometry.outline(bare) == ((100, 170), (700, 170), (700, 210), (100, 210))
    assert geometry.outline(replace(bare, boundary=((1, 2), (3, 4), (5, 6)))) == ((1, 2), (3, 4), (5, 6))


def test_the_share_of_a_polyline_inside_a_polygon() -> None:
    square = ((0, 0), (10, 0), (10, 10), (0, 10))
    assert geometry.share_inside(square, ((5, 5), (15, 5))) == 0.5
    assert geometry.share_inside(square, ((20, 5), (30, 5))) == 0
    crossing = ((0, 0), (10, 10), (10, 0), (0, 10))  # two triangles, left and right
    assert geometry.share_inside(crossing, ((0, 5), (10, 5))) == 1
    assert geometry.share_inside(square[:2], ((0, 0), (10, 0))) == 0
    assert geometry.share_inside(square, ((5, 5), (5, 5))) == 0
