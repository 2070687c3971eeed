"""The ridges of a heatmap: the pixels that skimage's ridge filter finds above kraken's threshold, no others (ADR 13).

A heatmap is a small map drawn large, each value as a block of pixels. Drawing it and filtering it are linear along each
axis, so the second derivatives are products of a few small matrices, and parts of the page with nothing near are left
out. That is in double precision; only where it comes as close to the threshold as single precision could be away from
it, the pixel is computed once more with skimage's own steps and its own rounding. Positions are (y, x) in pixels of
the heatmap.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from scipy.ndimage import gaussian_filter1d
from skimage.feature import hessian_matrix_eigvals

Array = np.ndarray[Any, Any]

THRESHOLD = 0.17
"""From which strength on a pixel belongs to a line; kraken's."""

_SIGMAS = (1, 3, 5, 7, 9)
"""The widths that skimage looks for."""

_DOUBT = 2e-6
"""More than skimage's single precision can be away from the true strength; ADR 13 has the bound."""

_NOTHING = 1e-13
"""Weights below this are left out: a thousand of them change no strength by a thousandth of `_DOUBT`."""

_TILE = 128
"""The side in pixels of the tiles that are filtered at once, which then fit the processor's cache."""


class _Band(NamedTuple):
    """What draws and filters the pixels of a tile along one axis: each (pixels, values of the small map it sees)."""

    sees: slice
    smooth: Array
    mixed: Array
    curve: Array


def ridges(heatmap: Array) -> Array:
    """Where `skimage.filters.sato(heatmap, black_ridges=False, mode="constant")` is above the threshold.

    `heatmap` is of single precision and between 0 and 1.
    """
    rows, columns = _starts(heatmap), _starts(heatmap.T)
    small = heatmap[np.ix_(rows, columns)].astype(float)
    height, width = heatmap.shape
    down = {sigma: _bands(rows, height, sigma, derived_first=True) for sigma in _SIGMAS}
    across = {sigma: _bands(columns, width, sigma, derived_first=False) for sigma in _SIGMAS}
    found = np.zeros(heatmap.shape, dtype=bool)
    for i, top in enumerate(range(0, height, _TILE)):
        for j, left in enumerate(range(0, width, _TILE)):
            tile = found[top : top + _TILE, left : left + _TILE]
            doubtful = []
            for sigma in _SIGMAS:
                above = _above(small, down[sigma][i], across[sigma][j], sigma)
                if above is not None:
                    tile |= above > _DOUBT
                    doubtful += [(sigma, y, x) for y, x in np.argwhere(np.abs(above) <= _DOUBT).tolist()]
            for sigma, y, x in doubtful:
                tile[y, x] = tile[y, x] or _exact(heatmap, sigma, y + top, x + left) > np.float32(THRESHOLD)
    return found


def _starts(heatmap: Array) -> Array:
    """The first of each run of equal rows."""
    return np.concatenate(([0], 1 + np.flatnonzero((heatmap[1:] != heatmap[:-1]).any(axis=1))))


def _bands(starts: Array, size: int, sigma: int, *, derived_first: bool) -> list[_Band]:
    """What filters along one axis, tile by tile; the filter is applied twice, so it is narrower by the root of two.

    Beyond the border everything is zero, for the second filter too: at the border it matters which came first.
    """
    owner = np.repeat(np.arange(len(starts)), np.diff(starts, append=size))
    drawn = sparse.csr_array((np.ones(size), (np.arange(size), owner)))
    narrow = sigma / np.sqrt(2)
    # skimage reaches further; what is left out here is less than `_NOTHING`.
    offsets = np.arange(-int(8 * narrow), int(8 * narrow) + 1)
    weights = np.exp(-0.5 * (offsets / narrow) ** 2)
    weights /= weights.sum()
    smooth = sparse.diags_array(weights, offsets=offsets, shape=(size, size), format="csr")
    slope = sparse.diags_array(offsets / narrow**2 * weights, offsets=offsets, shape=(size, size), format="csr")
    smoothed, derived = smooth @ drawn, slope @ drawn
    mixed = smooth @ derived if derived_first else slope @ smoothed
    return list(_cut((smooth @ smoothed).toarray(), mixed.toarray(), (slope @ derived).toarray()))


def _cut(smooth: Array, mixed: Array, curve: Array) -> Iterator[_Band]:
    for top in range(0, len(smooth), _TILE):
        parts = [each[top : top + _TILE] for each in (smooth, mixed, curve)]
        used = np.flatnonzero(np.maximum.reduce([np.abs(part).max(axis=0) for part in parts]) > _NOTHING)
        sees = slice(used[0], used[-1] + 1)
        yield _Band(sees, *(np.ascontiguousarray(part[:, sees]) for part in parts))


def _above(small: Array, down: _Band, across: _Band, sigma: int) -> Array | None:
    """How far the strength of a tile is above the threshold; None where nothing can be.

    The strength is the larger eigenvalue of the second derivatives of the negative map, times sigma squared.
    """
    seen = small[down.sees, across.sees]
    # Each second derivative is at most 1.3 / sigma² times the largest value that it sees.
    if seen.max() < THRESHOLD / 3:
        return None
    by_rows = down.curve @ seen @ across.smooth.T
    by_columns = down.smooth @ seen @ across.curve.T
    mixed = down.mixed @ seen @ across.mixed.T
    middle = (by_rows + by_columns) / 2
    return (np.sqrt(mixed**2 + (by_rows - middle) ** 2) - middle) * sigma**2 - THRESHOLD  # type: ignore[no-any-return]


def _exact(heatmap: Array, sigma: int, y: int, x: int) -> np.float32:
    """The strength at one pixel, out of the part of the map that it depends on, rounded wherever skimage rounds."""
    truncate = 8 if sigma > 1 else 100
    reach = int(truncate * sigma / np.sqrt(2) + 0.5)
    rows, columns = slice(max(y - 2 * reach, 0), y + 2 * reach + 1), slice(max(x - 2 * reach, 0), x + 2 * reach + 1)
    part = -heatmap[rows, columns]
    y, x = y - rows.start, x - columns.start

    def filtered(part: Array, orders: tuple[int, int], rows: slice, columns: slice) -> Array:
        """Along the rows and then the columns, as far as they are needed."""
        for axis, order in enumerate(orders):
            part = gaussian_filter1d(part, sigma / np.sqrt(2), axis, order, mode="constant", truncate=truncate)
            part = part[rows] if axis == 0 else part[:, columns]
        return part

    near = slice(max(y - reach, 0), y + reach + 1), slice(max(x - reach, 0), x + reach + 1)
    by_rows, by_columns = filtered(part, (1, 0), *near), filtered(part, (0, 1), *near)
    here = slice(y - near[0].start, y - near[0].start + 1), slice(x - near[1].start, x - near[1].start + 1)
    hessian = [
        filtered(gradient, orders, *here)
        for gradient, orders in ((by_rows, (1, 0)), (by_rows, (0, 1)), (by_columns, (0, 1)))
    ]
    return np.float32(sigma**2 * np.maximum(hessian_matrix_eigvals(hessian)[0], 0).item())
