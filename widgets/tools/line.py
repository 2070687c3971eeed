"""Drawing a line: clicks along its foot, or one drag for a straight one."""

from functools import partial

from PySide6.QtCore import Qt

from app import edits, geometry
from app.language import tr
from app.page import new_id
from widgets.tools.gesture import FAR, Canvas, Outline, Spot, Trail, is_finish


class LineTool:
    """Makes a line of a baseline; Enter or a double click ends it, Backspace takes the last point back."""

    draws = True

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._trail = Trail()

    def press(self, spot: Spot) -> None:
        """Begins a point or a drag."""
        self._trail.press(spot.at)

    def move(self, spot: Spot) -> None:
        """Takes the end of the preview along."""
        self._trail.move(spot.at)

    def release(self, spot: Spot) -> None:
        """Sets a point, or ends a drag and the line with it."""
        if self._trail.release(spot.at, self._canvas.page_pixels(FAR)):
            self._finish()

    def double_click(self, spot: Spot) -> None:  # noqa: ARG002 - the first click has set the point
        """Ends the line."""
        self._finish()

    def key(self, key: int) -> bool:
        """Enter ends the line, Backspace takes back a point, Escape all of them."""
        if is_finish(key) and self._trail.points:
            self._finish()
            return True
        if key == Qt.Key.Key_Backspace:
            return self._trail.take_back()
        return key == Qt.Key.Key_Escape and self._trail.clear()

    def preview(self) -> tuple[Outline, ...]:
        """The baseline so far."""
        points = self._trail.shown()
        return (Outline(points, dots=True),) if points else ()

    def _finish(self) -> None:
        points = self._trail.take()
        if len(points) < 2 or geometry.length(points) < max(self._canvas.page_pixels(FAR), 2):
            return
        if points[-1][0] < points[0][0]:
            # A baseline that runs to the left means writing that stands on its head.
            points = points[::-1]
        line_id = new_id("l")
        edit = partial(edits.draw_line, baseline=points, line_id=line_id)
        self._canvas.request(tr("Draw line"), edit, made=(line_id,))
