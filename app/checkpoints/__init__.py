"""Models: which can read, and which file a name stands for; the rest of the model manager is in the modules here."""

from dataclasses import dataclass
from pathlib import Path

from app.checkpoints.integrity import size_of
from app.checkpoints.starter import STARTER
from app.checkpoints.store import Installed, by_name, installed
from app.errors import BadModel
from app.language import tr

__all__ = ["STARTER", "Checkpoint", "find", "readers"]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A file of weights that can read lines; `name` is what a reading keeps, `title` what a person sees."""

    name: str
    title: str
    path: Path


def readers() -> tuple[Checkpoint, ...]:
    """The models that can read lines now, the starter first; those that are damaged cannot."""
    return tuple(_checkpoint(model) for model in installed() if _reads(model) and not model.damaged)


def find(name_or_file: str) -> Checkpoint:
    """The model with this name, or the model file at this path; `BadModel` when there is neither.

    Whether a file really holds a model is for the engine to say, which opens it in its own process.
    """
    model = by_name(name_or_file)
    if model is None:
        return _file(name_or_file)
    if model.damaged:
        raise BadModel(tr("The model “{name}” is damaged.").format(name=model.record.about.title), model.remedy)
    if not _reads(model):
        message = tr("The model “{name}” cannot be chosen for reading.")
        raise BadModel(message.format(name=model.record.about.title), _known())
    return _checkpoint(model)


def _file(name: str) -> Checkpoint:
    path = Path(name).expanduser()
    if size_of(path) is not None:
        return Checkpoint(path.name, path.stem, path.resolve())
    if name == STARTER:
        raise BadModel(tr("The starter model is missing from the program's folder."), tr("Install Lesepult again."))
    raise BadModel(tr("There is no model “{name}”.").format(name=name), _known())


def _known() -> str:
    names = ", ".join(reader.name for reader in readers())
    return tr("Give the path of a model file, or one of these names: {names}.").format(names=names)


def _reads(model: Installed) -> bool:
    return model.record.about.engine == "kraken" and model.record.about.purpose == "recognition"


def _checkpoint(model: Installed) -> Checkpoint:
    return Checkpoint(model.record.name, model.record.about.title, model.folder / model.record.weights)
