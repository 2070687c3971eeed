"""The polygon around each line: between the seams of least writing above and below it (ADR 13).

The algorithm is kraken's, line by line: within its surroundings a line is bounded by the two paths from left to right
that cross as little ink as possible and stay near the baseline. Points are (x, y) in pixels of the image as it was
scaled for the network.
"""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import shapely
from kraken.lib import segmentation
from scipy.ndimage import binary_erosion, distance_transform_cdt, gaussian_filter
from shapely.ops import unary_union
from skimage import draw
from skimage.filters import sobel

from engines.kraken_surroundings import Surroundings

Array = np.ndarray[Any, Any]

_OFFSET = 8
"""How far from the baseline the upper seam starts; half of it is left between each seam and the polygon."""

_BIAS = 150
_MASKED = 99999
_log = logging.getLogger(__name__)


def find_boundaries(baselines: Sequence[Any], regions: Sequence[Any], image: Array, cores: int) -> list[Array | None]:
    """The closed polygon around each baseline, None where there is none; regions that hold a line bound it.

    `image` is grey, of the size that the coordinates are in; lines are dealt out to so many threads.
    """
    features = gaussian_filter(sobel(image), 0.5)
    height, width = features.shape
    surroundings = Surroundings(baselines, regions, (width, height))
    areas = [shapely.Polygon(each) for each in regions]

    def boundary(index: int) -> Array | None:
        middle = shapely.LineString(baselines[index]).interpolate(0.5, normalized=True)
        within = [number for number, area in enumerate(areas) if area.contains(middle)]
        try:
            return _boundary(index, baselines[index], within, surroundings, features)
        except Exception as error:  # noqa: BLE001  # as in kraken, such a line has no polygon
            _log.warning("no boundary for line %d: %s", index, error)
            return None

    with ThreadPoolExecutor(cores) as pool:
        return list(pool.map(boundary, range(len(baselines))))


def _boundary(index: int, ends: Any, regions: list[int], surroundings: Surroundings, features: Array) -> Array:
    whole = shapely.LineString(ends)
    line, lifted = (np.array(each.coords) for each in (whole, whole.parallel_offset(_OFFSET, side="right")))
    steps = np.diff(line.T)
    lengths = np.linalg.norm(steps, axis=0)
    direction = np.mean(steps * lengths / lengths.sum(), axis=1)
    direction = direction / np.sqrt(np.sum(direction**2))
    above, below = surroundings.limits(index, direction, regions)
    baseline, lifted = line.astype("int"), lifted.astype("int")
    upper, lower = np.concatenate((baseline, above[::-1])), np.concatenate((baseline, below[::-1]))
    within = unary_union([shapely.Polygon(upper), shapely.Polygon(lower)])
    angle = np.arctan2(direction[1], direction[0])
    upper_seam = _widened(_seam(lifted, np.concatenate((lifted, above[::-1])), angle, features), "right")
    lower_seam = _widened(_seam(baseline, lower, angle, features), "left")
    polygon = shapely.Polygon(np.concatenate(([ends[0]], upper_seam, [ends[-1]], lower_seam[::-1])))
    if not polygon.is_valid:
        polygon = shapely.Polygon(np.concatenate(([ends[-1]], upper_seam, [ends[0]], lower_seam)))
    if not polygon.is_valid:
        raise ValueError("the seams cross")
    return np.array(within.intersection(polygon).boundary.coords, dtype=int)


def _widened(seam: Array, side: Literal["left", "right"]) -> Array:
    """The seam simplified and moved away from its line, where it stays one piece when it is moved."""
    plain = shapely.LineString(seam).simplify(5)
    moved = plain.parallel_offset(_OFFSET // 2, side=side)
    if moved.geom_type == "MultiLineString":
        return np.array(plain.coords, dtype=int)
    # What is moved to the right comes back in the other direction.
    return np.array(moved.coords, dtype=int)[:: -1 if side == "right" else 1]


def _seam(baseline: Array, polygon: Array, angle: float, features: Array) -> Array:
    """The path of least ink through a polygon along a baseline, as points that lie in it."""
    left, right = int(polygon[:, 0].min()), int(polygon[:, 0].max())
    top, bottom = int(polygon[:, 1].min()), int(polygon[:, 1].max())
    origin = (left, top)
    patch = features[top : bottom + 2, left : right + 2].copy()
    away = np.ones_like(patch)
    for (x, y), (to_x, to_y) in pairwise(baseline - origin):
        away[draw.line(y, x, to_y, to_x)] = 0
    outside = np.array(segmentation.make_polygonal_mask(polygon - origin, patch.shape[::-1])) <= 128
    # Two pixels more than the polygon, for what turning the patch does to its border.
    outside = binary_erosion(outside, border_value=True, iterations=2)
    patch[outside] = _MASKED
    patch += distance_transform_cdt(away) * (np.mean(patch[patch != _MASKED]) / _BIAS)
    ends = baseline[(0, -1), :] - origin
    turn, level = segmentation._rotate(  # noqa: SLF001
        patch, angle, center=ends[0], scale=min(1.0, 600 / (right - left)), cval=_MASKED, use_skimage_warp=True
    )
    first, last = np.sort(np.around(turn.inverse(ends)[:, 0]).astype("int"))
    rows = _cheapest(level[:, first : last + 1])
    mean, deviation = rows.mean(), rows.std()
    rows = np.clip(rows, mean - deviation, mean + deviation)
    seam = turn(np.stack((np.arange(len(rows)) + first, rows.astype(int)), axis=1)).astype("int")
    seam = seam[seam.min(axis=1) >= 0, :]
    seam = seam[(seam < outside.shape[::-1]).all(axis=1)]
    return seam[~outside[seam[:, 1], seam[:, 0]]] + origin  # type: ignore[no-any-return]


def _cheapest(costs: Array) -> Array:
    """The row in each column of the cheapest path from the first column to the last, one row up or down a step."""
    height, width = costs.shape
    # Column by column in memory, with a row of infinite cost above and below.
    total = np.full((width, height + 2), np.inf)
    total[:, 1:-1] = costs.T
    # Sums are rounded to single precision, as kraken's are.
    least = np.empty(height, dtype="f")
    for column, following in pairwise(total):
        np.minimum(column[:-2], column[1:-1], out=least)
        np.minimum(least, column[2:], out=least)
        following[1:-1] += least
    rows = np.empty(width, dtype=int)
    row = rows[-1] = int(np.argmin(total[-1, 1:-1]))
    for column in range(width - 2, -1, -1):
        row = rows[column] = row - 1 + int(total[column, row : row + 3].argmin())
    return rows
