"""What the archive takes and tells, beside the page itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

import msgspec

from app.page import Mark, Page, PageDiff

JobState = Literal["waiting", "running", "paused", "done", "cancelled", "failed"]
Asked = Literal["run", "pause", "cancel"]
"""What a person said of a job last."""


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A document, and how many pages it has."""

    id: str
    title: str
    pages: int


@dataclass(frozen=True, slots=True)
class NewPage:
    """A page to be added: which page image of which scan it is.

    `scan` is the sha256 of the scan file in hexadecimal, `suffix` the file's (".jpg"), `index` counts the page
    images of the file from 0. `width` and `height` are pixels of the upright page image; `dpi` is the resolution at
    which a page of a PDF is rendered, 0 for images.
    """

    title: str
    scan: str
    suffix: str
    index: int
    width: int
    height: int
    dpi: int


@dataclass(frozen=True, slots=True)
class PageInfo:
    """A page without its lines: where it stands, which page image it is, and how far it has come.

    `number` counts within its document and `position` within the archive, both from 1. Of its `lines`, `read` have
    any text and `reviewed` are reviewed. The rest is as in `NewPage`.
    """

    id: str
    document: str
    number: int
    position: int
    title: str
    scan: str
    suffix: str
    index: int
    dpi: int
    width: int
    height: int
    lines: int
    read: int
    reviewed: int


@dataclass(frozen=True, slots=True)
class PageEdit:
    """What an edit did to a page; `after.id` is the page's id."""

    before: Page
    after: Page
    diff: PageDiff


@dataclass(frozen=True, slots=True)
class TextVersion:
    """One text that a line had, or that it was taken back (`withdrawn`, without a text).

    `engine` and `model` are empty for what a person wrote; `at` is in UTC.
    """

    text: str
    state: Literal["read", "draft", "reviewed", "withdrawn"]
    engine: str
    model: str
    at: datetime
    marks: tuple[Mark, ...] = ()


class LineText(NamedTuple):
    """The text of a line as it is now: its page, its id, its 1-based number there; empty where it has none."""

    page: str
    line: str
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be kept; a step is a page and what is to be done there, as `app.jobs` writes it."""

    id: str
    title: str
    later: bool
    created: datetime
    steps: tuple[tuple[str, str], ...]


class StepRow(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a job as the archive keeps it; `seq` orders all steps, `seconds` is how long it took."""

    seq: int
    page: str
    task: str
    state: Literal["waiting", "done", "failed"]
    found: int
    read: int
    seconds: float
    message: str
    hint: str


class JobRow(msgspec.Struct, frozen=True, kw_only=True):
    """A job as the archive keeps it; of its `steps`, `done` have ended, of which `failed` failed.

    `found` and `read` are lines. `later` is what may wait for what a person asks for just now.
    """

    id: str
    title: str
    later: bool
    state: JobState
    asked: Asked
    created: datetime
    steps: int
    done: int
    failed: int
    pages: int
    found: int
    read: int
