"""What a gesture on the page is: the protocol of the tools, and what a tool may ask of the page.

Tools know pages and points and neither widgets nor the archive; each point is in pixels of the page image and on it.
All of it is for the GUI thread.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import Qt

from app import geometry
from app.edits import Edit
from app.geometry import Box
from app.jobs.tasks import DrawnBox
from app.page import Page, Point

FAR = 5
"""From how many pixels of the screen on a press and a release are a drag and no click."""


HAND = 22
"""How far from a point a press still takes hold of it, in pixels of the screen: 44 across."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the pointer is on the page, and whether the person adds to the selection (Ctrl or Shift held)."""

    at: Point
    extend: bool = False


@dataclass(frozen=True, slots=True)
class Outline:
    """A stroke of a preview; `closed` ones are filled softly, `dots` marks the points that a person set."""

    points: tuple[Point, ...]
    closed: bool = False
    dots: bool = False


class Canvas(Protocol):
    """What a tool may ask of the page it works on; the page view is one."""

    def shown_page(self) -> Page:
        """The page as it is now."""

    def page_pixels(self, screen: float) -> float:
        """How many pixels of the page so many of the screen are, at this zoom."""

    def selected(self) -> tuple[str, ...]:
        """The chosen lines and regions."""

    def select(self, ids: tuple[str, ...]) -> None:
        """Chooses these lines and regions and no others."""

    def target_at(self, at: Point) -> str | None:
        """The line here, or else the region."""

    def handle_at(self, at: Point) -> int | None:
        """Which point of the one chosen line or region can be dragged here."""

    def touched_by(self, box: Box) -> tuple[str, ...]:
        """The lines that the box touches, or, where there are none, the regions inside it."""

    def request(self, label: str, edit: Edit, made: tuple[str, ...] = ()) -> None:
        """Asks for an edit under the label that undo shows; what it makes, `made`, is chosen once it is there."""

    def send_box(self, box: DrawnBox) -> None:
        """Tells that a part of the page was marked to be read."""

    def activate(self, line_id: str) -> None:
        """Goes to the line's text."""


class Tool(Protocol):
    """One gesture; it keeps its state from press to release and nothing else."""

    draws: bool
    """Whether it sets points, so that the arrow keys move a cross for it and the pointer is one."""

    @property
    def busy(self) -> bool:
        """Whether a gesture is under way, to which Delete and Backspace belong."""

    def press(self, spot: Spot) -> None:
        """The main button goes down, or Space at the cross."""

    def move(self, spot: Spot) -> None:
        """The pointer or the cross moves, with or without the button."""

    def release(self, spot: Spot) -> None:
        """The button comes up."""

    def double_click(self, spot: Spot) -> None:
        """The second press of a double click; it comes in place of a press."""

    def key(self, key: int) -> bool:
        """A key; whether the tool had a use for it."""

    def preview(self) -> tuple[Outline, ...]:
        """What to draw over the page for now; asked for after each of the calls above."""


@dataclass(frozen=True, slots=True)
class ToolKind:
    """A tool as it is offered: its name in code, the key that chooses it, how to make one, and its texts."""

    name: str
    shortcut: str
    make: Callable[[Canvas], Tool]
    texts: Callable[[], tuple[str, str]]

    @property
    def label(self) -> str:
        """What it is called, in the person's language."""
        return self.texts()[0]

    @property
    def tip(self) -> str:
        """What it is for, in the person's language."""
        return self.texts()[1]


class Trail:
    """The points of a drawing: clicked one after the other, or the two ends of one drag."""

    def __init__(self) -> None:
        self.points: list[Point] = []
        self._down: Point | None = None
        self._now: Point | None = None

    def press(self, at: Point) -> None:
        """The button goes down here."""
        self._down = self._now = at

    def move(self, at: Point) -> None:
        """The pointer is here."""
        self._now = at

    def release(self, at: Point, far: float) -> bool:
        """The button comes up here; True when it was one drag from end to end, at least `far` long."""
        down, self._down = self._down, None
        if down is None:
            return False
        if not self.points and geometry.distance(down, at) >= far:
            self.points = [down, at]
            return True
        if not self.points or self.points[-1] != at:
            self.points.append(at)
        return False

    def take(self) -> tuple[Point, ...]:
        """The points, which are forgotten."""
        points = tuple(self.points)
        self.clear()
        return points

    def take_back(self) -> bool:
        """Forgets the last point; whether there was one."""
        if not self.points:
            return False
        self.points.pop()
        return True

    def clear(self) -> bool:
        """Forgets all; whether there was anything."""
        any_there = bool(self.points or self._down)
        self.points.clear()
        self._down = None
        return any_there

    @property
    def is_drag(self) -> bool:
        """Whether the button is down and may be dragging from end to end."""
        return self._down is not None and not self.points

    def shown(self) -> tuple[Point, ...]:
        """The points with the place where the next one would be; none before the first."""
        set_so_far = self.points or ([self._down] if self._down else [])
        if not set_so_far or self._now is None or self._now == set_so_far[-1]:
            return tuple(set_so_far)
        return (*set_so_far, self._now)


class Drawing(ABC):
    """What drawing a line and drawing a region share: clicks or one drag, ended by Enter or a double click."""

    draws = True

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._trail = Trail()

    @property
    def busy(self) -> bool:
        """Whether a point is set."""
        return bool(self._trail.points)

    @abstractmethod
    def finish(self, points: tuple[Point, ...]) -> None:
        """Makes what was drawn of these points, of which there are at least two."""

    def press(self, spot: Spot) -> None:
        """Begins a point or a drag."""
        self._trail.press(spot.at)

    def move(self, spot: Spot) -> None:
        """Takes the end of the preview along."""
        self._trail.move(spot.at)

    def release(self, spot: Spot) -> None:
        """Sets a point, or ends a drag and the drawing with it."""
        if self._trail.release(spot.at, self._canvas.page_pixels(FAR)):
            self._end()

    def double_click(self, spot: Spot) -> None:  # noqa: ARG002 - the first click has set the point
        """Ends the drawing."""
        self._end()

    def key(self, key: int) -> bool:
        """Enter ends the drawing, Backspace takes back a point, Escape all of them."""
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._trail.points:
            self._end()
            return True
        if key == Qt.Key.Key_Backspace:
            return self._trail.take_back()
        return key == Qt.Key.Key_Escape and self._trail.clear()

    def _end(self) -> None:
        points = self._trail.take()
        if len(points) > 1:
            self.finish(points)


def box_between(a: Point, b: Point) -> Box:
    """The box with these two opposite corners."""
    return Box(min(a[0], b[0]), min(a[1], b[1]), abs(a[0] - b[0]), abs(a[1] - b[1]))


def is_sizeable(points: Sequence[Point], least: float) -> bool:
    """Whether points span at least so much in both directions."""
    box = geometry.box_of(points)
    return min(box.width, box.height) >= least
