"""The magnifier: a round glass over the page that follows the pointer, or the cross and the current line."""

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QWidget

from widgets.page_image import ImageItem

SIDE = 260
"""How wide the glass is, in pixels of the screen."""
TIMES = 3.0
"""So many times as large as on the page."""


class Magnifier(QWidget):
    """Shows the page under its middle enlarged; it takes no mouse and no focus. GUI thread only."""

    def __init__(self, parent: QWidget, paper: ImageItem) -> None:
        super().__init__(parent)
        self._paper = paper
        self._at = QPointF()
        self.scale = 1.0
        """How many pixels of the screen show one of the page under the glass."""
        self._angle = 0.0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFixedSize(SIDE, SIDE)
        self.hide()

    def look_at(self, at_view: QPoint, at_scene: QPointF, scale: float, angle: float) -> None:
        """Moves over a point of the viewport; it shows that point of the page, turned and scaled as the page is."""
        self._at, self._angle = at_scene, angle
        self.scale = scale * TIMES
        self.move(at_view - QPoint(SIDE // 2, SIDE // 2))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's signature
        """Paints the piece of the page and the rim of the glass."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        glass = QPainterPath()
        glass.addEllipse(QPointF(SIDE / 2, SIDE / 2), SIDE / 2 - 2, SIDE / 2 - 2)
        painter.save()
        painter.setClipPath(glass)
        painter.fillPath(glass, self.palette().color(QPalette.ColorRole.Window))
        painter.translate(SIDE / 2, SIDE / 2)
        painter.rotate(self._angle)
        painter.scale(self.scale, self.scale)
        painter.translate(-self._at)
        reach = SIDE / self.scale
        around = self._paper.boundingRect().intersected(_square(self._at, 1.5 * reach))  # a turned square is wider
        self._paper.draw(painter, around, self.scale * self.devicePixelRatioF())
        painter.restore()
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.WindowText), 2))
        painter.drawPath(glass)
        painter.end()


def _square(middle: QPointF, side: float) -> QRectF:
    return QRectF(middle.x() - side / 2, middle.y() - side / 2, side, side)
