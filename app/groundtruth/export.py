"""Exporting pages as a folder of images and PAGE XML, which kraken, eScriptorium and Transkribus read."""

import re
import shutil
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app import paths, scans
from app.archive import Archive, PageInfo
from app.errors import AppError, BadScan
from app.groundtruth import page_xml
from app.language import tr

_IMAGE_SUFFIX = re.compile(r"\.(jpe?g|png|tiff?|pdf)(?=$| \(\d+\)$)", re.IGNORECASE)
_UNSAFE = re.compile(r'[<>:"/\\|?*\s]+')
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\..*)?", re.IGNORECASE)
_LONGEST = 120
"""Bytes of a name in UTF-8: room for suffixes below the 255 of most file systems and within Windows' 260 of a path."""


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export wrote: its folder, how many pages and lines, and how many pages had no line to export."""

    folder: Path
    pages: int
    lines: int
    left_out: int


def export_pages(
    archive: Archive,
    pages: Sequence[PageInfo],
    out: Path,
    *,
    all_lines: bool,
    progress: Callable[[int, int], None] | None = None,
) -> ExportReport:
    """Writes the pages' images with one PAGE XML file each into a new or empty folder, all of it or nothing.

    An image that is a plain upright JPEG or PNG is copied byte for byte; of everything else (TIFF, PDF, a turned or
    unusual image) an upright PNG is made, because coordinates are pixels of the upright image. Pages without a line to
    export are left out. `progress` is told after each page how many of how many are done.
    """
    out = out.absolute()
    _refuse_content(out)
    names = _Names()
    written = lines = 0
    with paths.staged(out) as staging:
        staging.mkdir()
        for done, info in enumerate(pages, 1):
            count = _export_page(archive, info, staging, names, all_lines=all_lines)
            written += count > 0
            lines += count
            if progress:
                progress(done, len(pages))
        if not written:
            raise _nothing(all_lines=all_lines)
        if out.exists():
            out.rmdir()  # it is empty; Windows renames no folder over another
    return ExportReport(out, written, lines, len(pages) - written)


def _export_page(archive: Archive, info: PageInfo, folder: Path, names: "_Names", *, all_lines: bool) -> int:
    """The page's two files; none, and 0, when it has no line to export."""
    page = archive.page(info.id)
    if not page_xml.lines_to_write(page, all_lines=all_lines):
        return 0
    try:
        source = archive.scan_file(info)
        image = scans.page_image_file(source, info.index, info.dpi, folder)
        suffix = scans.usual_suffix(image)
    except BadScan as error:
        raise AppError(
            tr("The scan of “{title}”, page {number}, cannot be used: {reason}").format(
                title=info.title, number=info.position, reason=error.message
            ),
            tr("Leave that page out, or bring its scan back into the archive."),
        ) from error
    name = names.unique(info.title)
    target = folder / f"{name}{suffix}"
    if image == source:
        shutil.copyfile(source, target)
    else:
        image.replace(target)
    return page_xml.write(page, target.name, folder / f"{name}.xml", all_lines=all_lines)


class _Names:
    """File names without suffix from page titles: allowed everywhere, and no two that some system takes for one."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def unique(self, title: str) -> str:
        """The name for a title, with a number behind it when it is there already."""
        name = base = _safe(title)
        number = 1
        while _key(name) in self._taken:
            number += 1
            name = f"{base} ({number})"
        self._taken.add(_key(name))
        return name


def _safe(title: str) -> str:
    """The title as a file name without the suffix of an image: no separators, nothing unprintable, not too long."""
    text = _IMAGE_SUFFIX.sub("", unicodedata.normalize("NFC", title))
    text = _UNSAFE.sub(" ", "".join(character if character.isprintable() else " " for character in text))
    text = text.encode("utf-8", "ignore")[:_LONGEST].decode("utf-8", "ignore").strip(" .")
    if _RESERVED.fullmatch(text):
        text = f"_{text}"
    return text or "page"


def _key(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _refuse_content(out: Path) -> None:
    try:
        free = not out.exists() or (out.is_dir() and not any(out.iterdir()))
    except OSError as error:
        raise paths.unwritable(out, error) from error
    if not free:
        raise AppError(
            tr("“{name}” exists already.").format(name=out.name),
            tr("Choose another folder for the export, one that is new or empty."),
        )


def _nothing(*, all_lines: bool) -> AppError:
    if all_lines:
        return AppError(tr("There are no lines to export."), tr("Find the lines of the pages first, or draw them."))
    return AppError(
        tr("There is nothing to export: no line is reviewed yet."),
        tr("Review lines first, or export all lines with the text that they have."),
    )
