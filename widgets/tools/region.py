"""Drawing a region: a rectangle by one drag, or a polygon by clicks."""

from functools import partial

from app import edits
from app.language import tr
from app.page import Point, new_id
from widgets.tools.gesture import FAR, Drawing, Outline, box_between, is_sizeable


class RegionTool(Drawing):
    """Makes a region of an outline; two points are corners of a rectangle."""

    def preview(self) -> tuple[Outline, ...]:
        """The outline so far."""
        points = self._trail.shown()
        if self._trail.is_drag and len(points) == 2:
            return (Outline(_outline(points), closed=True),)
        return (Outline(points, closed=len(points) > 2, dots=True),) if points else ()

    def finish(self, points: tuple[Point, ...]) -> None:
        """Asks for the region, unless it is too small to be meant."""
        if not is_sizeable(points, max(self._canvas.page_pixels(FAR), 2)):
            return
        region_id = new_id("r")
        edit = partial(edits.draw_region, boundary=_outline(points), region_id=region_id)
        self._canvas.request(tr("Draw region"), edit, made=(region_id,))


def _outline(points: tuple[Point, ...]) -> tuple[Point, ...]:
    return box_between(*points).polygon() if len(points) == 2 else points
