"""One program at a time writes an archive: a lock of the operating system, and a note that says who holds it."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import filelock
import msgspec
import psutil

from app import paths
from app.errors import BadArchive
from app.language import tr

NAMES = ("archive.lock", "archive.lock.json")
"""The lock and the note, as they are called in the archive's folder."""

_Short = Annotated[str, msgspec.Meta(max_length=200)]


class _Holder(msgspec.Struct, frozen=True, kw_only=True):
    host: _Short
    user: _Short
    process: int
    since: datetime


class FolderLock:
    """The lock on an archive's folder.

    The system ends it with its process, however that ends; a note that stays behind then means nothing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._note = folder / NAMES[1]
        self._lock = filelock.FileLock(folder / NAMES[0], timeout=0, thread_local=False)

    def acquire(self) -> None:
        """Takes the lock, or raises `BadArchive` that names who holds it, this very process included."""
        try:
            self._lock.acquire()
        except filelock.Timeout:
            raise self._taken() from None
        except OSError as error:
            raise paths.unwritable(self._folder, error) from error
        holder = _Holder(
            host=platform.node(), user=psutil.Process().username(), process=os.getpid(), since=datetime.now(UTC)
        )
        try:
            with paths.staged(self._note) as staging:
                staging.write_bytes(msgspec.json.encode(holder))
        except BaseException:
            self._lock.release()
            raise

    def release(self) -> None:
        """Gives the lock back."""
        self._note.unlink(missing_ok=True)
        self._lock.release()

    def _taken(self) -> BadArchive:
        hint = tr("Close it there and try again.")
        try:
            with self._note.open("rb") as file:
                holder = msgspec.json.decode(file.read(4096), type=_Holder)
        except (OSError, msgspec.MsgspecError):
            return BadArchive(tr("“{name}” is already open in another window.").format(name=self._folder), hint)
        return BadArchive(
            tr("“{name}” is already open: {user} on {host}, process {process}, since {since}.").format(
                name=self._folder,
                user=holder.user,
                host=holder.host,
                process=holder.process,
                since=f"{holder.since.astimezone():%Y-%m-%d %H:%M}",
            ),
            hint,
        )
