"""Baselines and polygons: pure functions over points in pixels of the upright page image."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.page import Line, Page, Point

BASELINE_AT = 0.75
"""Where the baseline of a drawn box lies, as a share of its height; type and handwriting both sit about there."""
_SAMPLE = 1000
"""About so many lines of a page are measured to tell how large a usual one is."""


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle: left, top, width and height in pixels of the upright page image."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column right of the box."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The first row below the box."""
        return self.y + self.height

    def polygon(self) -> tuple[Point, ...]:
        """The four corners, clockwise from the top left."""
        return ((self.x, self.y), (self.right, self.y), (self.right, self.bottom), (self.x, self.bottom))

    def grown(self, by: int) -> "Box":
        """The box with a margin on all sides."""
        return Box(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by)

    def within(self, width: int, height: int) -> "Box":
        """What of the box lies on a page of this size; its width or height is 0 when nothing does."""
        left, top = min(max(self.x, 0), width), min(max(self.y, 0), height)
        right, bottom = min(max(self.right, 0), width), min(max(self.bottom, 0), height)
        return Box(left, top, max(right - left, 0), max(bottom - top, 0))


def box_of(points: Iterable[Point]) -> Box:
    """The smallest box around the points; at least one point is needed."""
    xs, ys = zip(*points, strict=True)
    return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def box_of_line(line: Line) -> Box:
    """The smallest box around a line's boundary, or around its baseline where it has none."""
    return box_of(line.boundary or line.baseline)


def usual_height(lines: Iterable[Line]) -> int:
    """The middle height in pixels of the lines that have a boundary; 0 when none has."""
    heights = sorted(box_of(line.boundary).height for line in lines if line.boundary)
    return max(heights[len(heights) // 2], 1) if heights else 0


def usual_size(lines: Sequence[Line]) -> tuple[int, int]:
    """How wide and high a usual line is, in pixels: nine of ten are no wider, half are no higher; 0 without lines."""
    some = lines[:: len(lines) // _SAMPLE + 1]
    boxes = [box_of(outline(line)) for line in some]
    if not boxes:
        return 0, 0
    wide = sorted(box.width for box in boxes)[9 * len(boxes) // 10]
    high = sorted(box.height for box in boxes)[len(boxes) // 2]
    return max(wide, 1), max(high, 1)


def clipped(points: Iterable[Point], width: int, height: int) -> tuple[Point, ...]:
    """The points moved onto the page, without the doubles that this makes."""
    kept: list[Point] = []
    for x, y in points:
        point = (min(max(round(x), 0), width - 1), min(max(round(y), 0), height - 1))
        if not kept or kept[-1] != point:
            kept.append(point)
    return tuple(kept)


def on_page(points: Iterable[Point], width: int, height: int) -> tuple[Point, ...]:
    """An engine's points, clipped only where one of them lies off the page.

    Doubles that the engine made stay: without them kraken cuts a line out of the page a little differently.
    """
    whole = tuple((round(x), round(y)) for x, y in points)
    here = clipped(whole, width, height)
    return whole if set(whole) == set(here) else here


def moved(points: Iterable[Point], dx: int, dy: int) -> tuple[Point, ...]:
    """The points moved by a vector."""
    return tuple((x + dx, y + dy) for x, y in points)


def distance(a: Point, b: Point) -> float:
    """The distance in pixels between two points."""
    return float(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5)


def length(points: Sequence[Point]) -> float:
    """The length of a polyline in pixels."""
    return sum(distance(a, b) for a, b in itertools.pairwise(points))


def baseline_of_box(box: Box) -> tuple[Point, Point]:
    """The baseline of a box that a person drew around one line of writing."""
    y = box.y + round(box.height * BASELINE_AT)
    return (box.x, y), (box.right, y)


def is_one_line(box: Box, page: Page) -> bool:
    """Whether a drawn box holds one line of writing rather than several.

    Where the page has lines, their usual height decides; without any, a box that is at least three times as wide
    as high and lower than a fifteenth of the page is one line.
    """
    usual = usual_height(page.lines)
    if usual:
        return box.height < 1.7 * usual
    return box.width >= 3 * box.height and box.height * 15 < page.height


def boundary_around(baseline: Sequence[Point], above: int, below: int) -> tuple[Point, ...]:
    """A boundary that follows a drawn baseline, reaching so many pixels above and below it."""
    top = [(x, y - above) for x, y in baseline]
    bottom = [(x, y + below) for x, y in reversed(baseline)]
    return tuple(top + bottom)


def outline(line: Line) -> tuple[Point, ...]:
    """The boundary to show for a line; where it has none, a band around its baseline, a fifteenth as high as long.

    It may reach over the page's edge, and is a guess for the eye alone: engines make boundaries from the writing.
    """
    if line.boundary:
        return line.boundary
    height = min(max(round(length(line.baseline) / 15), 24), 150)
    above = round(height * BASELINE_AT)
    return boundary_around(line.baseline, above, height - above)


def usual_boundary(page: Page, baseline: Sequence[Point]) -> tuple[Point, ...]:
    """A boundary for a baseline that has none: as high as the page's usual line, or a thirtieth of the page."""
    height = max(usual_height(page.lines) or round(page.height / 30), 6)
    above = round(height * BASELINE_AT)
    return clipped(boundary_around(baseline, above, height - above), page.width, page.height)


def contains(polygon: Sequence[Point], point: Point) -> bool:
    """Whether a point lies in a polygon, by counting the edges that a ray to the right crosses."""
    x, y = point
    inside = False
    for (x1, y1), (x2, y2) in zip(polygon, [*polygon[1:], *polygon[:1]], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def share_inside(polygon: Sequence[Point], points: Sequence[Point]) -> float:
    """How much of a polyline lies in a polygon, 0 to 1 of its length; inside is what it is for `contains`."""
    import shapely

    if len(polygon) < 3 or not length(points):
        return 0.0
    area = shapely.make_valid(shapely.Polygon(polygon))
    return float(shapely.LineString(points).intersection(area).length) / length(points)


def midpoint(points: Sequence[Point]) -> Point:
    """The point half-way along a polyline."""
    rest = length(points) / 2
    for a, b in itertools.pairwise(points):
        step = distance(a, b)
        if step and rest <= step:
            return round(a[0] + (b[0] - a[0]) * rest / step), round(a[1] + (b[1] - a[1]) * rest / step)
        rest -= step
    return points[-1]


def distance_to(points: Sequence[Point], point: Point) -> float:
    """The distance in pixels from a point to the nearest place of a polyline."""
    if len(points) == 1:
        return distance(points[0], point)
    return min(_distance_to_segment(a, b, point) for a, b in itertools.pairwise(points))


def split_at(points: Sequence[Point], x: int) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """A baseline cut in two at a column, first the part that is written first; the cut is a point of both."""
    backwards = points[0][0] > points[-1][0]
    left, right = [point for point in points if point[0] < x], [point for point in points if point[0] > x]
    if not left or not right:
        raise ValueError("the column does not cross the baseline")
    before, after = (right, left) if backwards else (left, right)
    (x1, y1), (x2, y2) = before[-1], after[0]
    cut = (x, round(y1 + (y2 - y1) * (x - x1) / (x2 - x1)))
    return (*before, cut), (cut, *after)


def is_first_side(point: Point, start: Point, end: Point) -> bool:
    """Whether a point lies on the first side of the line through two points: left of one that is drawn downwards."""
    return (end[0] - start[0]) * (point[1] - start[1]) >= (end[1] - start[1]) * (point[0] - start[0])


def cut(polygon: Sequence[Point], start: Point, end: Point) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """What of a polygon lies on the first and on the second side of the line through two points (`is_first_side`).

    Each is the largest piece, and empty where there is none.
    """
    import shapely

    long = distance(start, end)
    if len(polygon) < 3 or not long:
        return (), ()
    whole = shapely.Polygon(polygon).buffer(0)
    around = box_of([*polygon, start, end])
    far = 2 * (around.width + around.height + 1) / long
    along = ((end[0] - start[0]) * far, (end[1] - start[1]) * far)
    across = (-along[1], along[0])
    near = [(start[0] - along[0], start[1] - along[1]), (start[0] + along[0], start[1] + along[1])]
    away = [(x + across[0], y + across[1]) for x, y in reversed(near)]
    first = shapely.Polygon([*near, *away])
    return _largest(whole.intersection(first)), _largest(whole.difference(first))


def crossed(path: Sequence[Point], lines: Iterable[Line]) -> tuple[str, ...]:
    """The ids of the lines whose outline a drawn path touches, in the order in which it comes to them."""
    import shapely

    if len(path) < 2:
        return ()
    drawn = shapely.LineString(path)
    found = []
    for line in lines:
        shape = shapely.Polygon(outline(line)).buffer(0)
        if shape.is_empty or not shape.intersects(drawn):
            continue
        touched = shapely.get_coordinates(drawn.intersection(shape))
        found.append((min(drawn.project(shapely.Point(at)) for at in touched), line.id))
    return tuple(line_id for _, line_id in sorted(found))


def hull(polygons: Iterable[Sequence[Point]]) -> tuple[Point, ...]:
    """The convex polygon around several polygons; empty when there is no area."""
    import shapely

    points = [point for polygon in polygons for point in polygon]
    return _largest(shapely.MultiPoint(points).convex_hull) if len(points) > 2 else ()


def _largest(shape: object) -> tuple[Point, ...]:
    pieces = [piece for piece in getattr(shape, "geoms", [shape]) if getattr(piece, "exterior", None)]
    if not pieces:
        return ()
    biggest = max(pieces, key=lambda piece: float(piece.area))
    return tuple((round(x), round(y)) for x, y in list(biggest.exterior.coords)[:-1])


def _distance_to_segment(a: Point, b: Point, point: Point) -> float:
    square = (b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2
    if not square:
        return distance(a, point)
    share = ((point[0] - a[0]) * (b[0] - a[0]) + (point[1] - a[1]) * (b[1] - a[1])) / square
    share = min(max(share, 0.0), 1.0)
    x, y = a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])
    return float(((point[0] - x) ** 2 + (point[1] - y) ** 2) ** 0.5)
