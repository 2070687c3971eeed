"""Background work for the window: one thread that works in order and answers on the GUI thread.

The window has a few of these side by side, so that neither an import nor a large image holds up what is typed.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.errors import AppError

R = TypeVar("R")
IDLE_LIMIT = 128
"""How many pictures wait at most; those asked for longest ago are forgotten, and asked for again when they show."""


@dataclass(frozen=True, slots=True)
class _Task:
    work: Callable[[], Any]
    then: Callable[[Any], None]
    failed: Callable[[AppError], None]
    key: Hashable = None


class ArchiveThread(QObject):
    """One background thread; make it, call it and stop it on the GUI thread.

    An exception that is no `AppError` is a bug: it is raised again on the GUI thread.
    """

    _answered = Signal()

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wake = threading.Condition()
        self._tasks: deque[_Task] = deque()
        self._idle: OrderedDict[Hashable, _Task] = OrderedDict()
        self._answers: deque[Callable[[], None]] = deque()
        self._working = False
        self._stopping = False
        self._answered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def call(
        self,
        work: Callable[[], R],
        then: Callable[[R], None],
        failed: Callable[[AppError], None],
        key: Hashable = None,
    ) -> None:
        """Does the work in the order of the calls, then tells `then` or `failed` on the GUI thread.

        With a key, a call that still waits under the same key is forgotten, and neither of its callbacks is told.
        """
        with self._wake:
            if key is not None:
                self._tasks = deque(task for task in self._tasks if task.key != key)
            self._tasks.append(_Task(work, then, failed, key))
            self._wake.notify()

    def when_idle(
        self,
        key: Hashable,
        work: Callable[[], R],
        then: Callable[[R], None],
        failed: Callable[[AppError], None],
    ) -> None:
        """Does the work when nothing else waits, the newest call first; a waiting call under the same key goes."""
        with self._wake:
            self._idle.pop(key, None)
            self._idle[key] = _Task(work, then, failed, key)
            while len(self._idle) > IDLE_LIMIT:
                self._idle.popitem(last=False)
            self._wake.notify()

    def flush(self) -> None:
        """Waits until all calls are done and answered; idle work is forgotten. For the end only, it blocks."""
        with self._wake:
            self._idle.clear()
            self._wake.wait_for(lambda: not self._tasks and not self._working)
        self._deliver()

    def stop(self, most: float | None = None) -> None:
        """Forgets what waits, waits for what runs, and ends the thread; nothing is answered any more.

        `most` is how many seconds to wait at most: for work that may hang on the network, and then ends by itself.
        """
        with self._wake:
            self._stopping = True
            self._tasks.clear()
            self._idle.clear()
            self._wake.notify()
        self._thread.join(most)
        self._answers.clear()

    def _run(self) -> None:
        while True:
            with self._wake:
                self._working = False
                self._wake.notify_all()
                self._wake.wait_for(lambda: self._stopping or self._tasks or self._idle)
                if self._stopping:
                    return
                task = self._tasks.popleft() if self._tasks else self._idle.popitem()[1]
                self._working = True
            self._tell(_answer(task))

    def _tell(self, answer: Callable[[], None]) -> None:
        with self._wake:
            if not self._stopping:
                self._answers.append(answer)
                self._answered.emit()

    @Slot()
    def _deliver(self) -> None:
        while self._answers:
            self._answers.popleft()()


def _answer(task: _Task) -> Callable[[], None]:
    """Does a task; what comes back is to be called on the GUI thread."""
    try:
        result = task.work()
    except AppError as error:
        known = error
        return lambda: task.failed(known)
    except Exception as error:  # noqa: BLE001 - not swallowed: raised again where a person can be told
        bug = error
        return lambda: _raise(bug)
    return lambda: task.then(result)


def _raise(bug: Exception) -> None:
    raise bug
