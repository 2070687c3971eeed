"""Marking a part of the page to be read: around one line or around a block."""

from PySide6.QtCore import Qt

from app.jobs.tasks import DrawnBox
from widgets.tools.gesture import FAR, Canvas, Outline, Spot, Trail, box_between, is_sizeable


class BoxTool:
    """Tells of a box, by one drag or by its two corners; it changes nothing on the page.

    `one_line` is what the person says of the box by taking up this tool; None leaves it to the rule.
    """

    draws = True
    busy = False

    def __init__(self, canvas: Canvas, one_line: bool | None = None) -> None:
        self._canvas = canvas
        self._one_line = one_line
        self._trail = Trail()

    def press(self, spot: Spot) -> None:
        """Begins a corner or a drag."""
        self._trail.press(spot.at)

    def move(self, spot: Spot) -> None:
        """Takes the second corner along."""
        self._trail.move(spot.at)

    def release(self, spot: Spot) -> None:
        """Sets a corner; the second one ends the box."""
        self._trail.release(spot.at, self._canvas.page_pixels(FAR))
        if len(self._trail.points) == 2:
            a, b = self._trail.take()
            if is_sizeable((a, b), max(self._canvas.page_pixels(FAR), 2)):
                self._canvas.send_box(DrawnBox(box_between(a, b), self._one_line))

    def double_click(self, spot: Spot) -> None:
        """Counts as a press: two quick clicks are two corners."""
        self.press(spot)

    def key(self, key: int) -> bool:
        """Escape or Backspace forgets the first corner."""
        return key in (Qt.Key.Key_Escape, Qt.Key.Key_Backspace) and self._trail.clear()

    def preview(self) -> tuple[Outline, ...]:
        """The box so far."""
        points = self._trail.shown()
        if len(points) < 2:
            return (Outline(points, dots=True),) if points else ()
        return (Outline(box_between(*points).polygon(), closed=True),)
