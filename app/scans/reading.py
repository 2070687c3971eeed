"""Reading scan files of every kind: what kind it is, what it holds, and its pages as images."""

import io
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from PIL import Image

from app import paths
from app.errors import BadScan
from app.language import tr
from app.scans import images, pdf, report
from app.scans.images import Kind
from app.scans.report import ScanPage, ScanReport, shown_name, unreadable

_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
)
_SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "TIFF": ".tif", "PDF": ".pdf"}


def read_scan(path: Path) -> ScanReport:
    """Looks at every page of a scan file, decoding all of it; raises `BadScan` when nothing of it can be used."""
    return examine(path, lambda _page, _thumbnail, _preview: None)


def examine(path: Path, each: Callable[[ScanPage, bytes, bytes | None], None], previews: int = 0) -> ScanReport:
    """`read_scan` that also hands over each good page with its thumbnail, an upright JPEG.

    The first so many of those that take long to decode come with a preview, a JPEG as well.
    """
    kind = _kind(path)
    pages: list[ScanPage] = []
    problems: list[BadScan] = []
    for found in pdf.examine(path, previews) if kind == "PDF" else images.examine(path, kind, previews):
        if isinstance(found, BadScan):
            problems.append(found)
        else:
            pages.append(found.page)
            each(found.page, as_jpeg(found.thumbnail), as_jpeg(found.preview) if found.preview else None)
    if not pages:
        raise problems[0] if problems else report.no_pages(path)
    return ScanReport(tuple(pages), tuple(problems))


def page_image(path: Path, index: int, dpi: int) -> Image.Image:
    """A page as one upright image, L or RGB; `index` and `dpi` are those of its `ScanPage`. Any thread may call it."""
    kind = _kind(path)
    return pdf.page_image(path, index, dpi) if kind == "PDF" else images.page_image(path, kind, index)


def page_image_file(path: Path, index: int, dpi: int, scratch: Path) -> Path:
    """A file that holds exactly one upright page image, for a program that knows nothing of scans.

    It is the scan itself where that is a plain, upright JPEG or PNG, otherwise a PNG made in `scratch`.
    """
    kind = _kind(path)
    if kind != "PDF" and images.is_plain(path, kind):
        return path
    target = scratch / f"{path.stem}-{index}-{dpi}.png"
    if not target.exists():
        image = page_image(path, index, dpi)
        with paths.staged(target) as staging:
            image.save(staging, "PNG", compress_level=1)
    return target


def thumbnail(path: Path, scan: str, index: int, dpi: int) -> Path:
    """The page's thumbnail in the cache, made when it is not there; `scan` is the scan's SHA-256 in hexadecimal."""
    target = _thumbnail_file(scan, index, dpi)
    if not target.exists():
        _write(target, as_jpeg(report.shrunk(page_image(path, index, dpi), report.THUMBNAIL)))
    return target


def keep_thumbnail(scan: str, page: ScanPage, jpeg: bytes) -> None:
    """Puts a thumbnail that was made already into the cache."""
    target = _thumbnail_file(scan, page.index, page.dpi)
    if not target.exists():
        _write(target, jpeg)


def image_size(path: Path) -> tuple[int, int]:
    """The upright size in pixels of an image file's first page, from its header; raises `BadScan`."""
    kind = _kind(path)
    if kind == "PDF":
        raise _no_scan(path)
    return images.size(path, kind)


def usual_suffix(path: Path) -> str:
    """The file name suffix that fits the content, such as ".jpg"; raises `BadScan` when it is no scan."""
    return _SUFFIXES[_kind(path)]


def _kind(path: Path) -> Kind | Literal["PDF"]:
    """What a file is, by its first bytes; whatever is no ordinary file is not even opened, as a pipe would hang."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise BadScan(
                tr("“{name}” is a folder.").format(name=shown_name(path)), tr("Choose the scans that are in it.")
            )
        if not stat.S_ISREG(mode):
            raise _no_scan(path)
        with path.open("rb") as file:
            start = file.read(1024)
    except OSError as error:
        raise unreadable(path, error) from error
    if not start:
        raise BadScan(tr("“{name}” is empty.").format(name=shown_name(path)), tr("Copy it again from where it came."))
    for magic, kind in _MAGIC:
        if start.startswith(magic):
            return kind
    if b"%PDF-" in start:
        return "PDF"
    raise _no_scan(path)


def _no_scan(path: Path) -> BadScan:
    return BadScan(
        tr("“{name}” is not a scan that can be read.").format(name=shown_name(path)),
        tr("Scans are JPEG, PNG, TIFF or PDF files."),
    )


def as_jpeg(image: Image.Image) -> bytes:
    """A thumbnail or a preview as it is kept."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def _write(target: Path, data: bytes) -> None:
    with paths.staged(target) as staging:
        staging.write_bytes(data)


def _thumbnail_file(scan: str, index: int, dpi: int) -> Path:
    return paths.cache_dir() / "thumbnails" / scan[:2] / f"{scan}-{index}-{dpi}.jpg"
