"""The page as items: a projection of the value, of which an edit redraws only the ids that it changed.

A unit of the scene is a pixel of the page image. GUI thread only.
"""

import math
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QGraphicsScene

from app import geometry
from app.geometry import Box
from app.page import Line, Page, Point, Region, diff
from widgets.page_crowd import FROM, TALLEST, CrowdItem
from widgets.page_image import ImageItem, PyramidImage
from widgets.page_items import HandlesItem, LineItem, OrderItem, Overlays, PreviewItem, RegionItem, polygon
from widgets.tools import Outline


class PageScene(QGraphicsScene):
    """One page, what is chosen on it, and what a gesture shows; `page` is None on an empty desk."""

    def __init__(self) -> None:
        super().__init__()
        # A page has hundreds of items, which Qt walks faster than it keeps a tree of them while they change.
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.page: Page | None = None
        self.chosen: tuple[str, ...] = ()
        self.px = 1.0
        self.overlays = Overlays()
        self._lines: dict[str, LineItem] = {}
        self._regions: dict[str, RegionItem] = {}
        self._order = OrderItem(self.px)
        self.paper = ImageItem()
        self._crowd = CrowdItem()
        self._crowded = False
        self._handles = HandlesItem(self.px)
        self._preview = PreviewItem(self.px)
        for item in (self.paper, self._crowd, self._order, self._handles, self._preview):
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
        self.paper.show_paper(width, height)
        around = 0.015 * max(width, height)
        self.setSceneRect(QRectF(0, 0, width, height).adjusted(-around, -around, around, around))
        if page:
            for region in page.regions:
                self._put_region(region.id, region)
            for line in page.lines:
                self._put_line(line.id, line)
        self._crowded = False
        self._gather()
        self._put_order()

    def show_overlays(self, overlays: Overlays) -> None:
        """Shows of lines and regions what these say; what is chosen always shows."""
        self.overlays = overlays
        for line in self._lines.values():
            line.show_overlays(overlays)
        for region in self._regions.values():
            region.show_overlays(overlays)
        self._gather()
        self._put_order()

    def show_image(self, image: PyramidImage | None) -> None:
        """Shows the page's image."""
        self.paper.show_image(image)

    def follow(self, page: Page) -> None:
        """Shows what became of the page by edits; touches what differs and no more. What is gone is not chosen."""
        change = diff(self.page or page, page)
        self.page = page
        for region_id, region in change.regions.items():
            self._put_region(region_id, region.after)
        changed = QRectF()
        for line_id, line in change.lines.items():
            changed |= self._bounds(line_id)
            self._put_line(line_id, line.after)
            changed |= self._bounds(line_id)
        self.chosen = tuple(item for item in self.chosen if item in self._lines or item in self._regions)
        self._gather(changed=changed)
        self._put_handles()
        self._put_order()

    def choose(self, ids: Iterable[str]) -> None:
        """Shows these lines and regions as chosen, and no others; those that are not on the page are passed over."""
        known = dict.fromkeys(item for item in ids if item in self._lines or item in self._regions)
        changed = QRectF()
        for item_id in set(self.chosen) ^ set(known):
            self._item(item_id).set_px(self.px)
            self._item(item_id).choose(item_id in known)
            changed |= self._bounds(item_id)
        self.chosen = tuple(known)
        self._gather(changed=changed)
        self._put_handles()

    def set_px(self, px: float) -> None:
        """Takes a new zoom: so many page pixels are one pixel of the screen."""
        if px == self.px:
            return
        self.px = px
        self._gather(again=False)
        # The lines of a crowd take it when they are seen: a thousand of them took most of a frame.
        lines = (item for item in self._lines.values() if item.isVisible())
        for item in (*lines, *self._regions.values(), self._order, self._handles, self._preview):
            item.set_px(px)
        self._crowd.set_px(px)

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
            region.id for region in self.page.regions if band.contains(polygon(region.boundary).boundingRect())
        )

    def _bounds(self, line_id: str) -> QRectF:
        """Where a line is painted; nowhere for what is no line."""
        item = self._lines.get(line_id)
        if item is None:
            return QRectF()
        item.set_px(self.px)
        return item.boundingRect()

    def _gather(self, *, again: bool = True, changed: QRectF | None = None) -> None:
        """Lets many lines that are seen from afar be painted in one go.

        `again` says that something of them has changed, in a part of the page or, where `changed` is None, anywhere.
        """
        usual = self.page.height / 40 if self.page else 0.0
        crowded = len(self._lines) >= FROM and usual / self.px < TALLEST
        if crowded != self._crowded:
            self._crowded = crowded
            self._crowd.setVisible(crowded)
            for item in self._lines.values():
                item.set_px(self.px)
                item.join(crowded)
        elif not again:
            return
        if crowded and self.page is not None:
            self._crowd.gather(self._lines, QRectF(0, 0, self.page.width, self.page.height), self.overlays, changed)

    def _item(self, item_id: str) -> LineItem | RegionItem:
        return self._lines.get(item_id) or self._regions[item_id]

    def _put_line(self, line_id: str, line: Line | None) -> None:
        item = self._lines.get(line_id)
        if line is None:
            self.removeItem(self._lines.pop(line_id))
        elif item is None:
            made = LineItem(line, self.px, self.page.height if self.page else 0, self.overlays)
            made.join(self._crowded)
            self._lines[line_id] = made
            self.addItem(made)
        else:
            item.put(line)

    def _put_region(self, region_id: str, region: Region | None) -> None:
        item = self._regions.get(region_id)
        if region is None:
            self.removeItem(self._regions.pop(region_id))
        elif item is None:
            self._regions[region_id] = RegionItem(region, self.px, self.overlays)
            self.addItem(self._regions[region_id])
        else:
            item.put(region)

    def _put_order(self) -> None:
        self._order.put(tuple(line.baseline for line in self.page.lines) if self.page and self.overlays.order else ())

    def _put_handles(self) -> None:
        """Handles belong to one chosen item; with more of them a drag moves them all."""
        points: tuple[Point, ...] = ()
        if self.page and len(self.chosen) == 1:
            line, region = self.page.line(self.chosen[0]), self.page.region(self.chosen[0])
            points = line.baseline if line else region.boundary if region else ()
        if points != self._handles.points:
            self._handles.put(points)


def _area(polygon: Sequence[Point]) -> float:
    """The area of a polygon in square pixels (Gauss's formula)."""
    corners = zip(polygon, (*polygon[1:], *polygon[:1]), strict=True)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in corners)) / 2
