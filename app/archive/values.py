"""What the archive takes and tells, beside the page itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.page import Page, PageDiff


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
