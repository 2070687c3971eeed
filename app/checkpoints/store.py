"""The store of installed models: what there is, whether it is whole, putting one in and taking one out.

A model is a folder with a record (`app.checkpoints.record`) that is written last; a folder without one is none. It
gets into the store by one rename, and out of it by another, under the lock of its model.
"""

import contextlib
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import filelock
import msgspec

from app import paths
from app.checkpoints.plan import About
from app.checkpoints.record import RECORD, Record, RecordedFile, encode, load
from app.errors import AppError, BadModel, NotFound
from app.language import tr

STARTER = "starter"
RESERVE = 500_000_000
"""Bytes that a download or import leaves free on the disk."""

_OLD, _REMOVED = ".old-", ".removed-"
_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Installed:
    """A model in the store; `damaged` names the files that are missing, have another size, or were found changed."""

    record: Record
    folder: Path
    damaged: tuple[str, ...] = ()

    @property
    def weights(self) -> Path:
        """What the engine opens: a file, or the folder itself."""
        return self.folder / self.record.weights if self.record.weights else self.folder


@dataclass(frozen=True, slots=True)
class Problem:
    """What `verify` found wrong with a file."""

    file: str
    kind: Literal["missing", "size", "content"]

    def __str__(self) -> str:
        texts = {
            "missing": tr("“{name}” is missing."),
            "size": tr("“{name}” has another size than when it was installed."),
            "content": tr("“{name}” has other bytes than when it was installed."),
        }
        return texts[self.kind].format(name=self.file)


class _StarterCard(msgspec.Struct, frozen=True):
    """What `resources/starter/model.json` says."""

    file: str
    sha256: str
    size: int
    licence: str
    summary: str
    cer_test: float


def installed() -> tuple[Installed, ...]:
    """All models, the starter first, then by title; a quick look that reads no weights."""
    found = [_looked_at(folder) for folder in _folders()]
    known = [model for model in found if model is not None]
    return (_starter(), *sorted(known, key=lambda model: (model.record.about.title.casefold(), model.record.name)))


def by_name(name: str) -> Installed | None:
    """The model with this name, whole or damaged."""
    return next((model for model in installed() if model.record.name == name), None)


def lock(folder: str) -> filelock.BaseFileLock:
    """The lock of the model with this folder in the store, not held yet; it ends with its process."""
    locks = paths.downloads_dir() / "locks"
    try:
        locks.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise paths.unwritable(locks, error) from error
    return filelock.FileLock(locks / f"{folder.replace('/', '--')}.lock")


def check_space(needed: int, folder: Path) -> None:
    """Raises `AppError` with the numbers where a volume has no room for so many bytes and the reserve."""
    from app.checkpoints.sentences import size_text

    nearest = next(parent for parent in (folder, *folder.parents) if parent.is_dir())
    free = shutil.disk_usage(nearest).free
    if needed and free < needed + RESERVE:
        raise AppError(
            tr("There is not enough room: {needed} are needed and {free} are free on the disk with “{folder}”.").format(
                needed=size_text(needed + RESERVE), free=size_text(free), folder=folder
            ),
            tr("Free some space, or choose another folder for the models. {reserve} of it stay free.").format(
                reserve=size_text(RESERVE)
            ),
        )


def place(staged: Path, folder: str, record: Record) -> Path:
    """Makes a staged folder the model in this folder of the store; the caller holds the lock.

    The record is written last, everything is synced, one rename installs. An older folder is put aside before and
    deleted after; `tidy` brings it back where a crash came in between.
    """
    target = paths.models_dir() / folder
    try:
        with paths.staged(staged / RECORD) as file:
            file.write_bytes(encode(record))
        for path in [*staged.rglob("*"), staged]:
            paths.sync(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_name(f"{_OLD}{target.name}")
        if target.exists():
            target.rename(aside)
        staged.rename(target)
        for parent in (target.parent, target.parent.parent, staged.parent):
            paths.sync(parent)
    except OSError as error:
        raise paths.unwritable(target, error) from error
    shutil.rmtree(aside, ignore_errors=True)
    return target


def tidy() -> None:
    """Ends what a crash left half done in the store: an old folder comes back, a removed one goes."""
    for root in (paths.models_dir(), _trained()):
        for folder in (*root.glob(f"**/{_OLD}*"), *root.glob(f"**/{_REMOVED}*")):
            name = folder.name.removeprefix(_OLD)
            with contextlib.suppress(filelock.Timeout, OSError, AppError):
                place = folder.with_name(name).relative_to(root).as_posix()
                with lock(place).acquire(blocking=False):
                    if folder.name.startswith(_OLD) and not folder.with_name(name).exists():
                        folder.rename(folder.with_name(name))
                    else:
                        shutil.rmtree(folder)


def verify(
    name: str,
    progress: Callable[[int, int], object] = lambda _done, _total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Problem, ...]:
    """Reads every byte of a model and compares it with the record; `progress` is in bytes.

    A file that is found changed is renamed to `….damaged`, so that the model is told as damaged from then on.
    """
    model = _need(name)
    problems: list[Problem] = []
    done = 0
    for file in model.record.files:
        path = model.folder / file.name
        kind: Literal["missing", "size", "content"] | None = None
        if not path.is_file():
            kind = "missing"
        elif path.stat().st_size != file.size:
            kind = "size"
        else:
            whole = hashlib.sha256()
            for piece in _pieces(path):
                if cancelled():
                    return tuple(problems)
                whole.update(piece)
                done += len(piece)
                progress(done, model.record.size)
            kind = None if whole.hexdigest() == file.sha256 else "content"
        if kind is not None:
            problems.append(Problem(file.name, kind))
        if kind == "content" and model.record.origin != "built in":
            path.rename(path.with_name(f"{path.name}.damaged"))
    return tuple(problems)


def remove(name: str) -> int:
    """Removes a model and returns the bytes that this freed; what comes with the program cannot be removed."""
    model = _need(name)
    if model.record.origin == "built in":
        raise AppError(
            tr("“{title}” belongs to the program.").format(title=model.record.about.title),
            tr("It takes little room and stays."),
        )
    root = _trained() if model.record.origin == "trained" else paths.models_dir()
    gone = model.folder.with_name(f"{_REMOVED}{model.folder.name}-{secrets.token_hex(4)}")
    with _held(model, root):
        size = sum(path.stat().st_size for path in model.folder.rglob("*") if path.is_file())
        try:
            model.folder.rename(gone)
        except OSError as error:
            raise AppError(
                tr("“{title}” is in use and cannot be removed now.").format(title=model.record.about.title),
                tr("Wait until reading has ended, then try again."),
            ) from error
        shutil.rmtree(gone, ignore_errors=True)
    return size


@contextlib.contextmanager
def _held(model: Installed, root: Path) -> Iterator[None]:
    held = lock(model.folder.relative_to(root).as_posix())
    try:
        held.acquire(blocking=False)
    except filelock.Timeout as error:
        raise AppError(
            tr("“{title}” is being downloaded or repaired just now.").format(title=model.record.about.title),
            tr("Wait until that has ended, or stop it, then try again."),
        ) from error
    try:
        yield
    finally:
        held.release()


def _need(name: str) -> Installed:
    model = by_name(name)
    if model is None:
        raise NotFound(
            tr("There is no model “{name}”.").format(name=name),
            tr("“lesepult models list” shows those that are installed."),
        )
    return model


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _trained() -> Path:
    return paths.data_dir() / "models"


def _folders() -> Iterator[Path]:
    """The folders that may be models: with a record, and not put aside."""
    for root in (paths.models_dir(), _trained()):
        for here, folders, files in os.walk(root):
            folders[:] = [name for name in folders if not name.startswith(".")]
            if RECORD in files:
                folders.clear()
                yield Path(here)


def _looked_at(folder: Path) -> Installed | None:
    record = load(folder)
    if record is None:
        return None
    damaged = tuple(file.name for file in record.files if not _has_size(folder / file.name, file.size))
    return Installed(record, folder, damaged)


def _has_size(path: Path, size: int) -> bool:
    try:
        return path.is_file() and path.stat().st_size == size
    except OSError:
        return False


def _starter() -> Installed:
    folder = paths.resources_dir() / "starter"
    try:
        card = msgspec.json.decode((folder / "model.json").read_bytes(), type=_StarterCard)
    except (OSError, msgspec.MsgspecError) as error:
        raise BadModel(
            tr("The starter model is missing from the program's folder."), tr("Install Lesepult again.")
        ) from error
    about = About(
        title=tr("Starter model (typewriter)"),
        engine="kraken",
        purpose="recognition",
        licence=card.licence,
        summary=card.summary,
        cer=card.cer_test,
    )
    file = RecordedFile(name=card.file, size=card.size, sha256=card.sha256, published=True)
    record = Record(
        name=STARTER, reference="", about=about, files=(file,), weights=card.file, origin="built in", installed=""
    )
    return Installed(record, folder, () if _has_size(folder / card.file, card.size) else (card.file,))
