"""Scan files: what they hold, their pages as upright images, and their way into an archive.

A scan file is a JPEG, PNG, TIFF or PDF, told by its content. Nothing here trusts a file: sizes are looked at before
anything is decoded, and what cannot be used is a `BadScan` that names the file, never a traceback.

What reads files is imported when somebody asks for it: Pillow brings numpy along, and the window is there before both.
"""

from typing import TYPE_CHECKING

from app.lazily import names_from
from app.scans.report import MAX_PAGES, MAX_PIXELS, MIN_SIDE, PREVIEW, ScanPage, ScanReport, is_large, shown_name

if TYPE_CHECKING:
    from app.scans.importing import ImportReport, import_scans
    from app.scans.previews import keep_preview, make_preview, preview
    from app.scans.reading import image_size, page_image, page_image_file, read_scan, thumbnail, usual_suffix
else:
    _importing = ("ImportReport", "import_scans")
    _previews = ("keep_preview", "make_preview", "preview")
    _reading = ("image_size", "page_image", "page_image_file", "read_scan", "thumbnail", "usual_suffix")
    __getattr__ = names_from(globals(), importing=_importing, previews=_previews, reading=_reading)

__all__ = [
    "MAX_PAGES",
    "MAX_PIXELS",
    "MIN_SIDE",
    "PREVIEW",
    "ImportReport",
    "ScanPage",
    "ScanReport",
    "image_size",
    "import_scans",
    "is_large",
    "keep_preview",
    "make_preview",
    "page_image",
    "page_image_file",
    "preview",
    "read_scan",
    "shown_name",
    "thumbnail",
    "usual_suffix",
]
