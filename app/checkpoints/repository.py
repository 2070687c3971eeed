"""The list of kraken's public model repository (HTRMoPo, on Zenodo): kept in a file of ours, and searched in it.

`listing` and `search` need no network. `refresh` asks what is new: first the list, a few requests, then the card of
each model that is new or was changed, a request each and about one a second; whatever arrived is kept at any end.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import msgspec

from app import paths
from app.checkpoints import catalogue, network, weights
from app.checkpoints.plan import About, EngineName
from app.checkpoints.sources import published
from app.checkpoints.sources.published import Card
from app.protocol import Purpose

if TYPE_CHECKING:
    from app.checkpoints import harvest

_FORMAT = 1
_KEEP_EVERY = 25
_MOST_FAILURES = 3


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A model that can be had; empty where its publisher does not say.

    `reference` is what `sources.plan` takes; `size` is that of the weights in bytes, 0 where unknown; `names` are the
    scripts and languages in English; `date` is the day of the last change. `obsolete` is what has a newer version or
    was replaced, `concept` the number that stands for all versions, `card` the address of a card still to be read.
    """

    reference: str
    about: About
    size: int = 0
    names: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    date: str = ""
    obsolete: bool = False
    concept: str = ""
    usable: bool = True
    card: str = ""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the repository; `fetched` is when it was last asked to the end (UTC, ISO 8601), or empty."""

    entries: tuple[Listed, ...] = ()
    fetched: str = ""


class _Kept(msgspec.Struct, kw_only=True):
    """The list as its file has it, by the records' numbers.

    What changed until `since` is in it, a day by the repository's own clock.
    """

    entries: dict[int, Listed] = {}
    since: str = ""
    fetched: str = ""
    format: int = _FORMAT


def listing() -> Listing:
    """What the last refresh brought: models that kraken can use, newest first, a model's older versions after it."""
    return _arranged(_load())


def refresh(
    progress: Callable[[int, int], None] = lambda _done, _total: None, cancelled: Callable[[], bool] = lambda: False
) -> Listing:
    """Asks the repository what is new; blocks, and raises `NetworkError`, or `AppError` when the list cannot be kept.

    `progress` gets cards read and cards to read. When it is cancelled, the list is what arrived until then.
    """
    from app.checkpoints import harvest

    network.check_online()
    kept = _load()
    with harvest.Asker(cancelled) as asker:
        try:
            _list(kept, asker)
            _read_cards(kept, asker, progress)
            kept.fetched = datetime.now(UTC).isoformat(timespec="seconds")
        except harvest.Cancelled:
            pass
        finally:
            _save(kept)
    return _arranged(kept)


def all_entries(known: Iterable[catalogue.Entry], listed: Listing) -> tuple[Listed, ...]:
    """The catalogue's entries under their ids, then what the repository has besides."""
    from app.checkpoints import harvest

    entries = tuple(known)
    ours = tuple(
        Listed(
            reference=entry.id,
            about=entry.about,
            size=entry.size,
            names=harvest.names(entry.about.scripts, entry.about.languages),
            keywords=(entry.id, *entry.writing, *entry.references),
        )
        for entry in entries
    )
    return (*ours, *(one for one in listed.entries if not any(entry.covers(one.reference) for entry in entries)))


def search(
    entries: Iterable[Listed],
    text: str = "",
    script: str | None = None,
    language: str | None = None,
    *,
    engine: EngineName | None = None,
    purpose: Purpose | None = None,
    licence: str = "",
    size: int = 0,
) -> tuple[Listed, ...]:
    """Those entries, in their order, that have every word of the text somewhere, with or without accents and capitals.

    Scripts and languages are codes, but their English names and codes count as words too; `licence` is part of one;
    `size` is the most in bytes, 0 for any. An entry that does not say what is asked for is left out.
    """
    words = _folded(text).split()

    def fits(entry: Listed) -> bool:
        about = entry.about
        return (
            (script is None or script in about.scripts)
            and (language is None or language in about.languages)
            and engine in {None, about.engine}
            and purpose in {None, about.purpose}
            and _folded(licence) in _folded(about.licence)
            and (not size or 0 < entry.size <= size)
            and _has(entry, words)
        )

    return tuple(filter(fits, entries))


def _list(kept: _Kept, asker: "harvest.Asker") -> None:
    """Takes over what is new, changed or withdrawn; only a list that came to its end moves `since` on."""
    from app.checkpoints import harvest

    # A record dated in the future, or a clock here that went back, must not hide what comes between.
    today = datetime.now(UTC).date().isoformat()
    for found in harvest.records(asker, min(kept.since, today)):
        known = kept.entries.get(found.id)
        listed = _listed(found)
        if listed is None:
            kept.entries.pop(found.id, None)
        elif known is None or known.date != listed.date:
            kept.entries[found.id] = listed
    kept.since = max((entry.date for entry in kept.entries.values()), default="")


def _listed(found: "harvest.Found") -> Listed | None:
    """What is known before the card; None for what was withdrawn or has no weights that may be installed."""
    files = {unquote(urlsplit(url).path).rpartition("/")[2]: url for url in found.files}
    fit = {name: found.files[url] for name, url in files.items() if weights.is_weights(name)}
    if found.withdrawn or not fit:
        return None
    size = max(fit[published.choose(found.title, fit)[0]], 0)
    return Listed(
        reference=f"zenodo:{found.id}",
        concept=found.concept,
        date=found.date,
        size=size,
        keywords=found.keywords,
        card=next((files[name] for name in published.CARDS if name in files), ""),
        about=About(
            title=found.title or f"Zenodo {found.id}",
            engine="kraken",
            purpose=published.purpose(Card(), found.title, *found.keywords) or "recognition",
            homepage=f"https://doi.org/10.5281/zenodo.{found.id}",
            memory=catalogue.memory_needed("kraken", size),
        ),
    )


def _read_cards(kept: _Kept, asker: "harvest.Asker", progress: Callable[[int, int], None]) -> None:
    """Reads the cards that are still to be read, newest first, and keeps the list now and then.

    One that cannot be had stays to be read; several in a row mean that there is no network, and end it.
    """
    from app.checkpoints import harvest

    failures = 0
    waiting = sorted((number for number, entry in kept.entries.items() if entry.card), reverse=True)
    for done, number in enumerate(waiting):
        progress(done, len(waiting))
        entry = kept.entries[number]
        try:
            card = harvest.card(asker, entry.card)
        except network.NetworkError:
            failures += 1
            if failures == _MOST_FAILURES:
                raise
            continue
        failures = 0
        kept.entries[number] = _with_card(entry, card, harvest.names(card.scripts, card.languages))
        if done % _KEEP_EVERY == _KEEP_EVERY - 1:
            _save(kept)
    progress(len(waiting), len(waiting))


def _with_card(entry: Listed, card: Card, names: tuple[str, ...]) -> Listed:
    purpose = published.purpose(card, entry.about.title, *entry.keywords)
    about = msgspec.structs.replace(
        entry.about,
        purpose=purpose or entry.about.purpose,
        summary=card.summary if card.summary != entry.about.title else "",
        licence=card.licence,
        licence_url=card.licence_url,
        scripts=card.scripts,
        languages=card.languages,
        cer=card.cer,
    )
    return msgspec.structs.replace(
        entry,
        about=about,
        names=names,
        keywords=tuple(dict.fromkeys((*entry.keywords, *card.keywords))),
        obsolete=card.obsolete,
        usable=purpose is not None and card.software in {"", "kraken"},
        card="",
    )


def _arranged(kept: _Kept) -> Listing:
    """The list for a person: without what is for other programs, and with older versions marked."""
    models: dict[str, list[Listed]] = defaultdict(list)
    for _, entry in sorted(kept.entries.items(), reverse=True):
        if entry.usable:
            models[entry.concept].append(entry)
    arranged = [
        entry if place == 0 else msgspec.structs.replace(entry, obsolete=True)
        for versions in models.values()
        for place, entry in enumerate(versions)
    ]
    return Listing(entries=tuple(arranged), fetched=kept.fetched)


def _has(entry: Listed, words: list[str]) -> bool:
    about = entry.about
    texts = (about.title, about.summary, entry.reference, *entry.keywords, *entry.names)
    haystack = _folded(" ".join((*texts, *about.scripts, *about.languages)))
    return all(word in haystack for word in words)


def _folded(text: str) -> str:
    """The text without accents and capitals."""
    return "".join(one for one in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(one))


def _file() -> Path:
    return paths.cache_dir() / "listing.json"


def _load() -> _Kept:
    try:
        kept = msgspec.json.decode(_file().read_bytes(), type=_Kept)
    except (OSError, ValueError, RecursionError):
        return _Kept()
    return kept if kept.format == _FORMAT else _Kept()


def _save(kept: _Kept) -> None:
    with paths.staged(_file()) as staging:
        staging.write_bytes(msgspec.json.encode(kept))
