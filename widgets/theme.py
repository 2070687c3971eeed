"""How the states of a line look, by colour and by style, on paper and in the window, and what they are called."""

from dataclasses import dataclass

from PySide6.QtGui import QColor, QPalette

from app.language import tr
from app.page import PARAGRAPH, LineState

ACCENT = QColor("#b83200")
"""What is chosen or being drawn, on paper: seen beside brown and black ink, at least 3:1 on a sepia scan."""

CASING = QColor(255, 255, 255, 110)
"""A pale band under each stroke on the page, so that it is seen across ink and on a dark scan too."""


@dataclass(frozen=True, slots=True)
class StateStyle:
    """How a line of one state is drawn on paper; `mark` asks for a check mark.

    `width` and `dashes`, which are dash and gap and empty for a solid stroke, are in pixels of the screen; `estimated`
    are the dashes of a baseline that was estimated, each with a dot more than the state's own.
    """

    colour: QColor
    width: float
    dashes: tuple[float, ...] = ()
    estimated: tuple[float, ...] = (14, 4, 1.5, 4)
    mark: bool = False


_ON_PAPER: dict[LineState, StateStyle] = {
    "unread": StateStyle(QColor("#3c3c3c"), 1.5, (1.5, 3), (1.5, 3, 1.5, 8)),
    "read": StateStyle(QColor("#7418a8"), 2, (7, 5), (7, 4, 1.5, 4)),
    "draft": StateStyle(QColor("#0b4fb3"), 2),
    "reviewed": StateStyle(QColor("#0a6233"), 2, mark=True),
}
_IN_DARK_WINDOW: dict[LineState, QColor] = {
    "unread": QColor("#b4b4b4"),
    "read": QColor("#cf9dff"),
    "draft": QColor("#8fbcff"),
    "reviewed": QColor("#7ed9a0"),
}


def is_dark(palette: QPalette) -> bool:
    """Whether the window's text is lighter than its background."""
    return (
        palette.color(QPalette.ColorRole.WindowText).lightness() > palette.color(QPalette.ColorRole.Window).lightness()
    )


def on_paper(state: LineState) -> StateStyle:
    """How a line of this state looks on the page; paper is light whatever the window's palette."""
    return _ON_PAPER[state]


def state_colour(state: LineState, palette: QPalette) -> QColor:
    """The colour of a state for text and marks in the window, readable in light and dark (4.5:1)."""
    return _IN_DARK_WINDOW[state] if is_dark(palette) else _ON_PAPER[state].colour


def state_name(state: LineState) -> str:
    """What a person calls the state."""
    names: dict[LineState, str] = {
        "unread": tr("not read yet"),
        "read": tr("read by the program"),
        "draft": tr("draft"),
        "reviewed": tr("reviewed"),
    }
    return names[state]


def region_name(kind: str) -> str:
    """What a person calls a kind of region; a kind that is not known is shown as it is written."""
    names = {
        PARAGRAPH: tr("paragraph"),
        "heading": tr("heading"),
        "marginalia": tr("marginal note"),
        "caption": tr("caption"),
        "header": tr("page header"),
        "footer": tr("page footer"),
        "page-number": tr("page number"),
        "signature-mark": tr("signature mark"),
        "catch-word": tr("catchword"),
        "footnote": tr("footnote"),
        "footnote-continued": tr("footnote, continued"),
        "endnote": tr("endnote"),
        "drop-capital": tr("large initial"),
        "credit": tr("credit"),
        "floating": tr("floating text"),
        "list-label": tr("list label"),
        "TOC-entry": tr("table of contents"),
        "other": tr("other"),
        "table": tr("table"),
    }
    return names.get(kind, kind)


def desk_colour(palette: QPalette) -> QColor:
    """What surrounds the page: the window's background, a little darker."""
    window = palette.color(QPalette.ColorRole.Window)
    return window.darker(140 if is_dark(palette) else 108)
