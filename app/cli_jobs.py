"""The commands that have an engine work: finding lines, reading, and the jobs that this makes.

All of it goes through the queue that the archive keeps, so that what was interrupted goes on with `jobs resume`.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from app import checkpoints, settings
from app.archive import Archive, Asked, JobRow, JobRows, jobs_beside
from app.checkpoints import EngineName, store
from app.cli_pages import ArchiveFolder, AsJson, OnDevice, Pages, box_of, page_names, pages_of
from app.errors import BadArchive
from app.jobs import Choice, DrawnBox, FindLines, Job, JobQueue, Read, Task, Worker
from app.jobs.job import PageName, named, summary
from app.language import tr, trn
from app.settings import Device
from app.terminal import CANCELLED, FAILED, LEFT_OUT, JobBar, interrupt, json_result, result, tell

app = typer.Typer(help=tr("Jobs: what is being read, what waits, what is paused."), no_args_is_help=True)

JobId = Annotated[str | None, typer.Argument(metavar="JOB", help=tr("The job; all that have not ended if not given."))]

_ENDED_LISTED = 20
_LOOK_SECONDS = 0.2


def segment(
    archive: ArchiveFolder,
    pages: Pages = None,
    engine: Annotated[EngineName, typer.Option(help=tr("The engine to find lines with."))] = "kraken",
    device: OnDevice = None,
) -> None:
    """`lesepult segment ARCHIVE [--pages all|1-3,7] [--engine kraken|surya]`."""
    checkpoints.finder(engine)  # a model that is missing is told before anything starts
    with Archive.open(archive) as opened:
        _do(opened, [FindLines(page.id, engine=engine) for page in pages_of(opened, pages)], device)


def read(
    archive: ArchiveFolder,
    pages: Pages = None,
    model: Annotated[str | None, typer.Option(metavar="FILE_OR_NAME", help=tr("The model to read with."))] = None,
    engine: Annotated[
        Literal["kraken", "surya", "both"] | None,
        typer.Option(help=tr("The engine to read with, or first kraken and then surya; else the model's own.")),
    ] = None,
    below: Annotated[
        float | None,
        typer.Option(
            min=0, max=100, metavar="PERCENT", help=tr("Only lines that another model read with less confidence.")
        ),
    ] = None,
    lines: Annotated[
        str | None, typer.Option(metavar="ID,...", help=tr("Only these lines, even reviewed ones."))
    ] = None,
    region: Annotated[str | None, typer.Option(metavar="ID", help=tr("Only this region."))] = None,
    box: Annotated[
        list[str] | None, typer.Option(metavar="PAGE:X,Y,W,H", help=tr("Only this box, in pixels; may be repeated."))
    ] = None,
    one_line: Annotated[
        bool | None,
        typer.Option("--one-line/--several-lines", help=tr("What a box holds; found out if not said.")),
    ] = None,
    device: OnDevice = None,
) -> None:
    """`lesepult read ARCHIVE ...`: guided OCR of what is named, otherwise of the pages."""
    if pages and (lines or region or box):
        raise typer.BadParameter(tr("Name pages, or else lines, a region or boxes; not both."))
    models = _models(engine, model)  # a name that is none is told before anything starts
    with Archive.open(archive) as opened:
        choices = _choices(opened, lines, region, [(spec, one_line) for spec in box or []])
        if not choices:
            choices = {page.id: Choice() for page in pages_of(opened, pages)}
        if below is not None:
            choices = {page: msgspec.structs.replace(choice, below=below / 100) for page, choice in choices.items()}
        readers = [(name, number > 0) for number, name in enumerate(models)]
        _do(opened, [Read(page, choice, *reader) for page, choice in choices.items() for reader in readers], device)


@app.command(name="list", help=tr("The jobs of an archive, also while it is open elsewhere."))
def list_(archive: ArchiveFolder, as_json: AsJson = False) -> None:
    """`lesepult jobs list ARCHIVE [--json]`; columns are parted by tabs."""
    with jobs_beside(archive) as rows:
        _show(rows, as_json=as_json)


@app.command(help=tr("Pause jobs; what has arrived is kept."))
def pause(archive: ArchiveFolder, job: JobId = None, as_json: AsJson = False) -> None:
    """`lesepult jobs pause ARCHIVE [JOB]`, also while the archive is open elsewhere."""
    _ask(archive, job, "pause", as_json=as_json)


@app.command(help=tr("Cancel jobs; what has arrived is kept."))
def cancel(archive: ArchiveFolder, job: JobId = None, as_json: AsJson = False) -> None:
    """`lesepult jobs cancel ARCHIVE [JOB]`, also while the archive is open elsewhere."""
    _ask(archive, job, "cancel", as_json=as_json)


@app.command(help=tr("Go on with jobs: here, or in the program that has the archive open."))
def resume(archive: ArchiveFolder, job: JobId = None, device: OnDevice = None, as_json: AsJson = False) -> None:
    """`lesepult jobs resume ARCHIVE [JOB]`; where nobody has the archive open, returns when the jobs have ended."""
    with jobs_beside(archive) as rows:
        told = rows.ask(job, "run")
    try:
        opened = Archive.open(archive)
    except BadArchive as elsewhere:  # its database is sound: it was just written
        tell(str(elsewhere))
        tell(tr("The jobs go on there."))
        return
    with opened:
        try:
            with _queue(opened, device, goes_on=True) as work:
                work.follow(told)
        finally:
            if as_json:
                _show(opened.jobs, as_json=True)


def _models(engine: Literal["kraken", "surya", "both"] | None, model: str | None) -> list[str]:
    """The models to read with, by name or by the whole path of their file, in this order."""
    if engine is None:
        return [_kept(model or settings.load().model)]
    engines: tuple[EngineName, ...] = ("kraken", "surya") if engine == "both" else (engine,)
    own = checkpoints.find(model).engine if model else None
    if model and own not in engines:
        raise typer.BadParameter(tr("The model “{name}” is for the engine {engine}.").format(name=model, engine=own))
    return [_kept(model) if model and name == own else checkpoints.reader(name).name for name in engines]


def _kept(model: str) -> str:
    """The model as the queue keeps it: a file by its whole path, because a job may go on from another folder."""
    found = checkpoints.find(model)
    return found.name if store.by_name(model) else str(found.path)


def _choices(
    archive: Archive, lines: str | None, region: str | None, boxes: Sequence[tuple[str, bool | None]]
) -> dict[str, Choice]:
    """What was named, by page."""
    chosen: dict[str, Choice] = {}

    def add(page: str, more: Choice) -> None:
        old = chosen.get(page, Choice())
        chosen[page] = Choice(old.lines + more.lines, old.regions + more.regions, old.boxes + more.boxes)

    for line_id in filter(None, (part.strip() for part in (lines or "").split(","))):
        add(archive.page_of_line(line_id), Choice(lines=(line_id,)))
    if region:
        add(archive.page_of_region(region), Choice(regions=(region,)))
    for spec, one_line in boxes:
        page, box = box_of(archive, spec)
        add(page, Choice(boxes=(DrawnBox(box, one_line),)))
    return chosen


def _do(archive: Archive, tasks: Sequence[Task], device: Device | None) -> None:
    """Does the tasks as one job; what else is unfinished in the archive waits for the desk or for `jobs resume`."""
    if not tasks:
        tell(tr("The archive has no pages."))
        return
    with _queue(archive, device, goes_on=False) as work:
        title = named(tasks, work.name)
        work.follow([work.queue.submit(tasks, title, later=len(tasks) > 1).id])


@contextmanager
def _queue(archive: Archive, device: Device | None, *, goes_on: bool) -> Iterator["_Work"]:
    """The archive's queue, done in this process while the block runs."""
    with interrupt() as cancelled, JobBar() as bar:
        work = _Work(archive, bar, cancelled)
        work.queue = JobQueue(archive, Worker, work.on_job, lambda _edit: None, device=device, goes_on=goes_on)
        try:
            yield work
        finally:
            work.queue.close()


class _Work:
    """Jobs that this command waits for."""

    queue: JobQueue

    def __init__(self, archive: Archive, bar: JobBar, cancelled: threading.Event) -> None:
        self.name: PageName = page_names(archive)
        self._folder = archive.folder
        self._bar = bar
        self._cancelled = cancelled
        self._news = threading.Condition()
        self._jobs: dict[str, Job] = {}

    def on_job(self, job: Job) -> None:
        """Shows how a job stands; called by the queue."""
        self._bar.show(job, self.name)
        with self._news:
            self._jobs[job.id] = job
            self._news.notify_all()

    def follow(self, jobs: Sequence[str]) -> None:
        """Waits for these jobs, tells what came of them, and ends the command with its exit code.

        After Ctrl+C they are paused in the archive.
        """

        def over() -> bool:
            return all(job in self._jobs and self._jobs[job].state not in {"waiting", "running"} for job in jobs)

        with self._news:
            while not self._news.wait_for(over, _LOOK_SECONDS) and not self._cancelled.is_set():
                pass
        if self._cancelled.is_set():
            for job in jobs:
                self.queue.pause(job)
        self.queue.close()
        ended = [self._jobs[job] for job in jobs if job in self._jobs]
        for end in ended:
            _tell_end(end, self.name)
        if any(job.state == "paused" for job in ended):
            tell(tr("“lesepult jobs resume {archive}” goes on with it.").format(archive=self._folder))
        if any(job.state in {"paused", "cancelled"} for job in ended):
            raise typer.Exit(CANCELLED)
        if any(job.problems and job.state == "failed" for job in ended):
            raise typer.Exit(FAILED if all(job.state == "failed" for job in ended) else LEFT_OUT)
        if any(problem.failed for job in ended for problem in job.problems):
            raise typer.Exit(LEFT_OUT)


def _tell_end(job: Job, name: PageName) -> None:
    """Says what came of a job: a sentence, and what is to be known of single pages."""
    if job.state == "paused":
        tell(" ".join(filter(None, [tr("Paused; what had arrived is kept."), job.message, job.hint])))
    elif job.state == "cancelled":
        tell(tr("Cancelled; what had arrived is kept."))
    elif job.steps == 1 and job.state == "done":
        found = job.found if job.only_finds else job.read
        said = (
            trn("{page}: {count} line found.", "{page}: {count} lines found.", found)
            if job.only_finds
            else trn("{page}: {count} line read.", "{page}: {count} lines read.", found)
        )
        tell(f"{said.format(page=name(job.tasks[0].page), count=found)} {job.message}".strip())
    elif job.steps > 1:
        tell(summary(job, name))
    for problem in job.problems:
        said = tr("{page}: {problem}").format(page=name(problem.page), problem=problem.message)
        tell(f"{said} {problem.hint}".strip())
    if job.state == "failed" and not job.problems:
        tell(f"{job.message} {job.hint}".strip())


def _ask(archive: Path, job: str | None, asked: Asked, *, as_json: bool) -> None:
    with jobs_beside(archive) as rows:
        told = rows.ask(job, asked)
        _show(rows, only=told, as_json=as_json)
    if not told:
        tell(tr("There is no job that has not ended."))


def _show(rows: JobRows, only: Sequence[str] | None = None, *, as_json: bool) -> None:
    listed = [row for row in rows.newest(_ENDED_LISTED) if only is None or row.id in only]
    if as_json:
        json_result({"jobs": [msgspec.to_builtins(row) | {"state": _state(row)} for row in listed]})
        return
    for row in listed:
        steps = tr("{done} of {total}").format(done=row.done, total=row.steps)
        failed = trn("{count} failed", "{count} failed", row.failed).format(count=row.failed) if row.failed else ""
        result(row.id, _state_name(_state(row)), steps, row.title, failed)


def _state(row: JobRow) -> str:
    """How a job stands once what was asked of it last is heeded."""
    if row.state in {"done", "failed", "cancelled"} or row.asked == "run":
        return "waiting" if row.state == "paused" else row.state
    return "paused" if row.asked == "pause" else "cancelled"


def _state_name(state: str) -> str:
    names = {
        "waiting": tr("waiting"),
        "running": tr("running"),
        "paused": tr("paused"),
        "done": tr("done"),
        "cancelled": tr("cancelled"),
        "failed": tr("failed"),
    }
    return names[state]
