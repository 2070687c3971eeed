"""The page as items: a projection of the value, of which an edit redraws only the ids that it changed.

A unit of the scene is a pixel of the page image. Strokes, marks and handles keep their size on the screen, so every
item is told how many page pixels one pixel of the screen is (`px`). GUI thread only.
"""

import math
import zlib
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QGuiApplication, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene, QStyleOptionGraphicsItem, QWidget

from app import geometry
from app.geometry import Box
from app.page import Line, Page, Point, Region, diff
from widgets import theme
from widgets.page_image import ImageItem, PyramidImage
from widgets.tools import Outline

MARGIN = 26
"""How far strokes, marks and labels reach beyond an item's points at most, in pixels of the screen."""
HANDLE = 9
CROSS = 15
_FULL_FROM, _BOUNDARY_FROM = 32, 26
"""How tall a usual line is on the screen, in pixels, when baselines have their full width and boundaries are drawn.

Seen from afar both would only cover the writing. A usual line is a fortieth of the page: all lines of a page look
alike, whatever their own height is.
"""
_FAINTEST, _FULLEST = 105, 205
"""How opaque the baseline of a line that is not chosen is, of 255, on a page seen from afar and at full width.

A baseline that sits a little high crosses the writing, which has to be read through it.
"""
_CHECK = ((-5, 0), (-1.5, 4), (5.5, -5))
_REGION = QColor("#1f4e6b")
_Z_REGIONS, _Z_LINES, _Z_CHOSEN, _Z_TOP = 10.0, 20.0, 30.0, 40.0


class _Item(QGraphicsItem):
    """What all items share: a box of page pixels and a margin of screen pixels around it."""

    def __init__(self, px: float) -> None:
        super().__init__()
        self._box = QRectF()
        self._px = px

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        """The box with the margin."""
        if self._box.isNull():
            return self._box
        by = MARGIN * self._px
        return self._box.adjusted(-by, -by, by, by)

    def set_px(self, px: float) -> None:
        """Takes a new zoom."""
        self.prepareGeometryChange()
        self._px = px

    def _put_box(self, points: Sequence[Point]) -> None:
        self.prepareGeometryChange()
        # Half a pixel more, so that a line that is quite straight has a box that is not empty.
        self._box = _polygon(points).boundingRect().adjusted(0, 0, 0.5, 0.5) if points else QRectF()
        self.update()

    def _pen(self, colour: QColor, width: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
        """A pen whose width is in pixels of the screen; Qt's cosmetic pens grow thin where a pixel has several dots."""
        return QPen(colour, width * self._px, style, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.RoundJoin)


class LineItem(_Item):
    """A line: baseline in the style of its state, faint boundary, check mark when it is reviewed."""

    def __init__(self, line: Line, px: float, page_height: int) -> None:
        super().__init__(px)
        self._usual = page_height / 40
        self.chosen = False
        self.setZValue(_Z_LINES + _share(line.id))
        self.put(line)

    def put(self, line: Line) -> None:
        """Shows the line as it is now."""
        self.line = line
        self.baseline = _polyline(line.baseline)
        (x1, y1), (x2, y2) = line.baseline[0], line.baseline[-1]
        self._across = QPointF(y1 - y2, x2 - x1) / (math.dist((x1, y1), (x2, y2)) or 1)
        self._boundary = _polygon(line.boundary)
        self._put_box((*line.baseline, *line.boundary))

    def choose(self, chosen: bool) -> None:
        """Shows whether the line is chosen."""
        self.chosen = chosen
        self.setZValue((_Z_CHOSEN if chosen else _Z_LINES) + _share(self.line.id))
        self.update()

    def covers(self, at: Point, reach: float) -> bool:
        """Whether the point is in the box around the line, give or take `reach` page pixels."""
        return self._box.adjusted(-reach, -reach, reach, reach).contains(QPointF(*at))

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None, /) -> None:  # noqa: ARG002 - Qt's signature
        """Paints the boundary, the baseline and the check mark; on a page seen from afar they are finer."""
        style = theme.on_paper(self.line.state)
        tall = self._usual / self._px
        fine = min(max(tall / _FULL_FROM, 0.5), 1.0)
        if self.chosen:
            painter.setPen(self._pen(theme.ACCENT, 1.5))
            painter.setBrush(_soft(theme.ACCENT, 30))
            painter.drawPolygon(self._boundary)
        elif tall >= _BOUNDARY_FROM:
            painter.setPen(self._pen(_soft(style.colour, 80), 1 / painter.device().devicePixelRatio()))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolygon(self._boundary)
        self._paint_baseline(painter, style, fine)
        if style.mark:
            self._paint_mark(painter, style.colour, max(fine, 0.75))

    def _paint_baseline(self, painter: QPainter, style: theme.StateStyle, fine: float) -> None:
        """Strokes of one dot side by side, which Qt paints thirty times as fast as one broad stroke."""
        dots = painter.device().devicePixelRatio()
        dot, count = self._px / dots, max(round((style.width + self.chosen) * fine * dots), 1)
        opaque = 255 if self.chosen else round(_FAINTEST + (_FULLEST - _FAINTEST) * (2 * fine - 1))
        casing = self._pen(theme.CASING, 1 / dots)
        stroke = self._pen(_soft(style.colour, opaque), 1 / dots)
        if style.dashes:
            stroke.setDashPattern([length * dots for length in style.dashes])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        cased = self.chosen or fine == 1.0  # from afar a pale band beside the stroke would hide more than the stroke
        for i in range(-1, count + 1) if cased else range(count):
            painter.setPen(casing if i in (-1, count) else stroke)
            painter.drawPath(self.baseline.translated(self._across * (i - (count - 1) / 2) * dot))

    def _paint_mark(self, painter: QPainter, colour: QColor, size: float) -> None:
        """A check mark before the baseline's first point, seen in the direction of the writing."""
        (x1, y1), (x2, y2) = self.line.baseline[0], self.line.baseline[:2][-1]
        away = 11 * size * self._px / (math.hypot(x2 - x1, y2 - y1) or 1)
        at, unit = QPointF(x1 - (x2 - x1) * away, y1 - (y2 - y1) * away), size * self._px
        check = QPolygonF([at + QPointF(x, y) * unit for x, y in _CHECK])
        painter.setPen(self._pen(theme.CASING, 4.5 * size))
        painter.drawPolyline(check)
        painter.setPen(self._pen(colour, 2.2 * size))
        painter.drawPolyline(check)


class RegionItem(_Item):
    """A region: outline, soft tint, and its kind above its left end where there is room."""

    def __init__(self, region: Region, px: float) -> None:
        super().__init__(px)
        self.chosen = False
        self.setZValue(_Z_REGIONS + _share(region.id))
        self.put(region)

    def put(self, region: Region) -> None:
        """Shows the region as it is now."""
        self.region = region
        self._polygon = _polygon(region.boundary)
        self._put_box(region.boundary)

    def choose(self, chosen: bool) -> None:
        """Shows whether the region is chosen."""
        self.chosen = chosen
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


class _HandlesItem(_Item):
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
        """Paints white squares with an edge."""
        painter.setBrush(QColor("white"))
        painter.setPen(self._pen(theme.ACCENT, 1.8))
        size = HANDLE * self._px
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
                painter.setBrush(QColor("white"))
                painter.setPen(self._pen(theme.ACCENT, 1.5))
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


class PageScene(QGraphicsScene):
    """One page, what is chosen on it, and what a gesture shows; `page` is None on an empty desk."""

    def __init__(self) -> None:
        super().__init__()
        # A page has hundreds of items, which Qt walks faster than it keeps a tree of them while they change.
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.page: Page | None = None
        self.chosen: tuple[str, ...] = ()
        self.px = 1.0
        self._lines: dict[str, LineItem] = {}
        self._regions: dict[str, RegionItem] = {}
        self._paper = ImageItem()
        self._handles = _HandlesItem(self.px)
        self._preview = PreviewItem(self.px)
        for item in (self._paper, self._handles, self._preview):
            self.addItem(item)

    def show(self, page: Page | None) -> None:
        """Shows a page anew, without an image and with nothing chosen."""
        for item in (*self._lines.values(), *self._regions.values()):
            self.removeItem(item)
        self._lines, self._regions, self.chosen = {}, {}, ()
        self._handles.put(())
        self._preview.put((), None)
        self.page = page
        width, height = (page.width, page.height) if page else (0, 0)
        self._paper.show_paper(width, height)
        around = 0.015 * max(width, height)
        self.setSceneRect(QRectF(0, 0, width, height).adjusted(-around, -around, around, around))
        if page:
            for region in page.regions:
                self._put_region(region.id, region)
            for line in page.lines:
                self._put_line(line.id, line)

    def show_image(self, image: PyramidImage | None) -> None:
        """Shows the page's image."""
        self._paper.show_image(image)

    def follow(self, page: Page) -> None:
        """Shows what became of the page by edits; touches what differs and no more. What is gone is not chosen."""
        change = diff(self.page or page, page)
        self.page = page
        for region_id, region in change.regions.items():
            self._put_region(region_id, region.after)
        for line_id, line in change.lines.items():
            self._put_line(line_id, line.after)
        self.chosen = tuple(item for item in self.chosen if item in self._lines or item in self._regions)
        self._put_handles()

    def choose(self, ids: Iterable[str]) -> None:
        """Shows these lines and regions as chosen, and no others; those that are not on the page are passed over."""
        known = dict.fromkeys(item for item in ids if item in self._lines or item in self._regions)
        for item_id in set(self.chosen) ^ set(known):
            self._item(item_id).choose(item_id in known)
        self.chosen = tuple(known)
        self._put_handles()

    def set_px(self, px: float) -> None:
        """Takes a new zoom: so many page pixels are one pixel of the screen."""
        if px != self.px:
            self.px = px
            for item in (*self._lines.values(), *self._regions.values(), self._handles, self._preview):
                item.set_px(px)

    def show_preview(self, outlines: tuple[Outline, ...], cross: Point | None) -> None:
        """Shows what a gesture would do, and the cross of the arrow keys."""
        self._preview.put(outlines, cross)

    def target_at(self, at: Point, reach: float) -> str | None:
        """The line whose boundary holds the point, or whose baseline is within `reach` page pixels; else the region.

        Of several lines it is the one with the nearest baseline, of several regions the smallest.
        """
        near = [item.line for item in self._lines.values() if item.covers(at, reach)]
        away = {line.id: geometry.distance_to(line.baseline, at) for line in near}
        inside = [line for line in near if line.boundary and geometry.contains(line.boundary, at)]
        found = inside or [line for line in near if away[line.id] <= reach]
        if found:
            return min(found, key=lambda line: away[line.id]).id
        regions = [item.region for item in self._regions.values() if geometry.contains(item.region.boundary, at)]
        return min(regions, key=lambda region: _area(region.boundary)).id if regions else None

    def handle_at(self, at: Point, reach: float) -> int | None:
        """The handle within `reach` page pixels, the nearest one."""
        away = [math.dist(point, at) for point in self._handles.points]
        return away.index(min(away)) if away and min(away) <= reach else None

    def touched_by(self, box: Box) -> tuple[str, ...]:
        """The lines whose baseline the box touches, in reading order; if none, the regions that lie in it."""
        if self.page is None:
            return ()
        band = QRectF(box.x, box.y, max(box.width, 1), max(box.height, 1))
        lines = tuple(line.id for line in self.page.lines if self._lines[line.id].baseline.intersects(band))
        return lines or tuple(
            region.id for region in self.page.regions if band.contains(_polygon(region.boundary).boundingRect())
        )

    def _item(self, item_id: str) -> LineItem | RegionItem:
        return self._lines.get(item_id) or self._regions[item_id]

    def _put_line(self, line_id: str, line: Line | None) -> None:
        item = self._lines.get(line_id)
        if line is None:
            self.removeItem(self._lines.pop(line_id))
        elif item is None:
            self._lines[line_id] = LineItem(line, self.px, self.page.height if self.page else 0)
            self.addItem(self._lines[line_id])
        else:
            item.put(line)

    def _put_region(self, region_id: str, region: Region | None) -> None:
        item = self._regions.get(region_id)
        if region is None:
            self.removeItem(self._regions.pop(region_id))
        elif item is None:
            self._regions[region_id] = RegionItem(region, self.px)
            self.addItem(self._regions[region_id])
        else:
            item.put(region)

    def _put_handles(self) -> None:
        """Handles belong to one chosen item; with more of them a drag moves them all."""
        points: tuple[Point, ...] = ()
        if self.page and len(self.chosen) == 1:
            line, region = self.page.line(self.chosen[0]), self.page.region(self.chosen[0])
            points = line.baseline if line else region.boundary if region else ()
        if points != self._handles.points:
            self._handles.put(points)


def _share(item_id: str) -> float:
    """A number from 0 to 1 that is always the same for an id: what lies on top does not depend on the past."""
    return zlib.crc32(item_id.encode()) / 2**32


def _soft(colour: QColor, alpha: int) -> QColor:
    soft = QColor(colour)
    soft.setAlpha(alpha)
    return soft


def _polyline(points: Sequence[Point]) -> QPainterPath:
    path = QPainterPath()
    path.addPolygon(_polygon(points))
    return path


def _polygon(points: Sequence[Point]) -> QPolygonF:
    return QPolygonF([QPointF(*point) for point in points])


def _area(polygon: Sequence[Point]) -> float:
    """The area of a polygon in square pixels (Gauss's formula)."""
    corners = zip(polygon, (*polygon[1:], *polygon[:1]), strict=True)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in corners)) / 2
