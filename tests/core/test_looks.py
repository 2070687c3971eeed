"""Looks: what becomes of the values of an image, and how the paper is evened out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from app.looks import Look, background, curve, seen


def stained() -> Image.Image:
    """Paper that is light at the left and dark at the right, with the same ink, a fifth of its paper, on both."""
    image = Image.new("RGB", (1200, 600), (240, 230, 200))
    draw = ImageDraw.Draw(image)
    draw.rectangle((600, 0, 1199, 599), fill=(150, 140, 110))
    for x, ink in ((200, (48, 46, 40)), (900, (30, 28, 22))):
        for y in range(100, 500, 60):
            draw.line((x, y, x + 120, y), fill=ink, width=8)
    return image


def test_as_scanned_every_value_stays() -> None:
    assert curve(Look()) == list(range(256))
    assert seen(stained(), Look()).tobytes() == stained().tobytes()


def test_inverting_twice_is_nothing_and_once_turns_black_and_white() -> None:
    inverted = curve(Look(invert=True))
    assert (inverted[0], inverted[255]) == (255, 0)
    assert [inverted[value] for value in inverted] == list(range(256))


@given(st.integers(-100, 100), st.integers(-100, 100), st.floats(0.2, 5.0))
def test_no_look_turns_the_order_of_tones_around(brightness: int, contrast: int, gamma: float) -> None:
    made = curve(Look(brightness, contrast, gamma))
    assert made == sorted(made)
    assert 0 <= made[0] <= made[255] <= 255


@pytest.mark.parametrize(
    ("look", "lighter"), [(Look(brightness=30), True), (Look(brightness=-30), False), (Look(gamma=2.0), True)]
)
def test_light_and_dark(look: Look, lighter: bool) -> None:
    assert (curve(look)[100] > 100) is lighter


def test_contrast_draws_dark_and_light_apart() -> None:
    made = curve(Look(contrast=50))
    assert made[60] < 60
    assert made[200] > 200


def test_evening_out_makes_paper_white_and_ink_alike_in_a_stain_and_beside_it() -> None:
    image = stained()
    even = seen(image, Look(flatten=True), background(image))

    light, dark = even.getpixel((100, 50)), even.getpixel((1100, 50))
    assert min(*light, *dark) > 240  # type: ignore[misc]
    ink, stained_ink = even.getpixel((250, 100)), even.getpixel((950, 100))
    assert max(abs(one - other) for one, other in zip(ink, stained_ink, strict=True)) < 12  # type: ignore[arg-type]
    assert max(ink) < 80  # type: ignore[arg-type]
