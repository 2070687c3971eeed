"""What `lesepult doctor` finds out: versions, devices, folders and whether they can be written, models."""

import platform
import shutil
import tempfile
import threading
from importlib import metadata
from pathlib import Path
from typing import Literal

import msgspec

from app import checkpoints, paths, settings
from app.checkpoints import store
from app.errors import AppError
from app.jobs import Worker
from app.language import current_language, tr
from app.protocol import CheckModel, Ready

_LIBRARIES = ("kraken", "surya-ocr", "torch", "transformers", "PySide6-Essentials", "SQLAlchemy", "Pillow")


class Folder(msgspec.Struct, frozen=True):
    """A folder of the program's; `free` is bytes on its volume."""

    name: str
    path: str
    writable: bool
    free: int


class Model(msgspec.Struct, frozen=True):
    """A model that is installed, and whether a quick look finds it whole: only the starter's bytes are read."""

    name: str
    title: str
    path: str
    whole: bool


class Report(msgspec.Struct, frozen=True):
    """All of it; `problems` are sentences, none when everything is well."""

    lesepult: str
    python: str
    system: str
    language: str
    libraries: dict[str, str]
    engine: str
    devices: tuple[str, ...]
    device: str
    folders: tuple[Folder, ...]
    models: tuple[Model, ...]
    problems: tuple[str, ...]

    @property
    def state(self) -> Literal["well", "ill"]:
        """Whether the program can do its work here."""
        return "ill" if self.problems else "well"


def examine() -> Report:
    """Looks at everything; an engine worker opens the starter model, and says which devices it sees."""
    problems: list[str] = []
    libraries = {name: _version(name) for name in _LIBRARIES}
    problems += [
        tr("{name} is not installed. Install Lesepult again.").format(name=n) for n, v in libraries.items() if not v
    ]
    transformers = libraries["transformers"]
    if transformers and int(transformers.split(".")[0]) >= 5:
        problems.append(
            tr("transformers {version} is too new for surya. Install Lesepult again.").format(version=transformers)
        )
    folders = tuple(_folder(name, path) for name, path in paths.folders().items())
    problems += [
        tr("“{name}” cannot be written. Choose another place with LESEPULT_HOME.").format(name=folder.path)
        for folder in folders
        if not folder.writable
    ]
    models = store.installed()
    problems += [_damage(model) for model in models if model.damaged and model.record.name != checkpoints.STARTER]
    ready: Ready | None = None
    try:
        starter = checkpoints.find(checkpoints.STARTER)
        with Worker() as worker:
            worker.run(CheckModel(job="doctor", model=str(starter.path)), lambda _event: None, threading.Event())
            ready = worker.ready
    except AppError as error:
        problems.append(str(error))
    return Report(
        lesepult=_version("lesepult"),
        python=platform.python_version(),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        language=current_language(),
        libraries=libraries,
        engine=f"{ready.engine} {ready.version}" if ready else "",
        devices=ready.devices if ready else (),
        device=settings.load().device,
        folders=folders,
        models=tuple(_model(model) for model in models),
        problems=tuple(problems),
    )


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _model(model: store.Installed) -> Model:
    record = model.record
    return Model(record.name, record.about.title, str(model.folder / record.weights), not model.damaged)


def _damage(model: store.Installed) -> str:
    return "{} {}".format(tr("The model “{name}” is damaged.").format(name=model.record.about.title), model.remedy)


def _folder(name: str, path: Path) -> Folder:
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path) as probe:
            probe.write(b"lesepult")
        writable = True
    except OSError:
        writable = False
    nearest = next(parent for parent in (path, *path.parents) if parent.is_dir())
    return Folder(name, str(path), writable, shutil.disk_usage(nearest).free)
