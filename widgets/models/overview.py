"""What there is: one look at the disk, and the models of the window and of the chooser that follow from it.

`look` reads small files and so is not for the GUI thread; everything else works on its result.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from app import settings
from app.checkpoints import STARTER, catalogue, repository, sources, staging, store
from app.checkpoints.catalogue import Entry
from app.checkpoints.repository import Listed
from app.checkpoints.staged_file import arrived
from app.checkpoints.state import Download
from app.checkpoints.store import Installed
from app.language import tr
from app.protocol import Purpose
from app.settings import Settings
from widgets.jobs.activity import Activity
from widgets.model_chooser import ModelChoice, ModelState
from widgets.models import names
from widgets.models.item import Item, Offer, reads

_SUGGESTED = 2
"""How many models that are not here yet the chooser names."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a look at the disk found.

    `kept` are downloads that were stopped; `available` is the catalogue, what suits this person and computer first,
    and then the public repository, of which `fetched` says when it was listed (UTC, ISO 8601, or empty). `own_file` is
    the file of the person's own that the settings name as the model to read with.
    """

    installed: tuple[Installed, ...] = ()
    kept: tuple[Download, ...] = ()
    entries: tuple[Entry, ...] = ()
    available: tuple[Item, ...] = ()
    fetched: str = ""
    own_file: Path | None = None
    settings: Settings = Settings()  # noqa: RUF009 - it cannot be changed

    def key(self, name: str) -> str:
        """The key of the item that a model's name stands for: the catalogue's own where it is in it."""
        return next((entry.id for entry in self.entries if entry.covers(name)), name)


def look() -> Snapshot:
    """Looks at the store, the parts, the lists and the settings."""
    listing, entries, known = repository.listing(), catalogue.entries(), settings.load()
    file = Path(known.model)
    return Snapshot(
        installed=store.installed(),
        kept=tuple(
            Download(part.id, journal.plan, "paused", done=arrived(part, journal), total=journal.plan.size)
            for part, journal in staging.kept()
            if journal.wanted == "stop"
        ),
        entries=entries,
        available=(*_selection(entries), *(_listed(one) for one in listing.entries if _is_news(one, entries))),
        fetched=listing.fetched,
        own_file=file if file.is_file() else None,
        settings=known,
    )


def items(
    snapshot: Snapshot, downloads: Iterable[Download], offers: Mapping[str, Offer], works: Mapping[str, Activity]
) -> tuple[Item, ...]:
    """All models in the order of their sections, each once; offers and works are by the key of the item."""
    active = [download for download in downloads if download.state != "installed"]
    coming = [_of_download(snapshot, download) for download in active]
    found = {item.key: item for item in coming}
    here = [item for model in snapshot.installed if (item := _of_installed(snapshot, model)).key not in found]
    found |= {item.key: item for item in here}
    available = {item.key: item for item in snapshot.available if item.key not in found}
    stopped: list[Item] = []
    for download in snapshot.kept:
        key = snapshot.key(download.plan.name)
        if key in available:
            available[key] = replace(available[key], kept=download)
        elif key not in found:
            stopped.append(replace(_of_download(snapshot, download), section="selection", download=None, kept=download))
    return tuple(
        replace(item, offer=offers.get(item.key), work=works.get(item.key))
        for item in (*here, *coming, *stopped, *available.values())
    )


def choices(
    snapshot: Snapshot, all_items: Iterable[Item], files: Mapping[str, ModelChoice], wanted: str
) -> tuple[tuple[ModelChoice, ...], str]:
    """The models to read with, files of the person's own first, and the name of the one to use.

    That is the one that is wanted, also when it has to be fetched first; the starter where nobody knows it.
    """
    readers = [item for item in all_items if reads(item.about)]
    near = [item for item in readers if item.section in {"here", "coming"}]
    suggested = [item for item in readers if item.section == "selection"][:_SUGGESTED]
    made = [*files.values(), *map(_choice, [*near, *suggested])]
    key = snapshot.key(wanted)
    for choice in made:
        if choice.name == wanted or choice.item == key:
            return tuple(made), choice.name
    if not sources.is_known(wanted):
        return tuple(made), STARTER
    known = next((item for item in readers if item.key == key), None)
    gone = _choice(known) if known else ModelChoice(wanted, names.source_name(wanted), "missing", item=wanted)
    return (*made, gone), gone.name


def _choice(item: Item) -> ModelChoice:
    title, engine = item.about.title, item.about.engine
    if item.download is not None:
        return ModelChoice(item.download.plan.name, title, "coming", item=item.key, engine=engine)
    if item.installed is not None:
        state: ModelState = "damaged" if item.damaged else "ready"
        return ModelChoice(item.installed.record.name, title, state, item=item.key, engine=engine)
    return ModelChoice(item.reference, title, "missing", item.size, item.key, engine)


def _selection(entries: tuple[Entry, ...]) -> list[Item]:
    """The catalogue; what is too large for this computer comes last and says so."""
    import psutil

    language, memory = names.own_language(), psutil.virtual_memory().total
    purposes: tuple[Purpose, ...] = ("recognition", "segmentation")
    fitting = [entry for purpose in purposes for entry in catalogue.recommended(None, language, purpose, memory)]
    others = [entry for entry in entries if entry not in fitting]
    return [_selected(entry, fits=True) for entry in fitting] + [_selected(entry, fits=False) for entry in others]


def _selected(entry: Entry, *, fits: bool) -> Item:
    remarks = []
    if not fits:
        remarks.append(tr("It probably needs more memory than this computer has."))
    if not entry.checked:
        remarks.append(tr("What is said here is what its publisher says; nobody has tried it with Lesepult yet."))
    return Item(
        key=entry.id,
        section="selection",
        about=entry.about,
        reference=entry.id,
        source=entry.references[0],
        size=entry.size,
        remarks=tuple(remarks),
    )


def _listed(entry: Listed) -> Item:
    return Item(
        key=entry.reference,
        section="repository",
        about=entry.about,
        reference=entry.reference,
        source=entry.reference,
        size=entry.size,
        words=entry.keywords + entry.names,
    )


def _is_news(listed: Listed, entries: tuple[Entry, ...]) -> bool:
    """Whether it is neither an old version nor in the catalogue."""
    return not listed.obsolete and not any(entry.covers(listed.reference) for entry in entries)


def _of_installed(snapshot: Snapshot, model: Installed) -> Item:
    record = model.record
    return Item(
        key=snapshot.key(record.name),
        section="here",
        about=record.about,
        reference=record.reference,
        source=record.reference,
        size=record.size,
        installed=model,
    )


def _of_download(snapshot: Snapshot, download: Download) -> Item:
    plan = download.plan
    return Item(
        key=snapshot.key(plan.name),
        section="coming",
        about=plan.about,
        reference=plan.reference,
        source=plan.reference,
        size=plan.size,
        remarks=plan.remarks,
        download=download,
    )
