"""What surya's detector leaves open: the order in which lines are read, and a baseline for each of them."""

import math
from collections.abc import Sequence

from app import geometry
from app.geometry import Box
from app.page import Point
from app.protocol import Polyline

UPRIGHT = 3
"""How many times higher than wide writing must be to count as running down the page; surya draws the line there too."""


def baseline_of(polygon: Sequence[Point], width: int, height: int) -> Polyline:
    """The estimated baseline of a quadrilateral around a line, on a page of this size.

    `polygon` stands clockwise from the corner nearest to the page's top left. The baseline follows its sides from left
    to right, `geometry.BASELINE_AT` of the way from the upper to the lower one. Where it is much higher than wide,
    the writing is taken to run from top to bottom, with the heads of its letters to the right.
    """
    a, b, c, d = polygon
    if math.dist(b, c) + math.dist(d, a) > UPRIGHT * (math.dist(a, b) + math.dist(c, d)):
        a, b, c, d = b, c, d, a
    start, end = _between(a, d), _between(b, c)
    return geometry.clipped([start, end], width, height)


def _between(upper: Point, lower: Point) -> Point:
    share = geometry.BASELINE_AT
    return round(upper[0] + (lower[0] - upper[0]) * share), round(upper[1] + (lower[1] - upper[1]) * share)


def reading_order(boxes: Sequence[Box]) -> list[int]:
    """The indices of the boxes in the order of reading, left to right and top to bottom.

    A page is cut in two again and again: at a gap from top to bottom that is as wide as a line is high (two columns,
    or a margin beside the text), the left part first; else at the widest gap from left to right, the upper part first.
    What cannot be cut is read from top to bottom.
    """
    if not boxes:
        return []
    gutter = sorted(box.height for box in boxes)[len(boxes) // 2]
    order: list[int] = []
    todo = [list(range(len(boxes)))]
    while todo:
        group = todo.pop()
        columns = _parted(group, [(boxes[n].x, boxes[n].right) for n in group], gutter)
        rows = columns or _parted(group, [(boxes[n].y, boxes[n].bottom) for n in group], 0)
        if rows:
            todo += reversed(rows)
        else:
            order += sorted(group, key=lambda n: (boxes[n].y + boxes[n].bottom, boxes[n].x))
    return order


def _parted(group: list[int], spans: list[tuple[int, int]], least: int) -> tuple[list[int], list[int]] | None:
    """The group on this and on that side of the widest gap between spans; None where none is wide enough."""
    ordered = sorted(zip(spans, group, strict=True))
    end, widest, cut = ordered[0][0][1], least - 1, 0
    for place, ((start, stop), _) in enumerate(ordered):
        if start - end > widest and place:
            widest, cut = start - end, place
        end = max(end, stop)
    if not cut:
        return None
    numbers = [number for _, number in ordered]
    return numbers[:cut], numbers[cut:]
