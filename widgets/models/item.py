"""One model as the window shows it, put together from the store, the downloads, the catalogue and the repository."""

from dataclasses import dataclass
from typing import Literal

from app.checkpoints import sentences
from app.checkpoints.plan import About, Plan
from app.checkpoints.state import Download
from app.checkpoints.store import Installed
from app.errors import AppError
from app.language import tr, trn
from widgets.jobs.activity import Activity
from widgets.models import names

Section = Literal["here", "coming", "selection", "repository"]
Verb = Literal[
    "ask", "leave", "start", "pause", "resume", "stop", "discard", "read", "check", "repair", "pack", "remove", "cancel"
]
"""What can be done with a model; "ask" makes the plan that says what a download takes, "leave" forgets it again."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What is known before a download starts: the plan, once it is made, or why it could not be made."""

    plan: Plan | None = None
    trouble: AppError | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One model; `key` stays the same from the catalogue to the store.

    `reference` is what a download is planned from and `source` what it is named after, `size` what it takes in bytes,
    0 where nobody knows; `words` are found by the search besides what is shown; `kept` is a download that was stopped,
    of which parts are still there; `work` is a check or the like that runs on it.
    """

    key: str
    section: Section
    about: About
    reference: str = ""
    source: str = ""
    size: int = 0
    remarks: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    installed: Installed | None = None
    download: Download | None = None
    kept: Download | None = None
    offer: Offer | None = None
    work: Activity | None = None

    @property
    def damaged(self) -> bool:
        """Whether it is installed, but not whole."""
        return self.installed is not None and bool(self.installed.damaged)


def section_name(section: Section) -> str:
    """The heading over the models of a section."""
    texts: dict[Section, str] = {
        "here": tr("On this computer"),
        "coming": tr("Downloading"),
        "selection": tr("Available: a selection"),
        "repository": tr("Available: the public repository"),
    }
    return texts[section]


def verbs(item: Item) -> tuple[Verb, ...]:
    """What can be done with a model now; the first is what a person most likely wants."""
    if item.work is not None and item.work.is_open:
        return ("cancel",)
    if item.download is not None:
        return _verbs_of_download(item.download)
    if item.installed is not None:
        asking = item.offer is not None and not item.offer.trouble
        return () if asking else _verbs_of_installed(item.installed)
    if item.kept is not None:
        return ("resume", "discard")
    return _verbs_of_offer(item.offer) if item.offer is not None else ("ask",)


def _verbs_of_offer(offer: Offer) -> tuple[Verb, ...]:
    if offer.plan is not None:
        return ("start", "leave")
    return ("ask", "leave") if offer.trouble else ("leave",)


def _verbs_of_download(download: Download) -> tuple[Verb, ...]:
    if download.state in {"paused", "failed"}:
        return ("resume", "stop", "discard")
    if download.state == "verifying" or download.step == "opening":
        return ("stop",)
    return ("pause", "stop", "discard")


def _verbs_of_installed(installed: Installed) -> tuple[Verb, ...]:
    record = installed.record
    found: list[Verb] = []
    if installed.damaged:
        found += ["repair"] if record.origin == "downloaded" else []
    else:
        found += ["read"] if reads(record.about) else []
        found += ["check", "pack"]
    return (*found, "remove") if record.origin != "built in" else tuple(found)


def reads(about: About) -> bool:
    """Whether the desk can read with it."""
    return about.purpose == "recognition"


def status(item: Item) -> str:
    """How it stands, in a sentence or two."""
    if item.work is not None and item.work.is_open:
        return item.work.sentence
    if item.download is not None:
        return sentences.sentence(item.download)
    if item.offer is not None:
        waits = tr("Ready to be downloaded.") if item.offer.plan else tr("Asking its publisher what belongs to it…")
        return str(item.offer.trouble or waits)
    if item.installed is not None:
        known = _installed_sentence(item.installed)
        return f"{item.work.sentence} {known}" if item.work is not None else known
    away = tr("Not on this computer.")
    if item.kept is None:
        return away
    done = sentences.size_text(item.kept.done)
    return away + " " + tr("{size} of it have arrived and are kept.").format(size=done)


def _installed_sentence(installed: Installed) -> str:
    record, damaged = installed.record, installed.damaged
    if damaged:
        text = trn(
            "It is damaged: {count} file is missing or has changed ({names}).",
            "It is damaged: {count} files are missing or have changed ({names}).",
            len(damaged),
        ).format(count=len(damaged), names=names.in_words(damaged, 3))
        repair = tr("Repairing fetches only what is missing or has changed.")
        return f"{text} {repair if record.origin == 'downloaded' else installed.remedy}"
    return tr("On this computer.")


def short_status(item: Item) -> str:
    """How it stands in a few words, for the list."""
    if item.work is not None and item.work.is_open:
        return item.work.title
    if item.download is not None:
        return _short_download(item.download)
    if item.damaged:
        return tr("Damaged")
    if item.kept is not None:
        return tr("Stopped at {size}").format(size=sentences.size_text(item.kept.done))
    about = item.about
    languages = names.languages_in_words(about.languages, 2)
    words = languages or names.in_words(map(names.script_name, about.scripts), 2)
    return " · ".join(filter(None, [names.purpose_name(about.purpose), words]))


def _short_download(download: Download) -> str:
    percent = percent_done(download)
    if download.step == "opening":
        return tr("Opening it once…")
    texts = {
        "planned": tr("Waiting"),
        "waiting": tr("Waiting"),
        "paused": tr("Paused at {percent} %").format(percent=percent),
        "failed": tr("Could not be downloaded"),
        "verifying": tr("Checking every byte…"),
        "installed": tr("On this computer"),
    }
    if download.state in texts:
        return texts[download.state]
    left = f", {sentences.time_text(download.left)}" if download.left is not None else ""
    return tr("Downloading: {percent} %").format(percent=percent) + left


def percent_done(download: Download) -> int:
    """How far it is; 100 only when nothing is missing."""
    return min(100, int(100 * download.done / download.total)) if download.total else 0
