"""The record of an installed model, `lesepult.json` in its folder: written last, so a folder without it is none.

It says what the model is, where it came from and which bytes it has; `verify` compares the disk with it.
"""

from pathlib import Path
from typing import Literal

import msgspec

from app.checkpoints.plan import About

RECORD = "lesepult.json"
"""The record's file name in the model's folder."""

Origin = Literal["built in", "downloaded", "imported", "trained"]


class RecordedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it was installed: size in bytes, SHA-256, and whether its publisher had stated a hash that it met."""

    name: str
    size: int
    sha256: str
    published: bool


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """An installed model; the fields that `Plan` has too mean the same. `installed` is UTC in ISO 8601."""

    name: str
    reference: str
    about: About
    files: tuple[RecordedFile, ...]
    weights: str
    origin: Origin
    installed: str
    base: str = ""
    opened_with: str = ""
    format: int = 1

    @property
    def size(self) -> int:
        """What the files take on the disk, in bytes."""
        return sum(file.size for file in self.files)


def encode(record: Record) -> bytes:
    """The record as its file holds it."""
    return msgspec.json.format(msgspec.json.encode(record), indent=1)


def load(folder: Path) -> Record | None:
    """The record of the model in this folder; None where there is none that can be read."""
    try:
        record = msgspec.json.decode((folder / RECORD).read_bytes(), type=Record)
    except (OSError, msgspec.MsgspecError, RecursionError):
        return None
    return record if record.format == 1 else None
