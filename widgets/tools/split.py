"""Splitting a line by one click at the place where it is to be cut, and a region by a straight cut."""

from functools import partial

from PySide6.QtCore import Qt

from app import edits, geometry, layout
from app.language import tr
from app.page import Line, Point, new_id
from widgets.tools.gesture import Canvas, Drawing, Outline, Spot


class SplitTool:
    """Cuts the line under a click in two; the cut is shown before."""

    draws = True
    busy = False

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._at: Point | None = None
        self._down = False

    def press(self, spot: Spot) -> None:
        """Shows where the cut will be."""
        self._at, self._down = spot.at, True

    def move(self, spot: Spot) -> None:
        """Takes the cut along."""
        self._at = spot.at

    def release(self, spot: Spot) -> None:
        """Cuts the line, unless Escape was pressed meanwhile."""
        self._at, down, self._down = spot.at, self._down, False
        line = self._line()
        if line is not None and down:
            made = new_id("l"), new_id("l")
            edit = partial(edits.split_line, line_id=line.id, x=spot.at[0], new_ids=made)
            self._canvas.request(tr("Split line"), edit, made=made[:1])

    def double_click(self, spot: Spot) -> None:
        """Is one click and no second cut."""

    def key(self, key: int) -> bool:
        """Escape takes the cut away."""
        if key != Qt.Key.Key_Escape or self._at is None:
            return False
        self._at, self._down = None, False
        return True

    def preview(self) -> tuple[Outline, ...]:
        """The cut through the line that is under it."""
        line = self._line()
        if line is None or self._at is None:
            return ()
        box = geometry.box_of_line(line)
        return (Outline(((self._at[0], box.y), (self._at[0], box.bottom))),)

    def _line(self) -> Line | None:
        target = self._canvas.target_at(self._at) if self._at is not None else None
        return self._canvas.shown_page().line(target) if target is not None else None


class SplitRegionTool(Drawing):
    """Cuts the region in which the middle of a straight cut lies in two; by a drag or by two points."""

    def preview(self) -> tuple[Outline, ...]:
        """The cut so far."""
        points = self._trail.shown()[:2]
        return (Outline(points, dots=True),) if points else ()

    def release(self, spot: Spot) -> None:
        """Sets a point; the second one cuts."""
        super().release(spot)
        if len(self._trail.points) == 2:
            self._end()

    def finish(self, points: tuple[Point, ...]) -> None:
        """Asks for the cut, where there is a region."""
        start, end = points[:2]
        middle = geometry.midpoint((start, end))
        there = [region for region in self._canvas.shown_page().regions if geometry.contains(region.boundary, middle)]
        if there and start != end:
            chosen = [region for region in there if region.id in self._canvas.selected()] or there
            made = new_id("r")
            edit = partial(layout.split_region, region_id=chosen[-1].id, start=start, end=end, new_region_id=made)
            self._canvas.request(tr("Split region"), edit, made=(made,))
