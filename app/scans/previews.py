"""Previews: a small upright image of a page that is readable, long before all of a large scan is decoded.

A JPEG gives one by itself, decoded at a fraction of its size; of every scan that was seen before there is one in the
cache, of which the oldest give way. A cache that cannot be read or written is none.
"""

from contextlib import suppress
from pathlib import Path

from PIL import Image

from app import paths
from app.errors import AppError, BadScan
from app.scans import images, reading
from app.scans.report import PREVIEW, shrunk

KEPT = 400
"""So many previews stay in the cache, some 100 MB."""
OF_AN_IMPORT = 200
"""So many pages of an import get theirs at once.

These are opened next, and it takes some turning of pages to get beyond them, which makes the next ones. The rest of a
register of thousands would only drive each other out of the cache, and with them those of the pages worked at today.
"""


def preview(path: Path, scan: str, index: int, dpi: int) -> Image.Image | None:
    """The preview of a page as L or RGB, None where the whole scan would have to be decoded for it.

    `scan` is the scan's SHA-256 in hexadecimal, `index` and `dpi` are those of its `ScanPage`. Any thread may call it;
    raises `BadScan` as `page_image` does.
    """
    kept = _file(scan, index, dpi)
    if kept.exists():
        try:
            return images.page_image(kept, "JPEG", 0)
        except BadScan:
            with suppress(OSError):
                kept.unlink()
    return images.reduced(path, PREVIEW) if reading.usual_suffix(path) == ".jpg" else None


def make_preview(path: Path, scan: str, index: int, dpi: int) -> None:
    """Puts the preview of a page into the cache before anybody opens it, unless it is there; raises `BadScan`."""
    if not _file(scan, index, dpi).exists():
        is_jpeg = reading.usual_suffix(path) == ".jpg"
        image = images.reduced(path, PREVIEW) if is_jpeg else reading.page_image(path, index, dpi)
        keep_preview(image, scan, index, dpi)


def keep_preview(image: Image.Image, scan: str, index: int, dpi: int) -> None:
    """Puts the preview of a page into the cache, made of its whole image, unless it is there."""
    if not _file(scan, index, dpi).exists():
        keep_jpeg(reading.as_jpeg(shrunk(image, PREVIEW)), scan, index, dpi)


def keep_jpeg(preview: bytes, scan: str, index: int, dpi: int) -> None:
    """Puts a preview that was made already into the cache; the oldest give way."""
    target = _file(scan, index, dpi)
    with suppress(AppError, OSError):
        with paths.staged(target) as staging:
            staging.write_bytes(preview)
        for old in sorted(target.parent.glob("*.jpg"), key=lambda file: file.stat().st_mtime)[:-KEPT]:
            old.unlink()


def _file(scan: str, index: int, dpi: int) -> Path:
    return paths.cache_dir() / "previews" / f"{scan}-{index}-{dpi}.jpg"
