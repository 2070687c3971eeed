"""Importing scan files into an archive: one import makes one document."""

import os.path
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.archive import Archive, DocumentInfo, NewPage, PageInfo
from app.errors import AppError, BadScan
from app.language import tr
from app.scans import previews, reading
from app.scans.report import ScanPage, shown_name


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import brought: its document (None when there was no page for it), and what could not be used."""

    document: DocumentInfo | None
    pages: tuple[PageInfo, ...]
    problems: tuple[AppError, ...]


def import_scans(
    archive: Archive,
    files: Sequence[Path],
    *,
    title: str = "",
    progress: Callable[[int, int, Path], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> ImportReport:
    """Brings files into the archive as one document, in the order given; bad ones are reported and the rest goes on.

    The document is called `title`, or else by the file or the folder. `progress` is told after each file how many of
    how many are done, and which it was. `cancelled` is asked before each file. An archive that cannot take a scan,
    because the disk is full, ends the import with a problem that names that file. In both cases what was imported until
    then becomes the document.

    The document is added at the very end, in one transaction, so a program that is killed leaves no half document.
    Scans that were copied until then stay in the archive's store, whole and named by their content: importing the same
    files again finds them there.
    """
    pages: list[NewPage] = []
    problems: list[AppError] = []
    previews_left = previews.OF_AN_IMPORT
    for done, file in enumerate(files, 1):
        if cancelled():
            break
        try:
            new, made = _put(archive, file, problems, previews_left)
            pages += new
            previews_left -= made
        except BadScan as problem:
            problems.append(problem)
        except AppError as problem:
            problems.append(_stopped(file, problem))
            break
        if progress:
            progress(done, len(files), file)
    if not pages:
        return ImportReport(None, (), tuple(problems))
    document, infos = archive.add_document(title or _document_title(files), pages)
    return ImportReport(document, infos, tuple(problems))


def _stopped(file: Path, problem: AppError) -> AppError:
    message = tr("The import stopped at “{name}”. {problem}").format(name=shown_name(file), problem=problem.message)
    return AppError(message, problem.hint)


def _put(archive: Archive, file: Path, problems: list[AppError], previews_left: int) -> tuple[list[NewPage], int]:
    """The file's pages, once it is in the store, and how many previews were made of the number that may be made.

    The second reading of the file comes from the system's cache.
    """
    made: list[tuple[ScanPage, bytes, bytes | None]] = []
    report = reading.examine(file, lambda *page: made.append(page), previews_left)
    problems += report.problems
    scan = archive.put_scan(file)
    for page, thumbnail, preview in made:
        _keep(scan, page, thumbnail)
        if preview:
            previews.keep_jpeg(preview, scan, page.index, page.dpi)
    several = len(report.pages) + len(report.problems) > 1
    pages = [
        NewPage(
            title=f"{shown_name(file)} ({page.index + 1})" if several else shown_name(file),
            scan=scan,
            suffix=file.suffix.lower(),
            index=page.index,
            width=page.width,
            height=page.height,
            dpi=page.dpi,
        )
        for page in report.pages
    ]
    return pages, sum(preview is not None for _, _, preview in made)


def _keep(scan: str, page: ScanPage, thumbnail: bytes) -> None:
    """A thumbnail that cannot be written is made when somebody looks; the import does not depend on the cache."""
    try:
        reading.keep_thumbnail(scan, page, thumbnail)
    except AppError:
        return


def _document_title(files: Sequence[Path]) -> str:
    """The file's stem when there is one file, otherwise the name of the folder that all of them are in."""
    if len(files) == 1:
        return shown_name(files[0].with_suffix("")) if files[0].name else shown_name(files[0])
    try:
        folder = Path(os.path.commonpath([file.absolute().parent for file in files]))
    except ValueError:  # files on different drives of Windows
        folder = Path()
    return shown_name(folder) if folder.name else tr("Imported scans")
