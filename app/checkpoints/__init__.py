"""Models: which there are, and which file a name stands for. The model manager's core will live here."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from app import paths
from app.errors import BadModel
from app.language import tr

STARTER = "starter"


class Card(msgspec.Struct, frozen=True):
    """What a model's `model.json` says of it; `cer_test` is a share (0.04 for 4 %) on pages it never trained on."""

    name: str
    file: str
    sha256: str
    size: int
    engine: str
    licence: str
    summary: str
    cer_test: float | None = None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A file of weights and what is known of it; `name` is what a reading keeps, `title` what a person sees."""

    name: str
    title: str
    path: Path
    card: Card | None = None


def installed() -> tuple[Checkpoint, ...]:
    """The models that can read now, the starter model first."""
    return (_starter(),)


def find(name_or_file: str) -> Checkpoint:
    """The model with this name, or the model file at this path; `BadModel` when there is neither.

    Whether a file really holds a model is for the engine to say, which opens it in its own process.
    """
    for checkpoint in installed():
        if checkpoint.name == name_or_file:
            return checkpoint
    path = Path(name_or_file).expanduser()
    if path.is_file():
        return Checkpoint(path.name, path.stem, path.resolve())
    known = ", ".join(checkpoint.name for checkpoint in installed())
    raise BadModel(
        tr("There is no model “{name}”.").format(name=name_or_file),
        tr("Give the path of a model file, or one of these names: {names}.").format(names=known),
    )


def is_whole(checkpoint: Checkpoint) -> bool:
    """Whether the file has exactly the bytes that its card promises; True where no card says anything."""
    if checkpoint.card is None:
        return True
    try:
        with checkpoint.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == checkpoint.card.sha256
    except OSError:
        return False


def _starter() -> Checkpoint:
    folder = paths.resources_dir() / "starter"
    try:
        card = msgspec.json.decode((folder / "model.json").read_bytes(), type=Card)
    except (OSError, msgspec.MsgspecError) as error:
        raise BadModel(
            tr("The starter model is missing from the program's folder."), tr("Install Lesepult again.")
        ) from error
    return Checkpoint(STARTER, tr("Starter model (typewriter)"), folder / card.file, card)
