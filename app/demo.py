"""`lesepult demo`: the sample letter the whole way, with its error rate stated: expected against read."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app import checkpoints, edits, geometry, paths, text
from app.archive import Archive
from app.errors import AppError
from app.groundtruth import export, page_xml
from app.jobs import FindLines, Listener, Read, Worker, run_one
from app.language import tr
from app.page import Line, Page
from app.scans import import_scans
from app.settings import Device
from app.text import ErrorRate


@dataclass(frozen=True, slots=True)
class Pair:
    """One line of the letter: what it says, what was read, and how far apart the two are."""

    expected: str
    read: str
    rate: ErrorRate


@dataclass(frozen=True, slots=True)
class Result:
    """What the demo came to; `extra` are lines that were found where the letter has none."""

    pairs: tuple[Pair, ...]
    extra: int
    cer: ErrorRate
    wer: ErrorRate
    archive: Path
    exported: Path


def run_demo(folder: Path, listener: Listener, say: Callable[[str], None], device: Device = "auto") -> Result:
    """Makes `folder/archive`, reads the sample letter there, types in what it says, and exports to `folder/export`.

    The error rate is measured on what the engine read, before the known text is typed in and reviewed the way a
    person would do it; every expected line counts, also one that was not found.
    """
    sample = paths.resources_dir() / "sample"
    expected = page_xml.read(sample / "letter.xml").page
    model = checkpoints.find(checkpoints.STARTER)
    archive_folder, export_folder = folder / "archive", folder / "export"
    if export_folder.exists():
        raise AppError(tr("“{name}” exists already.").format(name=export_folder), tr("Choose another folder."))
    with Archive.create(archive_folder) as archive, Worker() as worker:
        say(tr("1. A new archive: {folder}").format(folder=archive_folder))
        report = import_scans(archive, [sample / "letter.jpg"])
        page_id = report.pages[0].id
        say(tr("2. The sample letter is imported. Finding its lines …"))
        never = threading.Event()
        found = run_one(FindLines(page_id), archive, worker, listener=listener, cancelled=never, device=device)
        say(
            tr("3. Lines found: {count}. Reading them with the model “{name}” …").format(
                count=found.found, name=model.name
            )
        )
        run_one(Read(page_id, model=model.name), archive, worker, listener=listener, cancelled=never, device=device)
        read = archive.page(page_id)
        matched = {line.id: _match(line, read) for line in expected.lines}
        pairs = tuple(_pair(line.text, matched[line.id]) for line in expected.lines)
        extra = [line for line in read.lines if line not in matched.values()]
        say(tr("4. The known text is typed in and reviewed, as a person would do it. Exporting …"))
        for line in expected.lines:
            own = matched[line.id]
            if own is not None:
                archive.edit(page_id, partial(edits.transcribe, line_id=own.id, text=line.text))
                archive.edit(page_id, partial(edits.review, line_id=own.id))
        exported = export.export_pages(archive, archive.pages(), export_folder, all_lines=False)
    rates = [pair.rate for pair in pairs] + [text.cer("", line.text) for line in extra]
    words = [text.wer(pair.expected, pair.read) for pair in pairs] + [text.wer("", line.text) for line in extra]
    return Result(
        pairs,
        len(extra),
        text.total(rates),
        text.total(words),
        archive_folder,
        exported.folder,
    )


def _match(expected: Line, read: Page) -> Line | None:
    """The line that was found where the expected one is: its baseline's middle lies in the expected boundary."""
    return next(
        (line for line in read.lines if geometry.contains(expected.boundary, geometry.midpoint(line.baseline))), None
    )


def _pair(expected: str, found: Line | None) -> Pair:
    read = found.text if found else ""
    return Pair(expected, read, text.cer(expected, read))
