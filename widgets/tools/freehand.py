"""Drawing freely over the page: around lines to choose them, and through lines to put them into reading order."""

from abc import ABC, abstractmethod
from functools import partial

from PySide6.QtCore import Qt

from app import edits, geometry
from app.language import tr
from app.page import Point
from widgets.tools.gesture import FAR, Canvas, Outline, Spot

_ENOUGH = 0.5
"""How much of a line's baseline a lasso has to go around, as a share of its length."""


class Freehand(ABC):
    """What both share: one free stroke, or points one after the other that Enter or a double click ends."""

    draws = True

    @property
    def busy(self) -> bool:
        """Whether anything is drawn."""
        return bool(self._points)

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._points: list[Point] = []
        self._now: Point | None = None
        self._down = False
        self._stroke = False
        self._extend = False

    @abstractmethod
    def finish(self, points: tuple[Point, ...]) -> None:
        """Does what was drawn with these points, of which there are at least two."""

    def press(self, spot: Spot) -> None:
        """Begins a stroke, or sets a point."""
        if not self._points:
            self._extend = spot.extend
        self._down, self._stroke = True, False
        self._points.append(spot.at)

    def move(self, spot: Spot) -> None:
        """Goes on with a stroke."""
        self._now = spot.at
        if self._down and geometry.distance(self._points[-1], spot.at) >= self._canvas.page_pixels(FAR):
            self._points.append(spot.at)
            self._stroke = True

    def release(self, spot: Spot) -> None:
        """Ends a stroke; after a press without one the drawing goes on point by point."""
        self.move(spot)
        self._down = False
        if self._stroke:
            self._end()

    def double_click(self, spot: Spot) -> None:  # noqa: ARG002 - the first click has set the point
        """Ends the drawing."""
        self._end()

    def key(self, key: int) -> bool:
        """Enter ends the drawing, Backspace takes back a point, Escape all of them."""
        if not self._points:
            return False
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._end()
        elif key == Qt.Key.Key_Backspace:
            self._points.pop()
            self._down = self._down and bool(self._points)
        elif key == Qt.Key.Key_Escape:
            self._clear()
        else:
            return False
        return True

    def shown(self) -> tuple[Point, ...]:
        """What is drawn, with the place where the next point would be."""
        now = (self._now,) if self._points and self._now and self._now != self._points[-1] else ()
        return (*self._points, *now)

    def _end(self) -> None:
        points = tuple(self._points)
        self._clear()
        if len(points) > 1:
            self.finish(points)

    def _clear(self) -> None:
        self._points.clear()
        self._down = self._stroke = False


class LassoTool(Freehand):
    """Chooses the lines that lie inside what is drawn with half of their baseline or more, or else whole regions.

    Shift or Ctrl adds them.
    """

    def finish(self, points: tuple[Point, ...]) -> None:
        """Chooses what is inside."""
        page = self._canvas.shown_page()
        inside = [line.id for line in page.lines if geometry.share_inside(points, line.baseline) >= _ENOUGH]
        if not inside:
            inside = [each.id for each in page.regions if all(geometry.contains(points, at) for at in each.boundary)]
        before = self._canvas.selected() if self._extend else ()
        self._canvas.select(tuple(dict.fromkeys((*before, *inside))))

    def preview(self) -> tuple[Outline, ...]:
        """The outline so far."""
        points = self.shown()
        return (Outline(points, closed=len(points) > 2),) if points else ()


class OrderTool(Freehand):
    """Puts the lines that a path goes through into the order in which it comes to them."""

    def finish(self, points: tuple[Point, ...]) -> None:
        """Asks for the order, if the path goes through more than one line."""
        page = self._canvas.shown_page()
        found = geometry.crossed(points, page.lines)
        if len(found) > 1:
            self._canvas.request(tr("Reading order"), partial(edits.reorder, ids=found))

    def preview(self) -> tuple[Outline, ...]:
        """The path so far, and around each line that it goes through."""
        points, page = self.shown(), self._canvas.shown_page()
        lines = [line for line_id in geometry.crossed(points, page.lines) if (line := page.line(line_id))]
        return (*(Outline(geometry.outline(line), closed=True) for line in lines), Outline(points)) if points else ()
