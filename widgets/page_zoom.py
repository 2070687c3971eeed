"""Zooming and panning a page, with the mouse, the touchpad and the keyboard."""

import math
import sys
from typing import Literal

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QHideEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPalette,
    QPen,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QGestureEvent, QGraphicsScene, QGraphicsView, QPinchGesture

from app.session import Place
from widgets import theme

STEP = 1.25
LARGEST = 8.0
"""At most so many pixels of the screen show one of the page."""
FRAME = 2
SHARP_AFTER_MS = 120
"""So long after the last step of a zoom the page is painted as sharp as it gets, in milliseconds."""
_BESIDE, _ABOVE = 12, 0.35
"""Where a line lies in the reading zoom: so many pixels of the screen from the sides, at this share of the height."""


class ZoomView(QGraphicsView):
    """A scene that fits the window until the person zooms, and shows by a frame when it has the keyboard.

    `zoom_changed` tells the scale: pixels of the screen for one of the page. GUI thread only.
    """

    zoom_changed = Signal(float)
    hurried = Signal(bool)
    """A person is zooming, and each frame is to come at once; then False, when the page is to be sharp again."""
    reading_ended = Signal()
    """The person has zoomed otherwise, and the view follows no line any more."""

    def __init__(self, scene: QGraphicsScene) -> None:
        super().__init__(scene)
        self.setInteractive(False)
        self.setFrameShape(QGraphicsView.Shape.NoFrame)
        self.setViewportMargins(FRAME, FRAME, FRAME, FRAME)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.viewport().setMouseTracking(True)
        if (
            sys.platform != "darwin"
        ):  # where a touchpad's pinch comes as a native gesture as well, and would count twice
            self.viewport().grabGesture(Qt.GestureType.PinchGesture)
        self._fit: Literal["page", "width", "box", ""] = "page"
        self._box, self._usual = QRectF(), 0.0
        self.angle = 0
        """How far the page is turned, clockwise, in degrees from 0 to 359."""
        self._pan_from: QPoint | None = None
        self._take_palette()
        self._sharpen = QTimer(self)
        self._sharpen.setSingleShot(True)
        self._sharpen.setInterval(SHARP_AFTER_MS)
        self._sharpen.timeout.connect(lambda: self.hurried.emit(False))
        self.installEventFilter(self)
        self.viewport().installEventFilter(self)

    @property
    def scale_on_screen(self) -> float:
        """How many pixels of the screen show one of the page."""
        return math.hypot(self.transform().m11(), self.transform().m12())

    def fit_page(self) -> None:
        """Shows the whole page, and goes on to when the window changes its size."""
        self._end_reading()
        self._fit = "page"
        self._refit()

    def fit_width(self) -> None:
        """Shows the page's whole width, and goes on to when the window changes its size."""
        self._end_reading()
        self._fit = "width"
        self._refit()

    def fill_width(self, box: QRectF, usual: float) -> None:
        """Has a box of the page so wide, or this one where it is wider, fill the width of the window.

        This one lies a little above the middle, until the person zooms.
        """
        self._fit, self._box, self._usual = "box", box, usual
        self._refit()

    @property
    def is_fitted_to_width(self) -> bool:
        """Whether the whole width is shown, whatever the window's size."""
        return self._fit == "width"

    @property
    def is_reading(self) -> bool:
        """Whether the view follows a box, at the scale at which a usual one fills the width."""
        return self._fit == "box"

    def place(self, page: str, line: str | None) -> Place:
        """What is seen of this page, to come back to later."""
        middle = self.mapToScene(self.viewport().rect().center())
        fit = "reading" if self._fit == "box" else self._fit
        return Place(page, line, fit, self.scale_on_screen, middle.x(), middle.y())

    def restore_view(self, place: Place) -> None:
        """Shows the page as it was seen before; the window may have another size by now."""
        if place.fit == "width":
            self.fit_width()
            self.centerOn(place.x, place.y)
        elif place.fit == "" and place.scale > 0:
            self._fit = ""
            self._set_scale(min(place.scale, LARGEST))
            self.centerOn(place.x, place.y)

    def turn(self, degrees: int) -> None:
        """Turns the page by so many degrees, clockwise, about the middle of what is seen; 0 makes it straight again."""
        middle = self.mapToScene(self.viewport().rect().center())
        self.angle = (self.angle + degrees) % 360 if degrees else 0
        self._set_scale(self.scale_on_screen, again=True)
        self.centerOn(middle)
        self._refit()

    def zoom_in(self) -> None:
        """One step closer to the middle of what is shown."""
        self.zoom_at(self.viewport().rect().center(), STEP)

    def zoom_out(self) -> None:
        """One step away from the middle of what is shown."""
        self.zoom_at(self.viewport().rect().center(), 1 / STEP)

    def one_to_one(self) -> None:
        """Shows each pixel of the page as one of the screen's own."""
        self.zoom_at(self.viewport().rect().center(), 1 / (self.devicePixelRatio() * self.scale_on_screen))

    def zoom_at(self, at_view: QPoint, factor: float) -> None:
        """Zooms by a factor; the place of the page under this point of the viewport stays there."""
        self._end_reading()
        self._fit = ""
        smallest = min(self._scale_to_fit(), 1.0) / 2
        scale = min(max(self.scale_on_screen * factor, smallest), LARGEST)
        kept = self.mapToScene(at_view)
        self.hurried.emit(True)
        self._sharpen.start()
        self._set_scale(scale)
        moved = self.mapFromScene(kept) - at_view
        self._scroll_by(moved)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Ends a zoom."""
        super().hideEvent(event)
        self._sharpen.stop()
        self.hurried.emit(False)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Ctrl and the wheel zoom around the pointer; the wheel and two fingers scroll."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_at(event.position().toPoint(), STEP ** (event.angleDelta().y() / 120))
            event.accept()
        else:
            super().wheelEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Takes a pinch on a touch screen and on a touchpad, and draws the frame of the focus.

        A filter, and no override of `event` or `viewportEvent`: PySide 6.11 ends the process when a handler that Qt
        calls from one of these raises an exception.
        """
        if watched is self.viewport() and self._pinched(event):
            return True
        if watched is self and event.type() == QEvent.Type.Paint and self.hasFocus():
            self._paint_frame()
        elif watched is self and event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return super().eventFilter(watched, event)

    def _pinched(self, event: QEvent) -> bool:
        if isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                self.zoom_at(self._in_viewport(pinch.centerPoint()), pinch.scaleFactor())
                return True
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.zoom_at(event.position().toPoint(), 1 + event.value())
            return True
        return False

    def _paint_frame(self) -> None:
        """Paints the frame outside the viewport, so that scrolling does not smear it."""
        painter = QPainter(self)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), FRAME))
        half = FRAME // 2
        painter.drawRect(self.rect().adjusted(half, half, -half, -half))
        painter.end()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Follows a change between light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._take_palette()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keeps the page fitted until the person zooms."""
        super().resizeEvent(event)
        self._refit()

    def begin_pan(self, at_view: QPoint) -> None:
        """Takes hold of the page at this point of the viewport."""
        self._pan_from = at_view
        self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def is_panning(self) -> bool:
        """Whether the page is being dragged along."""
        return self._pan_from is not None

    def pan_to(self, event: QMouseEvent) -> None:
        """Drags the page along with the pointer."""
        at_view = event.position().toPoint()
        if self._pan_from is not None:
            self._scroll_by(self._pan_from - at_view)
            self._pan_from = at_view

    def end_pan(self) -> None:
        """Lets go of the page."""
        self._pan_from = None

    def _in_viewport(self, on_screen: QPointF) -> QPoint:
        return self.viewport().mapFromGlobal(on_screen).toPoint()

    def _scroll_by(self, by: QPoint) -> None:
        for bar, step in ((self.horizontalScrollBar(), by.x()), (self.verticalScrollBar(), by.y())):
            bar.setValue(bar.value() + step)

    def _scale_to_fit(self) -> float:
        scene, space = self._turned(self.sceneRect()), self.maximumViewportSize()
        if scene.isEmpty():
            return 1.0
        across = (space.width() - 2) / scene.width()
        down = (space.height() - 2) / scene.height()
        if self._fit == "box":
            bar = self.verticalScrollBar().sizeHint().width()
            box = self._turned(QRectF(self._box).adjusted(0, 0, max(self._usual - self._box.width(), 0), 0))
            across = (space.width() - bar - 2 * _BESIDE) / max(box.width(), 1)
            # Of a short line that would fill the window with its height as well, no more than half of it is used.
            return max(min(across, space.height() / 2 / max(box.height(), 1), LARGEST), 0.001)
        if self._fit == "width":
            bar = self.verticalScrollBar().sizeHint().width() if across > down else 0
            return max((space.width() - 2 - bar) / scene.width(), 0.001)
        return max(min(across, down), 0.001)

    def _refit(self) -> None:
        before = self.scale_on_screen
        if self._fit:
            self._set_scale(self._scale_to_fit())
        if self._fit == "box":
            box, window = self.mapFromScene(self._box).boundingRect(), self.viewport().rect()
            # A short line that is seen as a whole leaves the view where the line before had it.
            stays = before == self.scale_on_screen and box.left() >= 0 and box.right() <= window.right()
            across = 0 if stays else box.left() - _BESIDE
            self._scroll_by(QPoint(across, box.center().y() - round(window.height() * _ABOVE)))

    def _end_reading(self) -> None:
        if self._fit == "box":
            self._fit = ""
            self.reading_ended.emit()

    def _turned(self, box: QRectF) -> QRectF:
        """The upright box around a box of the page that is turned with it."""
        return QTransform().rotate(self.angle).mapRect(box)

    def _set_scale(self, scale: float, *, again: bool = False) -> None:
        if again or not math.isclose(scale, self.scale_on_screen, rel_tol=1e-9):
            self.setTransform(QTransform().rotate(self.angle).scale(scale, scale))
            self.zoom_changed.emit(scale)

    def _take_palette(self) -> None:
        self.setBackgroundBrush(theme.desk_colour(self.palette()))
