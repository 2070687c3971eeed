"""Reading order and estimated baselines of what surya's detector finds."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.geometry import Box
from engines.surya_lines import baseline_of, reading_order

SIZE = (1000, 1000)


def turned(x: float, y: float, degrees: float) -> tuple[int, int]:
    """A point turned around the middle of the page, clockwise as it is seen."""
    angle = math.radians(degrees)
    x, y = x - 500, y - 500
    return (
        round(500 + x * math.cos(angle) - y * math.sin(angle)),
        round(500 + x * math.sin(angle) + y * math.cos(angle)),
    )


@pytest.mark.parametrize("degrees", [0, 5, -5, 30, -30])
def test_a_baseline_follows_its_line_from_left_to_right(degrees: float) -> None:
    corners = [turned(*corner, degrees) for corner in ((300, 480), (700, 480), (700, 520), (300, 520))]
    start, end = baseline_of(corners, *SIZE)
    assert math.dist(start, turned(300, 510, degrees)) < 2
    assert math.dist(end, turned(700, 510, degrees)) < 2


def test_writing_that_is_much_higher_than_wide_runs_down() -> None:
    assert baseline_of(((480, 300), (520, 300), (520, 700), (480, 700)), *SIZE) == ((490, 300), (490, 700))
    assert baseline_of(((480, 300), (520, 300), (520, 400), (480, 400)), *SIZE) == ((480, 375), (520, 375))


def test_a_baseline_lies_on_the_page() -> None:
    assert baseline_of(((-20, 950), (1020, 950), (1020, 1050), (-20, 1050)), *SIZE) == ((0, 999), (999, 999))


def rows(left: int, width: int, top: int, count: int, step: int = 60) -> list[Box]:
    return [Box(left, top + step * number, width, 40) for number in range(count)]


@pytest.mark.parametrize(
    "boxes",
    [
        rows(100, 800, 100, 12),
        [*rows(100, 380, 100, 10), *rows(540, 380, 100, 10)],
        [Box(100, 20, 820, 40), *rows(100, 380, 120, 10), *rows(540, 380, 120, 10)],
        [*rows(20, 100, 300, 3), *rows(200, 700, 100, 12)],
        [Box(100, 100, 300, 40), Box(700, 108, 200, 40), *rows(100, 800, 180, 5)],
        [Box(100, 100 + 30 * number, 800, 40) for number in range(10)],
    ],
    ids=["one column", "two columns", "under a headline", "a margin", "a date on the right", "lines that overlap"],
)
def test_reading_order(boxes: list[Box]) -> None:
    for mixed in (boxes[::-1], boxes[1::2] + boxes[::2]):
        assert [mixed[n] for n in reading_order(mixed)] == boxes


@given(
    st.lists(
        st.builds(Box, st.integers(0, 900), st.integers(0, 900), st.integers(1, 900), st.integers(1, 200)), max_size=40
    )
)
def test_every_line_is_read_once_whatever_its_box(boxes: list[Box]) -> None:
    assert sorted(reading_order(boxes)) == list(range(len(boxes)))


def test_a_thousand_lines_are_ordered() -> None:
    boxes = rows(100, 800, 0, 1000)
    assert reading_order(boxes[::-1]) == list(range(999, -1, -1))
