"""What the card says of a model, as labels and values."""

import html
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from PySide6.QtCore import QDate, QLocale

from app.checkpoints import sentences
from app.checkpoints.plan import About
from app.checkpoints.record import Record
from app.language import current_language, tr
from widgets.models import names
from widgets.models.item import Item


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a card; `url` is where its value leads when a person asks for it, empty for nowhere."""

    label: str
    value: str
    url: str = ""


def facts(item: Item) -> tuple[Fact, ...]:
    """All that is known, in the order in which a person asks for it, without what is said before a download."""
    said = {tr("Licence"), tr("Download"), tr("Memory"), tr("From")} if before_download(item) else set()
    known = [*_of_about(item.about), *_of_size(item), *_of_origin(item)]
    return tuple(fact for fact in known if fact.value and fact.label not in said)


def before_download(item: Item) -> tuple[Fact, ...]:
    """What is to be known before a download starts, empty where there is no plan; codes as names, licences as links."""
    plan = item.offer.plan if item.offer else None
    if plan is None:
        return ()
    named = {tr("From"): plan.base or names.source_name(plan.reference)}
    if plan.about.licence:
        named[tr("Licence")] = names.licence_name(plan.about.licence)
    links = {tr("Licence"): plan.about.licence_url}
    return tuple(Fact(label, named.get(label, value), links.get(label, "")) for label, value in sentences.facts(plan))


def as_link(fact: Fact) -> str:
    """The value as text that Qt shows with its link; what others wrote is never taken for markup."""
    value = html.escape(fact.value)
    if urlsplit(fact.url).scheme not in {"http", "https"}:
        return value
    return f'<a href="{html.escape(fact.url)}">{value}</a>'


def date_text(stamp: str) -> str:
    """The day of a time in ISO 8601, as it is written out here; empty where it makes no sense."""
    try:
        day = datetime.fromisoformat(stamp).astimezone()
    except ValueError:
        return ""
    patterns = {"de": "d. MMMM yyyy", "es": "d 'de' MMMM 'de' yyyy"}  # the locale's own has the day of the week
    pattern = patterns.get(current_language(), "d MMMM yyyy")
    return QLocale(current_language()).toString(QDate(day.year, day.month, day.day), pattern)


def _of_about(about: About) -> list[Fact]:
    error = ""
    if about.cer is not None:
        error = tr("{percent} % of the characters, as its publisher states").format(
            percent=sentences.decimal(about.cer * 100, 1)
        )
    return [
        Fact(tr("What it does"), names.purpose_name(about.purpose)),
        Fact(tr("Languages"), names.languages_in_words(about.languages)),
        Fact(tr("Scripts"), names.in_words(map(names.script_name, about.scripts))),
        Fact(tr("Error rate"), error),
        Fact(tr("Licence"), names.licence_name(about.licence), about.licence_url),
    ]


def _of_size(item: Item) -> list[Fact]:
    memory = item.about.memory
    size = sentences.size_text(item.size) if item.size else ""
    on_disk = sentences.size_text(item.installed.record.size) if item.installed else ""
    return [
        Fact(tr("Download"), "" if item.installed else size or tr("the publisher does not say")),
        Fact(tr("On the disk"), on_disk),
        Fact(tr("Memory"), tr("about {size}").format(size=sentences.size_text(memory)) if memory else ""),
        Fact(tr("Engine"), " ".join(filter(None, [names.engine_name(item.about.engine), item.about.version]))),
    ]


def _of_origin(item: Item) -> list[Fact]:
    page = Fact(tr("Description"), item.about.homepage, item.about.homepage)
    if item.installed is None:
        return [Fact(tr("From"), names.source_name(item.source)), page]
    record = item.installed.record
    return [
        Fact(tr("Origin"), names.origin_name(record.origin)),
        Fact(tr("From"), record.base or names.source_name(record.reference) if record.origin == "downloaded" else ""),
        Fact(tr("Here since"), "" if record.origin == "built in" else date_text(record.installed)),
        Fact(tr("Checked on arrival"), _checked(record)),
        Fact(tr("Opened with"), record.opened_with),
        page,
    ]


def _checked(record: Record) -> str:
    if record.origin in {"built in", "trained"}:
        return ""
    if record.files and all(file.published for file in record.files):
        return tr("yes, its publisher gives checksums")
    return tr("against its own record; its publisher gives no checksums")
