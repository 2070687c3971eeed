"""Drawing a line: clicks along its foot, or one drag for a straight one."""

from functools import partial

from app import edits, geometry
from app.language import tr
from app.page import Point, new_id
from widgets.tools.gesture import FAR, Drawing, Outline


class LineTool(Drawing):
    """Makes a line of a baseline."""

    def preview(self) -> tuple[Outline, ...]:
        """The baseline so far."""
        points = self._trail.shown()
        return (Outline(points, dots=True),) if points else ()

    def finish(self, points: tuple[Point, ...]) -> None:
        """Asks for the line, unless it is too short to be meant."""
        if geometry.length(points) < max(self._canvas.page_pixels(FAR), 2):
            return
        if points[-1][0] < points[0][0]:
            # A baseline that runs to the left means writing that stands on its head.
            points = points[::-1]
        line_id = new_id("l")
        edit = partial(edits.draw_line, baseline=points, line_id=line_id)
        self._canvas.request(tr("Draw line"), edit, made=(line_id,))
