"""What is found in a scan file, the limits it has to keep, and the sentences for what is wrong with it."""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import BadScan
from app.language import tr

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 250_000_000
"""The largest page image in pixels; an A3 page at 600 dpi has 69.6 million, and this is 1 GB as RGB in memory."""

MIN_SIDE = 16
"""The shortest side in pixels that can hold a line of writing."""

MAX_PAGES = 5000
"""The most pages that one scan file may have."""

THUMBNAIL = 360
"""The longer side of a thumbnail, in pixels."""

PREVIEW = 1600
"""The longer side of a preview in pixels, at least where it is decoded from a JPEG."""


@dataclass(frozen=True, slots=True)
class ScanPage:
    """One page of a scan file: its 0-based place in the file, the size of its upright image in pixels.

    `dpi` is the resolution that a PDF page is rendered at, and 0 for every other kind.
    """

    index: int
    width: int
    height: int
    dpi: int = 0


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What a scan file holds: the pages that can be used, and what is wrong with the others."""

    pages: tuple[ScanPage, ...]
    problems: tuple[BadScan, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A page that was decoded, and the small upright pictures of it that are left over from that.

    There is a `preview` of a page that is large, if one was asked for, and if it takes long to make one later.
    """

    page: ScanPage
    thumbnail: "Image.Image"
    preview: "Image.Image | None" = None


def is_large(width: int, height: int) -> bool:
    """Whether a page of this size is first shown by a preview, as the whole takes long to decode."""
    return max(width, height) > 2 * PREVIEW


def shrunk(image: "Image.Image", side: int) -> "Image.Image":
    """A copy whose longer side has so many pixels at most."""
    from PIL import Image

    share = min(side / max(image.size), 1)
    size = max(round(image.width * share), 1), max(round(image.height * share), 1)
    return image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)


def shown_name(path: Path) -> str:
    """The file's name as a person may be shown it and a database can keep it: what cannot be printed is replaced."""
    text = unicodedata.normalize("NFC", (path.name or str(path)).encode("utf-8", "replace").decode("utf-8"))
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def damaged(path: Path, number: int | None = None) -> BadScan:
    """A file, or its page with this 1-based number, that ends too early or cannot be decoded."""
    return BadScan(
        tr("{item} is damaged, incomplete or of an unusual kind.").format(item=_item(path, number)),
        tr("Copy it again from where it came, or save it as an ordinary JPEG, PNG, TIFF or PDF."),
    )


def check_size(path: Path, number: int | None, width: int, height: int) -> None:
    """Refuses a page that is too small or too large to work with, by the size that its header states."""
    if min(width, height) < MIN_SIDE:
        raise BadScan(
            tr("{item} is too small: {width} × {height} pixels.").format(
                item=_item(path, number), width=width, height=height
            ),
            tr("Choose the scan itself, not an icon or a placeholder."),
        )
    if width * height > MAX_PIXELS:
        raise BadScan(
            tr("{item} is too large: {width} × {height} pixels, and {limit} million pixels are the limit.").format(
                item=_item(path, number), width=width, height=height, limit=MAX_PIXELS // 1_000_000
            ),
            tr("Scan it at a lower resolution, or cut it into parts."),
        )


def odd_colours(path: Path, number: int | None, mode: str) -> BadScan:
    """A page whose kind of pixels nobody can turn into grey or RGB without knowing more; `mode` is Pillow's name."""
    return BadScan(
        tr("{item} stores its colours in an unusual way ({mode}).").format(item=_item(path, number), mode=mode),
        tr("Save it as greyscale or RGB."),
    )


def too_many_pages(path: Path) -> BadScan:
    """What is said of the pages beyond the limit."""
    return BadScan(
        tr("{item} has more than {limit} pages; the rest is left out.").format(item=_item(path), limit=MAX_PAGES),
        tr("Split it into several files."),
    )


def no_pages(path: Path) -> BadScan:
    """A whole file without a single page."""
    return BadScan(tr("{item} has no pages.").format(item=_item(path)), tr("Choose another file."))


@contextmanager
def decoding(path: Path, number: int | None = None) -> Iterator[None]:
    """Says as `BadScan` what a decoder raises over a file.

    Decoders meet hostile bytes with whatever their code runs into, which is why so many kinds are named here.
    """
    import struct
    import zlib

    try:
        yield
    except MemoryError as error:
        raise BadScan(
            tr("There is not enough memory to read {item}.").format(item=_item(path, number)),
            tr("Close other programs, or scan it at a lower resolution."),
        ) from error
    except OSError as error:
        if error.errno is None:
            raise damaged(path, number) from error
        raise unreadable(path, error) from error
    except (
        ArithmeticError,
        AssertionError,
        AttributeError,
        EOFError,
        LookupError,
        RuntimeError,
        SyntaxError,
        TypeError,
        ValueError,
        struct.error,
        zlib.error,
    ) as error:
        raise damaged(path, number) from error


def unreadable(path: Path, error: OSError) -> BadScan:
    """A file that the system does not give to us."""
    if isinstance(error, FileNotFoundError):
        return BadScan(
            tr("{item} is not there.").format(item=_item(path)),
            tr("It may have been moved or renamed; choose it anew."),
        )
    if isinstance(error, PermissionError):
        return BadScan(
            tr("{item} may not be read.").format(item=_item(path)),
            tr("Ask for the right to read it, or copy it to a folder of your own."),
        )
    return BadScan(
        tr("{item} could not be read: {reason}.").format(
            item=_item(path), reason=error.strerror or type(error).__name__
        ),
        tr("Check the disk or the connection and try again."),
    )


def _item(path: Path, number: int | None = None) -> str:
    if number is None:
        return tr("“{name}”").format(name=shown_name(path))
    return tr("Page {number} of “{name}”").format(number=number, name=shown_name(path))
