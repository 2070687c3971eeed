"""Text in which words are set apart by style, never by colour alone: where readers differ, and how it was written."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QTextCharFormat, QTextLayout, QTextOption

from app.page import Mark, MarkKind

Span = tuple[int, int]
"""Code points of a text, from the first to before the second."""

_WRAPPED = QTextOption()
_WRAPPED.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
_WRAPPED.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
_NARROWEST = 40


def laid_out(
    text: str, font: QFont, width: float, differing: Sequence[Span] = (), marks: Sequence[Mark] = ()
) -> tuple[QTextLayout, float]:
    """The text ready to be drawn in a column of this width, and how high it is, both in screen pixels.

    Words that differ are bold with dots below.
    """
    layout = QTextLayout(text, font)
    layout.setTextOption(_WRAPPED)
    styles = [(mark.start, mark.end, _written(mark.kind)) for mark in marks]
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
    made.start = _utf16(text[:start])
    made.length = _utf16(text[start:end])
    made.format = style
    return made


def _utf16(text: str) -> int:
    """How many of Qt's characters a text has, which counts those outside the basic plane as two."""
    return len(text.encode("utf-16-le")) // 2


def _differing() -> QTextCharFormat:
    style = QTextCharFormat()
    style.setFontWeight(QFont.Weight.Bold)
    style.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
    return style


def _written(kind: MarkKind) -> QTextCharFormat:
    style = QTextCharFormat()
    if kind == "underlined":
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
