"""Work that takes a while, on a thread of its own beside the desk, told as activities and cancellable."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from app.errors import AppError
from widgets.archive_thread import ArchiveThread
from widgets.jobs.activity import Activity, State

R = TypeVar("R")


class Cancelled(Exception):
    """The person cancelled; for work that can be stopped only out of its progress callback."""


class Course:
    """How one piece of work tells how far it is, and learns that it is to stop; used on the work's thread."""

    def __init__(self, activity: Activity, tell: Callable[[Activity], None]) -> None:
        self._activity = activity
        self._tell = tell
        self._stop = threading.Event()

    def cancel(self) -> None:
        """Asks it to stop; callable from any thread."""
        self._stop.set()

    def cancelled(self) -> bool:
        """Whether it is to stop."""
        return self._stop.is_set()

    def tell(self, done: int, total: int, detail: str = "") -> None:
        """Says how far it is; `total` 0 where nobody knows."""
        if not self.cancelled():
            self._tell(replace(self._activity, done=done, total=total, detail=detail))


class Works(QObject):
    """Runs one piece of work after the other; every signal and callback comes on the GUI thread."""

    changed = Signal(object)
    """An `Activity` that began, went on or ended."""

    _progressed = Signal(object)

    def __init__(self, name: str, parent: QObject | None = None, *, aside: bool = False) -> None:
        """`name` begins the ids of the activities, which are `aside` if that is said."""
        super().__init__(parent)
        self._thread = ArchiveThread(name, self)
        self._name = name
        self._aside = aside
        self._number = 0
        self._running: dict[str, tuple[Activity, Course]] = {}
        self._progressed.connect(self._on_progress)

    def start(
        self,
        title: str,
        work: Callable[[Course], R],
        then: Callable[[R], str],
        failed: Callable[[AppError], None] = lambda _: None,
        *,
        model: str = "",
    ) -> None:
        """Queues work under a title; `then` says in a sentence what came of it. `model` is one that it works on.

        Work that was cancelled may return as if it were done, or raise `Cancelled`, after which `then` is not called.
        """
        self._number += 1
        activity = Activity(f"{self._name}-{self._number}", title, "running", model=model, aside=self._aside)
        course = Course(activity, self._progressed.emit)
        self._running[activity.id] = activity, course
        self.changed.emit(activity)

        def stoppable() -> R | Cancelled:
            try:
                return work(course)
            except Cancelled as stopped:
                return stopped

        def ended(result: R | Cancelled) -> None:
            message = "" if isinstance(result, Cancelled) else then(result)
            self._end(activity.id, message)

        def broke(error: AppError) -> None:
            self._fail(activity.id, error)
            failed(error)

        self._thread.call(stoppable, ended, broke)

    def run(self, work: Callable[[], R], then: Callable[[R], None], failed: Callable[[AppError], None]) -> None:
        """Does a small piece of work in its turn, of which no activity tells."""
        self._thread.call(work, then, failed)

    def owns(self, activity_id: str) -> bool:
        """Whether this activity runs here."""
        return activity_id in self._running

    def cancel(self, activity_id: str) -> None:
        """Asks a piece of work to stop at its next step."""
        if self.owns(activity_id):
            self._running[activity_id][1].cancel()

    def close(self, most: float | None = None) -> None:
        """Cancels everything and waits until it has ended, or so many seconds at most where it may hang."""
        for _, course in self._running.values():
            course.cancel()
        if most is None:
            self._thread.flush()
        self._thread.stop(most)

    def _on_progress(self, activity: Activity) -> None:
        if self.owns(activity.id):
            self._running[activity.id] = activity, self._running[activity.id][1]
            self.changed.emit(activity)

    def _end(self, activity_id: str, message: str) -> None:
        activity, course = self._running.pop(activity_id)
        state: State = "cancelled" if course.cancelled() else "done"
        self.changed.emit(replace(activity, state=state, message=message, detail=""))

    def _fail(self, activity_id: str, error: AppError) -> None:
        activity, _ = self._running.pop(activity_id)
        self.changed.emit(replace(activity, state="failed", message=error.message, hint=error.hint, detail=""))
