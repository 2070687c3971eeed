"""A faster way to the same boundaries: the one step of kraken's polygonizer that takes most of its time (ADR 8).

For every ten pixels of a baseline kraken looks for the nearest obstacle above and below it, in Python, point by
point: 13 of 27 s on a page of 56 lines. Here the same GEOS calls are made for all points of a line at once, which
takes 5 s and gives the same integers; `tests/engines/test_kraken_roi.py` compares the two. Where a result is of an
unusual kind, kraken's own function decides.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from kraken.lib import segmentation

_POINT, _MULTIPOINT = 0, 4
_original = segmentation._calc_roi  # noqa: SLF001
_ray = segmentation._ray_intersect_boundaries  # noqa: SLF001


def install() -> None:
    """Makes kraken use this module's function from now on."""
    segmentation._calc_roi = calc_roi  # noqa: SLF001


def calc_roi(
    line: np.ndarray[Any, Any],
    bounds: np.ndarray[Any, Any],
    baselines: Sequence[Any],
    suppl_obj: Sequence[Any],
    p_dir: np.ndarray[Any, Any],
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The limits above and below a baseline, as `kraken.lib.segmentation._calc_roi` finds them; same arguments.

    Coordinates are pixels of the image as it was scaled for the network.
    """
    baseline = shapely.LineString(line)
    steps = shapely.line_interpolate_point(baseline, np.arange(10, baseline.length, 10))
    along = np.concatenate((line[:1], shapely.get_coordinates(steps), line[-1:]))
    up, down = (p_dir * (-1, 1))[::-1], (p_dir * (1, -1))[::-1]
    tops = [_ray(point, up, bounds + 1).astype("int") for point in along]
    bottoms = [_ray(point, down, bounds + 1).astype("int") for point in along]
    above, below = shapely.Polygon([*along.tolist(), *tops]), shapely.Polygon([*along.tolist(), *bottoms])
    upper, lower = [shapely.LineString(tops)], [shapely.LineString(bottoms)]
    for obstacle in map(shapely.LineString, [*baselines, *suppl_obj]):
        if above.intersects(obstacle):
            upper.append(obstacle)
        elif below.intersects(obstacle):
            lower.append(obstacle)
    limits = _nearest(along, tops, upper), _nearest(along, bottoms, lower)
    if limits[0] is None or limits[1] is None:
        return _original(line, bounds, baselines, suppl_obj, p_dir)  # type: ignore[no-any-return]
    return limits[0], limits[1]


def _nearest(
    along: np.ndarray[Any, Any], ends: Sequence[Any], obstacles: list[shapely.LineString]
) -> np.ndarray[Any, Any] | None:
    """Where the ray from each point to its end first meets an obstacle; None when one meets none, or runs along it."""
    outline = shapely.union_all(obstacles).buffer(1).boundary
    rays = shapely.linestrings(np.stack((along, np.array(ends, dtype=float)), axis=1))
    met = shapely.intersection(rays, outline)
    if shapely.is_empty(met).any() or not np.isin(shapely.get_type_id(met), (_POINT, _MULTIPOINT)).all():
        return None
    points, owner = shapely.get_parts(met, return_index=True)
    distance = shapely.distance(shapely.points(along)[owner], points)
    order = np.lexsort((np.arange(len(distance)), distance, owner))
    first = order[np.unique(owner[order], return_index=True)[1]]
    return shapely.get_coordinates(points[first]).astype("uint")  # type: ignore[no-any-return]
