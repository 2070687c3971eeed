"""The states of a line can be told apart and read: on paper, in a light window and in a dark one."""

from itertools import combinations
from typing import get_args

import pytest
from PySide6.QtGui import QColor, QPalette

from app.page import LineState
from widgets import theme

STATES = get_args(LineState)
LIGHT, DARK = QPalette(QColor("#efefef")), QPalette(QColor("#35353a"), QColor("#2d2d30"))


def luminance(colour: QColor) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(a: QColor, b: QColor) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("paper", ["#ffffff", "#f4ecd8", "#e3d3ae", "#d2bd8f"])
@pytest.mark.parametrize("colour", [theme.ACCENT, *(theme.on_paper(state).colour for state in STATES)])
def test_strokes_are_seen_on_white_and_on_sepia(colour: QColor, paper: str) -> None:
    assert contrast(colour, QColor(paper)) >= 3


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_state_colours_can_be_read_in_the_window(state: LineState, palette: QPalette) -> None:
    for role in (QPalette.ColorRole.Window, QPalette.ColorRole.Base):
        assert contrast(theme.state_colour(state, palette), palette.color(role)) >= 4.5


def test_no_two_states_differ_by_colour_alone() -> None:
    styles = [theme.on_paper(state) for state in STATES]
    assert all((a.dashes, a.mark) != (b.dashes, b.mark) for a, b in combinations(styles, 2))


def test_light_and_dark_windows_are_told_apart() -> None:
    assert theme.is_dark(DARK)
    assert not theme.is_dark(LIGHT)
    assert theme.desk_colour(DARK).lightness() < theme.desk_colour(LIGHT).lightness()


def test_every_state_and_kind_of_region_has_a_name() -> None:
    assert len({theme.state_name(state) for state in STATES}) == 4
    assert theme.region_name("marginalia") == "marginal note"
    assert theme.region_name("something else") == "something else"
