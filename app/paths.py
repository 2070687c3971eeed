"""Every folder that the program writes to, and the one way in which it writes files (ADR 5).

Staging and store lie in one folder, hence on one volume, so that a rename installs. Everything a child process
puts into a temporary or cache folder lands under `jobs_dir()`, because it may hold somebody's letters. The
variable LESEPULT_HOME puts all of it under one folder, for a stick or a test; the setting for storage moves what can
be had again.
"""

import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from app.errors import AppError
from app.language import tr

if TYPE_CHECKING:
    from filelock import BaseFileLock

_NAME = "lesepult"
_LOCK = ".lock"
_storage: Path | None = None


def use_storage(folder: Path) -> None:
    """Keeps what can be had again inside this absolute folder from now on, in a folder of the program's own there.

    Called once, at start; LESEPULT_HOME wins over it.
    """
    global _storage
    _storage = folder / _NAME


def cache_dir() -> Path:
    """What can be had again: models, staging, thumbnails."""
    return _folder("cache", str(_storage or platformdirs.user_cache_dir(_NAME, appauthor=False)))


def data_dir() -> Path:
    """What cannot be had again and belongs to no archive: models that were trained here."""
    return _folder("data", platformdirs.user_data_dir(_NAME, appauthor=False))


def config_dir() -> Path:
    """The settings."""
    return _folder("config", platformdirs.user_config_dir(_NAME, appauthor=False))


def log_dir() -> Path:
    """The logs of the window and of the workers."""
    return _folder("log", platformdirs.user_log_dir(_NAME, appauthor=False))


def models_dir() -> Path:
    """The store of installed models."""
    return cache_dir() / "models"


def downloads_dir() -> Path:
    """Staging of downloads, which outlives the program so that they can be resumed."""
    return cache_dir() / "tmp" / "downloads"


def jobs_dir() -> Path:
    """Scratch of jobs, which never outlives its job."""
    return cache_dir() / "tmp" / "jobs"


def resources_dir() -> Path:
    """What ships with the program: the starter model, the sample letter, translations, icons."""
    return Path(__file__).resolve().parent.parent / "resources"


def folders() -> dict[str, Path]:
    """All of them by name, for `lesepult doctor`."""
    return {
        "settings": config_dir(),
        "trained models": data_dir(),
        "models": models_dir(),
        "downloads": downloads_dir(),
        "job scratch": jobs_dir(),
        "logs": log_dir(),
    }


def storage_problem() -> AppError | None:
    """Why nothing can be kept in the cache folder, in one sentence for the launch; None when all is well.

    Makes the folders where they are missing, and changes no owner and no right of what is there.
    """
    hint = tr("Choose another folder under “Models > Storage”, or set LESEPULT_HOME to one.")
    folders = (cache_dir(), models_dir(), downloads_dir(), jobs_dir())
    place = folders[0]
    try:
        for place in (*folders, _scratch_list_file()):
            if _is_foreign(place):
                return AppError(tr("“{name}” belongs to another user.").format(name=place), hint)
        for place in folders:
            place.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=place):
                pass
    except (FileExistsError, NotADirectoryError):
        return AppError(tr("“{name}” is no folder, so no model can be kept there.").format(name=place), hint)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return AppError(tr("“{name}” cannot be written: {reason}.").format(name=place, reason=reason), hint)
    return None


def _is_foreign(place: Path) -> bool:
    """Whether something of the program's own is there and is another user's; Windows goes by rights instead."""
    return sys.platform != "win32" and place.exists() and place.stat().st_uid != os.geteuid()


@contextmanager
def job_scratch() -> Iterator[Path]:
    """A folder of one job's own, readable by this user alone and removed with all that is in it when the job ends.

    A lock beside it says that the job runs, and dies with this process.
    """
    folder = jobs_dir() / secrets.token_hex(8)
    lock = _scratch_lock(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _scratch_list():
            lock.acquire(blocking=False)
        folder.mkdir(mode=0o700)
    except OSError as error:
        _remove_scratch(folder, lock)
        raise unwritable(folder, error) from error
    try:
        yield folder
    finally:
        _remove_scratch(folder, lock)


def sweep_jobs() -> None:
    """Removes the scratch of jobs that no longer run: after a crash somebody's letters may lie there."""
    try:
        entries = list(jobs_dir().iterdir())
    except OSError:
        return
    for folder in {entry.with_suffix("") if entry.suffix == _LOCK else entry for entry in entries}:
        lock = _scratch_lock(folder)
        with suppress(OSError):  # a lock that is held raises one too
            with _scratch_list():
                lock.acquire(blocking=False)
            _remove_scratch(folder, lock)


def _scratch_lock(folder: Path) -> "BaseFileLock":
    from filelock import FileLock

    # Not thread-local: a worker's scratch goes on whatever thread puts the worker down.
    return FileLock(folder.with_name(folder.name + _LOCK), thread_local=False)


def _scratch_list() -> "BaseFileLock":
    """Held for the moment in which a scratch's lock is made or tried.

    Without it a sweep could take a lock between its making and its locking, and remove the lock's file: the job would
    then hold a lock that nobody sees. A scratch's name is used once, so later nobody can mistake its lock.
    """
    from filelock import FileLock

    return FileLock(_scratch_list_file())


def _scratch_list_file() -> Path:
    return jobs_dir().with_suffix(_LOCK)


def _remove_scratch(folder: Path, lock: "BaseFileLock") -> None:
    """Removes a scratch, then its lock; what cannot be removed now is left for the next start."""
    shutil.rmtree(folder, ignore_errors=True)
    lock.release()
    with suppress(OSError):
        Path(lock.lock_file).unlink()


def child_environment(scratch: Path) -> dict[str, str]:
    """The environment of an engine worker: offline, and with every temporary and cache folder in its scratch.

    `tempfile` looks at TMPDIR once, at its first use, which is why this is set before the process starts. What the
    person has set for surya elsewhere does not count here: a TORCH_DEVICE without a driver ends it at its import.
    The system's cache folders on macOS and Windows follow no variable; the libraries here ask the ones below first.
    """
    env = {name: value for name, value in os.environ.items() if name != "TORCH_DEVICE"}
    caches = scratch / "cache"
    env |= {name: str(scratch) for name in ("TMPDIR", "TEMP", "TMP")}
    env |= {
        "XDG_CACHE_HOME": str(caches),
        "HF_HOME": str(caches / "huggingface"),
        "TORCH_HOME": str(caches / "torch"),
        "MPLCONFIGDIR": str(caches / "matplotlib"),
        "MODEL_CACHE_DIR": str(models_dir() / "surya"),
        "LOGLEVEL": "WARNING",
        "DISABLE_TQDM": "true",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    return env


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """Writes a file or a folder whole or not at all: yields a staging path beside the target, then fsyncs and renames.

    The body writes a file there, or makes a folder; a file replaces its target, a folder needs a target that
    does not exist. When the body fails, nothing stays. A full disk or a read-only folder raises `AppError`.
    """
    staging = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield staging
        for path in [*staging.rglob("*"), staging] if staging.is_dir() else [staging]:
            sync(path)
        staging.replace(target)
        sync(target.parent)
    except OSError as error:
        raise unwritable(target, error) from error
    finally:
        if staging.is_dir():
            shutil.rmtree(staging, ignore_errors=True)
        else:
            with suppress(OSError):
                staging.unlink()


def sync(path: Path) -> None:
    """Waits until the file's or folder's content is on the disk; Windows knows no such thing for a folder."""
    if path.is_dir() and sys.platform == "win32":
        return
    handle = os.open(path, os.O_RDONLY if sys.platform != "win32" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def unwritable(path: Path, error: OSError) -> AppError:
    """The sentence for a place that could not be written: a full disk, a read-only folder, or what the system says."""
    import errno

    if error.errno in {errno.ENOSPC, errno.EDQUOT if hasattr(errno, "EDQUOT") else errno.ENOSPC, errno.EFBIG}:
        return AppError(
            tr("The disk is full: “{name}” could not be written.").format(name=path),
            tr("Free some space and try again; nothing that was saved is lost."),
        )
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return AppError(
            tr("“{name}” cannot be written.").format(name=path),
            tr("Choose another folder, or ask for the right to write there."),
        )
    return AppError(
        tr("“{name}” could not be written: {reason}.").format(name=path, reason=error.strerror or type(error).__name__),
        tr("Check the folder and try again."),
    )


def _folder(kind: str, usual: str) -> Path:
    home = os.environ.get("LESEPULT_HOME")
    return Path(home).expanduser().resolve() / kind if home else Path(usual)
