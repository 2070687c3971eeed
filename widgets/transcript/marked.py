"""Text in which words are set apart by style, never by colour alone: where readers differ, and how it was written."""

import unicodedata
from collections.abc import Sequence

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QTextCharFormat, QTextLayout, QTextOption

from app.page import Line, Mark, MarkKind
from app.text import compared, unsure

Span = tuple[int, int]
"""Code points of a text, from the first to before the second."""

_WRAPPED = QTextOption()
_WRAPPED.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
_WRAPPED.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
_NARROWEST = 40
UNSURE, DOUBTFUL = 0.8, 0.5
"""Characters of less confidence than the first are underlined, of less than the second by a wave."""
_UNSURE_LINE = QTextCharFormat.UnderlineStyle.DashUnderline
_DOUBTFUL_LINE = QTextCharFormat.UnderlineStyle.WaveUnderline
_UNSURE = QColor(230, 160, 0, 60)
"""Behind what is unclear: pale enough under black and white writing."""
_GONE = QColor(128, 128, 128, 170)


def laid_out(
    text: str,
    font: QFont,
    width: float,
    differing: Sequence[Span] = (),
    marks: Sequence[Mark] = (),
    *,
    confidence: Sequence[tuple[int, int, QTextCharFormat]] = (),
) -> tuple[QTextLayout, float]:
    """The text ready to be drawn in a column of this width, and how high it is, both in screen pixels.

    Words that differ are bold with dots below.
    """
    layout = QTextLayout(text, font)
    layout.setTextOption(_WRAPPED)
    styles = list(confidence)
    styles += [(mark.start, mark.end, written_as(mark.kind)) for mark in marks]
    styles += [(start, end, _differing()) for start, end in differing]
    layout.setFormats([_range(text, start, end, style) for start, end, style in styles if start < end])
    layout.beginLayout()
    height = 0.0
    while (line := layout.createLine()).isValid():
        line.setLineWidth(max(width, _NARROWEST))
        line.setPosition(QPointF(0, height))
        height += line.height()
    layout.endLayout()
    return layout, height


def _range(text: str, start: int, end: int, style: QTextCharFormat) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start = utf16(text[:start])
    made.length = utf16(text[start:end])
    made.format = style
    return made


def begins_right(text: str) -> bool:
    """Whether a text runs from right to left, by its first letter that has a direction (UAX 9, rules P2 and P3)."""
    strong = next((kind for kind in map(unicodedata.bidirectional, text) if kind in ("L", "R", "AL")), "L")
    return strong != "L"


def utf16(text: str) -> int:
    """How many of Qt's characters a text has, which counts those outside the basic plane as two."""
    return len(text.encode("utf-16-le")) // 2


def code_points(text: str, position: int) -> int:
    """How many code points of a text come before one of Qt's positions."""
    return len(text.encode("utf-16-le")[: 2 * position].decode("utf-16-le", errors="ignore"))


def confidence_styles(line: Line) -> list[tuple[int, int, QTextCharFormat]]:
    """How the uncertain characters of a line's suggestion are underlined, by code points; none in a person's text."""
    if line.state != "read" or line.reading is None:
        return []
    styles = [(start, end, _underlined(_UNSURE_LINE)) for start, end in unsure(line.reading, UNSURE)]
    return styles + [(start, end, _underlined(_DOUBTFUL_LINE)) for start, end in unsure(line.reading, DOUBTFUL)]


def suggestion_styles(line: Line) -> list[tuple[int, int, QTextCharFormat]]:
    """How a suggestion is set apart in the editor: its uncertain characters, and the words where readers differ."""
    words = {(found.start, found.end) for other in compared(line) for found in other.differences}
    differing = [(start, end, _differing()) for start, end in sorted(words)] if line.state == "read" else []
    return confidence_styles(line) + differing


def _underlined(how: QTextCharFormat.UnderlineStyle) -> QTextCharFormat:
    style = QTextCharFormat()
    style.setUnderlineStyle(how)
    return style


def _differing() -> QTextCharFormat:
    style = QTextCharFormat()
    style.setFontWeight(QFont.Weight.Bold)
    style.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
    return style


def written_as(kind: MarkKind) -> QTextCharFormat:
    """The style of a mark; each kind differs from every other by more than a colour."""
    style = QTextCharFormat()
    if kind == "unclear":
        style.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DashUnderline)
        style.setBackground(_UNSURE)
    elif kind == "illegible":
        style.setBackground(QBrush(_GONE, Qt.BrushStyle.BDiagPattern))
    elif kind == "added":
        style.setFontOverline(True)
    elif kind == "underlined":
        style.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
    elif kind == "struck":
        style.setFontStrikeOut(True)
    elif kind == "superscript":
        style.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignSuperScript)
    elif kind == "subscript":
        style.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignSubScript)
    elif kind == "bold":
        style.setFontWeight(QFont.Weight.Bold)
    else:
        style.setFontItalic(True)
    return style
