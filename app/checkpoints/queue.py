"""The downloads of a running program: one after the other on a thread of its own, in the order they were asked for."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace

import filelock

from app import settings
from app.checkpoints import sources, store
from app.checkpoints.download import Fetch, How, Stopped
from app.checkpoints.meter import Limit
from app.checkpoints.plan import Plan
from app.checkpoints.staged_file import arrived
from app.checkpoints.staging import FileState, Journal, Part, Wanted, kept, part_id
from app.checkpoints.state import Download
from app.checkpoints.weights import Opener
from app.checkpoints.work import Patience
from app.errors import AppError, NotFound
from app.language import tr

_log = logging.getLogger(__name__)
_END_SECONDS = 5.0


class Downloads:
    """Every method may be called from any thread; `on_change` is called on the thread of the call or of the queue.

    A download that left the list is told once more, and `all` does not hold it any longer then.
    """

    def __init__(self, opener: Opener, on_change: Callable[[Download], None], patience: Patience | None = None) -> None:
        self._opener = opener
        self._on_change = on_change
        self._patience = patience
        self._wake = threading.Condition()
        self._all: dict[str, Download] = {}
        self._waiting: list[str] = []
        self._again: set[str] = set()
        self._current: Fetch | None = None
        self._closing = False
        self._thread: threading.Thread | None = None

    def all(self) -> tuple[Download, ...]:
        """Every download that runs, waits, is paused or has ended in this session, in the order of asking."""
        with self._wake:
            return tuple(self._all.values())

    def add(self, plan: Plan) -> str:
        """Has a model fetched when its turn comes; a download that is there already goes on. Returns its id."""
        download = Download(part_id(plan), plan, "waiting", total=plan.size)
        self._enqueue(download)
        return download.id

    def repair(self, name: str) -> str:
        """Has what is missing of a damaged model fetched again. Asks its source first, so not for the GUI thread.

        Raises `AppError` for a model that cannot be had again, because it was trained here or came from a file.
        """
        known = store.by_name(name)
        if known is None:
            raise NotFound(tr("There is no model “{name}”.").format(name=name), tr("Choose another model."))
        if known.record.origin != "downloaded":
            raise AppError(
                tr("“{title}” cannot be fetched again, because it came from a file.").format(
                    title=known.record.about.title
                ),
                tr("Import the file again."),
            )
        return self.add(sources.plan(known.record.reference, known.record.base))

    def resume(self, identifier: str) -> None:
        """Goes on with what is paused or failed; after a failure its source is asked again first."""
        with self._wake:
            download = self._all.get(identifier)
        if download is not None and download.state in {"paused", "failed"}:
            if download.state == "failed":
                self._again.add(identifier)
            self._enqueue(replace(download, state="waiting", message="", hint="", note=""))

    def pause(self, identifier: str) -> None:
        """Stops for now; it stays in the list, also over the next start."""
        self._end(identifier, "pause")

    def cancel(self, identifier: str) -> None:
        """Stops and leaves the list; what has arrived is kept, and used when the model is asked for again."""
        self._end(identifier, "cancel")

    def discard(self, identifier: str) -> None:
        """Stops, leaves the list, and deletes what has arrived."""
        self._end(identifier, "discard")

    def resume_all(self) -> None:
        """At the program's start: what was running goes on, unless that is switched off; the rest is listed."""
        known = settings.load()
        goes_on = known.resume_downloads and not known.offline
        for part, journal in kept():
            if journal.wanted == "stop" or part.id in self._all:
                continue
            done = arrived(part, journal)
            download = Download(part.id, journal.plan, "paused", done=done, total=journal.plan.size)
            if journal.wanted == "run" and goes_on:
                self._enqueue(replace(download, state="waiting"))
            else:
                self._tell(download)

    def close(self) -> None:
        """Ends the thread; what runs or waits goes on at the next start."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
            fetch, thread = self._current, self._thread
        if fetch is not None:
            fetch.close()
        if thread is not None:
            thread.join(_END_SECONDS)

    def _enqueue(self, download: Download) -> None:
        with self._wake:
            before = self._all.get(download.id)
            ending = before is not None and before.state in {"paused", "failed", "installed"}
            if self._closing or download.id in self._waiting or (self._runs(download.id) and not ending):
                return
            if before is not None and before.state != "installed":
                download = replace(download, done=max(before.done, download.done))
            self._all[download.id] = download
        _note_down(download.plan)
        self._on_change(download)  # before its turn can come, so that this is not the last that is said of it
        with self._wake:
            if self._all.get(download.id) is not download:
                return  # it was ended meanwhile
            self._waiting.append(download.id)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="downloads", daemon=True)
                self._thread.start()
            self._wake.notify_all()

    def _runs(self, identifier: str) -> bool:
        return self._current is not None and self._current.download.id == identifier

    def _end(self, identifier: str, how: How) -> None:
        with self._wake:
            running = self._current if self._runs(identifier) else None
            if identifier in self._waiting:
                self._waiting.remove(identifier)
            download = self._all.get(identifier)
        if running is not None:
            {"pause": running.pause, "cancel": running.cancel, "discard": running.discard}[how]()
        elif download is not None:
            _put_down(identifier, how)
            self._ended(replace(download, state="paused", note=""), how)

    def _ended(self, download: Download, how: How) -> None:
        with self._wake:
            if how in {"cancel", "discard"}:
                self._all.pop(download.id, None)
        self._on_change(download) if how in {"cancel", "discard"} else self._tell(download)

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._waiting or self._closing)
                if self._closing:
                    return
                identifier = self._waiting.pop(0)
                download = self._all[identifier]
            self._fetch(download)

    def _fetch(self, download: Download) -> None:
        try:
            fetch = self._made_current(download)
            if fetch is not None:
                fetch.run()
        except Stopped as stopped:
            last = self._all.get(download.id, download)
            if stopped.how in {"cancel", "discard"} and last.state == "paused":  # not asked for again meanwhile
                self._ended(last, stopped.how)
        except AppError as error:
            _log.warning("%s: %s", download.plan.name, error)
            if self._all.get(download.id) is download:  # its source did not answer; a run tells its end itself
                self._tell(replace(download, state="failed", message=error.message, hint=error.hint))
        except Exception:  # noqa: BLE001 - a bug costs this download, not those that wait behind it
            _log.exception("%s", download.plan.name)
            sorry = tr("Something went wrong inside Lesepult.")
            hint = tr("What has arrived is kept. Try again; the log says more.")
            self._tell(replace(self._all.get(download.id, download), state="failed", message=sorry, hint=hint))
        finally:
            with self._wake:
                self._current = None

    def _made_current(self, download: Download) -> Fetch | None:
        """The run of a download whose turn has come; None when the person ended it while its source was asked."""
        plan = self._planned_again(download)
        fetch = Fetch(plan, self._opener, self._tell, self._patience, Limit(settings.load().download_limit))
        with self._wake:
            if self._closing or self._all.get(download.id) is not download:
                return None
            self._current = fetch
            return fetch

    def _planned_again(self, download: Download) -> Plan:
        if download.id not in self._again:
            return download.plan
        self._again.discard(download.id)
        return sources.plan(download.plan.reference, download.plan.base)

    def _tell(self, download: Download) -> None:
        with self._wake:
            before = self._all.get(download.id)
            if before is not None and before.done > download.done:  # a run begins at nothing, before it has looked
                download = replace(download, done=before.done, total=max(before.done, download.total))
            self._all[download.id] = download
        self._on_change(download)


_KEPT: dict[How, Wanted] = {"pause": "pause", "cancel": "stop"}


def _note_down(plan: Plan) -> None:
    """Makes a download that waits for its turn known to the next start of the program."""
    part = Part(part_id(plan))
    try:
        with part.lock().acquire(blocking=False):
            if part.journal() is None:
                part.save(Journal(plan=plan, files=tuple(FileState() for _ in plan.files)))
            else:
                part.want("run")
    except (filelock.Timeout, AppError) as error:
        _log.info("%s: %s", part.id, error)  # it is tried again when its turn comes, and told then


def _put_down(identifier: str, how: How) -> None:
    """Does to the parts of a download that does not run what the person wants."""
    part = Part(identifier)
    try:
        with part.lock().acquire(blocking=False):
            if how == "discard":
                part.remove()
            elif how in _KEPT:
                part.want(_KEPT[how])
    except (filelock.Timeout, AppError) as error:
        _log.info("%s: %s", identifier, error)
