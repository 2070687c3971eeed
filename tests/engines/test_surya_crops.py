"""From a line to what surya reads, and back: turned upright, covered outside, bounded, exact to the pixel."""

import math

import numpy as np
import pytest
from PIL import Image, ImageDraw

from app.page import Point
from app.protocol import LineShape
from engines.surya_crops import MOST_PIXELS, Crop, cut

PAPER = (230, 220, 200)


def shape(*boundary: Point, baseline: tuple[Point, ...] = ((0, 0), (10, 0))) -> LineShape:
    return LineShape(id="l", baseline=baseline, boundary=boundary)


def box(left: int, top: int, right: int, bottom: int) -> tuple[Point, ...]:
    return (left, top), (right, top), (right, bottom), (left, bottom)


def page(mode: str = "RGB") -> Image.Image:
    """A page with a black, a blue and a red square on one line of paper, and grey around it."""
    image = Image.new("RGB", (400, 300), (128, 128, 128))
    draw = ImageDraw.Draw(image)
    draw.rectangle((50, 100, 349, 139), fill=PAPER)
    for left, colour in ((60, (0, 0, 0)), (190, (0, 0, 255)), (320, (255, 0, 0))):
        draw.rectangle((left, 110, left + 19, 129), fill=colour)
    return image.convert(mode)


def made(image: Image.Image, line: LineShape) -> Crop:
    crop = cut(image, line)
    assert crop is not None
    assert crop.image.mode == "RGB"
    return crop


def test_a_level_line_is_cut_out_as_it_is() -> None:
    crop = made(page(), shape(*box(50, 100, 350, 140)))
    assert crop.image.tobytes() == page().crop((50, 100, 350, 140)).tobytes()
    assert crop.box_on_page([(10, 10), (30, 10), (30, 30), (10, 30)]) == (60, 110, 20, 20)


def test_what_is_outside_the_boundary_gets_the_colour_of_the_paper() -> None:
    crop = made(page(), shape((50, 100), (350, 100), (350, 140), (180, 140), (180, 105), (50, 105)))
    assert crop.image.getpixel((20, 20)) == PAPER
    assert crop.image.getpixel((150, 20)) == (0, 0, 255)


@pytest.mark.parametrize("degrees", [90, 180, 270, 91, 15, -40, 200])
def test_a_line_that_runs_elsewhere_is_turned_upright(degrees: int) -> None:
    straight = page()
    there = straight.rotate(-degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=(128, 128, 128))
    angle = math.radians(degrees)

    def moved(x: float, y: float) -> Point:
        x, y = x - straight.width / 2, y - straight.height / 2
        return (
            round(there.width / 2 + x * math.cos(angle) - y * math.sin(angle)),
            round(there.height / 2 + x * math.sin(angle) + y * math.cos(angle)),
        )

    corners = [moved(*corner) for corner in box(50, 100, 350, 140)]
    crop = made(there, shape(*corners, baseline=(moved(50, 130), moved(350, 130))))
    assert abs(crop.image.width - 300) < 12
    assert abs(crop.image.height - 40) < 12
    middle = (crop.image.width / 2, crop.image.height / 2)
    for left, colour in ((70, (0, 0, 0)), (200, (0, 0, 255)), (330, (255, 0, 0))):
        place = (middle[0] + left - 200, middle[1])
        got = crop.image.getpixel((round(place[0]), round(place[1])))
        assert max(abs(one - other) for one, other in zip(got, colour, strict=True)) < 40
        x, y, width, height = crop.box_on_page([place])
        assert math.dist((x + width / 2, y + height / 2), moved(left, 120)) < 4


@pytest.mark.parametrize(
    "boundary",
    [
        (),
        box(50, 100, 350, 100),
        box(50, 100, 50, 140),
        box(500, 400, 900, 450),
        box(-300, -50, -10, -5),
        ((50, 100), (200, 110), (350, 120)),
        ((50, 100), (350, 100)),
        box(60, 60, 60, 60),
    ],
    ids=["none", "no height", "no width", "beside the page", "before the page", "on a slope", "two points", "a point"],
)
def test_what_has_no_inside_on_the_page_is_no_line(boundary: tuple[Point, ...]) -> None:
    assert cut(page(), shape(*boundary)) is None


def test_two_pixels_of_height_are_read_and_one_is_not() -> None:
    assert made(page(), shape(*box(50, 100, 350, 102))).image.size == (300, 2)
    assert cut(page(), shape(*box(50, 100, 350, 101))) is None
    assert cut(page(), shape(*box(50, 298, 350, 310))) is None


@pytest.mark.parametrize("baseline", [(), ((5, 5),), ((5, 5), (5, 5))])
def test_without_a_direction_a_line_is_taken_as_level(baseline: tuple[Point, ...]) -> None:
    assert made(page(), shape(*box(50, 100, 350, 140), baseline=baseline)).image.size == (300, 40)


@pytest.mark.parametrize("baseline", [((0, 250), (19_990, 250)), ((0, 0), (19_990, 290)), ((50, 290), (50, 0))])
def test_a_very_long_line_takes_bounded_memory(baseline: tuple[Point, ...]) -> None:
    image = Image.new("L", (20_000, 300), 255)
    ImageDraw.Draw(image).rectangle((9_000, 100, 10_999, 199), fill=0)
    crop = made(image, shape(*box(0, 0, 20_000, 300), baseline=baseline))
    assert crop.image.width * crop.image.height <= MOST_PIXELS
    everything = [(0, 0), (crop.image.width, 0), (crop.image.width, crop.image.height), (0, crop.image.height)]
    left, top, width, height = crop.box_on_page(everything)
    assert left <= 20
    assert top == 0
    assert left + width >= 19_950
    assert height >= 295
    dark = crop.image.convert("L").point(lambda value: 255 * (value < 128)).getbbox()
    assert dark is not None
    x, _, width, _ = crop.box_on_page([(dark[0], dark[1]), (dark[2], dark[3]), (dark[0], dark[3]), (dark[2], dark[1])])
    assert abs(x - 9_000) < 60
    assert abs(x + width - 11_000) < 60


@pytest.mark.parametrize("mode", ["1", "L", "RGBA", "P", "CMYK"])
def test_any_kind_of_pixels_becomes_rgb(mode: str) -> None:
    crop = made(page(mode), shape(*box(50, 100, 350, 140)))
    black = crop.image.getpixel((20, 20))
    assert isinstance(black, tuple)
    assert max(black) < 30


def test_sixteen_bits_are_scaled_and_not_cut_off() -> None:
    values = np.full((40, 300), 0xC000, np.uint16)
    values[10:30, 100:200] = 0x4000
    image = Image.fromarray(values)
    assert image.mode == "I;16"
    crop = made(image, shape(*box(0, 0, 300, 40)))
    assert crop.image.getpixel((5, 5)) == (191, 191, 191)
    assert crop.image.getpixel((150, 20)) == (64, 64, 64)
