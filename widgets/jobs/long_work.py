"""Imports and exports: long work on the archive's files, beside the desk, told as activities."""

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from app.archive import Archive, PageInfo
from app.errors import AppError
from app.groundtruth import export
from app.language import tr, trn
from app.scans import ImportReport, import_scans
from widgets.archive_thread import ArchiveThread
from widgets.jobs.activity import Activity, State

R = TypeVar("R")
SUFFIXES = {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".pdf"}


class _Cancelled(Exception):
    """The person cancelled; raised out of a progress callback."""


class LongWork(QObject):
    """Runs one import or export after the other; every signal arrives on the GUI thread."""

    changed = Signal(object)
    """An `Activity` that began, went on or ended."""
    imported = Signal(object)
    """An `ImportReport`."""

    _progressed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = ArchiveThread("files", self)
        self._number = 0
        self._cancels: dict[str, threading.Event] = {}
        self._running: dict[str, Activity] = {}
        self._progressed.connect(self._on_progress)

    def import_files(self, archive: Archive, files: Sequence[Path]) -> None:
        """Brings scans, and those in folders, into the archive as one new document."""
        activity = self._begin(tr("Importing scans"))
        cancel = self._cancels[activity.id]

        def progress(done: int, total: int, path: Path) -> None:
            detail = tr("file {done} of {total}, {name}").format(done=done, total=total, name=path.name)
            self._progressed.emit(replace(activity, detail=detail, done=done, total=total))

        self._thread.call(
            lambda: import_scans(archive, scan_files(files), progress=progress, cancelled=cancel.is_set),
            lambda report: self._imported(activity.id, report),
            lambda error: self._failed(activity.id, error),
        )

    def export_pages(self, archive: Archive, pages: Sequence[PageInfo], folder: Path, *, all_lines: bool) -> None:
        """Writes the pages as PAGE XML with their scans into a new folder; whole or not at all."""
        activity = self._begin(tr("Exporting"))
        cancel = self._cancels[activity.id]

        def progress(done: int, total: int) -> None:
            if cancel.is_set():
                raise _Cancelled
            detail = tr("page {done} of {total}").format(done=done, total=total)
            self._progressed.emit(replace(activity, detail=detail, done=done, total=total))

        def work() -> export.ExportReport | None:
            try:
                return export.export_pages(archive, pages, folder, all_lines=all_lines, progress=progress)
            except _Cancelled:
                return None

        self._thread.call(
            work,
            lambda report: self._exported(activity.id, report),
            lambda error: self._failed(activity.id, error),
        )

    def owns(self, activity_id: str) -> bool:
        """Whether this activity runs here."""
        return activity_id in self._running

    def cancel(self, activity_id: str) -> None:
        """Stops an import or export at its next file or page; what was imported until then stays."""
        if activity_id in self._cancels:
            self._cancels[activity_id].set()

    def close(self) -> None:
        """Cancels everything and waits until it has ended."""
        for event in self._cancels.values():
            event.set()
        self._thread.flush()
        self._thread.stop()

    def run(self, work: Callable[[], R], then: Callable[[R], None], failed: Callable[[AppError], None]) -> None:
        """Does a small piece of file work in its turn, such as saving the settings."""
        self._thread.call(work, then, failed)

    def _begin(self, title: str) -> Activity:
        self._number += 1
        activity = Activity(f"files-{self._number}", title, "running")
        self._cancels[activity.id] = threading.Event()
        self._tell(activity)
        return activity

    def _on_progress(self, activity: Activity) -> None:
        if self.owns(activity.id):
            self._tell(activity)

    def _imported(self, activity_id: str, report: ImportReport) -> None:
        count = len(report.pages)
        if report.document is None:
            message = tr("Nothing was imported.")
        else:
            message = trn("{count} page imported into “{title}”.", "{count} pages imported into “{title}”.", count)
            message = message.format(count=count, title=report.document.title)
        self._end(activity_id, message)
        self.imported.emit(report)

    def _exported(self, activity_id: str, report: export.ExportReport | None) -> None:
        if report is None:
            self._end(activity_id, "")
            return
        pages = trn("{count} page", "{count} pages", report.pages).format(count=report.pages)
        lines = trn("{count} line", "{count} lines", report.lines).format(count=report.lines)
        sentence = tr("{pages} with {lines} written to “{folder}”.").format(
            pages=pages, lines=lines, folder=report.folder
        )
        if report.left_out:
            left_out = trn(
                "{count} page has no line to export and was left out.",
                "{count} pages have no line to export and were left out.",
                report.left_out,
            )
            sentence += " " + left_out.format(count=report.left_out)
        self._end(activity_id, sentence)

    def _end(self, activity_id: str, message: str) -> None:
        activity = self._running.pop(activity_id)
        cancelled = self._cancels.pop(activity_id).is_set()
        state: State = "cancelled" if cancelled else "done"
        self.changed.emit(replace(activity, state=state, message=message, detail=""))

    def _failed(self, activity_id: str, error: AppError) -> None:
        activity = self._running.pop(activity_id)
        del self._cancels[activity_id]
        self.changed.emit(replace(activity, state="failed", message=error.message, hint=error.hint, detail=""))

    def _tell(self, activity: Activity) -> None:
        self._running[activity.id] = activity
        self.changed.emit(activity)


def scan_files(files: Sequence[Path]) -> list[Path]:
    """The files, and in place of each folder the scan files in it, in the order of their names."""
    found: list[Path] = []
    for file in files:
        if file.is_dir():
            inside = (path for path in file.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
            found += sorted(inside, key=_by_name)
        else:
            found.append(file)
    return found


def _by_name(path: Path) -> list[tuple[bool, int, str]]:
    """Sorts page 9 before page 10."""
    return [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", str(path))]
