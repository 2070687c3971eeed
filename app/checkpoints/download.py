"""One download from plan to installed model: waits for its turn, stages, verifies, opens once, and installs whole.

Planned, waiting, running, paused, verifying, installed, failed: `app.checkpoints.state.Download` says where it is.
"""

import contextlib
import errno
import hashlib
import logging
import threading
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import filelock
import msgspec

from app import paths
from app.checkpoints import network, store, weights
from app.checkpoints import plan as planning
from app.checkpoints.meter import Limit
from app.checkpoints.plan import Plan
from app.checkpoints.record import Record, RecordedFile
from app.checkpoints.staging import BLOCK, BlockLine, FileState, Journal, Part, Wanted, part_id
from app.checkpoints.state import Download
from app.checkpoints.transfer import Transfer
from app.checkpoints.weights import Opener
from app.checkpoints.work import Patience, Progress
from app.errors import AppError, BadModel
from app.language import tr

MOST_LOST = 12 * 1024 * 1024
"""How many bytes a killed process may cost at most: a block a connection, and what its sockets held."""

TOLD_FROM = 100_000_000
"""From how many bytes on the log says where a download is staged."""

How = Literal["pause", "cancel", "discard", "close"]
_WANTED: dict[How, Wanted] = {"pause": "pause", "cancel": "stop", "discard": "stop", "close": "run"}
_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_LOCK_SECONDS = 0.2
_log = logging.getLogger(__name__)


class Stopped(Exception):
    """The person ended a download's run: `how` says whether to pause it, to keep only the parts, or to delete them.

    "close" is the end of the program: it goes on at the next start.
    """

    def __init__(self, how: How) -> None:
        super().__init__(how)
        self.how: How = how


class Fetch:
    """One run of one download. `run` blocks; the other methods may come from any thread.

    `on_change` gets a new `Download` about ten times a second, on the thread of `run`.
    """

    def __init__(
        self,
        plan: Plan,
        opener: Opener,
        on_change: Callable[[Download], None] = lambda _download: None,
        patience: Patience | None = None,
        limit: Limit | None = None,
    ) -> None:
        self.plan = planning.check(plan)
        self.download = Download(part_id(plan), plan, "waiting", total=plan.size)
        self._opener = opener
        self._on_change = on_change
        self._patience = patience or Patience()
        self._limit = limit or Limit()
        self._part = Part(part_id(plan))
        self._guard = threading.Lock()
        self._how: How | None = None
        self._transfer: Transfer | None = None

    def pause(self) -> None:
        """Ends the run; it stays in the list, and is gone on with when the person says so."""
        self._stop("pause")

    def cancel(self) -> None:
        """Ends the run and takes it from the list; what has arrived is kept for 30 days."""
        self._stop("cancel")

    def discard(self) -> None:
        """Ends the run and deletes what has arrived."""
        self._stop("discard")

    def close(self) -> None:
        """Ends the run because the program ends; it goes on at the next start."""
        self._stop("close")

    def run(self) -> Record:
        """Fetches, verifies, opens and installs; returns at once when the model is installed and whole already.

        Raises `Stopped` when it was ended from outside, and `AppError` when it could not go on. What has arrived is
        kept then, and a run of the same plan goes on with it, in this process or another.
        """
        try:
            with self._lock():
                return self._run_or_pause()
        except Stopped as stopped:
            self._tell(state="paused", step="", note="")
            raise stopped from None
        except AppError as error:
            full = isinstance(error.__cause__, OSError) and error.__cause__.errno in _FULL
            state: Literal["paused", "failed"] = "paused" if full else "failed"
            self._tell(state=state, step="", note="", message=error.message, hint=error.hint)
            raise

    def _run_or_pause(self) -> Record:
        """Runs, and notes under the lock that the next start is not to go on by itself with what failed."""
        try:
            return self._run()
        except AppError:
            with contextlib.suppress(AppError):
                self._part.want("pause")
            raise

    def _run(self) -> Record:
        known = store.by_name(self.plan.name)
        if known is not None and not known.damaged:
            self._part.remove()
            self._tell(state="installed", done=known.record.size, total=known.record.size, note="")
            return known.record
        network.check_online()
        journal = self._begun()
        self._heed()
        if known is not None:
            self._adopt(known, journal)
        self._check_space(journal)
        digests = self._fetched(journal)
        self._tell(state="verifying", step="opening", note="")
        try:
            opened_with = self._opened()
        except BadModel:
            self._part.remove()  # the bytes are of no use: a new try is to fetch new ones
            raise
        self._heed()
        record = self._record(digests | self._written(), opened_with)
        store.place(self._part.files, self.plan.folder, record)
        self._part.remove()
        _log.info("installed “%s”, %d bytes", self.plan.name, record.size)
        done = max(record.size, self.download.done)  # more, where a file became shorter on its way
        self._tell(state="installed", step="", done=done, total=done)
        return record

    # ---- stopping

    def _stop(self, how: How) -> None:
        with self._guard:
            self._how = how
            transfer = self._transfer
        if transfer is not None:
            transfer.stop()

    def _heed(self) -> None:
        """Raises `Stopped` when the person has ended the run; the journal says what they want. Under the lock."""
        how = self._how
        if how is None:
            return
        if how == "discard":
            self._part.remove()
        else:
            self._part.want(_WANTED[how])
        raise Stopped(how)

    @contextlib.contextmanager
    def _lock(self):  # type: ignore[no-untyped-def]
        """Waits for the model's lock, visibly: another window or command may be fetching the same model."""
        lock = self._part.lock()
        while True:
            try:
                lock.acquire(timeout=_LOCK_SECONDS)
                break
            except filelock.Timeout:
                self._tell(note=tr("Another window or command of Lesepult is downloading this model."))
                if self._how is not None:
                    raise Stopped(self._how) from None
            except OSError as error:
                raise paths.unwritable(Path(lock.lock_file), error) from error
        try:
            yield
        finally:
            lock.release()

    # ---- parts

    def _begun(self) -> Journal:
        """The journal to go on with: the one that is there as far as it fits this plan, or a new one."""
        fresh = Journal(plan=self.plan, files=tuple(FileState() for _ in self.plan.files))
        old = self._part.journal()
        if old is None or [f.name for f in old.plan.files] != [f.name for f in self.plan.files]:
            self._part.remove()
            old = None
        states = fresh.files if old is None else tuple(_kept(old, self.plan))
        journal = msgspec.structs.replace(fresh, files=states)
        self._part.save(journal)
        return journal

    def _adopt(self, known: store.Installed, journal: Journal) -> None:
        """Copies what is whole of a damaged model to the parts, so that only the rest is fetched."""
        started = {line.file for line in self._part.blocks()}
        recorded = {file.name: file for file in known.record.files}
        for number, planned in enumerate(self.plan.files):
            entry = recorded.get(planned.name)
            same = entry is not None and planned.size in {None, entry.size} and number not in started
            if entry is not None and same:
                lines = self._copied(known, entry, number, journal.files[number].generation)
                with self._part.block_log.open("ab") as log:
                    log.writelines(b"\n" + msgspec.json.encode(line) + b"\n" for line in lines)

    def _copied(self, known: store.Installed, entry: RecordedFile, number: int, generation: int) -> list[BlockLine]:
        """The lines of an installed file's blocks, which were copied; none when it is not what was installed."""
        target = self._part.files / entry.name
        whole = hashlib.sha256()
        lines: list[BlockLine] = []
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with (known.folder / entry.name).open("rb") as source, target.open("wb") as copy:
                while content := source.read(BLOCK):
                    whole.update(content)
                    copy.write(content)
                    lines.append(BlockLine(number, len(lines), zlib.crc32(content), generation))
        except OSError:
            return []
        return lines if whole.hexdigest() == entry.sha256 else []

    def _check_space(self, journal: Journal) -> None:
        arrived = self._part.size()
        size = sum(
            state.size or planned.size or 0 for planned, state in zip(self.plan.files, journal.files, strict=True)
        )
        store.check_space(max(size - arrived, 0), self._part.folder)
        if size > TOLD_FROM:
            _log.info("staging “%s”, %d bytes, in %s", self.plan.name, size, self._part.folder)

    # ---- steps

    def _fetched(self, journal: Journal) -> dict[str, str]:
        """The SHA-256 of every file, all of them there and as published."""
        with self._guard:
            self._transfer = Transfer(self._part, journal, self._patience, self._limit)
        if self._how is None:
            self._tell(state="running", step="downloading", note="")
            digests = self._transfer.run(self._on_progress)
        self._heed()
        return digests

    def _on_progress(self, now: Progress) -> None:
        done = max(self.download.done, now.done)
        left = (now.total - now.done) / now.speed if now.speed > 0 else None
        self._tell(
            state="verifying" if now.arrived else "running",
            step="verifying" if now.arrived else "downloading",
            done=done,
            total=max(now.total, done, self.download.total),
            speed=now.speed,
            left=left,
            transferred=now.transferred,
            note=now.note,
        )

    def _written(self) -> dict[str, str]:
        """Writes the texts that are ours to write; their SHA-256 by name."""
        for file in self.plan.written:
            with paths.staged(self._part.files / file.name) as staging:
                staging.write_text(file.text, encoding="utf-8", newline="")
        return {file.name: hashlib.sha256(file.text.encode()).hexdigest() for file in self.plan.written}

    def _opened(self) -> str:
        """What opened the model in a process of its own, after a look at its weights that runs no code."""
        for file in self.plan.files:
            if weights.is_weights(file.name):
                weights.look(self._part.files / file.name)
        path = self._part.files / self.plan.weights if self.plan.weights else self._part.files
        return self._opener(path, self.plan.about.engine, self.plan.about.purpose)

    def _record(self, digests: dict[str, str], opened_with: str) -> Record:
        plan = self.plan
        published = {file.name for file in plan.files if file.hashes}
        files = tuple(
            RecordedFile(
                name=name,
                size=(self._part.files / name).stat().st_size,
                sha256=digests[name],
                published=name in published,
            )
            for name in plan.names
        )
        return Record(
            name=plan.name,
            reference=plan.reference,
            about=plan.about,
            files=files,
            weights=plan.weights,
            origin="downloaded",
            installed=datetime.now(UTC).isoformat(timespec="seconds"),
            base=plan.base,
            opened_with=opened_with,
        )

    def _tell(self, **changes: object) -> None:
        self.download = replace(self.download, **changes)  # type: ignore[arg-type]
        self._on_change(self.download)


def _kept(old: Journal, plan: Plan) -> list[FileState]:
    """What is known of the files, where the new plan means the same bytes; a new generation for the others.

    From another address the same bytes are gone on with only by their published hash, and its server knows nothing of
    the first one's validators. Where there is neither a hash nor a validator, nothing could tell that the rest is of
    another version, so the file starts over.
    """
    states = []
    for before, now, state in zip(old.plan.files, plan.files, old.files, strict=True):
        same_address, same_bytes = before.url == now.url, now.hashes and before.hashes == now.hashes
        known = now.hashes or state.etag or state.modified
        if same_address and before.hashes == now.hashes and known:
            states.append(state)
        elif same_bytes:
            states.append(FileState(size=state.size, generation=state.generation))
        else:
            states.append(FileState(generation=state.generation + 1))
    return states
