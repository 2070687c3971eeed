"""Where the rows of a long list lie: a row's height is measured when it comes into view, and estimated until then."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate


class Rows:
    """The heights of rows one under the other, in screen pixels from the top of the list."""

    def __init__(self, measure: Callable[[int], int]) -> None:
        self._measure = measure
        self._heights: list[int] = []
        self._tops: list[int] = [0]

    @property
    def total(self) -> int:
        """How high all rows are together."""
        return self._tops[-1]

    def take(self, heights: Sequence[int]) -> None:
        """Takes these heights, measured or not."""
        self._heights = list(heights)
        self._tops = [0, *accumulate(heights)]

    def top(self, row: int) -> int:
        """Where a row begins; behind the last row, where the list ends."""
        return self._tops[row]

    def height(self, row: int) -> int:
        """How high a row is."""
        return self._heights[row]

    def at(self, y: int) -> int | None:
        """The row at a height, None beside them all."""
        return bisect_right(self._tops, y) - 1 if 0 <= y < self.total else None

    def between(self, top: int, bottom: int) -> range:
        """The rows of which something lies between two heights."""
        first = self.at(max(top, 0))
        if first is None or bottom <= 0:
            return range(0)
        last = self.at(bottom - 1)
        return range(first, len(self._heights) if last is None else last + 1)

    def measure(self, rows: range) -> bool:
        """Measures these rows; returns whether any of them has another height than was thought."""
        found = [self._measure(row) for row in rows]
        if found == self._heights[rows.start : rows.stop]:
            return False
        self._heights[rows.start : rows.stop] = found
        self._tops = [0, *accumulate(self._heights)]
        return True
