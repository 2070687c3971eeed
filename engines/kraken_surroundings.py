"""How far a line's polygon may reach: the nearest obstacle above and below each point of its baseline (ADR 13).

The algorithm is kraken's, and so is every coordinate: the outlines are made and the crossings computed by the same GEOS
calls. But the outlines of all obstacles are made once for a page, and a ray is brought together with the one piece of
an outline that it meets first, not with all of them. Points are (x, y) in pixels of the image as it was scaled for
the network.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import shapely
from kraken.lib import segmentation

Array = np.ndarray[Any, Any]

_STEP = 10
"""How far apart the points of a baseline are that look for obstacles."""

_WIDTH = 1.0
"""How wide the outline around an obstacle is, to each side."""

_CLOSE = 3.0
"""Within how many pixels of one another obstacles are so close that their outlines run together, and one more."""

_SLACK = 1e-6
"""Within how many pixels of the first crossing others are computed too, to be sure which is the first."""


class Unusual(Exception):
    """kraken's own function has to decide: a ray meets nothing, runs along an obstacle, or meets two at once."""


class Surroundings:
    """The obstacles of a page: its baselines and regions, as polylines."""

    def __init__(self, baselines: Sequence[Any], regions: Sequence[Any], size: tuple[int, int]) -> None:
        self._baselines = list(baselines)
        self._regions = list(regions)
        self._bounds = np.array(size, dtype=float) - 1
        self._lines = np.array([shapely.LineString(each) for each in (*baselines, *regions)], dtype=object)
        close = shapely.STRtree(self._lines).query(self._lines, predicate="dwithin", distance=_CLOSE)
        self._close: list[set[int]] = [set() for _ in self._lines]
        for one, other in close.T.tolist():
            self._close[one].add(other)
        self._outlines: dict[frozenset[int], Array] = {}

    def limits(self, index: int, direction: Array, regions: Sequence[int]) -> tuple[Array, Array]:
        """Above and below a baseline: the first obstacle in each of its points' way.

        `direction` is the line's, of length one; `regions` are the numbers of those that bound it. Raises what kraken
        raises where a line has no surroundings.
        """
        line = np.array(self._baselines[index], dtype=float)
        others = [*range(index), *range(index + 1, len(self._baselines)), *(len(self._baselines) + i for i in regions)]
        try:
            return self._limits(line, direction, others)
        except Unusual:
            obstacles = [shapely.get_coordinates(self._lines[i]) for i in others]
            return segmentation._calc_roi(line, self._bounds, [], obstacles, direction)  # type: ignore[no-any-return] # noqa: SLF001

    def _limits(self, line: Array, direction: Array, others: list[int]) -> tuple[Array, Array]:
        whole = shapely.LineString(line)
        between = shapely.line_interpolate_point(whole, np.arange(_STEP, whole.length, _STEP))
        points = np.concatenate((line[:1], shapely.get_coordinates(between), line[-1:]))
        tops = _at_border(points, (direction * (-1, 1))[::-1], self._bounds + 1)
        bottoms = _at_border(points, (direction * (1, -1))[::-1], self._bounds + 1)
        candidates = np.array(others, dtype=int)
        above = shapely.intersects(shapely.Polygon([*points.tolist(), *tops]), self._lines[candidates])
        below = shapely.intersects(shapely.Polygon([*points.tolist(), *bottoms]), self._lines[candidates]) & ~above
        return (
            self._first_met(points, tops, candidates[above].tolist()),
            self._first_met(points, bottoms, candidates[below].tolist()),
        )

    def _first_met(self, points: Array, ends: Array, obstacles: list[int]) -> Array:
        """What the ray from each point meets first: the outline of an obstacle, or of the border where the rays end.

        An outline is made together with those that it can run into, because GEOS would do so.
        """
        border = shapely.LineString(ends)
        at_border = {i for i in obstacles if shapely.dwithin(border, self._lines[i], _CLOSE)}
        outlines = [self._outline(group) for group in self._groups(set(obstacles) - at_border, at_border)]
        if outlines and not at_border:
            # Mostly no ray comes near the border, and its outline need not be made.
            with suppress(Unusual):
                met = _first_met(points, ends, np.concatenate(outlines))
                if _apart(np.concatenate((points, met)), ends):
                    return met
        outlines.append(_segments([border, *self._lines[sorted(at_border)]]))
        return _first_met(points, ends, np.concatenate(outlines))

    def _outline(self, group: frozenset[int]) -> Array:
        if group not in self._outlines:
            self._outlines[group] = _segments(list(self._lines[sorted(group)]))
        return self._outlines[group]

    def _groups(self, left: set[int], at_border: set[int]) -> Iterator[frozenset[int]]:
        """Obstacles in groups of those that are close to one another; those close to `at_border` are moved there."""
        self._collect(at_border, left)
        while left:
            group = {left.pop()}
            self._collect(group, left)
            yield frozenset(group)

    def _collect(self, group: set[int], left: set[int]) -> None:
        """Moves into a group what of the rest is close to one of it, directly or over others."""
        reached = group
        while reached:
            reached = {other for one in reached for other in self._close[one]} & left
            left -= reached
            group |= reached


def _segments(lines: list[Any]) -> Array:
    """The outlines around some polylines, as pieces ((x, y), (x, y))."""
    pieces = []
    for outline in shapely.get_parts(shapely.union_all(lines).buffer(_WIDTH).boundary):
        points = shapely.get_coordinates(outline)
        pieces.append(np.stack((points[:-1], points[1:]), axis=1))
    return np.concatenate(pieces)


def _apart(points: Array, ends: Array) -> bool:
    """Whether a box around the points, and two pixels more, lies apart from one around the ends."""
    return bool(((ends.max(axis=0) < points.min(axis=0) - 2) | (ends.min(axis=0) > points.max(axis=0) + 2)).any())


def _at_border(points: Array, direction: Array, size: Array) -> Array:
    """Where the ray from each point leaves the page, cut to integers; raises ValueError for one that is outside."""
    with np.errstate(invalid="ignore", divide="ignore"):
        fraction = np.where(direction == 0, np.inf, 1 / direction)
        near, far = -points * fraction, (size - points) * fraction
    # Which of two is taken when one is not a number matters: Python's min and max keep the first.
    low, high = np.where(far < near, far, near), np.where(far > near, far, near)
    enters = np.where(low[:, 1] > low[:, 0], low[:, 1], low[:, 0])
    leaves = np.where(high[:, 1] < high[:, 0], high[:, 1], high[:, 0])
    if not ((enters >= 0) | (leaves >= 0)).all():
        raise ValueError("a point lies outside the page")
    nearer = (enters >= 0) & ~((leaves >= 0) & (leaves < enters))
    return (points + direction * np.where(nearer, enters, leaves)[:, None]).astype("int")  # type: ignore[no-any-return]


def _first_met(points: Array, ends: Array, pieces: Array) -> Array:
    """Where the ray from each point to its end first meets a piece of an outline."""
    rays = np.stack((points, ends.astype(float)), axis=1)
    ray, piece = _may_meet(rays, pieces)
    distance = _distance(rays[ray], pieces[piece])
    nearest = np.full(len(rays), np.inf)
    np.minimum.at(nearest, ray, distance)
    chosen = distance <= nearest[ray] + _SLACK
    ray, piece = ray[chosen & np.isfinite(distance)], piece[chosen & np.isfinite(distance)]
    met = shapely.intersection(shapely.linestrings(rays[ray]), shapely.linestrings(pieces[piece]))
    real = ~shapely.is_empty(met)
    ray, met = ray[real], met[real]
    if (shapely.get_type_id(met) != 0).any() or len(np.unique(ray)) < len(rays):
        raise Unusual
    away = shapely.distance(shapely.points(rays[ray, 0]), met)
    order = np.lexsort((away, ray))
    ray, away, found = ray[order], away[order], shapely.get_coordinates(met)[order]
    again = (np.diff(ray) == 0) & (np.diff(away) == 0)
    if (found[1:][again] != found[:-1][again]).any():
        raise Unusual
    return np.array(found[np.unique(ray, return_index=True)[1]].tolist(), dtype="uint")


def _may_meet(rays: Array, pieces: Array) -> tuple[Array, Array]:
    """Pairs of rays and pieces, by number, that leave out no pair that meets.

    The rays are all but parallel: their ends are cut to integers. Seen along them, each covers a narrow range.
    """
    steps = rays[:, 1] - rays[:, 0]
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    if not lengths.all():
        raise Unusual
    along = (steps / lengths[:, None]).mean(axis=0)
    side = np.array((-along[1], along[0]))
    seen = np.sort(rays @ side, axis=1)
    order = np.argsort(seen[:, 0])
    widest = (seen[:, 1] - seen[:, 0]).max() + _SLACK
    covered = np.sort(pieces @ side, axis=1)
    first = np.searchsorted(seen[order, 0], covered[:, 0] - widest)
    last = np.searchsorted(seen[order, 0], covered[:, 1] + _SLACK, side="right")
    counts = np.maximum(last - first, 0)
    piece = np.repeat(np.arange(len(pieces)), counts)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return order[np.repeat(first, counts) + within], piece


def _distance(rays: Array, pieces: Array) -> Array:
    """How far along its ray each ray meets its piece, within rounding; infinite where it does not."""
    ray, piece, apart = rays[:, 1] - rays[:, 0], pieces[:, 1] - pieces[:, 0], pieces[:, 0] - rays[:, 0]
    length, extent = np.hypot(ray[:, 0], ray[:, 1]), np.hypot(piece[:, 0], piece[:, 1])
    across = _cross(ray, piece)
    with np.errstate(invalid="ignore", divide="ignore"):
        on_ray = _cross(apart, piece) / across * length
        on_piece = _cross(apart, ray) / across * extent
    meets = (on_ray >= -_SLACK) & (on_ray <= length + _SLACK) & (on_piece >= -_SLACK) & (on_piece <= extent + _SLACK)
    distance = np.where(meets, on_ray, np.inf)
    # Along one another: GEOS decides, should this come first.
    parallel = np.abs(across) < _SLACK * length * extent
    one = np.einsum("ij,ij->i", apart, ray) / length
    other = one + np.einsum("ij,ij->i", piece, ray) / length
    beside = np.abs(_cross(apart, ray)) / length < 0.01
    beside &= (np.maximum(one, other) >= -_SLACK) & (np.minimum(one, other) <= length + _SLACK)
    return np.where(parallel, np.where(beside, np.minimum(one, other), np.inf), distance)


def _cross(one: Array, other: Array) -> Array:
    return one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]  # type: ignore[no-any-return]
