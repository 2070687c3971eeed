"""The page image in levels: the same pixels as the scan, at every zoom, off the GUI thread."""

import threading
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsScene
from pytestqt.qtbot import QtBot

from widgets.page_image import SMALLEST, ImageItem, PyramidImage, make_pyramid


def pattern(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A page with edges and colours everywhere, so that a shifted or mirrored pixel shows."""
    image = Image.radial_gradient("L").resize((width, height)).convert(mode)
    draw = ImageDraw.Draw(image)
    for i in range(0, width, 37):
        draw.line((i, 0, width - i, height), fill=(i % 255, 80, 30)[0] if mode == "L" else (i % 255, 80, 30), width=3)
    return image


def as_pillow(image: QImage) -> Image.Image:
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    return Image.frombytes(
        "RGB", (plain.width(), plain.height()), bytes(plain.bits()), "raw", "RGB", plain.bytesPerLine()
    )


def rendered(image: PyramidImage, part: QRectF, width: int, height: int) -> Image.Image:
    scene, item = QGraphicsScene(), ImageItem()
    scene.addItem(item)
    item.show_paper(image.width, image.height)
    item.show_image(image)
    target = QImage(width, height, QImage.Format.Format_RGB32)
    painter = QPainter(target)
    scene.render(painter, QRectF(0, 0, width, height), part)
    painter.end()
    return as_pillow(target)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_level_zero_has_the_pixels_of_the_scan(mode: str) -> None:
    image = pattern(613, 401, mode)
    assert ImageChops.difference(as_pillow(make_pyramid(image).levels[0]), image.convert("RGB")).getbbox() is None


@given(st.integers(1, 5000), st.integers(1, 300))
@settings(max_examples=25, deadline=None)
def test_each_level_is_half_of_the_one_before_and_the_last_is_small(width: int, height: int) -> None:
    levels = make_pyramid(Image.new("L", (width, height))).levels
    sizes = [(level.width(), level.height()) for level in levels]
    assert sizes[0] == (width, height)
    assert all(b == ((a[0] + 1) // 2, (a[1] + 1) // 2) for a, b in pairwise(sizes))
    assert max(sizes[-1]) < SMALLEST
    assert all(max(size) >= SMALLEST for size in sizes[:-1])


@given(st.floats(0.001, 20))
def test_the_level_has_a_pixel_for_each_of_the_screens_and_less_than_two_each_way(scale: float) -> None:
    image = PyramidImage(tuple(QImage(4096 >> i, 8 >> i, QImage.Format.Format_Grayscale8) for i in range(4)))
    level = image.level_for(scale)
    assert level == 0 or scale * 2**level <= 1
    assert level == 3 or scale * 2 ** (level + 1) > 1


def test_a_page_beyond_qts_limit_of_pixels_is_made_on_another_thread_and_painted(qtbot: QtBot) -> None:
    image = Image.new("L", (9600, 7100), 90)
    assert image.width * image.height > 67_108_864
    made: list[PyramidImage] = []
    thread = threading.Thread(target=lambda: made.append(make_pyramid(image)))
    thread.start()
    thread.join(timeout=60)
    assert rendered(made[0], QRectF(9000, 7000, 200, 100), 200, 100).getpixel((100, 50)) == (90, 90, 90)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_one_to_one_shows_the_very_pixels(qtbot: QtBot, mode: str) -> None:
    image = pattern(1500, 1200, mode)
    shown = rendered(make_pyramid(image), QRectF(700, 300, 400, 200), 400, 200)
    assert ImageChops.difference(shown, image.crop((700, 300, 1100, 500)).convert("RGB")).getbbox() is None


@pytest.mark.parametrize("scale", [0.5, 0.2])
def test_far_away_it_shows_the_same_place_of_the_page(qtbot: QtBot, scale: float) -> None:
    image = pattern(3001, 2203).resize((3001, 2203))
    size = (round(1000 * scale), round(800 * scale))
    shown = rendered(make_pyramid(image), QRectF(1100, 900, 1000, 800), *size)
    wanted = image.crop((1100, 900, 2100, 1700)).resize(size, Image.Resampling.BOX)
    difference = ImageChops.difference(shown, wanted).convert("L").resize((1, 1), Image.Resampling.BOX)
    shifted = ImageChops.difference(shown, ImageChops.offset(wanted, 3, 0)).convert("L").resize((1, 1))
    assert difference.getpixel((0, 0)) < 8 < shifted.getpixel((0, 0))


def test_an_image_of_another_size_is_stretched_to_the_page(qtbot: QtBot) -> None:
    scene, item = QGraphicsScene(), ImageItem()
    scene.addItem(item)
    item.show_paper(400, 200)
    item.show_image(make_pyramid(Image.new("RGB", (200, 100), (10, 20, 30))))
    target = QImage(400, 200, QImage.Format.Format_RGB32)
    target.fill(0)
    painter = QPainter(target)
    scene.render(painter, QRectF(0, 0, 400, 200), QRectF(0, 0, 400, 200))
    painter.end()
    assert as_pillow(target).getpixel((390, 190)) == (10, 20, 30)


def test_a_mode_that_no_scan_has_is_refused() -> None:
    with pytest.raises(KeyError):
        make_pyramid(Image.new("CMYK", (10, 10)))
