"""Page images as engines see them: masked to a polygon, and never of a shape that kills a segmenter."""

import pytest
from PIL import Image

from engines.images import only_within, page_shaped


def test_what_lies_outside_a_polygon_becomes_the_colour_of_the_page() -> None:
    page = Image.new("RGB", (400, 600), (230, 220, 200))
    page.paste((0, 0, 0), (20, 20, 60, 60))
    page.paste((0, 0, 0), (150, 250, 250, 350))
    masked = only_within(page, ((100, 200), (300, 200), (300, 400), (100, 400)))
    assert masked.size == page.size
    assert masked.getpixel((40, 40)) == (230, 220, 200)
    assert masked.getpixel((200, 300)) == (0, 0, 0)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "CMYK"])
def test_a_strip_is_set_into_a_page(mode: str) -> None:
    strip = Image.new(mode, (597, 89))
    page = page_shaped(strip)
    assert page.size == (597, 836)
    assert page.crop((0, 0, 597, 89)).convert("L").tobytes() == strip.convert("L").tobytes()


def test_a_page_stays_what_it_is() -> None:
    page = Image.new("L", (2758, 2173))
    assert page_shaped(page) is page


def test_a_sliver_is_widened() -> None:
    assert page_shaped(Image.new("L", (3, 800))).size == (100, 800)
