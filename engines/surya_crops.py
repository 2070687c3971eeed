"""From a line of a page to the image that surya reads, and from its pixels back to the page's.

surya turns nothing: what stands on its head or on its side is read as something else with full confidence. A crop is
therefore turned until its baseline runs from left to right. Any other lines in it are covered with the paper's colour.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageStat

from app import geometry
from app.page import Point
from app.protocol import CharBox, LineShape

SMALLEST = 2
"""The height in pixels, on average along the line, below which no writing can be told from a stroke."""

MOST_PIXELS = 1024 * 512
"""The area to which surya scales down what is larger; done here, so that no line takes more memory than that."""

LEVEL = 2.0
"""How many degrees a baseline may slope before its crop is turned; less is within what any hand does."""

_Matrix = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class Crop:
    """A line on its own, upright, RGB; `to_page` are the six numbers that lead from its pixels to the page's."""

    image: Image.Image
    to_page: _Matrix
    page_size: tuple[int, int]

    def box_on_page(self, corners_crop: Iterable[tuple[float, float]]) -> CharBox:
        """The upright box on the page around points of the crop, as far as they lie in it; at least one pixel."""
        a, b, c, d, e, f = self.to_page
        inside = [(min(max(x, 0), self.image.width), min(max(y, 0), self.image.height)) for x, y in corners_crop]
        xs = [a * x + b * y + c for x, y in inside]
        ys = [d * x + e * y + f for x, y in inside]
        left = min(max(math.floor(min(xs)), 0), self.page_size[0] - 1)
        top = min(max(math.floor(min(ys)), 0), self.page_size[1] - 1)
        right = min(math.ceil(max(xs)), self.page_size[0])
        bottom = min(math.ceil(max(ys)), self.page_size[1])
        return left, top, max(right - left, 1), max(bottom - top, 1)


def cut(page: Image.Image, line: LineShape) -> Crop | None:
    """The crop of a line that has a boundary; None where too little of the page lies in it for any writing."""
    boundary = geometry.clipped(line.boundary, page.width, page.height)
    if len(boundary) < 3:
        return None
    right = _direction(line.baseline)
    down = (-right[1], right[0])
    along = [x * right[0] + y * right[1] for x, y in boundary]
    across = [x * down[0] + y * down[1] for x, y in boundary]
    left, top = min(along), min(across)
    width, height = max(along) - left, max(across) - top
    # A scan of 100 megapixels drawn around as one line must not take ten times its memory.
    shrink = max(math.isqrt(int(width * height) // (4 * MOST_PIXELS)), 1)
    size = (max(math.ceil(width / shrink), 1), max(math.ceil(height / shrink), 1))
    start = (left * right[0] + top * down[0], left * right[1] + top * down[1])
    matrix = (right[0] * shrink, down[0] * shrink, start[0], right[1] * shrink, down[1] * shrink, start[1])
    mask = _mask(boundary, matrix, shrink, size)
    if mask.histogram()[255] < SMALLEST * max(size):
        return None
    image = _turned(page, boundary, matrix, shrink, size)
    paper = tuple(ImageStat.Stat(image, mask).median)
    return _fitted(Image.composite(image, Image.new("RGB", size, paper), mask), matrix, page.size)


def _direction(baseline: tuple[Point, ...]) -> tuple[float, float]:
    """Where the writing runs to, as a vector of length 1; exactly along an axis where it nearly is."""
    if len(baseline) < 2 or baseline[0] == baseline[-1]:
        return 1.0, 0.0
    (x1, y1), (x2, y2) = baseline[0], baseline[-1]
    angle = math.degrees(math.atan2(y2 - y1, x2 - x1))
    quarter = round(angle / 90)
    if abs(angle - 90 * quarter) <= LEVEL:
        return ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[quarter % 4]
    return math.cos(math.radians(angle)), math.sin(math.radians(angle))


def _mask(boundary: Iterable[Point], matrix: _Matrix, shrink: int, size: tuple[int, int]) -> Image.Image:
    """White where the boundary's inside is, in pixels of the crop."""
    a, b, c, d, e, f = matrix
    scale = 1 / shrink**2
    points = [((a * (x - c) + d * (y - f)) * scale, (b * (x - c) + e * (y - f)) * scale) for x, y in boundary]
    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).polygon(points, fill=255)
    return mask


def _turned(
    page: Image.Image, boundary: Iterable[Point], matrix: _Matrix, shrink: int, size: tuple[int, int]
) -> Image.Image:
    """The part of the page that the crop shows, upright."""
    around = geometry.box_of(boundary).grown(2 * shrink).within(page.width, page.height)
    part = _rgb(page.crop((around.x, around.y, around.right, around.bottom)), shrink)
    a, b, c, d, e, f = matrix
    exact = {abs(a), abs(b)} == {0.0, float(shrink)}
    return part.transform(
        size,
        Image.Transform.AFFINE,
        (a / shrink, b / shrink, (c - around.x) / shrink, d / shrink, e / shrink, (f - around.y) / shrink),
        resample=Image.Resampling.NEAREST if exact else Image.Resampling.BICUBIC,
    )


def _rgb(part: Image.Image, shrink: int) -> Image.Image:
    """A part of the page in the only colours that surya takes, and smaller; 16 bits are scaled and not cut off."""
    if part.mode.startswith("I"):
        part = part.point(lambda value: value * (1 / 257) + 0.5).convert("L")
    part = part if part.mode in {"L", "RGB"} else part.convert("RGB")
    return (part.reduce(shrink) if shrink > 1 else part).convert("RGB")


def _fitted(image: Image.Image, matrix: _Matrix, page_size: tuple[int, int]) -> Crop:
    """The crop, scaled down to the area that surya reads."""
    scale = min(math.sqrt(MOST_PIXELS / (image.width * image.height)), 1.0)
    size = (max(int(image.width * scale), 1), max(int(image.height * scale), 1))
    x, y = image.width / size[0], image.height / size[1]
    if scale < 1:
        image = image.resize(size, Image.Resampling.LANCZOS)
    a, b, c, d, e, f = matrix
    return Crop(image, (a * x, b * y, c, d * x, e * y, f), page_size)
