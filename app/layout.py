"""Edits of a page's layout as a whole: regions split and given a type, lines turned, a layout taken over.

Like the edits of `app.edits` they are pure functions from a page to the page after it, and raise `NotFound` or
`Conflict`.
"""

from collections.abc import Iterable
from dataclasses import replace

from app import geometry
from app.edits import need_line, need_region
from app.errors import Conflict
from app.language import tr
from app.page import Line, Page, Point, Region, new_id

LONGEST_KIND = 60
"""So many characters a type of region may have that a person makes up."""


def reverse_lines(page: Page, ids: Iterable[str]) -> Page:
    """The lines with their baselines running the other way: what a person says of the direction of the writing."""
    turned = {need_line(page, line_id).id for line_id in ids}
    return replace(page, lines=tuple(_turned(line) if line.id in turned else line for line in page.lines))


def retype_regions(page: Page, ids: Iterable[str], kind: str) -> Page:
    """The regions with another type: one of PAGE's, or a word of the person's own."""
    word = " ".join(kind.split())[:LONGEST_KIND]
    if not word:
        raise Conflict(tr("The type has no name."), tr("Type a word, such as “address”."))
    chosen = {need_region(page, region_id).id for region_id in ids}
    regions = tuple(
        replace(region, kind=word, made_by="person") if region.id in chosen and region.kind != word else region
        for region in page.regions
    )
    return replace(page, regions=regions)


def split_region(page: Page, region_id: str, start: Point, end: Point, new_region_id: str | None = None) -> Page:
    """A region cut in two along the straight line through two points; its lines go where their middles lie.

    The part in which its first line lies keeps the id; the other one comes after it and has the same type.
    """
    region = need_region(page, region_id)
    sides = geometry.cut(region.boundary, start, end)
    if not all(len(part) > 2 for part in sides):
        raise Conflict(tr("The region cannot be split there."), tr("Draw the cut from one of its edges to another."))
    inside = page.lines_in(region_id)
    first = 0 if not inside or geometry.is_first_side(geometry.midpoint(inside[0].baseline), start, end) else 1
    one = replace(region, boundary=sides[first], made_by="person")
    other = replace(region, id=new_region_id or new_id("r"), boundary=sides[1 - first], made_by="person")
    at = page.regions.index(region)
    regions = (*page.regions[:at], one, other, *page.regions[at + 1 :])

    def placed(line: Line) -> Line:
        there = geometry.is_first_side(geometry.midpoint(line.baseline), start, end) == (first == 0)
        return line if line.region != region_id or there else replace(line, region=other.id)

    return replace(page, regions=regions, lines=tuple(placed(line) for line in page.lines))


def copy_layout(page: Page, source: Page) -> Page:
    """The regions and lines of another page, without their texts, scaled to this one; only on a page without any."""
    if page.lines or page.regions:
        raise Conflict(
            tr("The next page has lines or regions already."),
            tr("Delete them there first, then copy the layout again."),
        )
    across, down = page.width / source.width, page.height / source.height

    def scaled(points: Iterable[Point]) -> tuple[Point, ...]:
        return geometry.clipped(((round(x * across), round(y * down)) for x, y in points), page.width, page.height)

    ids = {region.id: new_id("r") for region in source.regions}
    regions = tuple(
        Region(ids[region.id], scaled(region.boundary), region.kind, made_by="person") for region in source.regions
    )
    lines = tuple(
        Line(
            new_id("l"),
            scaled(line.baseline),
            scaled(line.boundary),
            ids.get(line.region or ""),
            made_by="person",
            estimated=line.estimated,
        )
        for line in source.lines
    )
    return replace(page, regions=regions, lines=lines)


def _turned(line: Line) -> Line:
    return replace(line, baseline=line.baseline[::-1], made_by="person")
