"""Drawing a region: a rectangle by one drag, or a polygon by clicks."""

from functools import partial

from PySide6.QtCore import Qt

from app import edits
from app.language import tr
from app.page import Point, new_id
from widgets.tools.gesture import FAR, Canvas, Outline, Spot, Trail, box_between, is_finish, is_sizeable


class RegionTool:
    """Makes a region of an outline; Enter or a double click ends it, and two points are corners of a rectangle."""

    draws = True

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._trail = Trail()
        self._dragging = False

    def press(self, spot: Spot) -> None:
        """Begins a point or a drag."""
        self._dragging = not self._trail.points
        self._trail.press(spot.at)

    def move(self, spot: Spot) -> None:
        """Takes the end of the preview along."""
        self._trail.move(spot.at)

    def release(self, spot: Spot) -> None:
        """Sets a point, or ends a drag and the region with it."""
        self._dragging = False
        if self._trail.release(spot.at, self._canvas.page_pixels(FAR)):
            self._finish()

    def double_click(self, spot: Spot) -> None:  # noqa: ARG002 - the first click has set the point
        """Ends the region."""
        self._finish()

    def key(self, key: int) -> bool:
        """Enter ends the region, Backspace takes back a point, Escape all of them."""
        if is_finish(key) and self._trail.points:
            self._finish()
            return True
        if key == Qt.Key.Key_Backspace:
            return self._trail.take_back()
        return key == Qt.Key.Key_Escape and self._trail.clear()

    def preview(self) -> tuple[Outline, ...]:
        """The outline so far."""
        points = self._trail.shown()
        if self._dragging and len(points) == 2:
            return (Outline(_outline(points), closed=True),)
        return (Outline(points, closed=len(points) > 2, dots=True),) if points else ()

    def _finish(self) -> None:
        points = self._trail.take()
        if len(points) < 2 or not is_sizeable(points, max(self._canvas.page_pixels(FAR), 2)):
            return
        region_id = new_id("r")
        edit = partial(edits.draw_region, boundary=_outline(points), region_id=region_id)
        self._canvas.request(tr("Draw region"), edit, made=(region_id,))


def _outline(points: tuple[Point, ...]) -> tuple[Point, ...]:
    return box_between(*points).polygon() if len(points) == 2 else points
