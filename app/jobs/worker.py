"""An engine's process, seen from the program: started on demand, kept warm, killed when it must be.

The only module that starts a process. It never imports an engine, so it stays light.
"""

import logging
import os
import queue
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO, Self

import msgspec

from app import paths
from app.errors import AppError, BadModel, BadScan, WorkerDied
from app.language import tr
from app.protocol import (
    VERSION,
    Align,
    Bound,
    Cancel,
    CheckModel,
    Done,
    Event,
    Failed,
    Ready,
    Recognise,
    Request,
    Segment,
    decode_event,
    encode,
)

Job = Segment | Recognise | Align | Bound | CheckModel

START_SECONDS = 120.0
"""How long an engine may take to get ready; importing torch from a cold disk takes most of a minute."""

GRACE_SECONDS = 0.5
"""How long a cancelled job may take to stop by itself before its process is killed."""

STOP_SECONDS = 2.0
"""How long a process may take to end after its input was closed."""

MAX_LINE = 16 * 1024 * 1024
"""The longest event in bytes."""

MAX_LOG = 2 * 1024 * 1024
"""The size in bytes at which a worker's log is put aside; one older log is kept."""

_POLL_SECONDS = 0.05
_ROOT = Path(__file__).resolve().parent.parent.parent
_log = logging.getLogger(__name__)


class Worker:
    """One engine and its process; `run` belongs to one thread at a time, `stop` may come from any.

    The process starts with the first job and stays for the next; after a crash, a cancel that it did not heed or
    a stop the next job starts a new one. It ends with the program, however that ends.
    """

    def __init__(self, engine: str = "kraken", command: Sequence[str] | None = None) -> None:
        """`command` replaces `python -m engines <engine>`."""
        self.engine = engine
        # -P: the working folder is the scratch, and nothing in it is to be imported.
        self._command = tuple(command or (sys.executable, "-P", "-m", "engines", engine))
        self._lock = threading.Lock()
        self._process: _Process | None = None
        self._end: Callable[[], object] = lambda: None
        self.ready: Ready | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The process that is running, None when there is none."""
        process = self._process
        return process.pid if process is not None and process.alive else None

    @property
    def log(self) -> Path:
        """Where everything lands that the engine and its libraries print."""
        return paths.log_dir() / f"engine-{self.engine}.log"

    def run(self, request: Job, on_event: Callable[[Event], None], cancelled: threading.Event) -> Done:
        """Does one job and returns when it has ended; `on_event` gets its events, on this thread, but not the end.

        Raises `BadModel`, `BadScan` or another `AppError` when the engine says that it cannot, and `WorkerDied` when
        the process ends in between. Setting `cancelled` ends the job within a second, by force if need be.
        """
        process = self._started(cancelled)
        if process is None:
            return Done(job=request.job, cancelled=True)
        kept = False
        try:
            process.send(request)
            ended = self._follow(process, request, on_event, cancelled)
            kept = ended is not None
        finally:
            # Also when `on_event` raised: the job would go on for nobody.
            if not kept:
                self._discard()
        if isinstance(ended, Failed):
            _log.warning("job %s: %s: %s", ended.job, ended.code, ended.detail)
            raise self._error(ended, request)
        return ended or Done(job=request.job, cancelled=True)

    def stop(self) -> None:
        """Ends the process, gently at first, and waits for it; the next job starts a new one."""
        process = self._process
        if process is not None:
            process.hang_up()
        self._discard()

    def _follow(
        self, process: "_Process", request: Job, on_event: Callable[[Event], None], cancelled: threading.Event
    ) -> Done | Failed | None:
        """The end of the job; None when it was cancelled and did not stop by itself."""
        deadline: float | None = None
        while True:
            if deadline is None and cancelled.is_set():
                process.send(Cancel(job=request.job))
                deadline = time.monotonic() + GRACE_SECONDS
            if deadline is not None and time.monotonic() > deadline:
                return None
            event = process.next_event(_POLL_SECONDS)
            if event is _Ended:
                if deadline is not None:
                    return None
                raise self._died(request)
            # A request that the worker could not understand is answered without the job's name.
            if not isinstance(event, Event) or isinstance(event, Ready) or event.job not in {request.job, ""}:
                continue
            if isinstance(event, Done | Failed):
                return event
            on_event(event)

    def _started(self, cancelled: threading.Event) -> "_Process | None":
        """The process, ready for a job; None when the job was cancelled before it was."""
        if cancelled.is_set():
            return None
        if self._process is not None and self._process.alive:
            self._process.trim_log()
            return self._process
        self._discard()
        process = _Process(self._command, self.log)
        with self._lock:
            self._process = process
            # Also at the program's normal end, and when the Worker is forgotten without a stop.
            self._end = weakref.finalize(self, process.kill)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if cancelled.is_set():
                self._discard()
                return None
            event = process.next_event(_POLL_SECONDS)
            if event is _Ended:
                break
            if isinstance(event, Ready):
                self._check(event)
                self.ready = event
                return process
        self._discard()
        raise WorkerDied(
            tr("The reading engine “{engine}” could not be started.").format(engine=self.engine),
            tr("Try again. If it happens again, the log says why: {log}").format(log=self.log),
        )

    def _check(self, ready: Ready) -> None:
        if ready.protocol != VERSION:
            self._discard()
            raise AppError(
                tr("The reading engine “{engine}” belongs to another version of Lesepult.").format(engine=self.engine),
                tr("Install Lesepult again, so that all of its parts have the same version."),
            )

    def _discard(self) -> None:
        with self._lock:
            end, self._end, self._process = self._end, lambda: None, None
        end()

    def _died(self, request: Job) -> WorkerDied:
        if isinstance(request, CheckModel):
            return WorkerDied(
                tr("The reading engine stopped while it opened the model “{name}”.").format(name=_name(request)),
                tr("There may not be enough memory for it. Close other programs and try again; the log: {log}").format(
                    log=self.log
                ),
            )
        return WorkerDied(
            tr("The reading engine stopped in the middle of the page."),
            tr("What has arrived is kept; start again to go on. If it happens again, the log says more: {log}").format(
                log=self.log
            ),
        )

    def _error(self, failed: Failed, request: Job) -> AppError:
        """The sentence for a failure."""
        if failed.code == "bad_model" and not isinstance(request, Bound):
            return _bad_model(failed, request)
        if isinstance(request, CheckModel):
            return self._opening_error(failed, request)
        return self._page_error(failed, request)

    def _opening_error(self, failed: Failed, request: CheckModel) -> AppError:
        if failed.code == "out_of_memory":
            return AppError(
                tr("There is not enough memory to open the model “{name}”.").format(name=_name(request)),
                tr("Close other programs and try again, or choose a smaller model."),
            )
        return AppError(
            tr("The reading engine failed to open the model “{name}”.").format(name=_name(request)),
            tr("Try again. If it happens again, the log says why: {log}").format(log=self.log),
        )

    def _page_error(self, failed: Failed, request: Segment | Recognise | Align | Bound) -> AppError:
        """It says "this page", because a page's file is named by its content."""
        if failed.code == "bad_image":
            return BadScan(
                tr("The scan of this page cannot be opened."),
                tr("The file may be damaged or may have been changed; import it again."),
            )
        if failed.code == "out_of_memory":
            return AppError(
                tr("There is not enough memory for this page."),
                tr("Close other programs, or set the device to “cpu”, and try again."),
            )
        if failed.code == "device":
            return AppError(
                tr("The device “{device}” cannot be used on this computer.").format(device=request.device),
                tr("Set the device to “auto” or “cpu” and try again."),
            )
        return AppError(
            tr("The reading engine failed on this page."),
            tr("Try again. If it happens again, the log says why: {log}").format(log=self.log),
        )


def _bad_model(failed: Failed, request: Segment | Recognise | Align | CheckModel) -> BadModel:
    if failed.file:
        return BadModel(
            tr(
                "The model “{name}” cannot be used: its file “{file}” is missing, damaged or belongs to another model."
            ).format(name=_name(request), file=failed.file),
            tr("Get the whole model again from where it came from."),
        )
    return BadModel(
        tr("The model “{name}” cannot be used.").format(name=_name(request)),
        tr("Choose another model, or get this file again from where it came from."),
    )


def _name(request: Segment | Recognise | Align | CheckModel) -> str:
    """The model's file or folder, for a person; empty where the engine brings its own."""
    return Path(request.model).name


class _Ended:
    """Stands in the queue of events for the end of the process, or of its sense."""


class _Process:
    """One process, its scratch folder, its log and the thread that reads its events."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self._log = log
        self._events: queue.SimpleQueue[Event | type[_Ended]] = queue.SimpleQueue()
        self._over = False
        with ExitStack() as resources:
            scratch = resources.enter_context(paths.job_scratch())
            with _opened(log) as stderr:
                self._popen = subprocess.Popen(  # noqa: S603  # our own interpreter and module, no shell
                    command,
                    cwd=scratch,
                    env=_environment(scratch),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=stderr,
                    # Ctrl+C in a terminal is for the program, which then cancels.
                    start_new_session=sys.platform != "win32",
                    creationflags=_WINDOWS_FLAGS,
                )
            self._resources = resources.pop_all()
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        self._stdin = self._popen.stdin
        self._reader = threading.Thread(
            target=_read, args=(self._popen.stdout, self._events), name="worker-events", daemon=True
        )
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._popen.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs and makes sense."""
        return not self._over and self._popen.poll() is None

    def send(self, request: Request) -> None:
        """Sends a request; that nobody takes it shows as the end of the events."""
        with suppress(OSError, ValueError):
            self._stdin.write(encode(request))
            self._stdin.flush()

    def next_event(self, seconds: float) -> Event | type[_Ended] | None:
        """The next event, `_Ended` after the last one, None when nothing came in time."""
        try:
            event = self._events.get(timeout=seconds)
        except queue.Empty:
            return None
        if event is _Ended:
            self._over = True
        return event

    def trim_log(self) -> None:
        """Puts a large log aside; the process goes on writing to the same file, at its new end."""
        _trim(self._log)

    def hang_up(self) -> None:
        """Closes its input, which ends a worker at once, and waits a little for that."""
        with suppress(OSError):
            self._stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(STOP_SECONDS)

    def kill(self) -> None:
        """Ends it and all that it started, waits for that, and removes its scratch folder."""
        import psutil

        with suppress(psutil.NoSuchProcess):
            leader = psutil.Process(self._popen.pid)
            for process in [*leader.children(recursive=True), leader]:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        self._popen.wait()
        with suppress(OSError):
            self._stdin.close()
        self._reader.join(STOP_SECONDS)
        self._resources.close()


def _read(stdout: BinaryIO, events: "queue.SimpleQueue[Event | type[_Ended]]") -> None:
    """Decodes events until the pipe ends or something else comes out of it; runs on a thread of its own."""
    with stdout:
        while line := stdout.readline(MAX_LINE):
            try:
                events.put(decode_event(line))
            except msgspec.MsgspecError:
                _log.error("the worker sent a line of %d bytes that is no event", len(line))
                break
    events.put(_Ended)


def _environment(scratch: Path) -> dict[str, str]:
    """The worker's environment; `engines` lies beside `app`, in a checkout as in an installed package."""
    env = paths.child_environment(scratch)
    env["PYTHONPATH"] = os.pathsep.join([str(_ROOT), *filter(None, [env.get("PYTHONPATH", "")])])
    return env


def _opened(log: Path) -> BinaryIO:
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        _trim(log)
        return log.open("ab")
    except OSError as error:
        raise paths.unwritable(log, error) from error


def _trim(log: Path) -> None:
    """Keeps a log bounded by copying it aside and emptying it, because a running worker holds it open."""
    with suppress(OSError):
        if log.stat().st_size > MAX_LOG:
            aside = log.with_suffix(".old.log")
            with log.open("rb") as file:
                file.seek(-MAX_LOG, os.SEEK_END)
                aside.write_bytes(file.read(MAX_LOG))
            os.truncate(log, 0)


if sys.platform == "win32":
    _WINDOWS_FLAGS = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
else:
    _WINDOWS_FLAGS = 0
