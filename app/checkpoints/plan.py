"""What is to be fetched for a model: its files, where they come from, and what is known of it before the first byte.

A plan comes from a source (`app.checkpoints.sources`), is shown to the person, and is kept in the download's journal.
Nothing in it is trusted: every name goes through `safe_name` when a plan is made or read.
"""

import re
import unicodedata
from typing import Literal

import msgspec

from app.errors import BadModel
from app.language import tr
from app.protocol import Purpose

EngineName = Literal["kraken", "surya"]
MOST_FILES = 200
"""How many files a model may have; surya's have 12."""

MOST_BYTES = 64 * 1024**3
"""The largest model in bytes that is taken; what announces more is not one."""

HASHES = {"sha256", "sha1", "md5", "git-sha1"}
"""The published hashes that are understood."""

OURS = frozenset({"lesepult.json", "lesepult-damaged.json"})
"""The files that we put into a model's folder, so that no publisher's may have their names."""

_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
_DEEPEST = 8
_PART = re.compile(r"[^\x00-\x1f<>:\"/\\|?*\x7f]{1,120}")


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a person wants to know of a model before they take it; empty where the publisher does not say.

    `scripts` are ISO 15924 codes (`Latn`), `languages` ISO 639-3 (`deu`); `cer` is a share (0.04 for 4 %) as the
    publisher states it; `memory` is what working with it takes in bytes, an estimate.
    """

    title: str
    engine: EngineName
    purpose: Purpose
    licence: str = ""
    licence_url: str = ""
    summary: str = ""
    scripts: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    version: str = ""
    homepage: str = ""
    cer: float | None = None
    memory: int = 0


class PlannedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file: its place in the model's folder, its address, and what its publisher says of its content.

    `size` is in bytes, None where nobody said. `hashes` are published hex digests by algorithm: "sha256", "sha1",
    "md5", and "git-sha1", which is SHA-1 over git's blob header and the content.
    """

    name: str
    url: str
    size: int | None = None
    hashes: dict[str, str] = msgspec.field(default_factory=dict)


class WrittenFile(msgspec.Struct, frozen=True, kw_only=True):
    """A small text that belongs into the model's folder and is written by us, after all else has arrived."""

    name: str
    text: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All that a download needs to know, and to go on after a crash.

    `name` is what the model is called in settings and readings (`surya:text_recognition/2025_09_23`); `folder` is
    its place in the store, relative and with `/`; `reference` and `base` are what was asked for, to plan again;
    `weights` is the file that the engine opens, empty where it opens the folder; `connections` is how many the
    server takes well at once; `remarks` are sentences for the person.
    """

    name: str
    folder: str
    reference: str
    about: About
    files: tuple[PlannedFile, ...]
    weights: str
    base: str = ""
    written: tuple[WrittenFile, ...] = ()
    connections: int = 4
    remarks: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The files that the model's folder will hold, those that we write last."""
        return (*(file.name for file in self.files), *(file.name for file in self.written))

    @property
    def size(self) -> int:
        """The bytes of all files whose size is known."""
        return sum(file.size or 0 for file in self.files)

    @property
    def hashed(self) -> bool:
        """Whether the publisher gives a hash for every file."""
        return all(file.hashes for file in self.files)


def check(plan: Plan) -> Plan:
    """The plan, when it keeps to its folder and within limits; `BadModel` otherwise."""
    names = [safe_name(name) for name in plan.names]
    safe_name(plan.folder)
    folded = {unicodedata.normalize("NFC", name).casefold() for name in names}
    clash = (
        not folded.isdisjoint(OURS)
        or len(folded) < len(names)
        or any(a.startswith(f"{b}/") for a in folded for b in folded)
    )
    known = all(file.hashes.keys() <= HASHES for file in plan.files)
    sizes_ok = known and all(file.size is None or file.size >= 0 for file in plan.files) and plan.size <= MOST_BYTES
    sound = plan.files and len(names) <= MOST_FILES and not clash and sizes_ok
    if not sound or (plan.weights and plan.weights not in names):
        raise BadModel(
            tr("The list of files of “{name}” makes no sense.").format(name=plan.name),
            tr("Nothing was fetched. Tell those who publish it, or choose another model."),
        )
    return plan


def safe_name(name: str) -> str:
    """The name, when it is a relative path with `/` that stays in its folder on every system; `BadModel` otherwise."""
    parts = name.split("/")
    for part in parts:
        stem = part.split(".")[0].casefold()
        odd = not _PART.fullmatch(part) or not part.isprintable() or part[-1] in ". " or stem in _RESERVED
        if odd or len(parts) > _DEEPEST:
            shown = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in name[:80])
            raise BadModel(
                tr("The file name “{name}” is not allowed in a model.").format(name=shown),
                tr("Nothing was written. Tell those who publish it, or choose another model."),
            )
    return name
