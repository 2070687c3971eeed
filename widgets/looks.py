"""The look of a page image in the window: what is seen of it is changed as it is painted, so that no copy is kept."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

from app import looks
from app.looks import AS_SCANNED, Look

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, slots=True)
class Seen:
    """A look, and the paper of the image that is looked at, None as long as nobody has made it; see `paper_of`."""

    look: Look = AS_SCANNED
    paper: "Image.Image | None" = None

    def through(self, piece: QImage, part: QRectF) -> QImage:
        """A piece of the image, of format RGB32, in this look; `part` is what it is of the image, in shares of it."""
        if self.look.is_plain:
            return piece
        from PIL import Image

        paper = None
        if self.look.flatten and self.paper is not None:
            # Half a pixel of the paper at least: at a large zoom a strip is smaller than one.
            wide, high = self.paper.size
            left, top = part.left() * wide, part.top() * high
            box = (left, top, max(part.right() * wide, left + 0.5), max(part.bottom() * high, top + 0.5))
            small = min(piece.width(), 2 * wide), min(piece.height(), 2 * high)
            paper = self.paper.resize(small, Image.Resampling.BILINEAR, _inside(box, wide, high))
        made = looks.seen(as_pil(piece), self.look, paper)
        return QImage(made.tobytes(), made.width, made.height, 4 * made.width, QImage.Format.Format_RGB32).copy()


PLAIN = Seen()


def as_pil(image: QImage) -> "Image.Image":
    """An image of format RGB32 for Pillow, its channels in whatever order; a copy, which outlives Qt's memory."""
    from PIL import Image

    # Not RGBA: its fourth byte is nothing, and would count as transparent.
    return Image.frombytes("RGBX", (image.width(), image.height()), bytes(image.constBits()))


def paper_of(smallest: QImage) -> "Image.Image":
    """The paper of an image, from a small one of it; any thread."""
    return looks.background(as_pil(smallest.convertToFormat(QImage.Format.Format_RGB32)))


def _inside(box: tuple[float, float, float, float], wide: int, high: int) -> tuple[float, float, float, float]:
    """The box moved and cut so that it lies in an image of this size."""
    left, top = min(max(box[0], 0), wide - 0.5), min(max(box[1], 0), high - 0.5)
    return left, top, min(max(box[2], left + 0.5), wide), min(max(box[3], top + 0.5), high)
