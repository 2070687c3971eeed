"""The flag of a line that needs a second look: a pennant on a pole, in the transcript and on the page."""

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen, QPolygonF

from widgets.theme import is_dark


def flag_colour(palette: QPalette | None = None) -> QColor:
    """The flag's colour in the window, or without a palette on paper, which is light; at least 4.5:1 on both."""
    return QColor("#ffb454" if palette is not None and is_dark(palette) else "#a34700")


def paint_flag(painter: QPainter, foot: QPointF, height: float, colour: QColor) -> None:
    """A pennant whose pole stands on a point; the height is in the painter's own pixels."""
    top = foot - QPointF(0, height)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, height / 9))
    painter.drawLine(foot, top)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([top, top + QPointF(height * 0.7, height * 0.28), top + QPointF(0, height * 0.56)]))
    painter.restore()
