"""Models by stick: an installed model written as one file, and a file, folder or pack taken in.

A pack is a ZIP archive without compression that holds the model's folder under its place in the store
(`kraken/zenodo-123/…`), the record first. What is taken in goes the way of a download: staged beside the store, hashed
as it is copied, compared, looked at, opened once in a process of its own, and installed by one rename.
"""

import contextlib
import hashlib
import logging
import re
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import filelock
import msgspec

from app import paths
from app.checkpoints import parcels, store, weights
from app.checkpoints.integrity import Cancelled, pieces
from app.checkpoints.parcels import Parcel
from app.checkpoints.plan import Plan, PlannedFile
from app.checkpoints.record import RECORD, Record, RecordedFile, encode
from app.checkpoints.sources.surya import MANIFEST
from app.checkpoints.store import Installed
from app.checkpoints.weights import Opener
from app.errors import AppError, BadModel
from app.language import tr
from app.protocol import Purpose

SUFFIX = ".lesepult-model"
"""How the name of a pack ends, unless a person gives it another."""

_STAGING = "import"
_LOCK_SECONDS = 0.2
_log = logging.getLogger(__name__)


# ---- writing a pack


def pack(name: str, out: Path) -> Path:
    """Writes a model as one file, reading and comparing every byte; returns the file. Blocks.

    Where `out` is a folder the file is named by the model's title. Only a pack is written over. Raises `AppError`, and
    writes nothing then.
    """
    model = store.need(name)
    title = model.record.about.title
    target = out / f"{_file_name(title)}{SUFFIX}" if out.is_dir() else out
    _check_free(target)
    place = store.place_of(model.folder)
    with store.held(place, title), paths.staged(target) as staging, zipfile.ZipFile(staging, "w") as archive:
        archive.writestr(_entry(f"{place}/{RECORD}"), encode(model.record))
        for file in model.record.files:
            with archive.open(_entry(f"{place}/{file.name}", file.size), "w") as entry:
                for piece in _checked(model, file):
                    entry.write(piece)
    return target


def _check_free(target: Path) -> None:
    """Raises `AppError` where something else than a pack would be written over."""
    try:
        free = not target.exists() or parcels.is_pack(target)
    except OSError as error:
        raise paths.unwritable(target, error) from error
    if not free:
        raise AppError(
            tr("“{name}” is there already and is no packed model.").format(name=target),
            tr("Choose another name for the file."),
        )


def _entry(name: str, size: int = 0) -> zipfile.ZipInfo:
    """An entry without the time and the owner, so that packing twice gives the same bytes."""
    entry = zipfile.ZipInfo(name)
    entry.file_size = size
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    return entry


def _checked(model: Installed, file: RecordedFile) -> Iterator[bytes]:
    """The content of an installed file; raises `BadModel` at its end, or before, when it is not as recorded."""
    whole, size = hashlib.sha256(), 0
    try:
        with (model.folder / file.name).open("rb") as opened:
            for piece in pieces(opened, lambda: False):
                whole.update(piece)
                size += len(piece)
                if size > file.size:
                    break
                yield piece
    except OSError as error:
        raise _damaged(model) from error
    if (size, whole.hexdigest()) != (file.size, file.sha256):
        raise _damaged(model)


def _damaged(model: Installed) -> BadModel:
    title = model.record.about.title
    return BadModel(tr("“{title}” is damaged, so it was not packed.").format(title=title), model.remedy)


def _file_name(title: str) -> str:
    return re.sub(r"[^\w.,()+ -]+", "-", title)[:80].strip(" .-") or "model"


# ---- taking a model in


def import_model(
    path: Path,
    opener: Opener,
    name: str = "",
    progress: Callable[[int, int], object] = lambda _done, _total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Record:
    """Installs a file of weights, a folder or a pack; `progress` is in bytes. Blocks.

    `name` says what a folder of surya's is (`surya:text_recognition/2025_09_23`) where its own name does not. What is
    installed already, byte by byte, stays as it is, and its record is returned. Raises `AppError`, or `Cancelled`;
    then nothing has changed.
    """
    with _alone(cancelled), parcels.opened(path, name) as parcel:
        store.check_space(parcel.plan.size, paths.models_dir())
        staging = paths.downloads_dir() / _STAGING
        shutil.rmtree(staging, ignore_errors=True)  # what a crash left
        try:
            digests = _copied(parcel, staging, progress, cancelled)
            known = _same(parcel.plan, digests)
            return known or _installed(parcel, staging, digests, opener, cancelled)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


@contextlib.contextmanager
def _alone(cancelled: Callable[[], bool]) -> Iterator[None]:
    """Waits until no other import runs. The lock also keeps `staging.prune` from the staged files."""
    own = store.lock(_STAGING)
    while True:
        try:
            own.acquire(timeout=_LOCK_SECONDS)
            break
        except filelock.Timeout:
            if cancelled():
                raise Cancelled from None
        except OSError as error:
            raise paths.unwritable(Path(own.lock_file), error) from error
    try:
        yield
    finally:
        own.release()


def _copied(
    parcel: Parcel, staging: Path, progress: Callable[[int, int], object], cancelled: Callable[[], bool]
) -> dict[str, str]:
    """Copies the files and writes those that are ours to write; their SHA-256 by name."""
    digests: dict[str, str] = {}
    before, total = 0, parcel.plan.size
    for file in parcel.plan.files:
        with parcel.open(file.name) as source, _new(staging / file.name) as target:
            whole, size = hashlib.sha256(), 0
            for piece in pieces(source, cancelled):
                size += len(piece)
                if size > (file.size or 0):
                    break
                whole.update(piece)
                _write(target, piece, staging / file.name)
                progress(before + size, total)
        digests[file.name] = whole.hexdigest()
        if size != file.size or file.hashes.get("sha256", digests[file.name]) != digests[file.name]:
            raise _other_bytes(file)
        before += size
    for text in parcel.plan.written:
        with _new(staging / text.name) as target:
            _write(target, text.text.encode(), staging / text.name)
        digests[text.name] = hashlib.sha256(text.text.encode()).hexdigest()
    return digests


def _new(path: Path) -> BinaryIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("xb", buffering=0)
    except OSError as error:
        raise paths.unwritable(path, error) from error


def _write(file: BinaryIO, content: bytes, path: Path) -> None:
    """Writes all of it; a file without a buffer may take less at once, and says when the disk is full."""
    left = memoryview(content)
    try:
        while left:
            left = left[file.write(left) :]
    except OSError as error:
        raise paths.unwritable(path, error) from error


def _other_bytes(file: PlannedFile) -> BadModel:
    return BadModel(
        tr("“{name}” has other bytes than it should.").format(name=file.name),
        tr("Copy it again from where it came from, and import that."),
    )


def _same(plan: Plan, digests: dict[str, str]) -> Record | None:
    """The record of a whole model with these bytes, whatever its name."""
    wanted = _content(plan.weights, digests)
    for model in store.installed():
        known = {file.name: file.sha256 for file in model.record.files}
        if not model.damaged and _content(model.record.weights, known) == wanted:
            return model.record
    return None


def _content(weights_name: str, digests: dict[str, str]) -> object:
    """What makes a model what it is: its weights, or all of a folder of surya's except for the list of its files."""
    return digests[weights_name] if weights_name else {n: digest for n, digest in digests.items() if n != MANIFEST}


def _installed(
    parcel: Parcel, staging: Path, digests: dict[str, str], opener: Opener, cancelled: Callable[[], bool]
) -> Record:
    plan = parcel.named(digests)
    known = store.by_name(plan.name)
    if known is not None and (not known.damaged or known.record.origin in {"built in", "trained"}):
        raise _taken(known)
    for file in plan.files:
        if weights.is_weights(file.name):
            weights.look(staging / file.name)
    purpose, opened_with = _opened(parcel, staging / plan.weights, opener)
    if cancelled():
        raise Cancelled
    record = Record(
        name=plan.name,
        reference=plan.reference,
        about=msgspec.structs.replace(plan.about, purpose=purpose),
        files=tuple(
            RecordedFile(name=name, size=(staging / name).stat().st_size, sha256=digests[name], published=False)
            for name in plan.names
        ),
        weights=plan.weights,
        origin="imported",
        installed=datetime.now(UTC).isoformat(timespec="seconds"),
        opened_with=opened_with,
    )
    place = store.place_of(known.folder) if known else plan.folder
    with store.held(place, record.about.title):
        store.place(staging, place, record)
    _log.info("imported “%s”, %d bytes", record.name, record.size)
    return record


def _taken(known: Installed) -> AppError:
    title = known.record.about.title
    if known.damaged:  # and trained here: what is left of it is for the person to throw away
        return AppError(
            tr("“{title}” was trained here, and what is left of it is damaged.").format(title=title),
            tr("Remove it first, then import it."),
        )
    return AppError(
        tr("“{title}” is installed already, and what you import has other bytes.").format(title=title),
        tr("Remove the installed model first if you want the other one."),
    )


def _opened(parcel: Parcel, path: Path, opener: Opener) -> tuple[Purpose, str]:
    """Opens it for its purpose, or for the other one where that was only guessed; the first error counts."""
    about = parcel.plan.about
    other: Purpose = "segmentation" if about.purpose == "recognition" else "recognition"
    try:
        return about.purpose, opener(path, about.engine, about.purpose)
    except BadModel:
        if parcel.guessed:
            with contextlib.suppress(BadModel):
                return other, opener(path, about.engine, other)
        raise
