"""What the command line writes: results to standard output, sentences and the progress bar to standard error."""

import io
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from app import paths
from app.checkpoints import sentences
from app.checkpoints.state import Download
from app.jobs.job import Job, PageName, progress, title
from app.jobs.listening import Listener, Stage
from app.language import tr

FAILED, LEFT_OUT, CANCELLED = 1, 3, 130
"""Exit codes: nothing was done, something was named and left out, Ctrl+C."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_out = Console(highlight=False, soft_wrap=True, emoji=False)
_err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


@contextmanager
def own_output() -> Iterator[None]:
    """Keeps standard error to our own sentences, and makes what is piped UTF-8 everywhere.

    C libraries print there too, libtiff about every odd file; while this is open, that goes nowhere.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        encoding = sys.stdout.encoding if sys.stdout.isatty() else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="replace")
    before = sys.stderr
    if before is None:  # it was closed
        yield
        return
    kept = os.dup(2)
    with os.fdopen(kept, "w", encoding=before.encoding, errors=before.errors, buffering=1) as ours:
        _send_nowhere(2)
        sys.stderr = ours
        try:
            yield
        finally:
            sys.stderr = before
            os.dup2(kept, 2)


def result(*columns: str, style: str = "") -> None:
    """Writes a result at once, its columns parted by tabs; `style` is rich's and for terminals.

    A full disk behind standard output is an `AppError`. That nobody reads on (`| head`) raises `BrokenPipeError`, on
    which Typer ends the program quietly.
    """
    line = "\t".join(map(_shown, columns))
    try:
        if style:
            _out.print(line, style=style, markup=False)
        else:
            print(line, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        _send_nowhere(sys.stdout.fileno())  # what is left in the buffer would fail again at the end
        raise paths.unwritable(Path(tr("standard output")), error) from error


def json_result(value: object) -> None:
    """Writes a result as one line of JSON."""
    result(msgspec.json.encode(value).decode())


def tell(sentence: str, style: str = "") -> None:
    """Writes a sentence to standard error, above the bar if there is one."""
    _err.print(_shown(sentence), style=style, markup=False)


class _Moving:
    """Something that moves on standard error while the `with` block runs, where that is a terminal."""

    _progress: Progress

    def __enter__(self) -> Self:
        if _err.is_terminal:
            self._progress.start()
        return self

    def __exit__(self, *_error: object) -> None:
        if _err.is_terminal:
            self._progress.stop()


class Bar(_Moving):
    """A progress bar on standard error where that is a terminal; plain lines otherwise."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=_err,
            transient=True, disable=not _err.is_terminal,
        )  # fmt: skip
        self._task: TaskID | None = None

    def listener(self, what: str) -> Listener:
        """The listener of one job: its stage and count move the bar."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        task = self._task = self._progress.add_task(what, total=None)
        names: dict[Stage, str] = {"loading": "", "segmenting": tr("finding lines"), "recognising": tr("reading")}

        def progress(stage: Stage, done: int, total: int) -> None:
            description = f"{what}  {names[stage]}".strip()
            self._progress.update(task, description=description, completed=done, total=total or None)

        return Listener(progress=progress)


class JobBar(_Moving):
    """A job on standard error: a moving line where that is a terminal, otherwise a line for each page that is done."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False), BarColumn(bar_width=24), TimeElapsedColumn(), console=_err,
            transient=True, disable=not _err.is_terminal,
        )  # fmt: skip
        self._task = self._progress.add_task("", total=None)
        self._pages = 0

    def show(self, job: Job, name: PageName) -> None:
        """Shows how it stands."""
        said = f"{title(job, name)}  {progress(job)}"
        done, total = (job.steps_done, job.steps) if job.steps > 1 else (job.done, job.total)
        self._progress.update(self._task, description=_shown(said), completed=done, total=total or None)
        if not _err.is_terminal and self._pages < job.pages_done < job.pages:
            self._pages = job.pages_done
            tell(said)


class DownloadBar(_Moving):
    """A download on standard error: a moving line where that is a terminal, otherwise a line when something changes."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False), BarColumn(bar_width=24), console=_err,
            transient=True, disable=not _err.is_terminal,
        )  # fmt: skip
        self._task = self._progress.add_task("", total=None)
        self._said = ""

    def show(self, download: Download) -> None:
        """Shows how it stands."""
        speed = (
            f" ({sentences.size_text(download.speed)}/s)" if download.speed and download.step == "downloading" else ""
        )
        self._progress.update(
            self._task,
            description=_shown(sentences.sentence(download) + speed),
            completed=download.done,
            total=download.total or None,
        )
        said = f"{download.state} {download.step} {download.note.rstrip('0123456789 s.')}"
        if said != self._said and not _err.is_terminal and download.state not in {"failed", "installed", "paused"}:
            tell(sentences.sentence(download))
        self._said = said


@contextmanager
def interrupt() -> Iterator[threading.Event]:
    """Ctrl+C asks for a clean stop while this is open; a second one ends the program."""
    asked = threading.Event()

    def stop(_signal: int, _frame: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


def _shown(text: str) -> str:
    """The text without control characters: names and texts come from strangers, and could steer the terminal."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def _send_nowhere(descriptor: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
