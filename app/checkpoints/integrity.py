"""Whether a model's folder holds the bytes that its record says: a quick look, the reading of every byte, and the note.

Other bytes in the same size can be found only by reading. What was found so is noted in the model's folder, and the
quick look believes the note: such a model counts as damaged until it is replaced, which takes the note with the folder,
or is read through and found well.
"""

import hashlib
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from app import paths
from app.checkpoints.record import Record, RecordedFile
from app.language import tr

Kind = Literal["missing", "size", "content", "unreadable"]

NOTE = "lesepult-damaged.json"
"""The file in a model's folder that names the files that were found changed."""

_PIECE = 1024 * 1024


class Cancelled(Exception):
    """The caller's `cancelled` said so; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a file of a model; as text it is a sentence."""

    file: str
    kind: Kind

    def __str__(self) -> str:
        texts = {
            "missing": tr("“{name}” is missing."),
            "size": tr("“{name}” has another size than when it was installed."),
            "content": tr("“{name}” has other bytes than when it was installed."),
            "unreadable": tr("“{name}” cannot be read from the disk."),
        }
        return texts[self.kind].format(name=self.file)


def pieces(file: BinaryIO, cancelled: Callable[[], bool]) -> Iterator[bytes]:
    """The content of an open file, a mebibyte at a time; raises `Cancelled`."""
    while piece := file.read(_PIECE):
        if cancelled():
            raise Cancelled
        yield piece


def size_of(path: Path) -> int | None:
    """The size of a file in bytes; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def damage(folder: Path, record: Record) -> tuple[str, ...]:
    """The files that are missing, have another size, or were noted; reads no weights."""
    names = [file.name for file in record.files]
    try:
        noted = msgspec.json.decode((folder / NOTE).read_bytes(), type=list[str])
    except FileNotFoundError:
        noted = []
    except (OSError, msgspec.MsgspecError):
        noted = names  # what was noted is lost, but something was
    return tuple(file.name for file in record.files if file.name in noted or size_of(folder / file.name) != file.size)


def inspect(
    folder: Path, record: Record, progress: Callable[[int, int], object], cancelled: Callable[[], bool]
) -> tuple[Problem, ...]:
    """Reads every byte and compares it with the record; `progress` is in bytes. Raises `Cancelled`."""
    problems = []
    before = 0
    for file in record.files:

        def read(done: int, before: int = before) -> None:
            progress(before + done, record.size)

        kind = _wrong(folder / file.name, file, read, cancelled)
        problems += [Problem(file.name, kind)] if kind else []
        before += file.size
        progress(before, record.size)
    return tuple(problems)


def note(folder: Path, problems: tuple[Problem, ...]) -> None:
    """Notes what the quick look cannot see, or takes an older note back; raises `AppError` or `OSError`."""
    names = [problem.file for problem in problems if problem.kind in {"content", "unreadable"}]
    if names:
        with paths.staged(folder / NOTE) as file:
            file.write_bytes(msgspec.json.encode(names))
    else:
        (folder / NOTE).unlink(missing_ok=True)


def _wrong(path: Path, file: RecordedFile, read: Callable[[int], object], cancelled: Callable[[], bool]) -> Kind | None:
    size = size_of(path)
    if size != file.size:
        return "missing" if size is None else "size"
    whole, done = hashlib.sha256(), 0
    try:
        with path.open("rb") as opened:
            for piece in pieces(opened, cancelled):
                whole.update(piece)
                done += len(piece)
                read(done)
    except OSError:
        return "unreadable"
    return None if whole.hexdigest() == file.sha256 else "content"
