"""A page as a value: its regions and lines in reading order, what engines read and what a person wrote.

Nothing here changes; edits are functions in `app.edits`. Coordinates are pixels of the upright page image,
origin top left, y down.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Generic, Literal, Self, TypeVar

Point = tuple[int, int]
Maker = Literal["person", "engine"]
LineState = Literal["unread", "read", "draft", "reviewed"]
MarkKind = Literal[
    "unclear", "illegible", "struck", "added", "underlined", "superscript", "subscript", "bold", "italic"
]
T = TypeVar("T", "Line", "Region")

PARAGRAPH = "paragraph"
REGION_TYPES = (
    PARAGRAPH,
    "heading",
    "marginalia",
    "caption",
    "header",
    "footer",
    "page-number",
    "footnote",
    "footnote-continued",
    "endnote",
    "signature-mark",
    "catch-word",
    "drop-capital",
    "credit",
    "floating",
    "list-label",
    "TOC-entry",
    "other",
)
"""The types that PAGE knows of a text region, the usual ones first; a person may use a word of their own."""

STAND_IN = "…"
"""What stands in a text for writing that nobody can read."""


def new_id(kind: Literal["d", "p", "r", "l", "t"]) -> str:
    """A new identifier: a letter for document, page, region, line or reading, then 48 random bits.

    It begins with a letter so that it is a valid xml:id in PAGE and ALTO.
    """
    return kind + secrets.token_hex(6)


@dataclass(frozen=True, slots=True)
class Mark:
    """How some characters of a text are written: code points `start` to before `end`, at least one.

    Struck is what was deleted in the original. Where a stretch is illegible and nothing stands for it, the text has
    `STAND_IN` there, so that every mark has a character that can be seen, chosen and taken away.
    """

    kind: MarkKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What an engine read on a line, and where it came from; `confidence` is 0 to 1, the mean over characters.

    `confidences` and `boxes` (left, top, width, height) have one entry a code point, or none at all. `raw` is what
    the engine put out where that is not the text. `checkpoint` is the sha256 of the model's weights, `version` the
    engine's, `settings` what else the result hangs on; all are empty where they are not known.
    """

    id: str
    text: str
    confidence: float
    engine: str
    model: str
    confidences: tuple[float, ...] = ()
    boxes: tuple[tuple[int, int, int, int], ...] = ()
    marks: tuple[Mark, ...] = ()
    raw: str = ""
    version: str = ""
    checkpoint: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    created: datetime | None = field(default=None, compare=False)

    @property
    def origin(self) -> tuple[str, str]:
        """The engine and the model: readings of one origin are attempts of the same reader."""
        return self.engine, self.model


@dataclass(frozen=True, slots=True)
class Transcription:
    """What a person wrote for a line, and whether they stand by it.

    A text that a person brought from elsewhere and that was put on the line by alignment has a `score`, 0 to 1, of
    how well it fits; what was typed has none.
    """

    text: str
    reviewed: bool = False
    score: float | None = None
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of writing: its baseline, its boundary, its texts.

    `boundary` is a polygon without the closing point, empty when it is not known; `readings` are all of them,
    oldest first. `made_by` says who drew the line; an engine never replaces what a person drew. `estimated` says that
    the baseline was made from the boundary, by an engine that finds none. `note` is a person's, of one line, about the
    line; `second_look` says that a person wants to come back to it, whatever its state is.
    """

    id: str
    baseline: tuple[Point, ...]
    boundary: tuple[Point, ...] = ()
    region: str | None = None
    readings: tuple[Reading, ...] = ()
    transcription: Transcription | None = None
    made_by: Maker = "engine"
    estimated: bool = False
    note: str = ""
    second_look: bool = False

    @property
    def reading(self) -> Reading | None:
        """The newest reading, which is the one that is shown."""
        return self.readings[-1] if self.readings else None

    @property
    def state(self) -> LineState:
        """How far the line is: nothing yet, read by an engine, written by a person, or reviewed."""
        if self.transcription is not None:
            return "reviewed" if self.transcription.reviewed else "draft"
        return "read" if self.readings else "unread"

    @property
    def text(self) -> str:
        """The person's text, otherwise the newest reading's, otherwise nothing."""
        if self.transcription is not None:
            return self.transcription.text
        return self.readings[-1].text if self.readings else ""

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks of `text`."""
        if self.transcription is not None:
            return self.transcription.marks
        return self.readings[-1].marks if self.readings else ()


@dataclass(frozen=True, slots=True)
class Region:
    """A polygon that groups lines; `kind` is a PAGE text region type such as paragraph, heading or marginalia."""

    id: str
    boundary: tuple[Point, ...]
    kind: str = PARAGRAPH
    made_by: Maker = "engine"


@dataclass(frozen=True, slots=True)
class Page:
    """One page image and all that is on it; `lines` stand in reading order.

    `revision` counts the page's edits in the archive; it is no part of what the page says, so two pages that
    say the same are equal.
    """

    id: str
    width: int
    height: int
    regions: tuple[Region, ...] = ()
    lines: tuple[Line, ...] = ()
    revision: int = field(default=0, compare=False)

    def line(self, line_id: str) -> Line | None:
        """The line with this id."""
        return next((line for line in self.lines if line.id == line_id), None)

    def region(self, region_id: str) -> Region | None:
        """The region with this id."""
        return next((region for region in self.regions if region.id == region_id), None)

    def lines_in(self, region_id: str) -> tuple[Line, ...]:
        """The lines of a region, in reading order."""
        return tuple(line for line in self.lines if line.region == region_id)


@dataclass(frozen=True, slots=True)
class Change(Generic[T]):
    """One line or region before and after; None on one side when it was made or deleted."""

    before: T | None
    after: T | None


@dataclass(frozen=True, slots=True)
class PageDiff:
    """What differs between two pages, by id; `line_order` and `region_order` are None where the order is the same."""

    lines: Mapping[str, Change[Line]]
    regions: Mapping[str, Change[Region]]
    line_order: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    region_order: tuple[tuple[str, ...], tuple[str, ...]] | None = None

    def __bool__(self) -> bool:
        return bool(self.lines or self.regions or self.line_order or self.region_order)

    def inverse(self) -> Self:
        """The diff that leads back."""
        return replace(
            self,
            lines={key: Change(change.after, change.before) for key, change in self.lines.items()},
            regions={key: Change(change.after, change.before) for key, change in self.regions.items()},
            line_order=self.line_order and (self.line_order[1], self.line_order[0]),
            region_order=self.region_order and (self.region_order[1], self.region_order[0]),
        )


def diff(before: Page, after: Page) -> PageDiff:
    """What an edit changed, by id."""
    old_lines, new_lines = [line.id for line in before.lines], [line.id for line in after.lines]
    old_regions, new_regions = [region.id for region in before.regions], [region.id for region in after.regions]
    return PageDiff(
        lines=_changes(before.lines, after.lines),
        regions=_changes(before.regions, after.regions),
        line_order=None if old_lines == new_lines else (tuple(old_lines), tuple(new_lines)),
        region_order=None if old_regions == new_regions else (tuple(old_regions), tuple(new_regions)),
    )


def apply(page: Page, change: PageDiff) -> Page:
    """The page that the diff leads to, given the page that it starts from."""
    return replace(
        page,
        lines=_applied(page.lines, change.lines, change.line_order),
        regions=_applied(page.regions, change.regions, change.region_order),
    )


def _changes(before: Iterable[T], after: Iterable[T]) -> dict[str, Change[T]]:
    old: dict[str, T] = {item.id: item for item in before}
    new: dict[str, T] = {item.id: item for item in after}
    return {
        key: Change(old.get(key), new.get(key)) for key in dict.fromkeys([*old, *new]) if old.get(key) != new.get(key)
    }


def _applied(
    items: Iterable[T],
    changes: Mapping[str, Change[T]],
    order: tuple[tuple[str, ...], tuple[str, ...]] | None,
) -> tuple[T, ...]:
    by_id = {item.id: item for item in items}
    for key, change in changes.items():
        if change.after is None:
            by_id.pop(key, None)
        else:
            by_id[key] = change.after
    if order is None:
        return tuple(by_id.values())
    return tuple(by_id[key] for key in order[1] if key in by_id)
