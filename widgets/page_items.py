"""What is seen on the page: lines, regions, handles, and what a gesture shows, each an item of the scene.

A unit of the scene is a pixel of the page image. Strokes, marks and handles keep their size on the screen, so every
item is told how many page pixels one pixel of the screen is (`px`). GUI thread only.
"""

import itertools
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QGuiApplication, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.language import tr
from app.page import Line, Point, Region
from widgets import theme
from widgets.flag import flag_colour, paint_flag
from widgets.tools import Outline

MARGIN = 26
"""How far strokes, marks and labels reach beyond an item's points at most, in pixels of the screen."""
_BESIDE = 5
"""How far from a line its number in the reading order stands, in pixels of the screen."""
HANDLE = 9
CROSS = 15
_FULL_FROM, BOUNDARY_FROM = 32, 26
"""How tall a usual line is on the screen, in pixels, when baselines have their full width and boundaries are drawn.

Seen from afar both would only cover the writing. A usual line is a fortieth of the page: all lines of a page look
alike, whatever their own height is.
"""
_FAINTEST, _FULLEST = 105, 205
"""How opaque the baseline of a line that is not chosen is, of 255, on a page seen from afar and at full width.

A baseline that sits a little high crosses the writing, which has to be read through it.
"""
_FLAG = 20
"""How high the flag of a line that needs a second look is on the screen, in pixels."""
CHECK = ((-5, 0), (-1.5, 4), (5.5, -5))
_REGION = QColor("#1f4e6b")
_Z_REGIONS, Z_LINES, _Z_CHOSEN, _Z_TOP = 10.0, 20.0, 30.0, 40.0


@dataclass(frozen=True, slots=True)
class Overlays:
    """What of lines and regions shows on the page, besides what is chosen."""

    regions: bool = True
    boundaries: bool = True
    baselines: bool = True
    order: bool = False
    readings: bool = False


class _Item(QGraphicsItem):
    """What all items share: a box of page pixels and a margin of screen pixels around it."""

    reach: ClassVar[int] = MARGIN

    def __init__(self, px: float) -> None:
        super().__init__()
        self._box = QRectF()
        self._bounds = QRectF()
        self._px = px

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        """The box with the margin."""
        return self._bounds

    def set_px(self, px: float) -> None:
        """Takes a new zoom."""
        if px != self._px:
            self.prepareGeometryChange()
            self._px = px
            self._take_bounds()

    def _take_bounds(self) -> None:
        by = self.reach * self._px
        self._bounds = QRectF() if self._box.isNull() else self._box.adjusted(-by, -by, by, by)

    def _put_box(self, points: Sequence[Point]) -> None:
        self.prepareGeometryChange()
        # Half a pixel more, so that a line that is quite straight has a box that is not empty.
        self._box = polygon(points).boundingRect().adjusted(0, 0, 0.5, 0.5) if points else QRectF()
        self._take_bounds()
        self.update()

    def _pen(self, colour: QColor, width: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
        """A pen whose width is in pixels of the screen; Qt's cosmetic pens grow thin where a pixel has several dots."""
        return _made_pen(colour.rgba(), width * self._px, style, ())


class LineItem(_Item):
    """A line: baseline in the style of its state, faint boundary, its marks: reviewed, a second look.

    A baseline that was estimated is dashed with dots, in every state.
    """

    def __init__(self, line: Line, px: float, page_height: int, overlays: Overlays) -> None:
        super().__init__(px)
        self._overlays = overlays
        self._usual = page_height / 40
        self.chosen = False
        self._in_crowd = False
        self.setZValue(Z_LINES + _share(line.id))
        self.put(line)

    def put(self, line: Line) -> None:
        """Shows the line as it is now."""
        self.line = line
        self.baseline = _polyline(line.baseline)
        (x1, y1), (x2, y2) = line.baseline[0], line.baseline[-1]
        self._across = QPointF(y1 - y2, x2 - x1) / (math.dist((x1, y1), (x2, y2)) or 1)
        self.boundary = polygon(line.boundary)
        self.setToolTip(tr("This baseline is estimated from the line's outline.") if line.estimated else "")
        self._put_box((*line.baseline, *line.boundary))
        self._show_or_hide()

    def show_overlays(self, overlays: Overlays) -> None:
        """Shows of the line what these say."""
        self._overlays = overlays
        self._show_or_hide()
        self.update()

    def join(self, crowd: bool) -> None:
        """Leaves the strokes to the crowd's item, or paints them itself again."""
        self._in_crowd = crowd
        self._show_or_hide()
        self.update()

    def _show_or_hide(self) -> None:
        alone = self.chosen or self.line.second_look or (self._overlays.readings and bool(self.line.text))
        self.setVisible(alone or not self._in_crowd)

    def before_first(self, away: float) -> QPointF:
        """A place so many page pixels before the baseline's first point, seen in the direction of the writing."""
        (x1, y1), (x2, y2) = self.line.baseline[0], self.line.baseline[:2][-1]
        share = away / (math.hypot(x2 - x1, y2 - y1) or 1)
        return QPointF(x1 - (x2 - x1) * share, y1 - (y2 - y1) * share)

    def choose(self, chosen: bool) -> None:
        """Shows whether the line is chosen."""
        self.chosen = chosen
        self._show_or_hide()
        self.setZValue((_Z_CHOSEN if chosen else Z_LINES) + _share(self.line.id))
        self.update()

    def covers(self, at: Point, reach: float) -> bool:
        """Whether the point is in the box around the line, give or take `reach` page pixels."""
        return self._box.adjusted(-reach, -reach, reach, reach).contains(QPointF(*at))

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None, /) -> None:  # noqa: ARG002 - Qt's signature
        """Paints the boundary, the baseline and the check mark; on a page seen from afar they are finer."""
        style = theme.on_paper(self.line.state)
        tall = self._usual / self._px
        fine, crowded = fineness(tall), self._in_crowd and not self.chosen
        if self.chosen:
            painter.setPen(self._pen(theme.ACCENT, 1.5))
            painter.setBrush(_soft(theme.ACCENT, 30))
            painter.drawPolygon(self.boundary)
        elif tall >= BOUNDARY_FROM and self._overlays.boundaries and not crowded:
            painter.setPen(boundary_pen(style, self._px / painter.device().devicePixelRatio()))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolygon(self.boundary)
        if self._overlays.readings and self.line.text:
            self._paint_text(painter, style.colour)
        if not (self._overlays.baselines or self.chosen):
            return
        if not crowded:
            self._paint_baseline(painter, style, fine)
        if style.mark and not crowded:
            self._paint_mark(painter, style, max(fine, 0.75))
        if self.line.second_look:
            foot = QPointF(*self.line.baseline[-1]) + QPointF(4 * self._px, 0)
            paint_flag(painter, foot, _FLAG * max(fine, 0.75) * self._px, flag_colour())

    def _paint_baseline(self, painter: QPainter, style: theme.StateStyle, fine: float) -> None:
        """Strokes of one dot side by side, which Qt paints thirty times as fast as one broad stroke."""
        dots = painter.device().devicePixelRatio()
        dot, count = self._px / dots, max(round((style.width + self.chosen) * fine * dots), 1)
        painter.setPen(baseline_pen(style, None if self.chosen else fine, dot, dots, estimated=self.line.estimated))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if count == 1:
            painter.drawPath(self.baseline)
        else:
            for i in range(count):
                painter.drawPath(self.baseline.translated(self._across * (i - (count - 1) / 2) * dot))
        if self.chosen or fine == 1.0:  # from afar a pale band beside the stroke would hide more than the stroke
            painter.setPen(self._pen(theme.CASING, 1 / dots))
            for i in (-1, count):
                painter.drawPath(self.baseline.translated(self._across * (i - (count - 1) / 2) * dot))

    def _paint_text(self, painter: QPainter, colour: QColor) -> None:
        """The line's text along the foot of its baseline, on a pale plate, italic where it is a machine's."""
        (x1, y1), (x2, _) = self.line.baseline[0], self.line.baseline[-1]
        font = QGuiApplication.font()
        font.setPointSizeF(font.pointSizeF() * 0.9)
        font.setItalic(self.line.state == "read")
        metrics = QFontMetricsF(font)
        room = max(abs(x2 - x1) / self._px - 8, 0)
        text = metrics.elidedText(self.line.text, Qt.TextElideMode.ElideRight, room)
        height = min(metrics.height(), MARGIN - 4)
        plate = QRectF(0, 2, min(metrics.horizontalAdvance(text), room) + 8, height)
        painter.save()
        painter.translate(min(x1, x2), y1)
        painter.scale(self._px, self._px)  # from here on a unit is a pixel of the screen
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(255, 255, 255, 225))
        painter.drawRoundedRect(plate, 3, 3)
        painter.setPen(colour)
        painter.setFont(font)
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()

    def _paint_mark(self, painter: QPainter, style: theme.StateStyle, size: float) -> None:
        """A check mark before the baseline's first point, seen in the direction of the writing."""
        unit = size * self._px
        at = self.before_first(11 * unit)
        check = QPolygonF([at + QPointF(x, y) * unit for x, y in CHECK])
        for pen in check_pens(style, size, self._px):
            painter.setPen(pen)
            painter.drawPolyline(check)


class RegionItem(_Item):
    """A region: outline, soft tint, and its kind above its left end where there is room."""

    def __init__(self, region: Region, px: float, overlays: Overlays) -> None:
        super().__init__(px)
        self.chosen = False
        self._overlays = overlays
        self.setZValue(_Z_REGIONS + _share(region.id))
        self.put(region)

    def put(self, region: Region) -> None:
        """Shows the region as it is now."""
        self.region = region
        self._polygon = polygon(region.boundary)
        self._put_box(region.boundary)

    def show_overlays(self, overlays: Overlays) -> None:
        """Shows the region if these say so."""
        self._overlays = overlays
        self.setVisible(overlays.regions or self.chosen)

    def choose(self, chosen: bool) -> None:
        """Shows whether the region is chosen."""
        self.chosen = chosen
        self.setVisible(self._overlays.regions or chosen)
        self.update()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None, /) -> None:  # noqa: ARG002 - Qt's signature
        """Paints the outline and the label."""
        colour = theme.ACCENT if self.chosen else _REGION
        painter.setBrush(_soft(colour, 26 if self.chosen else 12))
        painter.setPen(self._pen(theme.CASING, 3.5 if self.chosen else 2.5))
        painter.drawPolygon(self._polygon)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self._pen(colour, 2.2 if self.chosen else 1.2))
        painter.drawPolygon(self._polygon)
        self._paint_label(painter, colour)

    def _paint_label(self, painter: QPainter, colour: QColor) -> None:
        font = QGuiApplication.font()
        font.setPointSizeF(font.pointSizeF() * 0.85)
        metrics = QFontMetricsF(font)
        text = theme.region_name(self.region.kind)
        plate = QRectF(0, 0, metrics.horizontalAdvance(text) + 8, min(metrics.height() + 2, MARGIN - 4))
        if plate.width() * self._px > self._box.width():
            return
        plate.moveBottomLeft(QPointF(0, -2))
        painter.save()
        painter.translate(self._box.topLeft())  # above the whole region, so that it covers none of its writing
        painter.scale(self._px, self._px)  # from here on a unit is a pixel of the screen
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(255, 255, 255, 215))
        painter.drawRoundedRect(plate, 3, 3)
        painter.setPen(colour)
        painter.setFont(font)
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()


class OrderItem(_Item):
    """The reading order: a number before each line, and an arrow from where it begins to where the next one does."""

    reach = 120

    def __init__(self, px: float) -> None:
        super().__init__(px)
        self.starts: tuple[Point, ...] = ()
        self._leftwards: tuple[bool, ...] = ()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.setZValue(_Z_CHOSEN + 1)

    def put(self, baselines: Sequence[Sequence[Point]]) -> None:
        """Shows the order of lines with these baselines, or none."""
        starts = tuple(baseline[0] for baseline in baselines)
        leftwards = tuple(baseline[-1][0] < baseline[0][0] for baseline in baselines)
        if (starts, leftwards) != (self.starts, self._leftwards):
            self.starts, self._leftwards = starts, leftwards
            self._put_box(starts)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None, /) -> None:  # noqa: ARG002 - Qt's signature
        """Paints arrows, and over them numbers on plates."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for start, end in itertools.pairwise(self.starts):
            path = self._arrow(start, end)
            painter.setPen(self._pen(theme.CASING, 3))
            painter.drawPath(path)
            painter.setPen(self._pen(_REGION, 1.2))
            painter.drawPath(path)
        font = QGuiApplication.font()
        font.setBold(True)
        metrics = QFontMetricsF(font)
        height = metrics.height() + 2
        exposed = option.exposedRect
        around = self.reach * self._px
        for number, (x, y), leftwards in zip(itertools.count(1), self.starts, self._leftwards, strict=False):
            if not exposed.adjusted(-around, -around, around, around).contains(QPointF(x, y)):
                continue
            text = str(number)
            plate = QRectF(0, 0, max(metrics.horizontalAdvance(text) + 8, height), height)
            # Before the first word, so that it can be read.
            plate.moveBottomLeft(QPointF(_BESIDE if leftwards else -_BESIDE - plate.width(), 0))
            painter.save()
            painter.translate(x, y)
            painter.scale(self._px, self._px)  # from here on a unit is a pixel of the screen
            painter.setPen(QPen(_REGION, 1))
            painter.setBrush(QColor(255, 255, 255, 230))
            painter.drawRoundedRect(plate, height / 2, height / 2)
            painter.setPen(_REGION)
            painter.setFont(font)
            painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
            painter.restore()

    def _arrow(self, start: Point, end: Point) -> QPainterPath:
        """A stroke between two starts, with its head half-way, where no number hides it."""
        (x1, y1), (x2, y2) = start, end
        path = QPainterPath(QPointF(x1, y1))
        path.lineTo(x2, y2)
        long = math.dist(start, end) or 1
        ahead = QPointF(x2 - x1, y2 - y1) / long * 6 * self._px
        across = QPointF(-ahead.y(), ahead.x()) * 0.7
        middle = QPointF(x1 + x2, y1 + y2) / 2
        path.moveTo(middle - ahead + across)
        path.lineTo(middle)
        path.lineTo(middle - ahead - across)
        return path


class HandlesItem(_Item):
    """The points of the one chosen line or region, to be dragged."""

    def __init__(self, px: float) -> None:
        super().__init__(px)
        self.points: tuple[Point, ...] = ()
        self.setZValue(_Z_TOP)

    def put(self, points: tuple[Point, ...]) -> None:
        """Shows handles at these points and nowhere else."""
        self.points = points
        self._put_box(points)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None, /) -> None:  # noqa: ARG002 - Qt's signature
        """Paints open squares on a pale casing, through which the writing shows."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        size = HANDLE * self._px
        for pen in (self._pen(theme.CASING, 4), self._pen(theme.ACCENT, 1.8)):
            painter.setPen(pen)
            for x, y in self.points:
                painter.drawRect(QRectF(x - size / 2, y - size / 2, size, size))


class PreviewItem(_Item):
    """What a gesture would do, and the cross that the arrow keys move."""

    def __init__(self, px: float) -> None:
        super().__init__(px)
        self.outlines: tuple[Outline, ...] = ()
        self.cross: Point | None = None
        self.setZValue(_Z_TOP + 1)

    def put(self, outlines: tuple[Outline, ...], cross: Point | None) -> None:
        """Shows these strokes and the cross, if there is one."""
        if outlines != self.outlines or cross != self.cross:
            self.outlines, self.cross = outlines, cross
            points = [point for outline in outlines for point in outline.points]
            self._put_box([*points, cross] if cross else points)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None, /) -> None:  # noqa: ARG002 - Qt's signature
        """Paints the strokes on a pale casing."""
        for outline in self.outlines:
            path = _polyline(outline.points)
            if outline.closed:
                path.closeSubpath()
                painter.fillPath(path, _soft(theme.ACCENT, 22))
            self._stroke(painter, path, 1.2 if outline.closed else 2)
            if outline.dots:
                painter.setBrush(Qt.BrushStyle.NoBrush)  # the writing shows through
                for pen in (self._pen(theme.CASING, 3.5), self._pen(theme.ACCENT, 1.5)):
                    painter.setPen(pen)
                    for x, y in outline.points:
                        painter.drawEllipse(QPointF(x, y), 3 * self._px, 3 * self._px)
        if self.cross:
            x, y, arm = *self.cross, CROSS * self._px
            path = QPainterPath(QPointF(x - arm, y))
            path.lineTo(x + arm, y)
            path.moveTo(x, y - arm)
            path.lineTo(x, y + arm)
            self._stroke(painter, path, 1.5)

    def _stroke(self, painter: QPainter, path: QPainterPath, width: float) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self._pen(theme.CASING, width + 2))
        painter.drawPath(path)
        painter.setPen(self._pen(theme.ACCENT, width))
        painter.drawPath(path)


@lru_cache(maxsize=256)
def _made_pen(rgba: int, width: float, style: Qt.PenStyle, dashes: tuple[float, ...]) -> QPen:
    """A pen, made once for a zoom and not for each of a thousand lines; nobody changes it."""
    pen = QPen(QColor.fromRgba(rgba), width, style, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.RoundJoin)
    if dashes:
        pen.setDashPattern(list(dashes))
    return pen


def fineness(tall: float) -> float:
    """How broad and dark strokes are where a usual line is so tall on the screen, from 0.5 to 1."""
    return min(max(tall / _FULL_FROM, 0.5), 1.0)


def baseline_pen(style: theme.StateStyle, fine: float | None, dot: float, dots: float, *, estimated: bool) -> QPen:
    """The pen of one stroke of a baseline, one dot of the screen broad; without a fineness it is quite dark.

    `dot` is how many page pixels a dot is, `dots` how many dots a pixel of the screen has.
    """
    opaque = 255 if fine is None else round(_FAINTEST + (_FULLEST - _FAINTEST) * (2 * fine - 1))
    dashes = tuple(length * dots for length in (style.estimated if estimated else style.dashes))
    return _made_pen((style.colour.rgb() & 0xFFFFFF) | opaque << 24, dot, Qt.PenStyle.SolidLine, dashes)


def boundary_pen(style: theme.StateStyle, dot: float) -> QPen:
    """The pen of the boundary of a line that is not chosen, one dot of the screen broad."""
    return _made_pen((style.colour.rgb() & 0xFFFFFF) | 80 << 24, dot, Qt.PenStyle.SolidLine, ())


def check_pens(style: theme.StateStyle, size: float, px: float) -> tuple[QPen, QPen]:
    """The pens of a check mark: a pale one below, the state's own over it."""
    below = _made_pen(theme.CASING.rgba(), 4.5 * size * px, Qt.PenStyle.SolidLine, ())
    return below, _made_pen(style.colour.rgba(), 2.2 * size * px, Qt.PenStyle.SolidLine, ())


def _share(item_id: str) -> float:
    """A number from 0 to 1 that is always the same for an id: what lies on top does not depend on the past."""
    return zlib.crc32(item_id.encode()) / 2**32


def _soft(colour: QColor, alpha: int) -> QColor:
    soft = QColor(colour)
    soft.setAlpha(alpha)
    return soft


def _polyline(points: Sequence[Point]) -> QPainterPath:
    path = QPainterPath()
    path.addPolygon(polygon(points))
    return path


def polygon(points: Sequence[Point]) -> QPolygonF:
    """The points as Qt wants them."""
    return QPolygonF([QPointF(*point) for point in points])
