"""Baselines and regions out of the segmenter's heatmaps: the same integers as kraken's own, in less time (ADR 13).

The algorithm is kraken's: the ridges of the baseline map, thinned to a skeleton, are followed from end to end and
prolonged to the border of their blob. What differs is how it is computed; see `kraken_ridges` for the ridges. A blob
is traced only when a baseline may lie in it, by a table of what comes next. Points are [x, y] in pixels of the
heatmap, and (y, x) while they are made.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from kraken.lib.segmentation import LineMCP, vectorize_lines
from scipy.ndimage import find_objects
from shapely.ops import nearest_points, unary_union
from skimage.measure import approximate_polygon, label
from skimage.morphology import skeletonize

from engines.kraken_ridges import ridges

Array = np.ndarray[Any, Any]
Polyline = list[list[int]]

_MANY_TIPS = 400
_SMALLEST_BLOB = 6
_SHORTEST = 5
_AROUND = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))
"""The neighbours of a pixel, clockwise from the one above."""

_CAME = (6, 6, 0, 0, 2, 2, 4, 4)
"""After a step towards a neighbour: where, seen from there, the last empty pixel lies that was looked at before it."""

_NEXT = [
    next((turn % 8 for turn in range(came + 1, came + 8) if around >> turn % 8 & 1), came)
    for around in range(256)
    for came in range(8)
]
"""By which neighbours of a pixel are set, a bit each, and where one came from: the next one clockwise that is set."""


def find_baselines(starts: Array, ends: Array, lines: Array) -> list[Polyline]:
    """The baselines in three maps of one shape: where lines start, where they end, and where they are."""
    blobs = ridges(lines)
    skeleton = skeletonize(blobs)
    tips = _tips(skeleton)
    if len(tips) > _MANY_TIPS:
        # A map full of noise: kraken leaves most of it out, by rules that are worth no second copy.
        return vectorize_lines(np.stack((starts, ends, lines)))  # type: ignore[no-any-return]
    if len(tips) < 2:
        return []
    paths = LineMCP(~skeleton)
    try:
        paths.find_costs(tips)
    except ValueError:
        return []
    found = [approximate_polygon(path, 3).tolist() for path in paths.get_connections()]
    blob = _Blobs(label(blobs))
    for line in found:
        blob.prolong(line)
    turned = [line[::-1] if _backwards(line, starts, ends) else line for line in found]
    return [[point[::-1] for point in line] for line in turned if shapely.LineString(line).length >= _SHORTEST]


def find_regions(region: Array) -> list[Polyline]:
    """The areas where a map is above one half, as closed outlines; those that overlap are one."""
    labels = label(region > 0.5)
    outlines = [outline(labels[box] == number, box) for number, box in enumerate(find_objects(labels), 1)]
    merged = unary_union([shapely.Polygon(each) for each in outlines if len(each) > 2])
    parts = [merged] if merged.geom_type == "Polygon" else merged.geoms
    return [np.array(part.boundary.simplify(10).coords, dtype=np.uint)[:, ::-1].tolist() for part in parts]


def outline(blob: Array, box: tuple[slice, slice]) -> Array:
    """The border pixels of a connected blob, in order, as (y, x); none for a single pixel.

    `box` is where the mask `blob` lies in the heatmap.
    """
    padded = np.pad(blob, 1).astype(np.uint8)
    height, width = blob.shape
    around = np.zeros((height + 2, width + 2), dtype=np.uint8)
    for bit, (y, x) in enumerate(_AROUND):
        around[1:-1, 1:-1] |= padded[1 + y : 1 + y + height, 1 + x : 1 + x + width] << bit
    codes, steps = around.tobytes(), [y * (width + 2) + x for y, x in _AROUND]
    start = at = int(np.flatnonzero(padded)[0])
    if not codes[start]:
        return np.empty((0, 2), dtype=int)
    # The pixel below is where one came from, unless the blob goes on below or to the left of that.
    first = came = 6 if codes[start] & 0b110000 else 4
    passed = [start]
    while True:
        towards = _NEXT[codes[at] * 8 + came]
        at += steps[towards]
        came = _CAME[towards]
        if at == start and came == first:
            break
        passed.append(at)
    corner = (box[0].start - 1, box[1].start - 1)
    return np.stack(np.divmod(passed, width + 2), axis=1) + corner  # type: ignore[no-any-return]


class _Blobs:
    """The blobs of a labelled map as polygons of (y, x), each made when it is needed."""

    def __init__(self, labels: Array) -> None:
        self._labels = labels
        self._boxes = find_objects(labels)
        self._made: dict[int, Any] = {}

    def prolong(self, line: Polyline) -> None:
        """Moves both ends of a line in its own direction to the border of the first blob that contains it."""
        whole = shapely.LineString(line)
        around = next((blob for blob in self._near(whole.bounds) if blob.contains(whole)), None)
        if around is not None:
            _prolong_end(line, 0, 1, around)
            _prolong_end(line, -1, -2, around)

    def _near(self, bounds: tuple[float, float, float, float]) -> Iterator[Any]:
        top, left, bottom, right = bounds
        for number, (rows, columns) in enumerate(self._boxes, 1):
            if rows.start <= top and bottom < rows.stop and columns.start <= left and right < columns.stop:
                if number not in self._made:
                    self._made[number] = self._polygon(number, (rows, columns))
                if self._made[number] is not None:
                    yield self._made[number]

    def _polygon(self, number: int, box: tuple[slice, slice]) -> Any:
        blob = self._labels[box] == number
        border = outline(blob, box) if np.count_nonzero(blob) >= _SMALLEST_BLOB else ()
        return shapely.Polygon(border).simplify(0.01).buffer(0) if len(border) > 3 else None


def _prolong_end(line: Polyline, end: int, beside: int, blob: Any) -> None:
    (y, x), (from_y, from_x) = line[end], line[beside]
    if not blob.contains(shapely.Point(line[end])):
        return
    beyond = (y - 10 * (from_y - y), x - 10 * (from_x - x))
    met = blob.boundary.intersection(shapely.LineString([beyond, (y, x)]))
    if met.geom_type != "Point":
        met = nearest_points(shapely.Point(line[end]), blob)[1]
    line[end] = np.array(met.coords[0], "int").tolist()


def _tips(skeleton: Array) -> Array:
    """The ends of a skeleton as rows of (y, x): its pixels with one neighbour."""
    padded = np.pad(skeleton, 1).astype(np.uint8)
    height, width = skeleton.shape
    around = sum(padded[y : y + height, x : x + width] for y in range(3) for x in range(3))
    return np.argwhere(skeleton & (around == 2))


def _backwards(line: Polyline, starts: Array, ends: Array) -> bool:
    """Whether a line runs from its end to its start: by what the maps show at its two ends, or from right to left."""

    def leaning(y: int, x: int) -> float:
        near = slice(max(y - 10, 0), y + 10), slice(max(x - 10, 0), x + 10)
        return starts[near].max() - ends[near].max()  # type: ignore[no-any-return]

    first, last = leaning(*line[0]), leaning(*line[-1])
    if first > 0.2 and last < -0.2:
        return False
    return (first < -0.2 and last > 0.2) or line[0][1] > line[-1][1]
