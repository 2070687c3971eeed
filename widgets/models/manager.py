"""The model manager as the window has it: between the core, which works on threads of its own, and the views.

It lives on the GUI thread and never waits: what it asks of the core is done in the background, and what the core tells
arrives ten times a second at most.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from app import paths
from app.checkpoints import integrity, packs, repository, sentences, sources, staging, store
from app.checkpoints.integrity import Problem
from app.checkpoints.queue import Downloads
from app.checkpoints.record import Record
from app.checkpoints.staging import Pruned
from app.checkpoints.state import Download
from app.checkpoints.weights import Opener
from app.errors import AppError
from app.language import tr
from widgets.archive_thread import ArchiveThread
from widgets.jobs.activity import Activity, of_download
from widgets.jobs.works import Cancelled, Course, Works
from widgets.models import overview
from widgets.models.facts import date_text
from widgets.models.item import Item, Offer
from widgets.models.overview import Snapshot
from widgets.models.window import ListingState

R = TypeVar("R")
BEAT_MS = 100
"""How often at most a download is shown anew, in milliseconds."""
CLOSE_SECONDS = 1.0
"""How long the end of the program waits for what still runs; what it cuts off goes on at the next start."""


@dataclass(frozen=True, slots=True)
class Launch:
    """What was found at the start: why nothing can be stored, and what leftovers were removed; `freed` is in bytes."""

    problem: AppError | None
    pruned: tuple[Pruned, ...] = ()
    freed: int = 0


class ModelManager(QObject):
    """Everything that can be done with models; how they stand is in `items`."""

    changed = Signal()
    """`items`, `snapshot` or `listing` say something new."""
    launched = Signal(object)
    """A `Launch`, once, when `items` are there."""
    activity = Signal(object)
    ended = Signal(object)
    """A `Download` that is installed, has failed, or was taken from the list."""
    imported = Signal(str)
    """The key of a model that was imported."""
    told = Signal(str)
    failed = Signal(object)

    _news = Signal()

    def __init__(self, opener: Opener, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.snapshot = Snapshot()
        self.items: tuple[Item, ...] = ()
        self.listing = ListingState()
        self._opener = opener
        self._downloads: dict[str, Download] = {}
        self._shown: dict[str, int] = {}
        self._offers: dict[str, Offer] = {}
        self._works: dict[str, Activity] = {}
        self._guard = threading.Lock()
        self._fresh: dict[str, tuple[Download, bool]] = {}
        self._closed = False
        self._beat = QTimer(self)
        self._beat.setSingleShot(True)
        self._beat.setInterval(BEAT_MS)
        self._beat.timeout.connect(self._deliver)
        self._news.connect(self._on_news)
        self._core = Downloads(opener, self._take)
        self._quick = ArchiveThread("models", self)
        self._plans = ArchiveThread("model plans", self)
        self._long = Works("model-work", self, aside=True)
        self._lists = Works("model-list", self, aside=True)
        self._long.changed.connect(self._on_work)
        self._lists.changed.connect(self._on_refresh)

    # ---- beginning and end

    def start(self) -> None:
        """Looks at what the last start left, and lets downloads go on; told by `launched`."""
        self._quick.call(_begin, self._on_launch, self.failed.emit)

    def look(self, then: Callable[[], None] = lambda: None) -> None:
        """Looks at the disk again; told by `changed`, after which `then` is called."""

        def looked(snapshot: Snapshot) -> None:
            self._on_look(snapshot)
            then()

        self._quick.call(overview.look, looked, self.failed.emit)

    def close(self) -> None:
        """Ends all work, waiting a moment at most; downloads go on at the next start."""
        with self._guard:
            self._closed = True
        self._beat.stop()
        end = time.monotonic() + CLOSE_SECONDS
        ending = threading.Thread(target=self._core.close, name="end of downloads", daemon=True)
        ending.start()
        for works in (self._long, self._lists):
            works.close(max(0.0, end - time.monotonic()))
        for thread in (self._quick, self._plans):
            thread.stop(max(0.0, end - time.monotonic()))
        ending.join(max(0.0, end - time.monotonic()))

    # ---- downloads

    def ask(self, item: Item) -> None:
        """Has a plan made, which says what a download takes before it starts; the item says what came of it."""

        def asked(offer: Offer) -> None:
            if item.key in self._offers:
                self._offer(item.key, offer)

        self._offer(item.key, Offer())
        self._plans.call(
            partial(sources.plan, item.reference),
            lambda plan: asked(Offer(plan=plan)),
            lambda error: asked(Offer(trouble=error)),
        )

    def leave(self, item: Item) -> None:
        """Forgets the plan again."""
        self._offer(item.key, None)

    def start_download(self, item: Item) -> None:
        """Has a model fetched as its plan says."""
        plan = item.offer.plan if item.offer else None
        if plan is not None:
            self._offer(item.key, None)
            self._do(partial(self._core.add, plan))

    def repair(self, item: Item) -> None:
        """Has what is missing of a damaged model fetched again; meanwhile the item says that its publisher is asked."""

        def failed(error: AppError) -> None:
            self._offer(item.key, None)
            self.failed.emit(error)

        if item.installed is not None:
            self._offer(item.key, Offer())
            work = partial(self._core.repair, item.installed.record.name)
            self._plans.call(work, lambda _: self._offer(item.key, None), failed)

    def fetch(self, item: Item, begun: Callable[[str], None], failed: Callable[[AppError], None]) -> None:
        """Has a model fetched, repaired, or gone on with, whatever it needs; `begun` gets the download's id."""

        def work() -> str:
            if item.download is not None:
                self._core.resume(item.download.id)
                return item.download.id
            if item.installed is not None:
                return self._core.repair(item.installed.record.name)
            return self._core.add(item.kept.plan if item.kept else sources.plan(item.reference))

        def started(download_id: str) -> None:
            self._deliver()  # so that how it ended the time before counts no more
            begun(download_id)

        self._plans.call(work, started, failed)

    def item(self, key: str) -> Item | None:
        """How a model stands."""
        return next((item for item in self.items if item.key == key), None)

    def download(self, download_id: str) -> Download | None:
        """How a download stands."""
        return self._downloads.get(download_id)

    def pause(self, item: Item) -> None:
        """Lets a download wait, and stay in the list."""
        if item.download is not None and item.download.state not in {"paused", "failed"}:
            self._do(partial(self._core.pause, item.download.id))

    def resume(self, item: Item) -> None:
        """Goes on with a download that is paused, has failed, or was stopped earlier."""
        if item.download is not None:
            self._do(partial(self._core.resume, item.download.id))
        elif item.kept is not None:
            self._do(partial(self._core.add, item.kept.plan))

    def stop(self, item: Item) -> None:
        """Takes a download from the list and keeps what has arrived."""
        if item.download is not None:
            self._do(partial(self._core.cancel, item.download.id))

    def discard(self, item: Item) -> None:
        """Deletes what has arrived of a download."""
        if item.download is not None:
            self._do(partial(self._core.discard, item.download.id))
        elif item.kept is not None:
            self._do(partial(staging.discard, item.kept.id))

    def cancel(self, activity_id: str) -> None:
        """Stops an activity of models; parts of a download are kept."""
        for works in (self._long, self._lists):
            works.cancel(activity_id)
        for download in self._downloads.values():
            if of_download(download).id == activity_id:
                self._do(partial(self._core.cancel, download.id))

    # ---- models on this computer

    def check(self, item: Item) -> None:
        """Reads every byte of a model and compares it with its record."""
        if item.installed is None:
            return
        name, title = item.installed.record.name, item.about.title

        def then(problems: tuple[Problem, ...]) -> str:
            self.look()
            if problems:
                return tr("“{title}” was checked, and is damaged.").format(title=title)
            return tr("Every byte of “{title}” is as it was installed.").format(title=title)

        self._long.start(
            tr("Checking “{title}”").format(title=title),
            lambda course: _stoppable(partial(store.verify, name, course.tell, course.cancelled)),
            then,
            model=item.key,
        )

    def pack(self, item: Item, out: Path) -> None:
        """Writes a model into one file."""
        if item.installed is not None:
            name = item.installed.record.name
            self._long.start(
                tr("Packing “{title}”").format(title=item.about.title),
                lambda _course: packs.pack(name, out),
                lambda file: tr("“{title}” was written to {file}.").format(title=item.about.title, file=file),
                model=item.key,
            )

    def remove(self, item: Item) -> None:
        """Deletes a model."""
        if item.installed is not None:

            def then(freed: int) -> None:
                self._works.pop(item.key, None)
                size = sentences.size_text(freed)
                self.told.emit(tr("“{title}” was removed: {size} freed.").format(title=item.about.title, size=size))
                self.look()

            self._quick.call(partial(store.remove, item.installed.record.name), then, self.failed.emit)

    def import_model(self, path: Path) -> None:
        """Takes in a model from a file, a folder or a pack; told by `imported`."""

        def work(course: Course) -> Record:
            importing = partial(packs.import_model, path, self._opener)
            return _stoppable(partial(importing, progress=course.tell, cancelled=course.cancelled))

        def then(record: Record) -> str:
            self.look(lambda: self.imported.emit(self.snapshot.key(record.name)))
            return tr("“{title}” is on this computer now.").format(title=record.about.title)

        self._long.start(tr("Importing “{name}”").format(name=path.name), work, then, self.failed.emit)

    # ---- the public repository's list

    def refresh(self) -> None:
        """Asks the public repository what it has now."""

        def then(listing: repository.Listing) -> str:
            self.look()
            return tr("The list of the public repository is up to date.") if listing.fetched else ""

        def failed(error: AppError) -> None:
            self.listing = replace(self.listing, trouble=str(error))
            self.look()  # what arrived until then is kept

        self._lists.start(
            tr("Updating the list of models"),
            lambda course: repository.refresh(course.tell, course.cancelled),
            then,
            failed,
        )

    # ---- how it is done

    def _do(self, work: Callable[[], object]) -> None:
        """Does something quick with the core, and looks at what came of it."""
        self._quick.call(work, lambda _: self.look(), self.failed.emit)

    def _offer(self, key: str, offer: Offer | None) -> None:
        if offer is None:
            self._offers.pop(key, None)
        else:
            self._offers[key] = offer
        self._rebuild()

    def _take(self, download: Download) -> None:
        """Takes a download's new state from the core, on the core's own thread."""
        listed = any(other.id == download.id for other in self._core.all())
        with self._guard:
            if self._closed:
                return
            first = not self._fresh
            self._fresh[download.id] = download, listed
        if first:
            self._news.emit()

    def _on_news(self) -> None:
        if not self._closed:
            self._beat.start()

    def _deliver(self) -> None:
        with self._guard:
            fresh, self._fresh = self._fresh, {}
        for told, listed in fresh.values():
            download = self._forward(told)
            activity = of_download(download)
            if listed:
                self._downloads[download.id] = download
            else:
                self._downloads.pop(download.id, None)
                self._shown.pop(download.id, None)
                activity = replace(activity, says="")
            self.activity.emit(activity)
            if download.state == "installed":
                self._works.pop(self.snapshot.key(download.plan.name), None)
            if not listed or download.state in {"installed", "failed"}:
                self.look()
                self.ended.emit(download)
        self._rebuild()

    def _forward(self, told: Download) -> Download:
        """The download with no less done than was shown before: a pause gives up a block that was on its way.

        After a failure it may begin anew, and says so.
        """
        if told.state in {"failed", "installed"}:
            self._shown.pop(told.id, None)
        elif told.state != "waiting":
            self._shown[told.id] = max(told.done, self._shown.get(told.id, 0))
        return replace(told, done=max(told.done, self._shown.get(told.id, 0)))

    def _rebuild(self) -> None:
        self.items = overview.items(self.snapshot, self._downloads.values(), self._offers, self._works)
        self.changed.emit()

    def _on_launch(self, launch: Launch) -> None:
        self.look(partial(self.launched.emit, launch))
        if launch.problem is None:
            self._do(self._core.resume_all)

    def _on_look(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.listing = replace(self.listing, fetched=date_text(snapshot.fetched), offline=snapshot.settings.offline)
        self._rebuild()

    def _on_work(self, activity: Activity) -> None:
        self._works[activity.model] = activity
        self.activity.emit(activity)
        self._rebuild()

    def _on_refresh(self, activity: Activity) -> None:
        self.listing = replace(self.listing, work=activity, trouble="" if activity.is_open else self.listing.trouble)
        self.activity.emit(activity)
        self.changed.emit()


def _stoppable(work: Callable[[], R]) -> R:
    """Does work of the core, which says in its own way that it was cancelled."""
    try:
        return work()
    except integrity.Cancelled as cancelled:
        raise Cancelled from cancelled


def _begin() -> Launch:
    """Sees whether anything can be stored, ends what a crash left half done, and removes what nothing can resume."""
    problem = paths.storage_problem()
    if problem is not None:
        return Launch(problem)
    tidied, pruned = store.tidy(), staging.prune()
    return Launch(None, pruned, tidied.freed + sum(one.size for one in pruned))
