"""JPEG, PNG and TIFF through Pillow: the only place where Pillow opens a file.

Pillow's own limit (a warning from 89 million pixels on, an error from 179) is switched off for the process, because
it belongs to no caller and cannot be asked before it strikes; `check_size` takes its place, on the header's size and
before a pixel is allocated. Pillow is never told to accept truncated files.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image, ImageOps, JpegImagePlugin, PngImagePlugin, TiffImagePlugin

from app.errors import BadScan
from app.scans import report
from app.scans.report import Found, ScanPage, decoding
from app.scans.tiff import Directory, PageFile, directories

Kind = Literal["JPEG", "PNG", "TIFF"]
PLUGINS = (JpegImagePlugin, PngImagePlugin, TiffImagePlugin)
"""Imported by name, because Pillow otherwise imports every plugin it has to find one of them."""

Image.MAX_IMAGE_PIXELS = None

_SLOW = 10_000_000
"""From so many pixels on a JPEG is not decoded small in a tenth of a second either; an A4 page at 300 dpi has 8.7."""
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an image is: its file, its kind and, in a TIFF, its directory and 1-based number."""

    path: Path
    kind: Kind
    directory: Directory | None = None
    number: int | None = None


def examine(path: Path, kind: Kind, previews: int = 0) -> Iterator[Found | BadScan]:
    """Decodes every page of a file, a JPEG at an eighth of its size, and tells what is there, page by page.

    The first so many of those that take long to decode come with a preview.
    """
    for place in _places(path, kind):
        try:
            found = place if isinstance(place, BadScan) else _examined(place, with_preview=previews > 0)
            if isinstance(found, Found) and found.preview:
                previews -= 1
            yield found
        except BadScan as problem:
            yield problem


def page_image(path: Path, kind: Kind, index: int) -> Image.Image:
    """A page as an upright image, L or RGB."""
    place = _place(path, kind, index)
    with _opened(place) as image:
        return _upright(image, place)


def reduced(path: Path, side: int) -> Image.Image:
    """A JPEG as an upright image, L or RGB, whose longer side has at least so many pixels where the file has them.

    Decoded at a half, a quarter or an eighth of its size, which takes a fraction of the time.
    """
    place = _place(path, "JPEG", 0)
    with _opened(place) as image:
        _draft(image, side)
        return _upright(image, place)


def size(path: Path, kind: Kind) -> tuple[int, int]:
    """The upright size of a file's first page, from its header."""
    place = _place(path, kind, 0)
    with _opened(place) as image:
        width, height = image.size
        return (height, width) if _orientation(image, place) >= 5 else (width, height)


def is_plain(path: Path, kind: Kind) -> bool:
    """Whether every program sees the same in this file as we do: JPEG or PNG, upright, grey or RGB, not transparent."""
    if kind == "TIFF":
        return False
    place = _place(path, kind, 0)
    with _opened(place) as image:
        if image.mode not in {"1", "L", "RGB"} or "transparency" in image.info:
            return False
        return _orientation(image, place) == 1


def _places(path: Path, kind: Kind) -> Iterator[_Place | BadScan]:
    if kind != "TIFF":
        yield _Place(path, kind)
        return
    number = 0
    try:
        with decoding(path), path.open("rb") as file:
            found = directories(file)
            while directory := next(found, None):
                number += 1
                if number > report.MAX_PAGES:
                    yield report.too_many_pages(path)
                    return
                yield _Place(path, kind, directory, number)
    except BadScan as problem:
        yield report.damaged(path, number + 1) if number else problem


def _place(path: Path, kind: Kind, index: int) -> _Place:
    for at, place in enumerate(_places(path, kind)):
        if isinstance(place, BadScan):
            raise place
        if at == index:
            return place
    raise report.damaged(path, index + 1)


@contextmanager
def _opened(place: _Place) -> Iterator[Image.Image]:
    """The image with its header read and its size found good; whatever is raised over the file is a `BadScan`."""
    with decoding(place.path, place.number):
        file = PageFile(place.path, place.directory) if place.directory else place.path.open("rb")
        with file, Image.open(file, formats=(place.kind,)) as image:
            report.check_size(place.path, place.number, *image.size)
            yield image


def _examined(place: _Place, *, with_preview: bool) -> Found:
    with _opened(place) as image:
        width, height = image.size
        turned = _orientation(image, place) >= 5
        slow = place.kind != "JPEG" or width * height > _SLOW
        readable = with_preview and slow and report.is_large(width, height)
        if place.kind == "JPEG" and readable:
            _draft(image, report.PREVIEW)
        elif place.kind == "JPEG":
            image.draft(None, (report.THUMBNAIL, report.THUMBNAIL))
        upright = _upright(image, place)
    preview = report.shrunk(upright, report.PREVIEW) if readable else None
    page = ScanPage((place.number or 1) - 1, height if turned else width, width if turned else height)
    return Found(page, report.shrunk(preview or upright, report.THUMBNAIL), preview)


def _draft(image: Image.Image, side: int) -> None:
    """Has a JPEG decoded at a fraction of its size, whose longer side has so many pixels where the file has them."""
    width, height = image.size
    share = min(side / max(width, height), 1)
    image.draft(None, (round(width * share), round(height * share)))


def _orientation(image: Image.Image, place: _Place) -> int:
    """The EXIF orientation, 1 to 8; an EXIF block that makes no sense counts as upright."""
    if place.directory:
        return place.directory.orientation
    try:
        with decoding(place.path):
            value = image.getexif().get(_ORIENTATION, 1)
    except BadScan:
        return 1
    return value if value in _TURNS else 1


def _upright(image: Image.Image, place: _Place) -> Image.Image:
    """The image as L or RGB, turned once; a TIFF Pillow turns itself, at the end of loading."""
    image.load()
    plain = _plain_colours(image, place)
    turn = None if place.kind == "TIFF" else _TURNS.get(_orientation(image, place))
    return plain if turn is None else plain.transpose(turn)


def _plain_colours(image: Image.Image, place: _Place) -> Image.Image:
    mode = image.mode
    if mode.startswith("I;16"):
        return _from_16_bits(image, place.directory)
    if mode in {"LA", "La", "PA", "RGBA", "RGBa"} or "transparency" in image.info:
        return _on_white(image)
    if mode in {"L", "RGB"}:
        return image
    if mode == "1":
        return image.convert("L")
    if mode in {"CMYK", "P", "RGBX", "YCbCr"}:
        return image.convert("RGB")
    raise report.odd_colours(place.path, place.number, mode)


def _from_16_bits(image: Image.Image, directory: Directory | None) -> Image.Image:
    """Grey of 16 bits, or of 12 in the low end of 16, as 8 bits; Pillow cuts them off at 255 and inverts nothing."""
    highest = 2 ** (directory.bits if directory else 16) - 1
    whole = image.convert("I") if image.mode != "I;16" else image
    grey = whole.point(lambda value: value * (255 / highest) + 0.5).convert("L")
    return ImageOps.invert(grey) if directory and directory.white_is_zero else grey


def _on_white(image: Image.Image) -> Image.Image:
    colours = image.convert("RGBA")
    paper = Image.new("RGB", image.size, "white")
    paper.paste(colours, mask=colours.getchannel("A"))
    return paper.convert("L") if image.mode in {"1", "L", "LA", "La"} else paper
