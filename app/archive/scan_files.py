"""The scans of an archive: files named by their content, unchanged, each content once."""

import hashlib
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

from app import paths
from app.archive.database import damaged
from app.errors import BadScan
from app.language import tr

_BLOCK = 1 << 20


class ScanFiles:
    """The folder `scans` of an archive; its methods may be called from any thread."""

    def __init__(self, archive: Path) -> None:
        self._archive = archive
        self._folder = archive / "scans"

    def put(self, source: Path) -> str:
        """Copies a scan in and returns its sha256; raises `BadScan` when it cannot be read."""
        staging = self._folder / f".{secrets.token_hex(8)}.part"
        digest = hashlib.sha256()
        try:
            self._folder.mkdir(exist_ok=True)
            try:
                with staging.open("xb") as copy:
                    for block in _blocks(source):
                        digest.update(block)
                        copy.write(block)
                self._install(staging, digest.hexdigest(), source.suffix)
            finally:
                staging.unlink(missing_ok=True)
        except OSError as error:
            raise paths.unwritable(self._folder, error) from error
        return digest.hexdigest()

    def path(self, scan: str, suffix: str) -> Path:
        """Where a scan lies; raises `BadArchive` for names that would lead elsewhere."""
        if not re.fullmatch(r"[0-9a-f]{64}", scan) or not re.fullmatch(r"[a-z0-9.]*", suffix):
            raise damaged(self._archive / "archive.sqlite")
        return self._folder / scan[:2] / f"{scan}{suffix}"

    def suffix(self, scan: str, usual: str) -> str:
        """The suffix of a scan that is here, or else the usual one: the same content may come as .jpg and as .jpeg."""
        found = self._found(scan)
        return found.name[len(scan) :] if found else usual

    def _install(self, staging: Path, scan: str, suffix: str) -> None:
        known = self._found(scan)
        if known and known.stat().st_size == staging.stat().st_size:
            return
        target = known or self.path(scan, re.sub(r"[^a-z0-9.]", "", suffix.lower()))
        target.parent.mkdir(exist_ok=True)
        paths.sync(self._folder)
        paths.sync(staging)
        staging.replace(target)
        paths.sync(target.parent)

    def _found(self, scan: str) -> Path | None:
        return next(self.path(scan, "").parent.glob(f"{scan}*"), None)


def _blocks(source: Path) -> Iterator[bytes]:
    try:
        with source.open("rb") as file:
            while block := file.read(_BLOCK):
                yield block
    except OSError as error:
        raise BadScan(
            tr("“{name}” cannot be read: {reason}.").format(name=source, reason=error.strerror or type(error).__name__),
            tr("Check that the file is there and that you may read it."),
        ) from error
