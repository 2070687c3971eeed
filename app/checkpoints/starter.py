"""The model that comes with the program, in `resources/starter`; its card stands for the record that others have."""

import functools
import hashlib
from pathlib import Path

import msgspec

from app import paths
from app.checkpoints.plan import About
from app.checkpoints.record import Record, RecordedFile
from app.language import tr

STARTER = "starter"
"""Its name."""


class _Card(msgspec.Struct, frozen=True):
    """What `model.json` says; `cer_test` is a share (0.04 for 4 %) on pages that the model never trained on."""

    file: str
    sha256: str
    size: int
    licence: str
    languages: tuple[str, ...]
    scripts: tuple[str, ...]
    cer_test: float
    trained: str


def folder() -> Path:
    """Where it is; the folder may belong to another user and is never written to."""
    return paths.resources_dir() / "starter"


def record() -> Record | None:
    """Its record; None where the program's folder lacks the card."""
    try:
        card = msgspec.json.decode((folder() / "model.json").read_bytes(), type=_Card)
    except (OSError, msgspec.MsgspecError):
        return None
    about = About(
        title=tr("Starter model (typewriter)"),
        engine="kraken",
        purpose="recognition",
        licence=card.licence,
        summary=tr(
            "Reads typewritten German, English and French, and plain roman print with the long s; no handwriting."
        ),
        scripts=card.scripts,
        languages=card.languages,
        cer=card.cer_test,
    )
    return Record(
        name=STARTER,
        reference=STARTER,
        about=about,
        files=(RecordedFile(name=card.file, size=card.size, sha256=card.sha256, published=True),),
        weights=card.file,
        origin="built in",
        installed=card.trained,
    )


def damage(record: Record) -> tuple[str, ...]:
    """The files whose bytes are not as recorded: it is so small that they are hashed, once for each state of a file."""
    wrong = []
    for file in record.files:
        path = folder() / file.name
        try:
            whole = _sha256(path, path.stat().st_mtime_ns) == file.sha256
        except OSError:
            whole = False
        wrong += [] if whole else [file.name]
    return tuple(wrong)


def look_again() -> None:
    """Has the next look hash the files anew, even where they seem unchanged."""
    _sha256.cache_clear()


@functools.lru_cache(maxsize=1)
def _sha256(path: Path, _changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
