"""Readings that wait for their model: the question is asked in place, and the reading begins when it has arrived."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.checkpoints import sentences
from app.checkpoints.state import Download
from app.errors import AppError
from app.language import tr
from widgets.desk import Desk
from widgets.messages import MessageBar
from widgets.model_chooser import ModelChoice
from widgets.models import names
from widgets.models.item import Item, status
from widgets.models.manager import ModelManager

if TYPE_CHECKING:
    from app.archive import Archive


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A reading and the archive it belongs to: when another one is open by then, nothing is read."""

    begin: Callable[[str], object]
    archive: "Archive"


class NeededModels(QObject):
    """Asks for a model that is to read and is not there, or not whole."""

    begun = Signal(str)
    """The name of a model that has arrived and with which a reading begins now."""

    def __init__(self, desk: Desk, manager: ModelManager, messages: MessageBar) -> None:
        super().__init__(manager)
        self._desk = desk
        self._manager = manager
        self._messages = messages
        self._waiting: dict[str, list[_Waiting]] = {}
        manager.ended.connect(self._on_ended)

    def ask(self, begin: Callable[[str], object], choice: ModelChoice) -> None:
        """Asks whether the model is to be fetched; if so, `begin` is called with its name when it has arrived."""
        archive, item = self._desk.archive, self._manager.item(choice.item) or _unknown(choice)
        if archive is None:
            return
        if item.damaged and item.download is None and not _can_be_repaired(item):
            damaged = tr("“{title}” is damaged, so nothing was read.").format(title=choice.title)
            self._messages.show_error(AppError(damaged, status(item)))
            return
        message, hint, verb = _question(item)
        self._messages.offer(message, hint, verb, partial(self._fetch, item, _Waiting(begin, archive)))

    def _fetch(self, item: Item, waiting: _Waiting) -> None:
        title = item.about.title
        self._desk.told.emit(tr("Reading begins when “{title}” has arrived.").format(title=title))
        self._manager.fetch(item, partial(self._wait, waiting), partial(self._tell, title))

    def _wait(self, waiting: _Waiting, download_id: str) -> None:
        self._waiting.setdefault(download_id, []).append(waiting)
        download = self._manager.download(download_id)
        if download is not None and download.state in {"installed", "failed"}:
            self._on_ended(download)

    def _on_ended(self, download: Download) -> None:
        """Begins what waited for this model, or says why it cannot; of an archive that is closed nothing is read."""
        for waiting in self._waiting.pop(download.id, []):
            if self._desk.archive is not waiting.archive:
                continue
            if download.state == "installed":
                self.begun.emit(download.plan.name)
                waiting.begin(download.plan.name)
            elif download.state == "failed":
                self._tell(download.plan.about.title, AppError(download.message, download.hint))
            else:
                self._tell(download.plan.about.title, AppError(tr("The download was stopped.")))

    def _tell(self, title: str, error: AppError) -> None:
        message = tr("Nothing was read, because “{title}” has not arrived.").format(title=title)
        self._messages.show_error(AppError(message, str(error)))


def _unknown(choice: ModelChoice) -> Item:
    """A model that only its name is known of."""
    from app.checkpoints.plan import About

    about = About(title=choice.title, engine="kraken", purpose="recognition")
    return Item(choice.name, "repository", about, choice.name, choice.name)


def _can_be_repaired(item: Item) -> bool:
    return item.installed is not None and item.installed.record.origin == "downloaded"


def _question(item: Item) -> tuple[str, str, str]:
    """What is said, what is added to it, and what the button offers."""
    title = item.about.title
    begins = tr("Reading begins when it has arrived.")
    if item.download is not None:
        goes = item.download.state not in {"paused", "failed"}
        return (
            tr("“{title}” has not arrived yet.").format(title=title),
            f"{sentences.sentence(item.download)} {begins}",
            tr("Read when it has arrived") if goes else tr("Go on and read"),
        )
    if item.damaged:
        return (
            tr("“{title}” is damaged.").format(title=title),
            tr("Repairing fetches only what is missing or has changed.") + " " + begins,
            tr("Repair and read"),
        )
    size = sentences.size_text(item.size) if item.size else tr("the publisher does not say")
    facts = tr("Download: {size}. Licence: {licence}.").format(
        size=size, licence=names.licence_name(item.about.licence)
    )
    return (
        tr("“{title}” is not on this computer yet.").format(title=title),
        f"{facts} {begins}",
        tr("Download and read"),
    )
