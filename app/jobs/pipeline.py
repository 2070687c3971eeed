"""What a job does: from pages and choices to lines found and readings kept (guided OCR), for every engine.

Runs on the caller's thread and blocks. Every result goes into the archive as it arrives, each in a transaction of
its own, so that a crash, a cancel or a power cut costs only what had not arrived. A result never touches a
transcription, and one that no longer fits the page is not applied but reported.
"""

import secrets
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app import checkpoints, edits, paths, protocol, scans
from app.checkpoints import Checkpoint
from app.errors import AppError
from app.jobs import align
from app.jobs.listening import Listener, Outcome
from app.jobs.page_step import Means, PageStep
from app.jobs.tasks import Align, FindLines, MakeBoundaries, Read, Task
from app.jobs.worker import Worker
from app.page import Reading
from app.protocol import AlignedLine, Event, LineRead, LineShape, PageImage, Recognise, Started, Warned
from app.settings import Device

if TYPE_CHECKING:
    from app.archive import Archive


def run(
    tasks: Sequence[Task],
    archive: "Archive",
    worker: Worker,
    *,
    listener: Listener,
    cancelled: threading.Event,
    device: Device = "auto",
    cores: int = 0,
) -> None:
    """Does tasks of one engine; `listener.ended` gets how each ended, an `AppError` where it failed.

    The worker may use so many cores, or all of them.

    The lines of all readings with one model are read together, so that a worker can fill its batches across pages. A
    page that fails costs itself alone. After a cancel, tasks that had not begun have no end.
    """
    means = Means(archive, worker, listener, cancelled, device, cores)
    with paths.job_scratch() as scratch, _images(archive, [task.page for task in tasks], scratch) as images:
        steps = [PageStep(means, at, task, images[at].result) for at, task in enumerate(tasks)]
        ready: dict[str, list[PageStep]] = {}
        for step in steps:
            if cancelled.is_set():
                break
            model = _begin(step)
            if model is not None:
                ready.setdefault(model.name, []).append(step)
        for together in ready.values():
            _read_together(means, together)


def run_one(
    task: Task,
    archive: "Archive",
    worker: Worker,
    *,
    listener: Listener,
    cancelled: threading.Event,
    device: Device = "auto",
) -> Outcome:
    """Does one task and returns how it ended; raises `AppError` when it fails, after keeping what had arrived."""
    ends: list[Outcome | AppError] = []
    telling = Listener(listener.progress, listener.edited, lambda _at, how: ends.append(how))
    run([task], archive, worker, listener=telling, cancelled=cancelled, device=device)
    end = ends[0] if ends else Outcome(cancelled=True)
    if isinstance(end, AppError):
        raise end
    return end


def _begin(step: PageStep) -> Checkpoint | None:
    """Does a step as far as it needs no reading; the model when lines are to be read, None when it has ended."""
    try:
        if isinstance(step.task, FindLines):
            step.end(step.find(step.task))
            return None
        if isinstance(step.task, MakeBoundaries):
            step.end(step.bound(step.task))
            return None
        model = checkpoints.find(step.task.model)
        if isinstance(step.task, Align):
            if not step.page.lines:
                step.find_all(model.engine)
            step.ask(line for line in step.page.lines if not line.readings)
        else:
            step.prepare(step.task, model)
        if step.means.cancelled.is_set():
            step.end(step.outcome(cancelled=True))
        elif step.asked:
            step.image()
            return model
        else:
            _finish(step, model)
    except AppError as error:
        step.end(error)
    return None


def _read_together(means: Means, steps: Sequence[PageStep]) -> None:
    """Reads the lines of several pages in one request; when that fails, those that are left one by one."""
    try:
        _recognise(means, steps)
    except AppError as error:
        left = [step for step in steps if not step.over]
        if len(steps) == 1:
            left[0].end(error)
            return
        for step in left:
            step.ask(line for line in step.asked.values() if line.id in step.waiting)
            _read_together(means, [step])


def _recognise(means: Means, steps: Sequence[PageStep]) -> None:
    owner = {line: step for step in steps for line in step.asked}
    task = steps[0].task
    assert isinstance(task, Read | Align)
    model = checkpoints.find(task.model)
    origin = Reading("", "", 0.0, model.engine, model.name, checkpoint=checkpoints.digest(model))

    def on_event(event: Event) -> None:
        nonlocal origin
        means.on_progress(event)
        if isinstance(event, Started):
            origin = _from(origin, means.worker, event.device)
        elif isinstance(event, LineRead | Warned) and (step := owner.get(event.line or "")) and not step.over:
            step.take(event, origin)
            if not step.waiting and isinstance(step.task, Read):
                _finish(step, model)

    pages = tuple(step.request() for step in steps)
    request = Recognise(job=secrets.token_hex(6), pages=pages, model=str(model.path), device=means.device)
    done = means.worker.run(request, on_event, means.cancelled)
    for step in steps:
        if not step.over and done.cancelled:
            step.end(step.outcome(cancelled=True))
        elif not step.over:
            _finish(step, model)


def _finish(step: PageStep, model: Checkpoint) -> None:
    """Ends a step whose lines are all read, or that had none to read."""
    try:
        step.end(_align(step, step.task, model) if isinstance(step.task, Align) else step.outcome())
    except AppError as error:
        step.end(error)


def _align(step: PageStep, task: Align, model: Checkpoint) -> Outcome:
    """Puts a text that a person brought on the page's lines, by what is known to stand there."""
    lines = {line.id: line for line in step.page.lines if line.text}
    placement = align.place(task.text, [(line.id, line.text) for line in lines.values()])

    def request(texts: tuple[AlignedLine, ...]) -> protocol.Align:
        return protocol.Align(
            job=secrets.token_hex(6),
            image=step.image(),
            model=str(model.path),
            lines=texts,
            device=step.means.device,
        )

    shapes = {key: LineShape(id=key, baseline=line.baseline, boundary=line.boundary) for key, line in lines.items()}
    scores = {placed.line: placed.similarity for placed in placement.placed}
    if model.engine == "kraken":
        scores = dict(align.scores(placement, shapes, step.means.worker, request, step.means.cancelled))
    if step.means.cancelled.is_set():
        return Outcome(cancelled=True)
    texts = {
        placed.line: (placed.text, scores[placed.line])
        for placed in placement.placed
        if lines[placed.line].transcription is None
    }
    step.edit(partial(edits.put_aligned, texts=texts))
    return Outcome(read=len(texts), message=placement.sentence())


def _from(origin: Reading, worker: Worker, device: str) -> Reading:
    """Where readings come from, once the worker has said who it is and where it runs."""
    if worker.ready is None:
        return origin
    return replace(origin, engine=worker.ready.engine, version=worker.ready.version, settings={"device": device})


@contextmanager
def _images(archive: "Archive", pages: Sequence[str], scratch: Path) -> Iterator[list[Future[PageImage]]]:
    """The page images, made one after the other on a thread of their own while the worker is busy with earlier ones."""

    def make(page: str) -> PageImage:
        info = archive.page_info(page)
        path = scans.page_image_file(archive.scan_file(info), info.index, info.dpi, scratch)
        return PageImage(path=str(path.resolve()), width=info.width, height=info.height)

    pool = ThreadPoolExecutor(1, "page-images")
    try:
        yield [pool.submit(make, page) for page in pages]
    finally:
        pool.shutdown(cancel_futures=True)
