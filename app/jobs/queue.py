"""The queue of jobs: one at a time, on a thread of its own, with a warm worker that is put down after a while idle."""

import logging
import queue
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from app import paths, settings
from app.archive import Archive, PageEdit
from app.edits import Edit
from app.errors import AppError
from app.jobs.listening import Listener, Stage
from app.jobs.pipeline import run_one
from app.jobs.tasks import Task
from app.jobs.worker import Worker
from app.language import tr

_log = logging.getLogger(__name__)

IDLE_SECONDS = 600.0
"""How long a worker stays warm without a job; it holds the engine's memory meanwhile."""

JobState = Literal["waiting", "running", "done", "cancelled", "failed"]


@dataclass(frozen=True, slots=True)
class Job:
    """One job as it stands; a value that is replaced while it goes on.

    `total` 0 means that nobody can know how much there is. `message` and `hint` say what was left out or went
    wrong; `offer` is an edit to be applied if the person wants it, because they changed the page meanwhile.
    """

    id: str
    task: Task
    state: JobState = "waiting"
    stage: Stage = "loading"
    done: int = 0
    total: int = 0
    found: int = 0
    read: int = 0
    message: str = ""
    hint: str = ""
    offer: Edit | None = field(default=None, compare=False)


class JobQueue:
    """Runs jobs one after the other; `on_job` and `on_edit` are called on the queue's own thread.

    A failed or killed worker fails its job alone; the next job starts a new one.
    """

    def __init__(
        self,
        archive: Archive,
        worker: Worker,
        on_job: Callable[[Job], None],
        on_edit: Callable[[PageEdit], None],
    ) -> None:
        self._archive = archive
        self._worker = worker
        self._on_job = on_job
        self._on_edit = on_edit
        self._waiting: queue.Queue[str | None] = queue.Queue()
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._stops: dict[str, threading.Event] = {}
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)
        self._thread.start()

    def submit(self, task: Task) -> Job:
        """Queues a job; callable from any thread."""
        job = Job(secrets.token_hex(6), task)
        with self._lock:
            self._jobs[job.id] = job
            self._stops[job.id] = threading.Event()
        self._on_job(job)
        self._waiting.put(job.id)
        return job

    def cancel(self, job_id: str) -> None:
        """Stops a job; what it has read so far is kept. Callable from any thread, does not wait."""
        with self._lock:
            stop = self._stops.get(job_id)
        if stop is not None:
            stop.set()

    def jobs(self) -> tuple[Job, ...]:
        """All jobs of this session, oldest first."""
        with self._lock:
            return tuple(self._jobs.values())

    def close(self) -> None:
        """Cancels everything, ends the worker and waits for the thread; no call arrives afterwards."""
        with self._lock:
            stops = list(self._stops.values())
        for stop in stops:
            stop.set()
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        try:
            while True:
                try:
                    job_id = self._waiting.get(timeout=IDLE_SECONDS)
                except queue.Empty:
                    self._worker.stop()
                    job_id = self._waiting.get()
                if job_id is None:
                    return
                self._do(job_id)
        finally:
            self._worker.stop()

    def _do(self, job_id: str) -> None:
        with self._lock:
            job, stop = self._jobs[job_id], self._stops[job_id]
        if stop.is_set():
            self._set(job_id, state="cancelled")
            return
        self._set(job_id, state="running")

        def progress(stage: Stage, done: int, total: int) -> None:
            self._set(job_id, stage=stage, done=done, total=total)

        try:
            listener = Listener(progress, self._on_edit)
            device = settings.load().device
            outcome = run_one(job.task, self._archive, self._worker, listener=listener, cancelled=stop, device=device)
        except AppError as error:
            self._set(job_id, state="failed", message=error.message, hint=error.hint)
            return
        except Exception:  # noqa: BLE001  # a bug must cost this job, not the desk
            _log.exception("job %s", job_id)
            hint = tr("What had arrived is kept. The log says more: {folder}").format(folder=paths.log_dir())
            self._set(job_id, state="failed", message=tr("The job stopped because of a fault in Lesepult."), hint=hint)
            return
        self._set(
            job_id,
            state="cancelled" if outcome.cancelled else "done",
            found=outcome.found,
            read=outcome.read,
            message=outcome.message,
            offer=outcome.offer,
        )

    def _set(self, job_id: str, **changes: object) -> None:
        with self._lock:
            job = self._jobs[job_id] = replace(self._jobs[job_id], **changes)  # type: ignore[arg-type]
        self._on_job(job)
