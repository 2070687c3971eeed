"""Looks: how a page image is shown, lighter or darker, inverted, its background evened out; no scan is changed.

Everything is done by tables of 256 values, so that what a window shows is changed in a few milliseconds. Pillow is
imported where it is used: the window is there before it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

_SMALL = 200
"""The longer side of an estimated background, in pixels."""
_STROKE = 9
"""How wide the widest stroke is at that size, which is what must not be taken for background; odd."""
_DARKEST = 12
"""Values below this one count as this one where a background is divided by, as a logarithm needs it."""
_SPAN = math.log(255 / _DARKEST)
_LOG = [round(255 * math.log(max(value, _DARKEST) / _DARKEST) / _SPAN) for value in range(256)]
_EXP = [min(round(255 * math.exp((value - 255) / 255 * _SPAN)), 255) for value in range(256)]


@dataclass(frozen=True, slots=True)
class Look:
    """`brightness` and `contrast` from -100 to 100, `gamma` from 0.2 (dark) to 5 (light)."""

    brightness: int = 0
    contrast: int = 0
    gamma: float = 1.0
    invert: bool = False
    flatten: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it shows the scan as it is."""
        return self == AS_SCANNED


AS_SCANNED = Look()


def curve(look: Look) -> list[int]:
    """What each of the 256 values becomes: contrast about the middle and brightness, then gamma, then invert."""
    steep = 2.0 ** (look.contrast / 50)
    made = []
    for value in range(256):
        at = min(max((value / 255 - 0.5) * steep + 0.5 + look.brightness / 200, 0.0), 1.0) ** (1 / look.gamma)
        made.append(int(255 * (1 - at if look.invert else at) + 0.5))
    return made


def background(image: "Image.Image") -> "Image.Image":
    """The paper of a page without its writing, small, in the image's own mode; any thread.

    Writing is darker than the paper about it: the lightest value of a neighbourhood wider than a stroke, smoothed.
    """
    from PIL import Image, ImageFilter

    scale = _SMALL / max(*image.size, _SMALL)
    size = max(round(image.width * scale), 1), max(round(image.height * scale), 1)
    small = image.resize(size, Image.Resampling.BOX)
    return small.filter(ImageFilter.MaxFilter(_STROKE)).filter(ImageFilter.GaussianBlur(_STROKE))


def seen(image: "Image.Image", look: Look, paper: "Image.Image | None" = None) -> "Image.Image":
    """An image of bytes in this look; `paper` is its background in the same mode, of any size, to even it out.

    Each value is divided by its paper's, as a difference of logarithms: paper becomes white, and ink in a stain as
    dark as beside it.
    """
    from PIL import Image, ImageChops

    table: Sequence[int] = curve(look)
    bands = len(image.getbands())
    if look.flatten and paper is not None:
        logs = paper.point(_LOG * bands).resize(image.size, Image.Resampling.BILINEAR)
        image = ImageChops.subtract(image.point(_LOG * bands), logs, 1.0, 255)
        table = [table[value] for value in _EXP]
    return image.point([*table] * bands)
