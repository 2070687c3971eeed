"""Page images as the engines see them; all in pixels of the upright page image."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps, ImageStat

from app.page import Point
from app.protocol import PageImage
from engines.base import EngineError

MAX_PIXELS = 250_000_000
"""What the program accepts at import (`app.scans`); the image is as hostile here as it was there."""

_WIDEST = 2.5
_NARROWEST = 1 / 8
_UPRIGHT = 1.4


KEPT_PIXELS = 40_000_000
"""The largest page that stays in memory after a job, 120 MB: a person reads one line of a page after the other."""

_kept: dict[tuple[PageImage, int, int], Image.Image] = {}


def open_page(image: PageImage) -> Image.Image:
    """The whole page image in memory, not to be changed; raises `EngineError("bad_image")`.

    Opened as kraken's command line opens it. The last one is kept: decoding takes longer than reading a line.
    """
    try:
        status = Path(image.path).stat()
    except OSError as error:
        raise EngineError("bad_image", f"{type(error).__name__}: {error}") from error
    key = (image, status.st_mtime_ns, status.st_size)
    if key not in _kept:
        _kept.clear()
        page = _opened(image)
        if page.width * page.height > KEPT_PIXELS:
            return page
        _kept[key] = page
    return _kept[key]


def _opened(image: PageImage) -> Image.Image:
    if image.width * image.height > MAX_PIXELS:
        raise EngineError("bad_image", f"{image.width} x {image.height} pixels are too many")
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with Image.open(image.path) as file:
            if file.width * file.height != image.width * image.height:
                raise EngineError("bad_image", f"the file has {file.size}, not {(image.width, image.height)} pixels")
            file.load()
            page = ImageOps.exif_transpose(file)
            assert page is not None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise EngineError("bad_image", f"{type(error).__name__}: {error}") from error
    if page.size != (image.width, image.height):
        raise EngineError("bad_image", f"the file has {page.size}, not {(image.width, image.height)} pixels")
    return page


def only_within(page: Image.Image, polygon: Sequence[Point]) -> Image.Image:
    """The page with everything outside a polygon and a small margin in the page's median colour.

    The size stays, because a segmenter scales by it: a crop would be read at another scale.
    """
    page = page if page.mode in {"L", "RGB"} else page.convert("RGB")
    mask = Image.new("L", page.size, 0)
    draw = ImageDraw.Draw(mask)
    draw.polygon(list(polygon), fill=255)
    margin = max(page.size) // 200
    draw.line([*polygon, *polygon[:2]], fill=255, width=2 * margin + 1, joint="curve")
    return Image.composite(page, Image.new(page.mode, page.size, _median(page)), mask)


def page_shaped(page: Image.Image) -> Image.Image:
    """The page, set into the top left of a larger canvas when it is too wide or too narrow for a page segmenter.

    kraken scales every image to one height: a strip with a single line of writing would get so wide that the
    system kills the process for its memory, and its writing far larger than the segmenter knows.
    """
    width, height = page.size
    if width > _WIDEST * height:
        height = round(width * _UPRIGHT)
    elif width < _NARROWEST * height:
        width = round(height * _NARROWEST)
    else:
        return page
    page = page if page.mode in {"L", "RGB"} else page.convert("RGB")
    canvas = Image.new(page.mode, (width, height), _median(page))
    canvas.paste(page, (0, 0))
    return canvas


def _median(page: Image.Image) -> tuple[int, ...]:
    return tuple(ImageStat.Stat(page).median)
