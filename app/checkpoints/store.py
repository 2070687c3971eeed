"""The store of installed models: which there are, whether they are whole, putting one in and taking one out.

A model is a folder with a record (`app.checkpoints.record`) that is written last; a folder without one is none. One
rename puts a folder into the store and one takes it out, under the lock of its model, so a crash leaves the old model
or the new one. Between the two renames of a replacement there is neither: then the old one lies beside its place under
a hidden name, and `tidy`, or whoever holds the model's lock next, brings it back.

`installed` looks at names and sizes; other bytes in the same size only `verify` finds, and notes it in the model's
folder (`app.checkpoints.integrity`), so that the model counts as damaged from then on.
"""

import contextlib
import re
import secrets
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import filelock

from app import paths
from app.checkpoints import integrity, sentences, starter
from app.checkpoints import record as recording
from app.checkpoints.integrity import Problem
from app.checkpoints.plan import safe_name
from app.checkpoints.record import RECORD, Record
from app.checkpoints.starter import STARTER
from app.errors import AppError, BadModel, NotFound
from app.language import tr

RESERVE = 500_000_000
"""Bytes that a download or an import leaves free on the disk."""

_OLD = ".old-"
_REMOVED = re.compile(r"\.removed-[0-9a-f]{8}-(?P<name>.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Installed:
    """A model in the store; `damaged` names the files that are missing, have another size, or were found changed."""

    record: Record
    folder: Path
    damaged: tuple[str, ...] = ()

    @property
    def remedy(self) -> str:
        """What a person can do when it is damaged."""
        texts = {
            "built in": tr("Install Lesepult again."),
            "downloaded": tr("Repair it in the window “Models”, or with “lesepult models install {name}”."),
            "imported": tr("Import it again from where it came from."),
            "trained": tr("It was trained here: remove it and import it again if you packed it, or train it again."),
        }
        return texts[self.record.origin].format(name=self.record.name)


@dataclass(frozen=True, slots=True)
class Tidied:
    """What `tidy` did: bytes freed, folders brought back; and what it left alone because it knows nothing of it."""

    freed: int
    restored: tuple[Path, ...]
    unknown: tuple[Path, ...]


# ---- which there are


def installed() -> tuple[Installed, ...]:
    """All models, the starter first, then by title; reads records and sizes, and of the weights only the starter's."""
    found = [model for folder in _folders() if (model := _looked_at(folder)) is not None]
    found.sort(key=lambda model: (model.record.about.title.casefold(), model.record.name))
    record = starter.record()
    return (Installed(record, starter.folder(), starter.damage(record)), *found) if record else tuple(found)


def by_name(name: str) -> Installed | None:
    """The model with this name, whole or damaged."""
    return next((model for model in installed() if model.record.name == name), None)


def need(name: str) -> Installed:
    """The model with this name; raises `NotFound` where there is none."""
    model = by_name(name)
    if model is None:
        raise NotFound(
            tr("There is no model “{name}”.").format(name=name),
            tr("“lesepult models list” shows those that are installed."),
        )
    return model


# ---- locks and room


def lock(folder: str) -> filelock.BaseFileLock:
    """The lock of the model with this folder in the store, not held yet; it ends with its process."""
    locks = paths.downloads_dir() / "locks"
    try:
        locks.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise paths.unwritable(locks, error) from error
    return filelock.FileLock(locks / f"{folder.replace('/', '--')}.lock")


@contextlib.contextmanager
def held(folder: str, title: str) -> Iterator[None]:
    """Holds the lock of a model; raises `AppError` at once where another window, command or thread holds it."""
    own = lock(folder)
    try:
        own.acquire(blocking=False)
    except filelock.Timeout as error:
        raise AppError(
            tr("“{title}” is being downloaded, checked or changed just now.").format(title=title),
            tr("Wait until that has ended, or stop it, then try again."),
        ) from error
    except OSError as error:
        raise paths.unwritable(Path(own.lock_file), error) from error
    try:
        yield
    finally:
        own.release()


def place_of(folder: Path) -> str:
    """A model's folder as `lock` and `place` take it, relative to the store; trained ones have a place there too."""
    store = paths.models_dir()
    return folder.relative_to(store).as_posix() if folder.is_relative_to(store) else f"kraken/{folder.name}"


def check_space(needed: int, folder: Path) -> None:
    """Raises `AppError` with the numbers where a volume has no room for so many bytes and the reserve."""
    nearest = next(parent for parent in (folder, *folder.parents) if parent.is_dir())
    free = shutil.disk_usage(nearest).free
    if needed and free < needed + RESERVE:
        raise AppError(
            tr("There is not enough room: {needed} are needed and {free} are free on the disk with “{folder}”.").format(
                needed=sentences.size_text(needed + RESERVE), free=sentences.size_text(free), folder=folder
            ),
            tr("Free some space, or choose another folder for the models. {reserve} of it stay free.").format(
                reserve=sentences.size_text(RESERVE)
            ),
        )


# ---- changes


def place(staged: Path, folder: str, record: Record) -> Path:
    """Makes a staged folder the model in this folder of the store; the caller holds the lock and has verified it.

    What the record does not name is deleted, the record is written last, all is synced, and one rename installs.
    Raises `AppError` where the disk refuses; then the older model is there as before.
    """
    target = paths.models_dir() / safe_name(folder)
    there = recording.load(target)
    if there is not None and there.name != record.name:
        raise BadModel(
            tr("The place of “{title}” is taken by “{other}”.").format(
                title=record.about.title, other=there.about.title
            ),
            tr("Remove that model first."),
        )
    try:
        _complete(staged, record)
        target.parent.mkdir(parents=True, exist_ok=True)
        _settle(target)
        if target.exists():
            target.rename(target.with_name(f"{_OLD}{target.name}"))
        staged.rename(target)
        for parent in (staged.parent, *target.parents):
            if parent.is_relative_to(paths.cache_dir()):
                paths.sync(parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            _settle(target)
        raise _refused(target, record.about.title, error) from error
    with contextlib.suppress(OSError):  # the new one is there; what is left of the old one goes at the next start
        _settle(target)
    return target


def remove(name: str) -> int:
    """Removes a model and returns the bytes that this freed; `AppError` for the one that comes with the program.

    A process that reads the model goes on with its open file where the system allows that (not on Windows).
    """
    model = need(name)
    title = model.record.about.title
    if name == STARTER:
        raise AppError(
            tr("“{title}” comes with the program and cannot be removed.").format(title=title),
            tr("It takes little room."),
        )
    with held(place_of(model.folder), title):
        model = need(name)
        try:
            _settle(model.folder)
            gone = _put_aside(model.folder, model.folder.name)
            paths.sync(gone.parent)
        except OSError as error:
            raise _refused(model.folder, title, error) from error
        return _delete(gone)


def verify(
    name: str,
    progress: Callable[[int, int], object] = lambda _done, _total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Problem, ...]:
    """Reads every byte of a model and compares it with the record; `progress` is in bytes. Raises `Cancelled`.

    What is found changed is noted, and an older note is taken back. In a store that cannot be written nothing is.
    """
    model = need(name)
    if name == STARTER:
        starter.look_again()
        return integrity.inspect(model.folder, model.record, progress, cancelled)
    with held(place_of(model.folder), model.record.about.title):
        model = need(name)
        problems = integrity.inspect(model.folder, model.record, progress, cancelled)
        with contextlib.suppress(AppError, OSError):
            integrity.note(model.folder, problems)
    return problems


def tidy() -> Tidied:
    """Ends what a crash left half done: a model put aside comes back, a removed one goes. For the program's start.

    What another running copy of the program holds is not touched.
    """
    freed = 0
    restored: list[Path] = []
    unknown: list[Path] = []
    for folder in tuple(_folders(hidden=True)):
        target = _target_of_leftover(folder)
        if target is None:
            unknown += [] if _looked_at(folder) else [folder]
            continue
        with contextlib.suppress(OSError, AppError), lock(place_of(target)).acquire(blocking=False):
            was_there = target.exists()
            freed += _settle(target)
            restored += [target] if target.exists() and not was_there else []
    return Tidied(freed, tuple(restored), tuple(unknown))


# ---- looking


def _folders(*, hidden: bool = False) -> Iterator[Path]:
    """The folders where models may be; with `hidden` also those that were put aside."""
    places = ((paths.models_dir(), "kraken/*"), (paths.models_dir(), "surya/*/*"), (paths.data_dir() / "models", "*"))
    for root, pattern in places:
        for folder in root.glob(pattern):
            if folder.is_dir() and (hidden or not folder.name.startswith(".")):
                yield folder


def _target_of_leftover(folder: Path) -> Path | None:
    """The place of the model that was put aside under this hidden name; None for any other name."""
    if folder.name.startswith(_OLD):
        return folder.with_name(folder.name.removeprefix(_OLD))
    removed = _REMOVED.fullmatch(folder.name)
    return folder.with_name(removed["name"]) if removed else None


def _looked_at(folder: Path) -> Installed | None:
    record = recording.load(folder)
    if record is None or not _is_sound(record):
        return None
    return Installed(record, folder, integrity.damage(folder, record))


def _is_sound(record: Record) -> bool:
    """Whether the record names only files of its folder: a person may have put a stranger's folder into the store."""
    try:
        names = [safe_name(file.name) for file in record.files]
    except BadModel:
        return False
    return bool(names) and record.weights in {"", *names}


# ---- changing, under the model's lock


def _complete(staged: Path, record: Record) -> None:
    """Makes a staged folder exactly what its record says, writes the record last, and waits for the disk."""
    named = {unicodedata.normalize("NFC", file.name) for file in record.files}
    if not named.isdisjoint({RECORD, integrity.NOTE}):
        raise BadModel(
            tr("“{title}” has a file with a name that only Lesepult may use.").format(title=record.about.title),
            tr("Tell those who publish it, or choose another model."),
        )
    for path in tuple(staged.rglob("*")):
        name = unicodedata.normalize("NFC", path.relative_to(staged).as_posix())
        if path.is_symlink() or (name not in named and not path.is_dir()):
            path.unlink()
    for name in integrity.damage(staged, record):
        raise BadModel(
            tr("“{name}” was taken away or changed while “{title}” was being installed.").format(
                name=name, title=record.about.title
            ),
            tr("A virus scanner does that at times. Try again."),
        )
    with paths.staged(staged / RECORD) as file:
        file.write_bytes(recording.encode(record))
    for path in (*staged.rglob("*"), staged):
        paths.sync(path)


def _settle(target: Path) -> int:
    """Brings back or deletes what was put aside beside a model's place, and returns the bytes that this freed."""
    old = target.with_name(f"{_OLD}{target.name}")
    if old.exists():
        if target.exists():
            _put_aside(old, target.name)
        else:
            old.rename(target)
        paths.sync(target.parent)
    return sum(_delete(path) for path in target.parent.iterdir() if _is_removed(path, target.name))


def _is_removed(path: Path, name: str) -> bool:
    found = _REMOVED.fullmatch(path.name)
    return found is not None and found["name"] == name


def _put_aside(folder: Path, name: str) -> Path:
    """Renames a folder so that it is no model any more and is deleted whenever that can be done."""
    return folder.rename(folder.with_name(f".removed-{secrets.token_hex(4)}-{name}"))


def _delete(folder: Path) -> int:
    """Deletes what can be deleted of a folder, and returns the bytes that are really gone."""
    before = _bytes(folder)
    shutil.rmtree(folder, ignore_errors=True)
    return before - _bytes(folder)


def _bytes(folder: Path) -> int:
    return sum(integrity.size_of(path) or 0 for path in folder.rglob("*") if not path.is_symlink())


def _refused(target: Path, title: str, error: OSError) -> AppError:
    if sys.platform == "win32" and isinstance(error, PermissionError):
        return AppError(
            tr("“{title}” is in use, so it stays as it is.").format(title=title),
            tr("Wait until reading has ended, or close the programs that use it, then try again."),
        )
    return paths.unwritable(target, error)
