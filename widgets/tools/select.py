"""Choosing, moving and reshaping lines and regions."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt

from app import edits, geometry
from app.edits import Edit
from app.language import tr
from app.page import Line, Page, Point, diff
from widgets.tools.gesture import FAR, Canvas, Outline, Spot, box_between


class SelectTool:
    """A click chooses; a drag moves what is chosen, reshapes by a handle, or else chooses what a band touches."""

    draws = False
    busy = False

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._start: Point | None = None
        self._now: Point = (0, 0)
        self._dragging = False
        self._grip: tuple[str, int] | None = None
        self._on_selection = False

    def press(self, spot: Spot) -> None:
        """Begins a click or a drag."""
        self._start = self._now = spot.at
        self._dragging = False
        handle = self._canvas.handle_at(spot.at)
        self._grip = None if handle is None else (self._canvas.selected()[0], handle)
        self._on_selection = not spot.extend and self._is_on_selection(spot.at)

    def move(self, spot: Spot) -> None:
        """Goes on with a drag, once the pointer is far enough for one."""
        if self._start is None:
            return
        self._now = spot.at
        if geometry.distance(self._start, spot.at) >= self._canvas.page_pixels(FAR):
            self._dragging = True

    def release(self, spot: Spot) -> None:
        """Ends a click or a drag."""
        if self._start is None:
            return
        self.move(spot)
        edit = self._edit()
        if edit is not None:
            self._canvas.request(*edit)
        elif self._dragging and self._grip is None and not self._on_selection:
            found = self._canvas.touched_by(box_between(self._start, spot.at))
            kept = self._canvas.selected() if spot.extend else ()
            self._canvas.select(tuple(dict.fromkeys((*kept, *found))))
        elif not self._dragging:
            self._click(spot)
        self._stop()

    def double_click(self, spot: Spot) -> None:
        """Goes to the text of the line."""
        target = self._canvas.target_at(spot.at)
        if target is not None and self._canvas.shown_page().line(target):
            self._canvas.activate(target)

    def key(self, key: int) -> bool:
        """Escape ends a drag without effect."""
        if key != Qt.Key.Key_Escape or not self._dragging:
            return False
        self._stop()
        return True

    def preview(self) -> tuple[Outline, ...]:
        """The lines and regions as the drag would leave them, or the band."""
        if not self._dragging or self._start is None:
            return ()
        page = self._canvas.shown_page()
        edit = self._edit()
        if edit is not None:
            return _outlines(page, edit[1](page))
        if self._grip is None and not self._on_selection:
            return (Outline(box_between(self._start, self._now).polygon(), closed=True),)
        return ()

    def _stop(self) -> None:
        self._start = None
        self._dragging = False

    def _click(self, spot: Spot) -> None:
        target = self._canvas.target_at(spot.at)
        chosen = self._canvas.selected()
        if not spot.extend:
            self._canvas.select((target,) if target else ())
        elif target in chosen:
            self._canvas.select(tuple(item for item in chosen if item != target))
        elif target:
            self._canvas.select((*chosen, target))

    def _is_on_selection(self, at: Point) -> bool:
        chosen = self._canvas.selected()
        page = self._canvas.shown_page()
        regions = (region for region in page.regions if region.id in chosen)
        return self._canvas.target_at(at) in chosen or any(geometry.contains(r.boundary, at) for r in regions)

    def _edit(self) -> tuple[str, Edit] | None:
        """What the drag asks for so far, with its label; None when it asks for no edit."""
        if not self._dragging or self._start is None:
            return None
        if self._grip is not None:
            return _reshaped(self._canvas.shown_page(), *self._grip, self._now)
        if not self._on_selection:
            return None
        dx, dy = self._now[0] - self._start[0], self._now[1] - self._start[1]
        return tr("Move"), partial(edits.move, ids=self._canvas.selected(), dx=dx, dy=dy)


def _reshaped(page: Page, item_id: str, handle: int, to: Point) -> tuple[str, Edit] | None:
    """The edit that brings one point of a line or region here.

    None where too few points would be left, or where the item has changed under the hand.
    """
    line, region = page.line(item_id), page.region(item_id)
    old = line.baseline if line else region.boundary if region else ()
    if handle >= len(old):
        return None
    new = (*old[:handle], to, *old[handle + 1 :])
    if line is not None and len(set(new)) >= 2:
        boundary = following(line.boundary, old, new)
        return tr("Reshape line"), partial(edits.reshape_line, line_id=line.id, baseline=new, boundary=boundary)
    if region is not None and len(set(new)) >= 3:
        return tr("Reshape region"), partial(edits.reshape_region, region_id=region.id, boundary=new)
    return None


def following(boundary: Sequence[Point], old: Sequence[Point], new: Sequence[Point]) -> tuple[Point, ...]:
    """A boundary that goes along when the points of its baseline move from `old` to `new`, one to one.

    Each point of it moves as much as the place of the baseline that it is nearest to.
    """
    shifts = [(b[0] - a[0], b[1] - a[1]) for a, b in zip(old, new, strict=True)]
    moved = []
    for point in boundary:
        pieces = range(len(old) - 1)
        at = min(pieces, key=lambda i, p=point: geometry.distance_to(old[i : i + 2], p))  # type: ignore[misc]
        share = _share(old[at], old[at + 1], point)
        (x1, y1), (x2, y2) = shifts[at], shifts[at + 1]
        moved.append((point[0] + round(x1 + (x2 - x1) * share), point[1] + round(y1 + (y2 - y1) * share)))
    return tuple(moved)


def _share(a: Point, b: Point, point: Point) -> float:
    """How far along from a to b the place nearest to a point is, 0 to 1."""
    square = (b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2
    if not square:
        return 0.0
    along = ((point[0] - a[0]) * (b[0] - a[0]) + (point[1] - a[1]) * (b[1] - a[1])) / square
    return min(max(along, 0.0), 1.0)


def _outlines(before: Page, after: Page) -> tuple[Outline, ...]:
    changed = diff(before, after)
    lines: list[Line] = [change.after for change in changed.lines.values() if change.after]
    regions = [change.after for change in changed.regions.values() if change.after]
    return (
        *(Outline(region.boundary, closed=True) for region in regions),
        *(Outline(line.boundary, closed=True) for line in lines if line.boundary),
        *(Outline(line.baseline, dots=len(lines) == 1) for line in lines),
    )
