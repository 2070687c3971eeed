"""From what a person chose to the lines that are read: one set of rules for window and command line.

A line is read as it is. A box means the lines that are in it; where there are none, or where the person says which,
it is one line or a region (`geometry.is_one_line`). In a region lines are found; those that a person touched stay, and
in place of others the found ones are offered. A page is read as it is, and its lines are found where it has none.
"""

from dataclasses import dataclass
from functools import partial

from app import edits, geometry
from app.edits import Edit
from app.geometry import Box
from app.jobs.tasks import Choice, DrawnBox
from app.page import Line, Page, new_id


@dataclass(frozen=True, slots=True)
class Drawn:
    """What becomes of a choice before lines are found: edits to do, and then what of the page is meant."""

    edits: tuple[Edit, ...]
    lines: frozenset[str]
    regions: tuple[str, ...]


def drawn(page: Page, choice: Choice) -> Drawn:
    """Makes lines and regions of the boxes, except where a box holds lines that are there already: it means those.

    Raises `NotFound` for a line or region that is not on the page.
    """
    todo: list[Edit] = []
    lines = {edits.need_line(page, line_id).id for line_id in choice.lines}
    regions = [edits.need_region(page, region_id).id for region_id in choice.regions]
    for box in choice.boxes:
        there = lines_in(page, box.box)
        if there and box.one_line is None:
            lines |= {line.id for line in page.lines if line.id in there and line.state != "reviewed"}
        elif _is_one_line(box, page):
            lines.add(made := new_id("l"))
            todo.append(partial(edits.draw_box, box=box.box, line_id=made))
        else:
            regions.append(made := new_id("r"))
            inside = box.box.within(page.width, page.height).polygon()
            todo.append(partial(edits.draw_region, boundary=inside, region_id=made))
    return Drawn(tuple(todo), frozenset(lines), tuple(regions))


def lines_in(page: Page, box: Box) -> tuple[str, ...]:
    """The lines of which the middle lies in a box, in reading order."""
    inside = box.within(page.width, page.height).polygon()
    return tuple(line.id for line in page.lines if geometry.contains(inside, geometry.midpoint(line.baseline)))


def to_read(page: Page, choice: Choice, meant: Drawn, model: str) -> tuple[Line, ...]:
    """The lines to read, in reading order: those that were named, and of regions or the page those not reviewed."""

    def is_meant(line: Line) -> bool:
        if line.id in meant.lines:
            return True
        if line.state == "reviewed" or (choice and line.region not in meant.regions):
            return False
        return choice.below is None or _is_unsure(line, model, choice.below)

    return tuple(line for line in page.lines if is_meant(line))


def _is_one_line(box: DrawnBox, page: Page) -> bool:
    return geometry.is_one_line(box.box, page) if box.one_line is None else box.one_line


def _is_unsure(line: Line, model: str, below: float) -> bool:
    """Whether the newest reading by another model has a lower confidence; what none has read is not unsure."""
    others = [reading for reading in line.readings if reading.model != model]
    return bool(others) and others[-1].confidence < below
