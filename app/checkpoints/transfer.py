"""Fetches the files of a plan into their staging folder; the journal there knows how far it is.

Threads of its own do the work: some connections, one that hashes what has arrived, one that has it put on the disk for
good every few seconds. A piece is written first, then counted, and its block appended to the log.
"""

import contextlib
import threading
from collections.abc import Callable

from app import paths
from app.checkpoints.meter import Limit
from app.checkpoints.staging import Journal, Part
from app.checkpoints.work import Patience, Progress, Work

SYNC_SECONDS = 0.3
"""How often the disk is made to keep what arrived; a power cut costs about so much, a killed process less."""

_TICK_SECONDS = 0.1
_END_SECONDS = 3.0


class Transfer:
    """One run of a download; `run` blocks, `stop` may come from any thread. The caller holds the model's lock."""

    def __init__(self, part: Part, journal: Journal, patience: Patience, limit: Limit) -> None:
        self._work = Work(part, journal)
        self._patience = patience
        self._limit = limit

    def run(self, tick: Callable[[Progress], None]) -> dict[str, str]:
        """Fetches all that is missing; returns the SHA-256 of each file by name, each hash compared and found right.

        `tick` is called on this thread about ten times a second. Raises `AppError`; after `stop` it returns early,
        without the files that are not there.
        """
        from app.checkpoints import connection, hashing

        work = self._work
        jobs: list[tuple[str, Callable[[], None]]] = [
            ("connection", lambda: connection.fetch_all(work, self._patience, self._limit))
        ] * work.connections
        jobs += [("hashing", lambda: hashing.hash_all(work)), ("syncing", self._sync)]
        with work.opened():
            threads = [
                threading.Thread(target=self._guarded, args=(job,), name=f"download-{name}", daemon=True)
                for name, job in jobs
            ]
            for thread in threads:
                thread.start()
            try:
                while not work.over:
                    tick(work.progress())
                    with work.lock:
                        work.lock.wait(_TICK_SECONDS)
            finally:
                work.stop()
                for thread in threads:
                    # One that waits for a name or a connection is left behind; it sees that it is void.
                    thread.join(_END_SECONDS)
        tick(work.progress())
        if work.failed is not None:
            raise work.failed
        return {file.planned.name: file.digest for file in work.files if file.digest}

    def stop(self) -> None:
        """Ends the run soon; what has arrived stays."""
        self._work.stop()

    def _guarded(self, job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:  # noqa: BLE001 - not swallowed: `run` raises it again
            self._work.fail(error)

    def _sync(self) -> None:
        while not self._work.stopped.wait(SYNC_SECONDS):
            for path in [*(file.path for file in self._work.files if not file.digest), self._work.part.block_log]:
                with contextlib.suppress(OSError):
                    paths.sync(path)
