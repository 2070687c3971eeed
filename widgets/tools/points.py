"""Editing the points of one line or region: of its baseline and of its boundary."""

from functools import partial

from PySide6.QtCore import Qt

from app import edits, geometry
from app.edits import Edit
from app.language import tr
from app.page import Line, Point, Region
from widgets.tools.gesture import FAR, HAND, Canvas, Outline, Spot

Paths = tuple[tuple[Point, ...], ...]
"""A line's baseline and boundary, of which the second may be empty; or a region's boundary alone."""


class PointsTool:
    """A point is taken up by a click or Space and put down by the next, or dragged; on an edge a new one is made.

    Delete removes the point that is held, Escape puts it back where it was. It works on the one line or region that
    is chosen; a click beside it chooses another.
    """

    draws = True

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._paths: Paths = ()
        self._held: tuple[int, int] | None = None
        self._began: Paths = ()
        self._pressed: Point | None = None
        self._just_taken = False

    @property
    def busy(self) -> bool:
        """Whether a point is held."""
        return self._held is not None

    def press(self, spot: Spot) -> None:
        """Takes up a point, or makes one on an edge; one that is held will be put down."""
        self._pressed = spot.at
        self._let_go_of_others()
        self._just_taken = self._held is None
        if self._held is not None:
            return
        self._paths = self._began = self._shape()
        self._held = self._point_at(spot.at)
        if self._held is None and (edge := self._edge_at(spot.at)) is not None:
            path, at = edge
            self._put(path, (*self._paths[path][:at], spot.at, *self._paths[path][at:]))
            self._held = edge
        elif self._held is None:
            target = self._canvas.target_at(spot.at)
            self._canvas.select((target,) if target else ())

    def move(self, spot: Spot) -> None:
        """Takes the point along."""
        self._let_go_of_others()
        if self._held is not None:
            path, at = self._held
            self._put(path, (*self._paths[path][:at], spot.at, *self._paths[path][at + 1 :]))

    def release(self, spot: Spot) -> None:
        """Puts the point down, unless the press before took it up and did not drag it."""
        pressed, self._pressed = self._pressed, None
        if self._held is None or pressed is None:
            return
        if not self._just_taken or geometry.distance(pressed, spot.at) >= self._canvas.page_pixels(FAR):
            self.move(spot)
            self._finish()

    def double_click(self, spot: Spot) -> None:
        """Is two clicks."""
        self.press(spot)

    def key(self, key: int) -> bool:
        """Delete removes the point that is held, Escape puts it back, Enter puts it down."""
        self._let_go_of_others()
        if self._held is None:
            return False
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            path, at = self._held
            self._put(path, (*self._paths[path][:at], *self._paths[path][at + 1 :]))
            self._finish()
        elif key == Qt.Key.Key_Escape:
            self._held = None
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._finish()
        else:
            return False
        return True

    def preview(self) -> tuple[Outline, ...]:
        """The points of what is chosen, as they would be."""
        paths = self._paths if self._held is not None else self._shape()
        is_line = isinstance(self._chosen(), Line)
        return tuple(Outline(path, _closed(number, is_line), dots=True) for number, path in enumerate(paths) if path)

    def _let_go_of_others(self) -> None:
        """Lets the point go when what it is of is not chosen any more, or has got another shape."""
        if self._held is not None and self._began != self._shape():
            self._held = None

    def _chosen(self) -> Line | Region | None:
        chosen, page = self._canvas.selected(), self._canvas.shown_page()
        return page.line(chosen[0]) or page.region(chosen[0]) if len(chosen) == 1 else None

    def _shape(self) -> Paths:
        item = self._chosen()
        if isinstance(item, Line):
            return item.baseline, item.boundary
        return (item.boundary,) if item is not None else ()

    def _put(self, path: int, points: tuple[Point, ...]) -> None:
        self._paths = (*self._paths[:path], points, *self._paths[path + 1 :])

    def _point_at(self, at: Point) -> tuple[int, int] | None:
        """The nearest point within reach of a hand; of a baseline and a boundary that share one, the baseline's."""
        reach = self._canvas.page_pixels(HAND)
        near = [
            (geometry.distance(point, at), number, index)
            for number, path in enumerate(self._paths)
            for index, point in enumerate(path)
        ]
        away, number, index = min(near, default=(reach + 1, 0, 0))
        return (number, index) if away <= reach else None

    def _edge_at(self, at: Point) -> tuple[int, int] | None:
        """The path whose edge is within reach, and before which of its points a new one would stand."""
        reach, is_line = self._canvas.page_pixels(HAND), isinstance(self._chosen(), Line)
        near = [
            (geometry.distance_to((path[index - 1], path[index]), at), number, index or len(path))
            for number, path in enumerate(self._paths)
            for index in range(0 if _closed(number, is_line) else 1, len(path))
        ]
        away, number, index = min(near, default=(reach + 1, 0, 0))
        return (number, index) if away <= reach else None

    def _finish(self) -> None:
        """Asks for the edit, unless too few points would be left."""
        item, paths, self._held = self._chosen(), self._paths, None
        if item is None or paths == self._shape():
            return
        edit: Edit
        if isinstance(item, Line):
            baseline, boundary = paths
            if len(set(baseline)) >= 2 and (not boundary or len(set(boundary)) >= 3):
                edit = partial(edits.reshape_line, line_id=item.id, baseline=baseline, boundary=boundary)
                self._canvas.request(tr("Reshape line"), edit)
        elif len(set(paths[0])) >= 3:
            edit = partial(edits.reshape_region, region_id=item.id, boundary=paths[0])
            self._canvas.request(tr("Reshape region"), edit)


def _closed(number: int, is_line: bool) -> bool:
    """Whether a path goes back to where it began: all but a baseline."""
    return not (is_line and number == 0)
