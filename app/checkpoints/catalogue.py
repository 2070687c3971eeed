"""The small catalogue in `resources/`: what a new user needs first, where it comes from, and what suits a document.

Nothing in it is trusted blindly: the publisher is asked again before a download, and what the catalogue pins must
agree with the answer. The starter model is not in it, because it is always there (`app.checkpoints.store`).
"""

from functools import cache
from typing import Literal

import msgspec

from app import paths
from app.checkpoints.plan import About, EngineName
from app.errors import BadModel
from app.language import current_language, tr
from app.protocol import Purpose

Writing = Literal["handwriting", "print", "typewriting"]

_BASE = {"kraken": 600_000_000, "surya": 1_500_000_000}
_TIMES = {"kraken": 4, "surya": 3}


class Pinned(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of the file of weights: its name, its size in bytes, and hex digests; empty where unknown."""

    file: str = ""
    size: int = 0
    hashes: dict[str, str] = msgspec.field(default_factory=dict)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One model of the catalogue, in the person's language.

    `references` are what `sources.plan` takes, the preferred one first and its mirrors after it; `size` is in bytes
    and may be rounded, 0 where unknown; `writing` and `centuries` are empty where unknown; `note` says in English
    where the figures come from, and `checked` whether somebody fetched and tried it.
    """

    id: str
    about: About
    references: tuple[str, ...]
    size: int
    writing: tuple[Writing, ...]
    centuries: tuple[int, ...]
    pinned: Pinned
    checked: bool
    note: str

    def covers(self, reference: str) -> bool:
        """Whether this reference, or a model's name, stands for this entry, at whatever revision of a repository."""
        return reference == self.id or reference.split("@", maxsplit=1)[0] in self.references


class _Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry as the file has it, with its texts by language."""

    id: str
    title: dict[str, str]
    summary: dict[str, str]
    engine: EngineName
    purpose: Purpose
    references: tuple[str, ...]
    checked: bool
    source_note: str
    licence: str = ""
    licence_url: str = ""
    version: str = ""
    homepage: str = ""
    scripts: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    writing: tuple[Writing, ...] = ()
    centuries: tuple[int, ...] = ()
    cer: float | None = None
    size: int = 0
    pinned: Pinned = Pinned()


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    surya_base: str
    entries: tuple[_Written, ...]


def entries() -> tuple[Entry, ...]:
    """All of them, in the order in which they are worth trying."""
    return tuple(_entry(written) for written in _file().entries)


def find(reference: str) -> Entry | None:
    """The entry with this id, or the one that this reference or name of a model stands for."""
    return next((entry for entry in entries() if entry.covers(reference)), None)


def surya_base() -> str:
    """The address under which surya publishes its models, without a slash at the end."""
    return _file().surya_base


def recommended(
    script: str | None, language: str | None, purpose: Purpose, memory: int, writing: Writing | None = None
) -> tuple[Entry, ...]:
    """What suits a document, best first; None is what nobody knows, codes are as in `About`.

    Left out is what is known to need another script, or more than `memory`, the machine's in bytes (0: unknown): a
    recommendation that cannot work is none. Models that know the language come first, then those that say nothing of
    languages; among equals those for this kind of writing, then the catalogue's order.
    """

    def suits(entry: Entry) -> bool:
        about = entry.about
        fits = not memory or about.memory <= memory
        return about.purpose == purpose and fits and _rank(script, about.scripts) < 2

    def key(entry: Entry) -> tuple[int, int]:
        return _rank(language, entry.about.languages), _rank(writing, entry.writing)

    return tuple(sorted(filter(suits, entries()), key=key))


def memory_needed(engine: EngineName, weights_size: int) -> int:
    """About how many bytes of memory reading with a model takes; an estimate, and 0 where the size is unknown.

    It counts what the engine's process takes without a model (kraken about 0.6 GB, surya about 1.5 GB) and some copies
    of the weights: as stored, in float32, and what passes through the network at once.
    """
    return _BASE[engine] + _TIMES[engine] * weights_size if weights_size else 0


def _rank(wanted: str | None, known: tuple[str, ...]) -> int:
    """0 when it is known, 1 when nobody says or nobody asks, 2 when others are known."""
    if wanted is None or not known:
        return 1
    return 0 if wanted in known else 2


def _entry(written: _Written) -> Entry:
    language = current_language()
    about = About(
        title=written.title[language],
        summary=written.summary[language],
        memory=memory_needed(written.engine, written.size),
        **{name: getattr(written, name) for name in set(About.__struct_fields__) - {"title", "summary", "memory"}},
    )
    return Entry(
        about=about,
        note=written.source_note,
        **{name: getattr(written, name) for name in set(Entry.__struct_fields__) - {"about", "note"}},
    )


@cache
def _file() -> _File:
    try:
        return msgspec.json.decode((paths.resources_dir() / "catalogue.json").read_bytes(), type=_File)
    except (OSError, msgspec.MsgspecError) as error:
        raise BadModel(
            tr("The catalogue of models is missing from the program's folder."), tr("Install Lesepult again.")
        ) from error
