"""The parts of downloads on the disk: what has arrived, what is known of it, and when it may go.

Each download has a folder in `paths.downloads_dir()`, on the volume of the store:

- `journal.json`: the plan, what the person wants of it, and each file's size and validators; rare, written whole;
- `blocks.jsonl`: one line for each block of a file that was written, with its CRC-32; appended at once, so that a
  killed process loses no whole block. After a power cut a line may stand without its bytes or bytes without their
  line: a block counts only when the bytes on the disk have the CRC of its line;
- a folder named like the model's in the store: the files themselves.

Whoever changes a part holds the lock of its model (`store.lock`), an OS lock that ends with its process.
"""

import contextlib
import logging
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import filelock
import msgspec

from app import paths
from app.checkpoints import plan as planning
from app.checkpoints import store
from app.checkpoints.plan import Plan
from app.errors import AppError, BadModel
from app.language import tr

BLOCK = 1024 * 1024
"""Bytes of a block, the smallest piece that is kept over a crash; the last one of a file is shorter."""

KEPT_FOR = timedelta(days=30)
"""How long the parts of a download that nobody goes on with are kept."""

Wanted = Literal["run", "pause", "stop"]
"""What a person wants of a download: that it runs, also after the next start; that it waits; only that parts stay."""

_JOURNAL, _BLOCKS = "journal.json", "blocks.jsonl"
_log = logging.getLogger(__name__)


class FileState(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one file: its size, the server's validators, and how often it was started over."""

    size: int | None = None
    etag: str = ""
    modified: str = ""
    generation: int = 0


class Journal(msgspec.Struct, frozen=True, kw_only=True):
    """What `journal.json` holds; `files` stand in the order of the plan's."""

    plan: Plan
    files: tuple[FileState, ...]
    wanted: Wanted = "run"
    format: int = 1


class BlockLine(msgspec.Struct, frozen=True, array_like=True):
    """A line of `blocks.jsonl`: the file's and the block's number, its CRC-32, and the file's generation."""

    file: int
    block: int
    crc: int
    generation: int


@dataclass(frozen=True, slots=True)
class Pruned:
    """Parts that were removed: what they were, and how many bytes that freed."""

    name: str
    size: int


class Part:
    """One download's folder; reading needs no lock, changing it does."""

    def __init__(self, part_id: str) -> None:
        self.id = part_id
        self.folder = paths.downloads_dir() / part_id
        # Named like the model's folder in the store: an engine that refuses it there names it in its sentence.
        self.files = self.folder / part_id.rpartition("--")[2]

    def lock(self) -> filelock.BaseFileLock:
        """The lock of its model: not held yet."""
        return store.lock(self.id)

    def journal(self) -> Journal | None:
        """The journal; None where there is none that makes sense."""
        try:
            journal = msgspec.json.decode((self.folder / _JOURNAL).read_bytes(), type=Journal)
            planning.check(journal.plan)
        except (OSError, msgspec.MsgspecError, BadModel):
            return None
        sound = journal.format == 1 and len(journal.files) == len(journal.plan.files)
        return journal if sound and part_id(journal.plan) == self.id else None

    def save(self, journal: Journal) -> None:
        """Writes the journal whole; raises `AppError` where that is not possible."""
        with paths.staged(self.folder / _JOURNAL) as staging:
            staging.write_bytes(msgspec.json.encode(journal))

    def want(self, wanted: Wanted) -> None:
        """Notes what the person wants of it now."""
        journal = self.journal()
        if journal is not None and journal.wanted != wanted:
            self.save(msgspec.structs.replace(journal, wanted=wanted))

    @property
    def block_log(self) -> Path:
        """The file to which a line is appended for each block."""
        return self.folder / _BLOCKS

    def blocks(self) -> list[BlockLine]:
        """The lines of the log; torn ones, as a power cut leaves them, are left out."""
        lines: list[BlockLine] = []
        with contextlib.suppress(OSError):
            for line in self.block_log.read_bytes().splitlines():
                with contextlib.suppress(msgspec.MsgspecError):
                    lines.append(msgspec.json.decode(line, type=BlockLine))
        return lines

    def size(self) -> int:
        """What it takes on the disk, in bytes."""
        files = [path for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink()]
        return sum(path.stat().st_size for path in files)

    def remove(self) -> int:
        """Deletes all of it and returns the bytes that this freed; the journal goes first, so that none is resumed."""
        freed = self.size()
        with contextlib.suppress(OSError):
            (self.folder / _JOURNAL).unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        return freed - self.size()


def part_id(plan: Plan) -> str:
    """The name of a plan's folder among the parts."""
    return plan.folder.replace("/", "--")


def kept() -> tuple[tuple[Part, Journal], ...]:
    """The parts that can be gone on with, and their journals."""
    parts = (Part(folder.name) for folder in _folders())
    return tuple((part, journal) for part in parts if (journal := part.journal()) is not None)


def discard(identifier: str) -> int:
    """Deletes the parts of a download and returns the bytes freed; raises `AppError` while somebody writes them."""
    part = Part(planning.safe_name(identifier))
    try:
        with part.lock().acquire(blocking=False):
            return part.remove()
    except filelock.Timeout as error:
        raise AppError(
            tr("The parts of “{name}” are in use just now.").format(name=part.id),
            tr("Another window or command of Lesepult is downloading it. Stop it there first."),
        ) from error
    except OSError as error:
        raise paths.unwritable(part.folder, error) from error


def prune(now: datetime | None = None) -> tuple[Pruned, ...]:
    """Removes the parts that nothing can go on with: no journal, an unknown source, or untouched for 30 days.

    What another running copy of the program holds is never touched. A clock that was put back makes nothing old.
    """
    pruned = []
    for folder in _folders():
        part = Part(folder.name)
        if _orphaned(part, now or datetime.now(UTC)):
            with contextlib.suppress(filelock.Timeout, OSError):
                pruned += _pruned(part, now or datetime.now(UTC))
    return tuple(pruned)


def _pruned(part: Part, now: datetime) -> list[Pruned]:
    with part.lock().acquire(blocking=False):
        if not _orphaned(part, now):  # somebody has come in between
            return []
        journal = part.journal()
        name = journal.plan.about.title if journal else part.id
        freed = part.remove()
        _log.info("removed the parts of “%s”, %d bytes, that nothing could go on with", name, freed)
        return [Pruned(name, freed)]


def _orphaned(part: Part, now: datetime) -> bool:
    from app.checkpoints import sources

    journal = part.journal()
    if journal is None or not sources.is_known(journal.plan.reference):
        return True
    touched = [part.folder / _JOURNAL, part.block_log]
    times = [path.stat().st_mtime for path in touched if path.exists()]
    return bool(times) and now - datetime.fromtimestamp(max(times), UTC) > KEPT_FOR


def _folders() -> list[Path]:
    try:
        return sorted(path for path in paths.downloads_dir().iterdir() if path.is_dir() and path.name != "locks")
    except OSError:
        return []
