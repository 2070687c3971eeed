"""`lesepult align` and `lesepult compare`: a text that exists put on a page, and where two readers differ."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from app import checkpoints, settings
from app.archive import Archive
from app.cli_pages import ArchiveFolder, AsJson, OnDevice, Pages, pages_of
from app.errors import AppError
from app.jobs import Align, Worker, run_one
from app.jobs.tasks import engine_of
from app.language import tr
from app.page import Page
from app.terminal import CANCELLED, LEFT_OUT, Bar, interrupt, json_result, result, tell
from app.text import Compared, Difference, by_disagreement, compared, disagreement

MOST_BYTES = 4_000_000
"""The largest text that is put on a page; a book has about a million characters."""


class AlignedText(msgspec.Struct, frozen=True):
    """A line that got a text, as `lesepult align --json` gives it; `score` is 0 to 1."""

    line: str
    text: str
    score: float


class OtherReading(msgspec.Struct, frozen=True):
    """Another reader's text, and where it differs: code points of the shown text, then of this one."""

    engine: str
    model: str
    text: str
    differences: tuple[Difference, ...]


class ComparedLine(msgspec.Struct, frozen=True):
    """A line that two readers have read, as `lesepult compare --json` gives it; `page` counts from 1."""

    page: int
    line: str
    disagreement: float
    engine: str
    model: str
    text: str
    others: tuple[OtherReading, ...]


def align(
    archive: ArchiveFolder,
    page: Annotated[int, typer.Option("--page", min=1, metavar="N", help=tr("The page."))],
    text: Annotated[str, typer.Option("--text", metavar="FILE", help=tr("The text; - for a pipe."))],
    model: Annotated[
        str | None, typer.Option(metavar="FILE_OR_NAME", help=tr("The model that says how well it fits."))
    ] = None,
    device: OnDevice = None,
    as_json: AsJson = False,
) -> None:
    """`lesepult align ARCHIVE --page N --text FILE|-`; exit code 3 when some words could not be placed."""
    words = _text(text)
    name = model or settings.load().model
    checkpoints.find(name)  # a name that is none is told before anything starts
    with Archive.open(archive) as opened:
        (info,) = pages_of(opened, str(page))
        before, task = opened.page(info.id), Align(info.id, words, name)
        with Worker(engine_of(task)) as worker, interrupt() as cancelled, Bar() as bar:
            listener = bar.listener(tr("page {number}").format(number=info.position))
            used = device or settings.load().device
            outcome = run_one(task, opened, worker, listener=listener, cancelled=cancelled, device=used)
        rows = list(_put(before, opened.page(info.id)))
    if as_json:
        json_result({"lines": rows, "message": outcome.message})
    else:
        for row in rows:
            result(row.line, f"{100 * row.score:.0f} %", row.text)
    if outcome.cancelled:
        tell(tr("Cancelled; what had arrived is kept."))
        raise typer.Exit(CANCELLED)
    if outcome.message:
        tell(outcome.message)
        raise typer.Exit(LEFT_OUT)


def compare(archive: ArchiveFolder, pages: Pages = None, as_json: AsJson = False) -> None:
    """`lesepult compare ARCHIVE [--pages ..] [--json]`; words that differ stand in square brackets."""
    with Archive.open(archive) as opened:
        rows = [row for page in pages_of(opened, pages) for row in _compared(page.position, opened.page(page.id))]
    rows.sort(key=lambda row: -row.disagreement)
    if as_json:
        json_result({"lines": rows})
        return
    if not rows:
        tell(tr("No line was read by two readers yet. Read a page again with another model."))
    for row in rows:
        result(str(row.page), row.line, f"{100 * row.disagreement:.0f} %")
        for other in row.others:
            ours = [(difference.start, difference.end) for difference in other.differences]
            theirs = [(difference.other_start, difference.other_end) for difference in other.differences]
            result("", f"{row.engine} {row.model}", _marked(row.text, ours))
            result("", f"{other.engine} {other.model}", _marked(other.text, theirs))


def _text(source: str) -> str:
    """The text in a file, or from standard input for “-”."""
    name = tr("standard input") if source == "-" else source
    try:
        with sys.stdin.buffer if source == "-" else Path(source).open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        message = tr("The text “{name}” cannot be read: {reason}.").format(name=name, reason=error.strerror)
        raise AppError(message, tr("Look whether the file is there and may be opened.")) from error
    if len(content) > MOST_BYTES:
        raise AppError(tr("The text “{name}” is too long.").format(name=name), tr("Give the part that is on the page."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = tr("“{name}” is no text in UTF-8.").format(name=name)
        raise AppError(message, tr("Save it as plain text in UTF-8 and try again.")) from error
    if not text.strip():
        raise AppError(tr("The text “{name}” is empty.").format(name=name), tr("Give the text of the page."))
    return text


def _put(before: Page, after: Page) -> Iterator[AlignedText]:
    """The drafts that the second page has and the first has not."""
    for line in after.lines:
        old = before.line(line.id)
        new = line.transcription
        if new is not None and new.score is not None and (old is None or old.transcription != new):
            yield AlignedText(line.id, new.text, new.score)


def _compared(position: int, page: Page) -> Iterator[ComparedLine]:
    for line in by_disagreement(page):
        share, shown = disagreement(line), line.reading
        if share is None or shown is None:
            return
        others = tuple(map(_other, compared(line)))
        yield ComparedLine(position, line.id, share, shown.engine, shown.model, shown.text, others)


def _other(other: Compared) -> OtherReading:
    return OtherReading(other.reading.engine, other.reading.model, other.reading.text, other.differences)


def _marked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with brackets around some of its parts; empty ones where it has nothing."""
    for start, end in reversed(spans):
        text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
    return text
