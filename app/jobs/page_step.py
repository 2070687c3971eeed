"""One task on one page: its lines found, those to read chosen, each reading kept as it comes."""

import secrets
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from app import checkpoints, edits, geometry
from app.checkpoints import Checkpoint, EngineName
from app.edits import Edit
from app.errors import AppError
from app.jobs import selection
from app.jobs.listening import Listener, Outcome
from app.jobs.tasks import FindLines, MakeBoundaries, Read, Task
from app.jobs.worker import Worker
from app.language import tr, trn
from app.page import Line, Mark, Page, Reading, Region, diff, new_id
from app.protocol import (
    Bound,
    Event,
    LineBounded,
    LineRead,
    LineShape,
    PageImage,
    PageLines,
    PageSegmented,
    Polyline,
    Progress,
    Segment,
    Warned,
)
from app.settings import Device

if TYPE_CHECKING:
    from app.archive import Archive


@dataclass(frozen=True)
class Means:
    """What all steps of a run share."""

    archive: "Archive"
    worker: Worker
    listener: Listener
    cancelled: threading.Event
    device: Device
    cores: int

    def on_progress(self, event: Event) -> None:
        """Passes on how far the worker is."""
        if isinstance(event, Progress):
            self.listener.progress(event.stage, event.done, event.total)


@dataclass
class PageStep:
    """A task under way; `image` waits for the page image, and raises when there is none."""

    means: Means
    at: int
    task: Task
    image: Callable[[], PageImage]
    found: int = 0
    asked: dict[str, Line] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    offer: Edit | None = None
    note: str = ""
    tally: "_Tally" = field(default_factory=lambda: _Tally())  # noqa: PLW0108  # it is made below
    over: bool = False

    @property
    def page(self) -> Page:
        """The page as it is now."""
        return self.means.archive.page(self.task.page)

    def find(self, task: FindLines) -> Outcome:
        """Finds lines because a person asked for just that."""
        self._find(task.engine, task.region)
        cancelled = self.means.cancelled.is_set()
        message = self.note if self.found or self.offer else ("" if cancelled else _no_lines())
        return Outcome(self.found, cancelled=cancelled, message=message, offer=self.offer)

    def bound(self, task: MakeBoundaries) -> Outcome:
        """Makes the boundaries of the task's lines that have none; a line that was changed meanwhile is left alone."""
        page = self.page
        self.ask(line for line in page.lines if line.id in task.lines and not line.boundary)
        if not self.asked:
            return Outcome()

        def on_event(event: Event) -> None:
            self.means.on_progress(event)
            if isinstance(event, LineBounded) and (asked := self.asked.get(event.line)):
                self.edit(partial(_with_boundary, asked=asked, boundary=event.boundary))

        request = Bound(job=secrets.token_hex(6), page=self.request(), device=self.means.device)
        done = self.means.worker.run(request, on_event, self.means.cancelled)
        return Outcome(cancelled=done.cancelled)

    def prepare(self, task: Read, model: Checkpoint) -> None:
        """Decides what is to be read (`asked`), after finding lines where the choice needs it."""
        choice = task.choice
        meant = selection.drawn(self.page, choice)
        for edit in meant.edits:
            self.edit(edit)
        if not choice and not self.page.lines:
            self._find(model.engine)
        for region in meant.regions:
            known = task.as_found and self.page.lines_in(region)
            if not self.means.cancelled.is_set() and choice.below is None and not known:
                self._find(model.engine, region)
        self.ask(selection.to_read(self.page, choice, meant, model.name))

    def find_all(self, engine: EngineName) -> None:
        """Finds the lines of a page that has none."""
        self._find(engine)

    def ask(self, lines: Iterable[Line]) -> None:
        """Notes the lines that the engine is asked to read, as they are now."""
        self.asked = {line.id: line for line in lines}
        self.waiting = set(self.asked)

    def request(self) -> PageLines:
        """The lines to read as the worker takes them; the others only where a boundary is to be made."""
        lines = tuple(
            LineShape(id=line.id, baseline=line.baseline, boundary=line.boundary) for line in self.asked.values()
        )
        whole = all(line.boundary for line in lines)
        others = () if whole else tuple(line.baseline for line in self.page.lines)
        return PageLines(image=self.image(), lines=lines, others=others)

    def take(self, event: LineRead | Warned, origin: Reading) -> None:
        """Keeps one reading at once, unless it is empty or its line was changed while it was being read."""
        line = self.asked[event.line or ""]
        if isinstance(event, Warned):
            self.tally.cut += event.code == "line_cut_off"
            if event.code != "line_unreadable":
                return
            self.tally.empty += 1
        elif not event.text.strip():
            self.tally.empty += 1
        elif self.edit(partial(_with_reading, asked=line, reading=_reading(event, origin), boundary=event.boundary)):
            self.tally.read += 1
        else:
            self.tally.changed += 1
        self.waiting.discard(line.id)

    def end(self, how: Outcome | AppError) -> None:
        """Tells how the step ended."""
        self.over = True
        self.means.listener.ended(self.at, how)

    def outcome(self, *, cancelled: bool = False) -> Outcome:
        """How the step ended, as far as it came."""
        message = " ".join(filter(None, [self.note, self.tally.sentence()])) or self._why_nothing()
        return Outcome(self.found, self.tally.read, cancelled, "" if cancelled else message, self.offer)

    def edit(self, edit: Edit) -> bool:
        """Does an edit and tells of it; whether it changed anything."""
        done = self.means.archive.edit(self.task.page, edit)
        if done.diff:
            self.means.listener.edited(done)
        return bool(done.diff)

    def _find(self, engine: EngineName, region: str | None = None) -> None:
        """Segments the page or a region; what would replace lines, in a region or after a change, is offered."""
        before = self.page
        within = edits.need_region(before, region).boundary if region else ()
        found: list[PageSegmented] = []

        def on_event(event: Event) -> None:
            self.means.on_progress(event)
            if isinstance(event, PageSegmented):
                found.append(event)

        request = Segment(
            job=secrets.token_hex(6),
            image=self.image(),
            device=self.means.device,
            within=within,
            model=checkpoints.finder(engine),
            cores=self.means.cores,
        )
        self.means.worker.run(request, on_event, self.means.cancelled)
        if found:
            regions, lines = _on_page(found[0], before)
            self._apply(partial(edits.segment, regions=() if region else regions, lines=lines, within=region), before)
            self.found += len(lines)

    def _apply(self, edit: Edit, before: Page) -> None:
        now = self.page
        change = diff(now, edit(now))
        gone = [item.before for item in change.lines.values() if item.before and item.after is None]
        made = [item.after for item in change.lines.values() if item.after and item.before is None]
        if _shape(now) != _shape(before):
            self._offer(edit, tr("The page was changed while its lines were being looked for."))
        elif isinstance(self.task, FindLines) or not gone:
            self.edit(edit)
            self.note = _gave_way(sum(bool(line.readings) for line in gone))
        elif not _are_alike(gone, made):
            self._offer(edit, tr("Other lines were found in the region than stand there; nothing was replaced."))

    def _offer(self, edit: Edit, why: str) -> None:
        """Offers an edit, together with what was offered for other regions of the page."""
        earlier = self.offer
        self.offer = edit if earlier is None else lambda page: edit(earlier(page))
        self.note = why

    def _why_nothing(self) -> str:
        if self.asked:
            return ""
        if not self.page.lines:
            return _no_lines()
        return tr("Nothing to read: all these lines are reviewed. Choose a line itself to read it again.")


@dataclass
class _Tally:
    """What became of the lines of one step."""

    read: int = 0
    empty: int = 0
    changed: int = 0
    cut: int = 0

    def sentence(self) -> str:
        """What was left out, for the person; empty when nothing was."""
        sentences = (
            (
                self.empty,
                trn("In {count} line nothing could be read.", "In {count} lines nothing could be read.", self.empty),
            ),
            (
                self.changed,
                trn(
                    "{count} line was changed while it was being read; read it again.",
                    "{count} lines were changed while they were being read; read them again.",
                    self.changed,
                ),
            ),
            (
                self.cut,
                trn(
                    "{count} line is too long for the model and lost its end: split it and read it again.",
                    "{count} lines are too long for the model and lost their ends: split them and read them again.",
                    self.cut,
                ),
            ),
        )
        return " ".join(sentence.format(count=count) for count, sentence in sentences if count)


def _gave_way(count: int) -> str:
    """What is said of lines with suggestions in whose place others were put."""
    said = trn(
        "{count} line with a suggestion gave way to them; Undo brings it back.",
        "{count} lines with suggestions gave way to them; Undo brings them back.",
        count,
    )
    return said.format(count=count) if count else ""


def _no_lines() -> str:
    return tr("No lines were found. Draw them with “Draw line”.")


def _reading(event: LineRead, origin: Reading) -> Reading:
    """The reading that an event holds, from where `origin` says."""
    return replace(
        origin,
        id=new_id("t"),
        text=event.text,
        confidence=event.confidence,
        confidences=event.confidences,
        boxes=event.boxes,
        marks=tuple(Mark(mark.kind, mark.start, mark.end) for mark in event.marks),
        raw=event.raw,
        created=datetime.now(UTC),
    )


def _with_reading(page: Page, asked: Line, reading: Reading, boundary: Polyline) -> Page:
    """The page with the reading, unless the line is gone or has another place than when it was asked for.

    A boundary that came to a line without one is no other place.
    """
    now = page.line(asked.id)
    if now is None or now.baseline != asked.baseline or asked.boundary not in ((), now.boundary):
        return page
    return edits.add_reading(page, asked.id, reading, boundary)


def _with_boundary(page: Page, asked: Line, boundary: Polyline) -> Page:
    """The page with a boundary made for a line, unless the line is gone or another by now."""
    now = page.line(asked.id)
    if now is None or (now.baseline, now.boundary) != (asked.baseline, asked.boundary):
        return page
    return edits.put_boundary(page, asked.id, boundary)


def _on_page(found: PageSegmented, page: Page) -> tuple[tuple[Region, ...], tuple[Line, ...]]:
    """What a worker found, with identifiers of our own and on the page, whatever the worker said."""

    def clip(points: Polyline) -> Polyline:
        return geometry.on_page(points, page.width, page.height)

    regions = {
        region.id: Region(new_id("r"), clip(region.boundary), _kind(region.type))
        for region in found.regions
        if len(set(clip(region.boundary))) > 2
    }
    lines = tuple(
        Line(new_id("l"), clip(line.baseline), clip(line.boundary), own.id if own else None, estimated=line.estimated)
        for line, own in ((line, regions.get(line.region or "")) for line in found.lines)
        if len(set(clip(line.baseline))) > 1
    )
    return tuple(regions.values()), lines


def _kind(engine_type: str) -> str:
    """The PAGE text region type for an engine's own word; `text`, kraken's usual one, says no more than paragraph."""
    known = {"heading", "caption", "header", "footer", "marginalia", "footnote", "signature-mark", "catch-word"}
    return engine_type if engine_type in known else "paragraph"


def _shape(page: Page) -> Iterable[object]:
    """What a new segmentation must not find changed: the regions, and each line's place."""
    return page.regions, tuple((line.id, line.baseline, line.boundary, line.region) for line in page.lines)


def _are_alike(gone: Sequence[Line], made: Sequence[Line]) -> bool:
    """Whether the same lines were found again: as many, and each with its middle in one of those that were there."""
    places = [line.boundary for line in gone if line.boundary]
    return len(gone) == len(made) and all(
        any(geometry.contains(place, geometry.midpoint(line.baseline)) for place in places) for line in made
    )
