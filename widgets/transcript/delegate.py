"""How a line looks in the transcript while it is not being written: number, mark, strip and text."""

from functools import lru_cache

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QImage, QPainter, QPalette
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QStyleOptionViewItem

from app.page import Line, LineState
from widgets.text_font import text_font
from widgets.theme import state_colour, state_name
from widgets.transcript.annotations import paint_gutter_flag, paint_note
from widgets.transcript.marked import Span, begins_right, confidence_styles, laid_out
from widgets.transcript.model import DIFFERING_ROLE, LINE_ROLE, NUMBER_ROLE, REMARK_ROLE, LineModel
from widgets.transcript.strips import Strips

MARGIN = 8
SMALL = 0.88
"""The size of a caption, as a share of that of other texts."""
NARROWEST, BROADEST = 72, 135
"""How narrow and how broad letters may be made to fit a strip, in percent."""
STRIP_HEIGHT = 40
_GAP = 4
MARKS: dict[LineState, str] = {"unread": "○", "read": "◐", "draft": "✎", "reviewed": "✓"}


class LineDelegate(QStyledItemDelegate):
    """Paints the rows; the current row is left to the editor, whose height it takes."""

    def __init__(self, strips: Strips, lines: LineModel, view: QListView) -> None:
        super().__init__(view)
        self._view = view
        self._lines = lines
        self._strips = strips
        self._heights: dict[str, tuple[Line, int]] = {}
        self._measured_for: tuple[object, ...] = ()
        self.current = -1
        self.current_height = 0

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802
        """As high as strip and text need at the width of the list."""
        if index.row() == self.current:
            return QSize(1, self.current_height)
        line = self._lines.shown(index.row())
        known = self._heights.get(line.id)
        if known is None or known[0] is not line:
            known = self._heights[line.id] = line, self._height(line, option, index)
        return QSize(1, known[1])

    def heights(self, font: QFont) -> list[int]:
        """The heights of all rows in screen pixels, those never measured taken for that of a usual one.

        Measuring 20,000 rows takes a second.
        """
        now = (self._view.viewport().width(), font.key(), self._strips.usual, self._lines.by_disagreement)
        if now != self._measured_for:
            self._measured_for = now
            self._heights.clear()
        usual = STRIP_HEIGHT + _GAP + round(QFontMetricsF(font).lineSpacing()) + 2 * MARGIN
        known = self._heights
        heights = [known[line.id][1] if line.id in known else usual for line in self._lines.lines]
        if 0 <= self.current < len(heights):
            heights[self.current] = self.current_height
        return heights

    def _height(self, line: Line, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> int:
        width = self._view.viewport().width() - gutter(option.font).width() - MARGIN
        strip = self._strips.size(line, width, STRIP_HEIGHT)
        height = strip.height() + _GAP
        height += self._text_height(line, index.data(DIFFERING_ROLE), width, strip.width())
        height += note_height(line, option.font)
        if index.data(REMARK_ROLE):
            height += caption_height(option.font)
        return max(height, gutter(option.font).height()) + 2 * MARGIN

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paints one row."""
        rule = option.palette.color(QPalette.ColorRole.Text)
        rule.setAlphaF(0.14)
        painter.fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), rule)
        if index.row() == self.current:
            return
        line: Line = index.data(LINE_ROLE)
        painter.save()
        number = index.data(NUMBER_ROLE)
        paint_gutter(painter, option.rect, number, line.state, palette=option.palette, font=option.font)
        if line.second_look:
            paint_gutter_flag(painter, option.rect, MARGIN + gutter(option.font).height() - 2, option.palette)
        area = option.rect.adjusted(gutter(option.font).width(), MARGIN, -MARGIN, -MARGIN)
        size = self._paint_strip(painter, area, line)
        area.setTop(area.top() + size.height() + _GAP)
        painter.setPen(state_colour(line.state, option.palette))
        if remark := index.data(REMARK_ROLE):
            painter.setFont(small_font(option.font))
            painter.drawText(area, int(Qt.AlignmentFlag.AlignLeft), remark)
            area.setTop(area.top() + caption_height(option.font))
        if line.note:
            below = area.adjusted(0, area.height() - note_height(line, option.font), 0, 0)
            paint_note(painter, below, line.note, option.palette, small_font(option.font))
        if not line.text:
            painter.setFont(small_font(option.font))
            painter.setPen(option.palette.color(QPalette.ColorRole.PlaceholderText))
            painter.drawText(area, int(Qt.AlignmentFlag.AlignLeft), state_name(line.state))
        else:
            if line.state != "read":
                painter.setPen(option.palette.color(QPalette.ColorRole.Text))
            differing, unsure = index.data(DIFFERING_ROLE), confidence_styles(line)
            font = under_strip(
                line.text, text_font(option.font, line.state), text_room(size.width(), bold=bool(differing))
            )
            layout, _ = laid_out(line.text, font, area.width(), differing, line.marks, confidence=unsure)
            layout.draw(painter, QPointF(area.topLeft()))
        painter.restore()

    def _paint_strip(self, painter: QPainter, area: QRect, line: Line) -> QSize:
        """Paints the strip at the top of the area; returns its size."""
        size = self._strips.size(line, area.width(), STRIP_HEIGHT)
        strip = self._strips.strip(line, "row", size, painter.device().devicePixelRatioF())
        if strip is not None:
            paint_strip(painter, strip_place(area, size, line.text), strip)
        return size

    def _text_height(self, line: Line, differing: tuple[Span, ...], width: int, strip: int) -> int:
        font = under_strip(line.text, text_font(self._view.font(), line.state), text_room(strip, bold=bool(differing)))
        return round(laid_out(line.text or " ", font, width, differing, line.marks)[1]) + 2


def gutter(font: QFont) -> QSize:
    """The room for a line's number and the mark under it, in screen pixels; four digits fit."""
    return _gutter(font.key())


@lru_cache(maxsize=8)
def _gutter(font_key: str) -> QSize:
    font = QFont()
    font.fromString(font_key)
    metrics = QFontMetricsF(font)
    return QSize(max(round(metrics.horizontalAdvance("8888")) + MARGIN, 44), max(round(2.4 * metrics.height()), 40))


def paint_gutter(
    painter: QPainter, rect: QRect, number: int, state: LineState, *, palette: QPalette, font: QFont
) -> None:
    """Paints a line's number, and under it the mark of its state."""
    size = gutter(font)
    area = QRect(rect.left(), rect.top() + MARGIN, size.width() - MARGIN, size.height())
    painter.setFont(font)
    painter.setPen(palette.color(QPalette.ColorRole.Text))
    painter.drawText(area, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop), str(number))
    bold = QFont(font)
    bold.setBold(True)
    painter.setFont(bold)
    painter.setPen(state_colour(state, palette))
    painter.drawText(area, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom), MARKS[state])


def strip_place(area: QRect, size: QSize, text: str) -> QRect:
    """Where a strip stands at the top of its area: at the side on which its text begins."""
    place = QRect(area.topLeft(), size)
    if begins_right(text):
        place.moveRight(area.right())
    return place


def paint_strip(painter: QPainter, place: QRect, strip: QImage) -> None:
    """Paints a strip in the middle of its place, whatever size it was made for."""
    size = strip.deviceIndependentSize()
    target = QRectF(place.left(), place.top() + (place.height() - size.height()) / 2, size.width(), size.height())
    painter.save()
    painter.setClipRect(place)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(target, strip)
    painter.restore()


def text_room(width: int, *, bold: bool) -> int:
    """The width that a text may take under a strip: words that differ are bold, and need some of it."""
    return round(0.95 * width) if bold else width


def under_strip(text: str, font: QFont, width: int) -> QFont:
    """The font with letters so narrow or so broad that the text is as wide as its strip, where that stays legible.

    Each word then stands under its image, and the eye does not travel.
    """
    made = QFont(font)
    share = 100 * width / max(QFontMetricsF(font).horizontalAdvance(text), 1)
    if not NARROWEST <= share <= BROADEST:
        return made
    for _ in range(2):  # letters are drawn at whole pixels, so that the first try may be a little too wide
        made.setStretch(int(share))
        share *= min(width / max(QFontMetricsF(made).horizontalAdvance(text) + 1, 1), 1)
    made.setStretch(int(share))
    return made


def small_font(font: QFont) -> QFont:
    """The font of a caption."""
    made = QFont(font)
    made.setPointSizeF(font.pointSizeF() * SMALL)
    return made


def note_height(line: Line, font: QFont) -> int:
    """How much room the line's note takes under the text of its row, in screen pixels."""
    return caption_height(font) + 2 if line.note else 0


def caption_height(font: QFont) -> int:
    """How much room a caption takes, in screen pixels."""
    return _caption_height(font.key())


@lru_cache(maxsize=8)
def _caption_height(font_key: str) -> int:
    font = QFont()
    font.fromString(font_key)
    return round(QFontMetricsF(small_font(font)).lineSpacing()) + 1
