"""What the threads of one transfer share: the files, the stretches to fetch, the journal, and how it all stands.

Every method takes the lock itself or is called while the caller holds it; which one is said.
"""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from app import paths
from app.checkpoints.meter import Meter
from app.checkpoints.staged_file import Span, StagedFile
from app.checkpoints.staging import BLOCK, BlockLine, Journal, Part
from app.errors import BadModel
from app.language import tr

if TYPE_CHECKING:
    import requests

SPLIT_FROM = 8 * BLOCK
"""A connection without work takes over half of another's stretch when at least so much of it is missing ..."""

SPLIT_SECONDS = 2.0
"""... and when all that is missing would take longer than this."""

RESTARTS = 3
"""How often a file may be started over before the download fails."""

_NOTE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a transfer is, in bytes; `note` says what is odd, `arrived` that only hashing is left."""

    done: int
    total: int
    transferred: int
    speed: float
    note: str
    arrived: bool


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait: for the next piece of an answer, before a try after a failure, and how often to try.

    The waits double from `first` to `longest`, in seconds; a try that brought something begins the count anew.
    """

    stall: float = 30.0
    first: float = 1.0
    longest: float = 60.0
    tries: int = 8


class Again(Exception):
    """An answer is of no use; the same is asked for again, after `wait` seconds where the server said so."""

    def __init__(self, note: str, wait: float | None = None) -> None:
        super().__init__(note)
        self.note = note
        self.wait = wait


class Void(Exception):
    """A stretch belongs to an older generation of its file, or to a transfer that was stopped."""


class DiskError(Exception):
    """A write failed; its argument is the `OSError`."""


class Work:
    """The state of one transfer; `lock` guards all of it and is notified whenever something changed."""

    def __init__(self, part: Part, journal: Journal) -> None:
        self.lock = threading.Condition()
        self.stopped = threading.Event()
        self.connections = max(1, journal.plan.connections)
        self.meter = Meter()
        self.part = part
        self.failed: BaseException | None = None
        lines = part.blocks()
        self.files = [
            StagedFile.begin(number, planned, part.files, state, lines)
            for number, (planned, state) in enumerate(zip(journal.plan.files, journal.files, strict=True))
        ]
        self._journal = journal
        self._restarts = [0] * len(self.files)
        self._waiting = deque(span for file in self.files for span in file.missing())
        self._active: set[Span] = set()
        self._answers: set[requests.Response] = set()
        self._note, self._note_until = "", 0.0
        self._log: BinaryIO | None = None

    @contextlib.contextmanager
    def opened(self) -> Iterator[None]:
        """Keeps the log of blocks open meanwhile."""
        try:
            log = self.part.block_log.open("ab", buffering=0)
        except OSError as error:
            raise paths.unwritable(self.part.block_log, error) from error
        with log:
            self._log = log
            yield

    @property
    def over(self) -> bool:
        """Whether nothing is to be done any more: all is verified, something failed, or it was stopped."""
        return self.stopped.is_set() or self.failed is not None or all(file.digest for file in self.files)

    def fail(self, error: BaseException) -> None:
        """Ends the transfer with an error; the first one counts. Takes the lock."""
        with self.lock:
            if self.failed is None and not self.stopped.is_set():
                self.failed = error
            self.lock.notify_all()

    def stop(self) -> None:
        """Ends all work, also reads that wait for the network. Takes the lock."""
        with self.lock:
            self.stopped.set()
            self.lock.notify_all()
            for answer in self._answers:
                with contextlib.suppress(OSError, ValueError, RuntimeError):
                    answer.raw.shutdown()

    def progress(self) -> Progress:
        """How far it is now. Takes the lock."""
        with self.lock:
            partial = sum(span.begun for span in self._active | set(self._waiting))
            done = sum(file.arrived() for file in self.files) + partial
            total = max(sum(file.size or 0 for file in self.files), done)
            note = self._note if time.monotonic() < self._note_until else ""
            arrived = all(file.complete() for file in self.files)
            return Progress(done, total, self.meter.total, self.meter.speed(), note, arrived)

    def say(self, note: str, seconds: float = _NOTE_SECONDS) -> None:
        """Tells what is odd, for so many seconds. Takes the lock."""
        with self.lock:
            self._note, self._note_until = note, time.monotonic() + seconds

    # ---- stretches

    def next(self) -> Span | None:
        """A stretch to fetch, half of another's if need be; waits for one, None when all is over. Takes the lock."""
        with self.lock:
            while not self.over:
                span = self._waiting.popleft() if self._waiting else self._half()
                if span is not None:
                    self._active.add(span)
                    return span
                self.lock.wait(0.5)
            return None

    def give_back(self, span: Span) -> None:
        """Takes a stretch back, to be gone on with unless it is done or void. Takes the lock.

        Where nothing could tell that the rest is of another version, the file starts over.
        """
        with self.lock:
            self._active.discard(span)
            if not span.done and span.generation == span.file.state.generation:
                if span.position and not span.file.recognisable and not self.stopped.is_set():
                    self.start_over(span.file, tr("The server cannot go on in the middle; the file starts again."))
                else:
                    self._waiting.appendleft(span)
            self.lock.notify_all()

    def retire(self) -> bool:
        """Lets one connection go, when others are left. Takes the lock."""
        with self.lock:
            if self.connections == 1:
                return False
            self.connections -= 1
            return True

    def alone(self, span: Span) -> bool:
        """Whether no other connection fetches of this file, and none of it has arrived. Under the lock."""
        others = any(other.file is span.file for other in self._active if other is not span)
        return not (span.position or span.file.crcs or others)

    def current(self, span: Span) -> StagedFile:
        """The stretch's file; raises `Void` when it is not to be gone on with. Under the lock."""
        if self.stopped.is_set() or span.generation != span.file.state.generation:
            raise Void
        return span.file

    def _half(self) -> Span | None:
        """The second half of the longest stretch that is being fetched, when that makes it quicker."""
        splits = [span for span in self._active if span.file.ranges and span.file.recognisable]
        able = [span for span in splits if span.left >= SPLIT_FROM]
        speed = self.meter.speed()
        if not able or not speed or sum(span.left for span in self._active) < SPLIT_SECONDS * speed:
            return None
        longest = max(able, key=lambda span: span.left)
        end = longest.end
        # Far ahead of what is being written now: half of at least eight blocks, and a piece is one.
        longest.end = (longest.position + longest.left // 2) // BLOCK * BLOCK
        return Span(longest.file, longest.end, end, longest.generation)

    # ---- answers that wait

    @contextlib.contextmanager
    def reading(self, answer: "requests.Response") -> Iterator[None]:
        """Lets `stop` end this answer meanwhile. Takes the lock."""
        with self.lock:
            self._answers.add(answer)
        try:
            yield
        finally:
            with self.lock:
                self._answers.discard(answer)

    # ---- journal

    def start_over(self, file: StagedFile, note: str) -> None:
        """Has a file fetched from its beginning; raises `BadModel` when that happens too often. Under the lock."""
        self._restarts[file.number] += 1
        if self._restarts[file.number] > RESTARTS:
            raise BadModel(
                tr("“{name}” had to be started over too often.").format(name=file.planned.name),
                f"{note} {tr('Nothing was installed. Try again later.')}",
            )
        file.start_over()
        self._waiting = deque(span for span in self._waiting if span.file is not file)
        self._waiting.extend(file.missing())
        self.save()
        self._note, self._note_until = note, time.monotonic() + _NOTE_SECONDS

    def lose(self, file: StagedFile, block: int) -> None:
        """Has a block fetched again that is not on the disk as it came. Under the lock."""
        del file.crcs[block]
        file.unread.discard(block)
        start = block * BLOCK
        self._waiting.append(Span(file, start, start + file.block_size(block), file.state.generation))
        self.lock.notify_all()

    def log(self, lines: list[BlockLine]) -> None:
        """Notes the blocks that are whole now. Under the lock."""
        assert self._log is not None
        try:
            for line in lines:
                # A line break comes first: behind a line that a power cut tore, this one is still a line.
                self._log.write(b"\n" + msgspec.json.encode(line) + b"\n")
        except OSError as error:
            raise DiskError(error) from error
        if lines:
            self.lock.notify_all()

    def save(self) -> None:
        """Writes what is known of the files into the journal. Under the lock."""
        self._journal = msgspec.structs.replace(self._journal, files=tuple(file.state for file in self.files))
        self.part.save(self._journal)
        self.lock.notify_all()
