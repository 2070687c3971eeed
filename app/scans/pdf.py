"""PDF through pypdfium2, which is not thread-safe: every call into it happens under one lock.

A page is rendered at 300 dpi, or at less where that would make it larger than `MAX_PIXELS`; the resolution is kept
with the page, so every later rendering has the same size.
"""

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pypdfium2
import pypdfium2.raw
from PIL import Image

from app.errors import BadScan
from app.language import tr
from app.scans import report
from app.scans.report import Found, ScanPage, decoding, shown_name

DPI = 300
_POINTS_PER_INCH = 72
_lock = threading.Lock()


def examine(path: Path, previews: int = 0) -> Iterator[Found | BadScan]:
    """Renders every page small and tells what is there, page by page; the first large ones with a preview."""
    try:
        with _document(path) as document:
            with _lock:
                count = len(document)
            for index in range(min(count, report.MAX_PAGES)):
                try:
                    found = _examined(path, document, index, with_preview=previews > 0)
                    previews -= found.preview is not None
                    yield found
                except BadScan as problem:
                    yield problem
            if count > report.MAX_PAGES:
                yield report.too_many_pages(path)
    except BadScan as problem:
        yield problem


def page_image(path: Path, index: int, dpi: int) -> Image.Image:
    """A page rendered in RGB at this resolution."""
    with _document(path) as document, _page(path, document, index) as page:
        report.check_size(path, index + 1, *_pixels(page, dpi))
        return _rendered(page, _scale(dpi))


def _examined(path: Path, document: pypdfium2.PdfDocument, index: int, *, with_preview: bool) -> Found:
    with _page(path, document, index) as page:
        dpi = DPI
        while dpi > 1 and math.prod(_pixels(page, dpi)) > report.MAX_PIXELS:
            dpi -= 1
        width, height = _pixels(page, dpi)
        report.check_size(path, index + 1, width, height)
        readable = with_preview and report.is_large(width, height)
        small = _rendered(page, (report.PREVIEW if readable else report.THUMBNAIL) / max(page.get_size()))
    found = ScanPage(index, width, height, dpi)
    return Found(found, report.shrunk(small, report.THUMBNAIL), small if readable else None)


def _pixels(page: pypdfium2.PdfPage, dpi: int) -> tuple[int, int]:
    """The size that pypdfium2 renders the page in, by its own arithmetic."""
    scale = _scale(dpi)
    return math.ceil(page.get_width() * scale), math.ceil(page.get_height() * scale)


def _scale(dpi: int) -> float:
    """Pixels per point, a millionth less, so that 8.5 inches are 2550 pixels and not the 2551 of a rounding error."""
    return dpi / _POINTS_PER_INCH * (1 - 1e-6)


def _rendered(page: pypdfium2.PdfPage, scale: float) -> Image.Image:
    bitmap = page.render(scale=scale)
    try:
        image: Image.Image = bitmap.to_pil().convert("RGB")
        return image
    finally:
        bitmap.close()


@contextmanager
def _document(path: Path) -> Iterator[pypdfium2.PdfDocument]:
    """The document, closed at the end; PDFium is given an open file because it does not know every file name."""
    with decoding(path), path.open("rb") as file:
        with _lock:
            document = _loaded(path, file)
        try:
            yield document
        finally:
            with _lock:
                document.close()


def _loaded(path: Path, file: object) -> pypdfium2.PdfDocument:
    """The document; PDFium leaves its last error as it was when a document merely has no pages, so one is set first."""
    pypdfium2.raw.FPDF_LoadDocument(b"\0", None)
    try:
        return pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError as error:
        code = pypdfium2.raw.FPDF_GetLastError()
        if code == pypdfium2.raw.FPDF_ERR_PASSWORD:
            raise BadScan(
                tr("“{name}” is protected by a password.").format(name=shown_name(path)),
                tr("Open it in a PDF viewer, save it anew without the password, and choose the new file."),
            ) from error
        if code == pypdfium2.raw.FPDF_ERR_FILE:
            raise report.no_pages(path) from error
        raise


@contextmanager
def _page(path: Path, document: pypdfium2.PdfDocument, index: int) -> Iterator[pypdfium2.PdfPage]:
    with _lock, decoding(path, index + 1):
        page = document.get_page(index)
        try:
            yield page
        finally:
            page.close()
