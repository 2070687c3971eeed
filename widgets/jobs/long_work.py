"""Imports and exports: long work on the archive's files, beside the desk, told as activities."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.archive import PageInfo
from app.language import tr, trn
from widgets.jobs.works import Cancelled, Course, Works

if TYPE_CHECKING:
    from app.archive import Archive
    from app.groundtruth.export import ExportReport
    from app.scans import ImportReport

SUFFIXES = {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".pdf"}


class LongWork(Works):
    """Runs one import or export after the other; every signal arrives on the GUI thread."""

    imported = Signal(object)
    """An `ImportReport`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__("files", parent)

    def import_files(self, archive: "Archive", files: Sequence[Path]) -> None:
        """Brings scans, and those in folders, into the archive as one new document; what came until a cancel stays."""

        def work(course: Course) -> "ImportReport":
            from app.scans import import_scans

            def progress(done: int, total: int, path: Path) -> None:
                detail = tr("file {done} of {total}, {name}").format(done=done, total=total, name=path.name)
                course.tell(done, total, detail)

            return import_scans(archive, scan_files(files), progress=progress, cancelled=course.cancelled)

        self.start(tr("Importing scans"), work, self._imported)

    def export_pages(self, archive: "Archive", pages: Sequence[PageInfo], folder: Path, *, all_lines: bool) -> None:
        """Writes the pages as PAGE XML with their scans into a new folder; whole or not at all."""

        def work(course: Course) -> "ExportReport":
            from app.groundtruth import export  # here, so that the window starts without lxml

            def progress(done: int, total: int) -> None:
                if course.cancelled():
                    raise Cancelled
                course.tell(done, total, tr("page {done} of {total}").format(done=done, total=total))

            return export.export_pages(archive, pages, folder, all_lines=all_lines, progress=progress)

        self.start(tr("Exporting"), work, _exported)

    def _imported(self, report: "ImportReport") -> str:
        self.imported.emit(report)
        if report.document is None:
            return tr("Nothing was imported.")
        count = len(report.pages)
        message = trn("{count} page imported into “{title}”.", "{count} pages imported into “{title}”.", count)
        return message.format(count=count, title=report.document.title)


def _exported(report: "ExportReport") -> str:
    pages = trn("{count} page", "{count} pages", report.pages).format(count=report.pages)
    lines = trn("{count} line", "{count} lines", report.lines).format(count=report.lines)
    sentence = tr("{pages} with {lines} written to “{folder}”.").format(pages=pages, lines=lines, folder=report.folder)
    if report.left_out:
        left_out = trn(
            "{count} page has no line to export and was left out.",
            "{count} pages have no line to export and were left out.",
            report.left_out,
        )
        sentence += " " + left_out.format(count=report.left_out)
    return sentence


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
