"""What a job does: from a page and a choice to lines found and readings kept (guided OCR).

Runs on the caller's thread and blocks. Every result goes into the archive as it arrives, each in a transaction of
its own, so that a crash, a cancel or a power cut costs only what had not arrived. A result never touches a
transcription, and one that no longer fits the page is not applied but reported.
"""

import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from app import checkpoints, edits, geometry, paths, scans
from app.archive import Archive, PageEdit
from app.edits import Edit
from app.geometry import Box
from app.jobs.worker import Worker
from app.language import tr, trn
from app.page import Line, Page, Reading, Region, new_id
from app.protocol import (
    Event,
    LineRead,
    LineShape,
    PageImage,
    PageSegmented,
    Polyline,
    Progress,
    Recognise,
    Segment,
    Warned,
)
from app.settings import Device

Stage = Literal["loading", "segmenting", "recognising"]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose to have read; nothing chosen means the page.

    A line that is named is read even when it is reviewed; regions, boxes and the page leave reviewed lines out.
    """

    lines: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    boxes: tuple[Box, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.lines or self.regions or self.boxes)


@dataclass(frozen=True, slots=True)
class FindLines:
    """Find the regions and lines of a page, or the lines of one of its regions."""

    page: str
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """Read what was chosen on a page; lines are found first where there are none."""

    page: str
    choice: Choice = field(default_factory=Choice)
    model: str = checkpoints.STARTER


Task = FindLines | Read


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended: how many lines were found and read, a sentence where something was left out.

    `offer` is an edit that no longer fitted by itself because a person changed the page meanwhile.
    """

    found: int = 0
    read: int = 0
    cancelled: bool = False
    message: str = ""
    offer: Edit | None = None


@dataclass(frozen=True)
class Listener:
    """Who is told while a job runs, on the job's thread."""

    progress: Callable[[Stage, int, int], None] = lambda _stage, _done, _total: None
    edited: Callable[[PageEdit], None] = lambda _edit: None


def run(
    task: Task,
    archive: Archive,
    worker: Worker,
    *,
    listener: Listener,
    cancelled: threading.Event,
    device: Device = "auto",
) -> Outcome:
    """Does one job to its end; raises `AppError` when it fails, after keeping what had arrived."""
    with paths.job_scratch() as scratch:
        job = _Run(archive, worker, listener, cancelled, device, task.page, scratch)
        if isinstance(task, FindLines):
            return job.find_lines(task.region)
        return job.read(task.choice, checkpoints.find(task.model))


@dataclass
class _Run:
    """One job under way; its page image is made once and goes with its scratch folder."""

    archive: Archive
    worker: Worker
    listener: Listener
    cancelled: threading.Event
    device: Device
    page: str
    scratch: Path
    id: str = field(default_factory=lambda: secrets.token_hex(6))
    made_image: PageImage | None = None
    offer: Edit | None = None

    def find_lines(self, region: str | None = None) -> Outcome:
        """Segments the page or a region and applies the result, unless the page's lines were changed meanwhile."""
        before = self.archive.page(self.page)
        within = edits.need_region(before, region).boundary if region else ()
        found: list[PageSegmented] = []

        def on_event(event: Event) -> None:
            self._on_progress(event)
            if isinstance(event, PageSegmented):
                found.append(event)

        request = Segment(job=self.id, image=self._image(), device=self.device, within=within)
        done = self.worker.run(request, on_event, self.cancelled)
        if done.cancelled or not found:
            return Outcome(cancelled=done.cancelled)
        regions, lines = _on_page(found[0], before)
        edit = partial(edits.segment, regions=() if region else regions, lines=lines, within=region)
        count = len(lines)
        if _shape(self.archive.page(self.page)) != _shape(before):
            self.offer = edit
            message = tr("The page was changed while its lines were being looked for.")
            return Outcome(found=count, offer=edit, message=message)
        self._edit(edit)
        message = "" if count else tr("No lines were found. Draw them with “Draw line”.")
        return Outcome(found=count, message=message)

    def read(self, choice: Choice, model: checkpoints.Checkpoint) -> Outcome:
        """Reads what was chosen; finds lines first where a chosen region, box or the page has none."""
        lines, found = self._lines_of(choice)
        if self.cancelled.is_set():
            return Outcome(found=found, cancelled=True)
        if not lines:
            return Outcome(found=found, message=self._why_nothing(), offer=self.offer)
        asked = {line.id: line for line in lines}
        tally = _Tally()

        def on_event(event: Event) -> None:
            self._on_progress(event)
            if isinstance(event, LineRead) and event.line in asked:
                self._keep(event, asked[event.line], model.name, tally)
            elif isinstance(event, Warned) and event.code == "line_unreadable":
                tally.empty += 1

        request = Recognise(
            job=self.id,
            image=self._image(),
            model=str(model.path),
            lines=tuple(LineShape(id=line.id, baseline=line.baseline, boundary=line.boundary) for line in lines),
            device=self.device,
        )
        done = self.worker.run(request, on_event, self.cancelled)
        return Outcome(found=found, read=tally.read, cancelled=done.cancelled, message=tally.sentence())

    def _lines_of(self, choice: Choice) -> tuple[list[Line], int]:
        """The lines to read, in reading order, and how many were found for it."""
        page = self.archive.page(self.page)
        named = {edits.need_line(page, line_id).id for line_id in choice.lines}
        regions = [edits.need_region(page, region_id).id for region_id in choice.regions]
        boxed: set[str] = set()
        for box in choice.boxes:
            inside = box.within(page.width, page.height).polygon()
            there = {line.id for line in page.lines if geometry.contains(inside, geometry.midpoint(line.baseline))}
            if geometry.is_one_line(box, page):
                drawn = new_id("l")
                self._edit(partial(edits.draw_box, box=box, line_id=drawn))
                named.add(drawn)
            elif there:
                boxed |= there
            else:
                drawn = new_id("r")
                self._edit(partial(edits.draw_region, boundary=inside, region_id=drawn))
                regions.append(drawn)
        found = 0
        if not choice and not page.lines:
            found += self.find_lines().found
        for region_id in regions:
            if not self.archive.page(self.page).lines_in(region_id) and not self.cancelled.is_set():
                found += self.find_lines(region_id).found
        page = self.archive.page(self.page)
        chosen = [
            line
            for line in page.lines
            if line.id in named
            or (line.state != "reviewed" and (not choice or line.region in regions or line.id in boxed))
        ]
        return chosen, found

    def _keep(self, event: LineRead, asked: Line, model: str, tally: "_Tally") -> None:
        """Keeps one reading at once, unless it is empty or its line was changed while it was being read."""
        if not event.text.strip():
            tally.empty += 1
            return
        engine = self.worker.ready.engine if self.worker.ready else ""
        reading = Reading(new_id("t"), event.text, event.confidence, engine, model, event.confidences)
        if self._edit(partial(_with_reading, asked=asked, reading=reading)):
            tally.read += 1
        else:
            tally.changed += 1

    def _edit(self, edit: Edit) -> bool:
        """Does an edit and tells of it; whether it changed anything."""
        done = self.archive.edit(self.page, edit)
        if done.diff:
            self.listener.edited(done)
        return bool(done.diff)

    def _on_progress(self, event: Event) -> None:
        if isinstance(event, Progress):
            self.listener.progress(event.stage, event.done, event.total)

    def _image(self) -> PageImage:
        if self.made_image is None:
            info = self.archive.page_info(self.page)
            path = scans.page_image_file(self.archive.scan_file(info), info.index, info.dpi, self.scratch)
            self.made_image = PageImage(path=str(path.resolve()), width=info.width, height=info.height)
        return self.made_image

    def _why_nothing(self) -> str:
        if self.offer:
            return tr("The page was changed while its lines were being looked for.")
        if not self.archive.page(self.page).lines:
            return tr("No lines were found. Draw them with “Draw line”.")
        return tr("Nothing to read: all these lines are reviewed. Choose a line itself to read it again.")


@dataclass
class _Tally:
    """What became of the lines of one reading job."""

    read: int = 0
    empty: int = 0
    changed: int = 0

    def sentence(self) -> str:
        """What was left out, for the person; empty when nothing was."""
        parts = []
        if self.empty:
            parts.append(
                trn("In {count} line nothing could be read.", "In {count} lines nothing could be read.", self.empty)
            )
        if self.changed:
            parts.append(
                trn(
                    "{count} line was changed while it was being read; read it again.",
                    "{count} lines were changed while they were being read; read them again.",
                    self.changed,
                )
            )
        counts = [count for count in (self.empty, self.changed) if count]
        return " ".join(part.format(count=count) for part, count in zip(parts, counts, strict=True))


def _with_reading(page: Page, asked: Line, reading: Reading) -> Page:
    """The page with the reading, unless the line is gone or has another place than when it was asked for."""
    now = page.line(asked.id)
    if now is None or (now.baseline, now.boundary) != (asked.baseline, asked.boundary):
        return page
    return edits.add_reading(page, asked.id, reading)


def _on_page(found: PageSegmented, page: Page) -> tuple[tuple[Region, ...], tuple[Line, ...]]:
    """What a worker found, with identifiers of our own and on the page, whatever the worker said."""

    def clip(points: Polyline) -> Polyline:
        return geometry.clipped(points, page.width, page.height)

    regions = {
        region.id: Region(new_id("r"), clip(region.boundary), _kind(region.type))
        for region in found.regions
        if len(clip(region.boundary)) > 2
    }
    lines = tuple(
        Line(new_id("l"), clip(line.baseline), clip(line.boundary), own.id if own else None)
        for line, own in ((line, regions.get(line.region or "")) for line in found.lines)
        if len(clip(line.baseline)) > 1
    )
    return tuple(regions.values()), lines


def _kind(engine_type: str) -> str:
    """The PAGE text region type for an engine's own word; `text`, kraken's usual one, says no more than paragraph."""
    known = {"heading", "caption", "header", "footer", "marginalia", "footnote", "signature-mark", "catch-word"}
    return engine_type if engine_type in known else "paragraph"


def _shape(page: Page) -> Iterable[object]:
    """What a new segmentation must not find changed: the regions, and each line's place."""
    return page.regions, tuple((line.id, line.baseline, line.boundary, line.region) for line in page.lines)
