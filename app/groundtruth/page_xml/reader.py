"""Reading PAGE XML of the versions since 2013, from whatever program; what is odd is said, not guessed away."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PureWindowsPath
from typing import cast

from lxml import etree

from app import geometry
from app.errors import AppError, BadScan
from app.groundtruth.page_xml import custom, tags
from app.groundtruth.page_xml.common import OURS, Ids, one_line
from app.language import tr, trn
from app.page import PARAGRAPH, REGION_TYPES, Line, Maker, Page, Point, Reading, Region, Transcription, new_id
from app.scans import image_size, shown_name

MAX_BYTES = 64 * 1024 * 1024
"""The largest file that is read; a page of a thousand lines has less than 2 MiB."""

_MOST = 1_000_000
"""The largest coordinate and page side in pixels that counts as one."""

_ROOT = re.compile(r"\{http://schema\.primaresearch\.org/PAGE/gts/pagecontent/20(?:1[3-9]|2\d)-\d\d-\d\d\}PcGts")


@dataclass(frozen=True, slots=True)
class PageFile:
    """A page as a file has it: the name of its image, without folders, the page, and what was odd about the file."""

    image_name: str
    page: Page
    oddities: tuple[str, ...]


def read(path: Path) -> PageFile:
    """The page in a PAGE XML file; raises `AppError` when there is none that can be used.

    Coordinates stay as they are. Ids stay where they are valid and unique. A text counts as what our part of `custom`
    says. Without that, one with a confidence is taken as a machine's reading, because a confidence is what a machine
    writes and machine text must not become ground truth; any other is a reviewed transcription, because PAGE files
    are exchanged as ground truth and most programs have no way of saying so.
    """
    sheet = _sheet(path)
    return _Reader(path, sheet).page_file()


def _sheet(path: Path) -> etree._Element:
    """The Page element. No entity is expanded, nothing is loaded, and a file that declares a DTD is refused."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(_content(path), parser)
    except etree.XMLSyntaxError as error:
        raise AppError(
            tr("“{name}” is damaged: it is not well-formed XML.").format(name=shown_name(path)),
            tr("Export it again from the program that made it."),
        ) from error
    if cast("etree.DTD | None", root.getroottree().docinfo.internalDTD) is not None:
        raise AppError(
            tr("“{name}” holds a document type declaration, which is refused.").format(name=shown_name(path)),
            tr("PAGE files have none: export it again from the program that made it."),
        )
    sheet = root.find("{*}Page") if _ROOT.fullmatch(str(root.tag)) else None
    if sheet is None:
        raise AppError(
            tr("“{name}” is not PAGE XML of the years since 2013.").format(name=shown_name(path)),
            tr("Choose a file that was exported as PAGE XML."),
        )
    return sheet


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise AppError(tr("“{name}” is not there.").format(name=shown_name(path)), tr("Choose another file."))
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise AppError(
            tr("“{name}” could not be read: {reason}.").format(
                name=shown_name(path), reason=error.strerror or type(error).__name__
            ),
            tr("Check the disk or the connection and try again."),
        ) from error
    if len(content) > MAX_BYTES:
        raise AppError(
            tr("“{name}” is larger than {limit} MiB, which no page is.").format(
                name=shown_name(path), limit=MAX_BYTES // 2**20
            ),
            tr("Choose the file of a single page."),
        )
    return content


class _Reader:
    """Reads one Page element, and collects on the way what is odd."""

    def __init__(self, path: Path, sheet: etree._Element) -> None:
        self._path = path
        self._sheet = sheet
        self._ids = Ids()
        self._oddities: list[str] = []
        self._without_baseline = self._without_place = self._without_outline = self._tags_left_out = 0
        creator = sheet.getparent()
        self._creator = one_line((creator.findtext("{*}Metadata/{*}Creator") if creator is not None else "") or "")

    def page_file(self) -> PageFile:
        image_name = PureWindowsPath(self._sheet.get("imageFilename", "")).name
        regions: list[Region] = []
        lines: list[Line] = []
        for element in self._in_order():
            region, own = self._region(element)
            regions += [region] if region else []
            lines += own
        self._say_counts()
        width, height = self._size(image_name, regions, lines)
        page = Page(new_id("p"), width, height, tuple(regions), tuple(lines))
        outside = sum(not _fits(line, width, height) for line in lines)
        self._say(
            outside, trn("{count} line reaches out of the page.", "{count} lines reach out of the page.", outside)
        )
        return PageFile(image_name, page, tuple(self._oddities))

    def _in_order(self) -> list[etree._Element]:
        """Everything that can hold lines, nested or not: by the reading order, then what that does not name."""
        holders = list(self._sheet.iter("{*}TextRegion", "{*}TableCell"))
        places: dict[str, int] = {}
        group = next(iter(self._sheet.iterfind("{*}ReadingOrder/*")), None)
        for name in _references(group) if group is not None else ():
            places.setdefault(name, len(places))
        if not places:
            return _by_index(holders)
        return sorted(holders, key=lambda holder: places.get(holder.get("id", ""), len(places)))

    def _region(self, element: etree._Element) -> tuple[Region | None, list[Line]]:
        parts = custom.decode(element.get("custom", ""))
        own = [line for item in _by_index(element.findall("{*}TextLine")) if (line := self._line(item))]
        if "loose" in parts.get(OURS, {}):
            return None, own
        outline = _polygon(element)
        if len(outline) < 3:
            self._without_outline += 1
            if not own:
                return None, []
            points = [point for line in own for point in (*line.baseline, *line.boundary)]
            outline = geometry.box_of(points).grown(1).polygon()
        structure = one_line(parts.get("structure", {}).get("type", ""))
        kind = element.get("type", "")
        region = Region(
            self._ids.unique(element.get("id", ""), "r"),
            outline,
            kind if kind in REGION_TYPES else structure or PARAGRAPH,
            _maker(parts),
        )
        return region, [replace(line, region=region.id) for line in own]

    def _line(self, element: etree._Element) -> Line | None:
        """The line, with a baseline in its boundary where the file has none; None when it is nowhere on the page."""
        boundary = _polygon(element)
        baseline = _points(element.find("{*}Baseline"))
        if len(baseline) < 2:
            if len(boundary) < 3:
                self._without_place += 1
                return None
            self._without_baseline += 1
            baseline = geometry.baseline_of_box(geometry.box_of(boundary))
        parts = custom.decode(element.get("custom", ""))
        raw, confidence = _text(element)
        tagged = tags.decode(raw, element.get("custom", ""))
        self._tags_left_out += tagged.left_out
        readings, transcription = self._texts(tagged, confidence, parts.get(OURS, {}))
        name = self._ids.unique(element.get("id", ""), "l")
        estimated = parts.get(OURS, {}).get("baseline") == "estimated"
        return Line(
            name,
            baseline,
            boundary,
            None,
            readings,
            transcription,
            _maker(parts),
            estimated,
            tagged.note,
            parts.get(OURS, {}).get("second_look") == "true",
        )

    def _texts(
        self, tagged: tags.Tagged, confidence: float | None, ours: dict[str, str]
    ) -> tuple[tuple[Reading, ...], Transcription | None]:
        if not tagged.text:
            return (), None
        state = ours.get("state") or ("reviewed" if confidence is None else "read")
        if state in {"reviewed", "draft"}:
            return (), Transcription(tagged.text, state == "reviewed", marks=tagged.marks)
        engine, model = one_line(ours.get("engine", self._creator)), one_line(ours.get("model", ""))
        return (Reading(new_id("t"), tagged.text, confidence or 0.0, engine, model, marks=tagged.marks),), None

    def _size(self, image_name: str, regions: Sequence[Region], lines: Sequence[Line]) -> tuple[int, int]:
        """The page's size: what the file declares, unless its image has another and everything lies on the image."""
        width, height = _whole(self._sheet.get("imageWidth")), _whole(self._sheet.get("imageHeight"))
        actual = self._size_of_image(image_name)
        if width is None or height is None:
            if actual is None:
                raise AppError(
                    tr("“{name}” does not say how large its page is.").format(name=shown_name(self._path)),
                    tr("Put the image beside it, under the name that the file gives."),
                )
            self._oddities.append(tr("The file does not say how large its page is; its image does."))
            return actual
        if actual is None or actual == (width, height):
            return width, height
        self._oddities.append(
            tr("The file declares {width} × {height} pixels, but its image has {real_width} × {real_height}.").format(
                width=width, height=height, real_width=actual[0], real_height=actual[1]
            )
        )
        on_image = all(_fits(region, *actual) for region in regions) and all(_fits(line, *actual) for line in lines)
        return actual if on_image else (width, height)

    def _size_of_image(self, image_name: str) -> tuple[int, int] | None:
        if not image_name:
            self._oddities.append(tr("The file does not name its image."))
            return None
        try:
            return image_size(self._path.parent / image_name)
        except BadScan as error:
            self._oddities.append(error.message)
            return None

    def _say_counts(self) -> None:
        self._say(
            self._ids.replaced,
            trn(
                "{count} id was missing, invalid or there twice, and was replaced.",
                "{count} ids were missing, invalid or there twice, and were replaced.",
                self._ids.replaced,
            ),
        )
        self._say(
            self._without_baseline,
            trn(
                "{count} line had no baseline; one was put into its boundary.",
                "{count} lines had no baseline; one was put into the boundary of each.",
                self._without_baseline,
            ),
        )
        self._say(
            self._without_place,
            trn(
                "{count} line had neither baseline nor boundary and was left out.",
                "{count} lines had neither baseline nor boundary and were left out.",
                self._without_place,
            ),
        )
        self._say(
            self._without_outline,
            trn("{count} region had no boundary.", "{count} regions had no boundary.", self._without_outline),
        )
        self._say(
            self._tags_left_out,
            trn(
                "{count} tag on a word means nothing to this program and was left out.",
                "{count} tags on words mean nothing to this program and were left out.",
                self._tags_left_out,
            ),
        )

    def _say(self, count: int, sentence: str) -> None:
        if count:
            self._oddities.append(sentence.format(count=count))


def _references(group: etree._Element) -> Iterator[str]:
    """The region ids of a reading order, in its order, with the groups in it."""
    name = group.get("regionRef")
    if name:
        yield name
    children = list(group)
    if all(_whole(child.get("index"), least=0) is not None for child in children):
        children.sort(key=lambda child: _whole(child.get("index"), least=0) or 0)
    for child in children:
        yield from _references(child)


def _by_index(elements: Sequence[etree._Element]) -> list[etree._Element]:
    """In the order that all of them state in `custom` as Transkribus does, otherwise as they stand."""
    parts = [custom.decode(element.get("custom", "")) for element in elements]
    order = [_whole(part.get("readingOrder", {}).get("index"), least=0) for part in parts]
    known = [index for index in order if index is not None]
    if len(known) < len(elements):
        return list(elements)
    return [element for _, element in sorted(zip(known, elements, strict=True), key=lambda pair: pair[0])]


def _whole(text: str | None, least: int = 1) -> int | None:
    if text is None or not re.fullmatch(r"\d{1,7}", text.strip(), re.ASCII):
        return None
    number = int(text)
    return number if least <= number <= _MOST else None


def _maker(parts: dict[str, dict[str, str]]) -> Maker:
    """Who drew it; what another program wrote counts as a person's, so that no engine replaces it."""
    return "engine" if parts.get(OURS, {}).get("drawn") == "engine" else "person"


def _text(line: etree._Element) -> tuple[str, float | None]:
    """The main text as it stands, which is the one with the lowest index, and its confidence."""
    found = line.findall("{*}TextEquiv")
    if not found:
        return "", None
    main = min(found, key=lambda item: _whole(item.get("index"), least=0) or 0)
    try:
        confidence = float(main.get("conf", ""))
    except ValueError:
        confidence = math.nan
    return main.findtext("{*}Unicode") or "", confidence if 0 <= confidence <= 1 else None


def _polygon(element: etree._Element) -> tuple[Point, ...]:
    points = _points(element.find("{*}Coords"))
    return points[:-1] if len(points) > 1 and points[0] == points[-1] else points


def _points(element: etree._Element | None) -> tuple[Point, ...]:
    """The points without repetition; none at all where one of them makes no sense, as a part would be another shape."""
    points: list[Point] = []
    for pair in (element.get("points", "") if element is not None else "").split():
        x, _, y = pair.partition(",")
        try:
            point = round(float(x)), round(float(y))
        except (ValueError, OverflowError):
            return ()
        if max(abs(point[0]), abs(point[1])) > _MOST:
            return ()
        if not points or points[-1] != point:
            points.append(point)
    return tuple(points)


def _fits(item: Line | Region, width: int, height: int) -> bool:
    """Whether it lies on a page of this size; PAGE allows a point on the far edge."""
    points = (*item.baseline, *item.boundary) if isinstance(item, Line) else item.boundary
    return all(0 <= x <= width and 0 <= y <= height for x, y in points)
