"""Models: which can read, and which file a name stands for; the rest of the model manager is in the modules here."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from app.checkpoints.integrity import size_of
from app.checkpoints.plan import EngineName
from app.checkpoints.starter import STARTER
from app.checkpoints.store import Installed, by_name, installed
from app.errors import BadModel
from app.language import tr
from app.protocol import Purpose

__all__ = ["STARTER", "Checkpoint", "EngineName", "digest", "find", "finder", "finders", "reader", "readers"]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Weights that an engine opens: a file, or surya's folder; `name` is what a reading keeps, `title` for a person.

    `sha256` is that of the file with the weights, as it was installed; empty for a file outside the store.
    """

    name: str
    title: str
    path: Path
    engine: EngineName = "kraken"
    sha256: str = ""


def readers() -> tuple[Checkpoint, ...]:
    """The models that can read lines now, the starter first; those that are damaged cannot."""
    return tuple(_checkpoint(model) for model in installed() if _does(model, "recognition") and not model.damaged)


def reader(engine: EngineName) -> Checkpoint:
    """The model that an engine reads with when nobody chose one: the starter, or surya's newest; else `BadModel`."""
    if engine == "kraken":
        return find(STARTER)
    return _newest(engine, "recognition", tr("There is no model for reading with surya yet."))


def finders() -> tuple[EngineName, ...]:
    """The engines that can find lines now: kraken always, surya when it has a model for it."""
    there = any(_does(model, "segmentation", "surya") and not model.damaged for model in installed())
    return ("kraken", "surya") if there else ("kraken",)


def finder(engine: EngineName) -> str:
    """What an engine is given to find lines: nothing for kraken, which brings its own; `BadModel` without surya's."""
    if engine == "kraken":
        return ""
    return str(_newest(engine, "segmentation", tr("There is no model for finding lines with surya yet.")).path)


def find(name_or_file: str) -> Checkpoint:
    """The model with this name, or the model file at this path; `BadModel` when there is neither.

    Whether a file really holds a model is for the engine to say, which opens it in its own process.
    """
    model = by_name(name_or_file)
    if model is None:
        return _file(name_or_file)
    if model.damaged:
        raise BadModel(tr("The model “{name}” is damaged.").format(name=model.record.about.title), model.remedy)
    if not _does(model, "recognition"):
        message = tr("The model “{name}” cannot be chosen for reading.")
        raise BadModel(message.format(name=model.record.about.title), _known())
    return _checkpoint(model)


def digest(checkpoint: Checkpoint) -> str:
    """The sha256 of the weights; reads the whole file where it is not in the store, and is empty where that fails."""
    if checkpoint.sha256:
        return checkpoint.sha256
    try:
        with checkpoint.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _file(name: str) -> Checkpoint:
    path = Path(name).expanduser()
    if size_of(path) is not None:
        return Checkpoint(path.name, path.stem, path.resolve())
    if name == STARTER:
        raise BadModel(tr("The starter model is missing from the program's folder."), tr("Install Lesepult again."))
    raise BadModel(tr("There is no model “{name}”.").format(name=name), _known())


def _known() -> str:
    names = ", ".join(checkpoint.name for checkpoint in readers())
    return tr("Give the path of a model file, or one of these names: {names}.").format(names=names)


def _newest(engine: EngineName, purpose: Purpose, missing: str) -> Checkpoint:
    """The model of an engine whose name, which ends with its date, comes last."""
    there = [model for model in installed() if _does(model, purpose, engine)]
    if whole := [model for model in there if not model.damaged]:
        return _checkpoint(max(whole, key=lambda model: model.record.name))
    if there:
        message = tr("The model “{name}” is damaged.").format(name=there[0].record.about.title)
        raise BadModel(message, there[0].remedy)
    raise BadModel(missing, tr("Get it in the window “Models”, or with “lesepult models install”."))


def _does(model: Installed, purpose: Purpose, engine: EngineName | None = None) -> bool:
    about = model.record.about
    return about.purpose == purpose and engine in {None, about.engine}


def _checkpoint(model: Installed) -> Checkpoint:
    record = model.record
    weights = record.weights or "model.safetensors"  # surya opens the folder, and this is its file of weights
    sha256 = next((file.sha256 for file in record.files if file.name == weights), "")
    return Checkpoint(record.name, record.about.title, model.folder / record.weights, record.about.engine, sha256)
