"""Many lines seen from afar, painted in one go: a thousand items of their own took 40 ms a frame.

A unit of the scene is a pixel of the page image. GUI thread only.
"""

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.page import LineState
from widgets import theme
from widgets.page_items import (
    BOUNDARY_FROM,
    CHECK,
    Z_LINES,
    LineItem,
    Overlays,
    baseline_pen,
    boundary_pen,
    check_pens,
    fineness,
)

FROM = 200
"""From so many lines on they are a crowd; fewer are fluid one by one."""
TALLEST = 64
"""Up to this height of a usual line on the screen, in pixels, most of a page is seen, and its lines are a crowd."""

_Kind = tuple[LineState, bool]
"""A line's state, and whether its baseline is estimated: all that its strokes hang on."""


class CrowdItem(QGraphicsItem):
    """The strokes and check marks of lines that are not chosen, as one path for each way to draw them."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: Mapping[str, LineItem] = {}
        self._overlays = Overlays()
        self._rect = QRectF()
        self._px = 1.0
        self._usual = 1.0
        self.setZValue(Z_LINES)
        self._baselines: dict[_Kind, QPainterPath] | None = None
        self._boundaries: dict[LineState, QPainterPath] = {}
        self.hide()

    def gather(
        self, lines: Mapping[str, LineItem], rect: QRectF, overlays: Overlays, changed: QRectF | None = None
    ) -> None:
        """Takes these lines, as they are now; the paths are made anew when they are painted next.

        `changed` is where anything looks different, None for everywhere.
        """
        if rect != self._rect:
            self.prepareGeometryChange()
        self._lines, self._rect, self._overlays = lines, rect, overlays
        self._usual = rect.height() / 40
        self._baselines = None
        self.update(rect if changed is None else changed)

    def set_px(self, px: float) -> None:
        """Takes a new zoom: so many page pixels are one pixel of the screen."""
        self._px = px
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        """The page."""
        return self._rect

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None, /) -> None:  # noqa: ARG002 - Qt's signature
        """Paints boundaries where there is room for them, baselines, and the check marks of what is reviewed."""
        if self._baselines is None:
            self._make_paths()
        assert self._baselines is not None
        tall = self._usual / self._px
        fine, dots = fineness(tall), painter.device().devicePixelRatio()
        dot = self._px / dots
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if tall >= BOUNDARY_FROM and self._overlays.boundaries:
            for state, path in self._boundaries.items():
                painter.setPen(boundary_pen(theme.on_paper(state), dot))
                painter.drawPath(path)
        if not self._overlays.baselines:
            return
        for (state, estimated), path in self._baselines.items():
            style = theme.on_paper(state)
            painter.setPen(baseline_pen(style, fine, dot, dots, estimated=estimated))
            count = max(round(style.width * fine * dots), 1)
            for at in range(count):
                away = (at - (count - 1) / 2) * dot
                # Slantwise, so that lines of every direction become broader.
                painter.translate(0.6 * away, away)
                painter.drawPath(path)
                painter.translate(-0.6 * away, -away)
        self._paint_checks(painter, max(fine, 0.75))

    def _make_paths(self) -> None:
        self._baselines, self._boundaries = {}, {}
        for item in self._lines.values():
            if item.chosen:
                continue
            line = item.line
            self._baselines.setdefault((line.state, line.estimated), QPainterPath()).addPath(item.baseline)
            if line.boundary:
                boundary = self._boundaries.setdefault(line.state, QPainterPath())
                boundary.addPolygon(item.boundary)
                boundary.closeSubpath()

    def _paint_checks(self, painter: QPainter, size: float) -> None:
        checks, unit = QPainterPath(), size * self._px
        shape = [QPointF(x, y) * unit for x, y in CHECK]
        for item in self._lines.values():
            if not item.chosen and theme.on_paper(item.line.state).mark:
                at = item.before_first(11 * unit)
                checks.addPolygon(QPolygonF([at + point for point in shape]))
        # Without the pale one below it: from afar that hides more than it helps, and it costs most of the frame.
        painter.setPen(check_pens(theme.on_paper("reviewed"), size, self._px)[1])
        painter.drawPath(checks)
