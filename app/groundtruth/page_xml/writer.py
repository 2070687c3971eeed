"""Writing PAGE XML 2019-07-15."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import cast

from lxml import etree

from app import geometry, paths
from app.groundtruth.page_xml import custom, tags
from app.groundtruth.page_xml.common import NAMESPACE, OURS, Ids, one_line
from app.page import PARAGRAPH, REGION_TYPES, Line, Page, Point, Region
from app.text import moved_marks

_XSI = "http://www.w3.org/2001/XMLSchema-instance"


def write(page: Page, image_name: str, target: Path, *, all_lines: bool) -> int:
    """Writes a page, whole or not at all, and returns how many lines it wrote; `image_name` is a file beside `target`.

    Written are the reviewed lines, which are ground truth, or with `all_lines` every line with the text that it has:
    a machine's text carries `conf` and the state `read`, and a line without text has no TextEquiv. Marks and notes are
    in `custom`, see `tags`. A line whose
    baseline has no length on the page is left out. Lines stand in reading order within their region, and regions in
    the order of their first lines; an order that goes back and forth between regions PAGE cannot hold.
    """
    lines = lines_to_write(page, all_lines=all_lines)
    document = etree.tostring(
        _document(page, lines, image_name), encoding="UTF-8", xml_declaration=True, pretty_print=True
    )
    with paths.staged(target) as staging:
        staging.write_bytes(document)
    return len(lines)


def lines_to_write(page: Page, *, all_lines: bool) -> tuple[Line, ...]:
    """The lines that `write` writes, with their geometry brought onto the page; perhaps none."""
    return tuple(line for line in (_on_page(line, page) for line in page.lines) if _is_wanted(line, all_lines))


@dataclass(frozen=True, slots=True)
class _Group:
    """A TextRegion to be: its id, the region that it is (None: lines without one), its outline, its lines."""

    id: str
    region: Region | None
    outline: tuple[Point, ...]
    lines: tuple[Line, ...]


def _is_wanted(line: Line, all_lines: bool) -> bool:
    if len(line.baseline) < 2:
        return False
    return all_lines or (line.state == "reviewed" and one_line(line.text) != "")


def _on_page(line: Line, page: Page) -> Line:
    """The line with its geometry on the page, and with a boundary around its baseline where it has none."""
    baseline = geometry.clipped(line.baseline, page.width, page.height)
    boundary = geometry.clipped(line.boundary, page.width, page.height)
    if len(boundary) < 3 and len(baseline) > 1:
        boundary = geometry.usual_boundary(page, baseline)
    return replace(line, baseline=baseline, boundary=boundary)


def _document(page: Page, lines: Sequence[Line], image_name: str) -> etree._Element:
    ids = Ids()
    groups = _groups(page, lines, ids)
    prefixes = cast("dict[str, str]", {None: NAMESPACE, "xsi": _XSI})  # the stubs forget the default namespace
    root = etree.Element(_tag("PcGts"), nsmap=prefixes)
    root.set(f"{{{_XSI}}}schemaLocation", f"{NAMESPACE} {NAMESPACE}/pagecontent.xsd")
    about = etree.SubElement(root, _tag("Metadata"))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    for name, value in (("Creator", _creator()), ("Created", now), ("LastChange", now)):
        etree.SubElement(about, _tag(name)).text = value
    size = {"imageWidth": str(page.width), "imageHeight": str(page.height)}
    sheet = etree.SubElement(root, _tag("Page"), {"imageFilename": one_line(image_name), **size})
    if groups:
        order = etree.SubElement(etree.SubElement(sheet, _tag("ReadingOrder")), _tag("OrderedGroup"))
        order.set("id", ids.unique("reading_order", "r"))
        for index, group in enumerate(groups):
            etree.SubElement(order, _tag("RegionRefIndexed"), {"index": str(index), "regionRef": group.id})
    for index, group in enumerate(groups):
        _add_region(sheet, group, index, ids)
    return root


def _groups(page: Page, lines: Iterable[Line], ids: Ids) -> list[_Group]:
    """The lines by region, in the order of their first lines; then the regions that have none."""
    by_region: dict[str | None, list[Line]] = {}
    regions = {region.id: region for region in page.regions}
    for line in lines:
        by_region.setdefault(line.region if line.region in regions else None, []).append(line)
    for known in regions:
        by_region.setdefault(known, [])
    groups = []
    for region_id, own in by_region.items():
        region = regions.get(region_id) if region_id is not None else None
        outline = geometry.clipped(region.boundary if region else (), page.width, page.height)
        if len(outline) < 3 and own:
            points = [point for line in own for point in line.boundary]
            around = geometry.box_of(points).grown(1).polygon()
            outline = geometry.clipped(around, page.width, page.height)
        if len(outline) >= 3:
            name = ids.unique(region.id if region else "loose_lines", "r")
            groups.append(_Group(name, region, outline, tuple(own)))
    return groups


def _add_region(sheet: etree._Element, group: _Group, index: int, ids: Ids) -> None:
    parts = {"readingOrder": {"index": str(index)}}
    element = etree.SubElement(sheet, _tag("TextRegion"), {"id": group.id})
    if group.region is None:
        parts[OURS] = {"loose": "true"}
    else:
        if group.region.kind in REGION_TYPES:
            element.set("type", group.region.kind)
        else:
            parts["structure"] = {"type": one_line(group.region.kind) or PARAGRAPH}
        parts[OURS] = {"drawn": group.region.made_by}
    element.set("custom", custom.encode(parts.items()))
    _add_points(element, "Coords", group.outline)
    for at, line in enumerate(group.lines):
        _add_line(element, line, at, ids)


def _add_line(parent: etree._Element, line: Line, index: int, ids: Ids) -> None:
    element = etree.SubElement(parent, _tag("TextLine"), {"id": ids.unique(line.id, "l")})
    ours: dict[str, str] = {"state": line.state, "drawn": line.made_by}
    if line.estimated:
        ours["baseline"] = "estimated"
    machine = line.reading if line.state == "read" else None
    if machine:
        ours |= {"engine": one_line(machine.engine), "model": one_line(machine.model)}
    if line.second_look:
        ours["second_look"] = "true"
    text = one_line(line.text)
    carried = tags.encode(text, moved_marks(line.text, text, line.marks), one_line(line.note))
    element.set("custom", custom.encode([("readingOrder", {"index": str(index)}), *carried, (OURS, ours)]))
    _add_points(element, "Coords", line.boundary)
    _add_points(element, "Baseline", line.baseline)
    if text:
        equivalent = etree.SubElement(element, _tag("TextEquiv"))
        if machine and math.isfinite(machine.confidence):
            equivalent.set("conf", f"{min(max(machine.confidence, 0.0), 1.0):.4f}")
        etree.SubElement(equivalent, _tag("Unicode")).text = text


def _add_points(parent: etree._Element, name: str, points: Iterable[Point]) -> None:
    etree.SubElement(parent, _tag(name), {"points": " ".join(f"{x},{y}" for x, y in points)})


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _creator() -> str:
    """The program's name, with its version wherever it was installed rather than run from its source."""
    try:
        return f"Lesepult {metadata.version('lesepult')}"
    except metadata.PackageNotFoundError:
        return "Lesepult"
