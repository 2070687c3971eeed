"""A page image in several sizes, so that any zoom of any page paints without a wait."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from widgets.looks import Seen

if TYPE_CHECKING:
    from PIL import Image

SMALLEST = 1024
"""Halving stops at the first level whose longer side is shorter than this, in pixels."""

PAPER = QColor("#f4efe4")
_STRIP = 256
_FEWER = 0.8
"""From how many pixels of the screen for one of a level on all of them are changed by a look."""
_FORMATS = {"L": (QImage.Format.Format_Grayscale8, "L"), "RGB": (QImage.Format.Format_RGB32, "BGRX")}


@dataclass(frozen=True, slots=True)
class PyramidImage:
    """An upright page image: level 0 whole, each further level half the size of the one before.

    Memory: 1.33 bytes a pixel for a grey image and 5.33 for a coloured one, 93 and 373 MB for 70 megapixels. Colour
    takes four bytes and not three a pixel because it then paints three times as fast.
    """

    levels: tuple[QImage, ...]

    @property
    def width(self) -> int:
        """The width of the whole image in pixels."""
        return self.levels[0].width()

    @property
    def height(self) -> int:
        """The height of the whole image in pixels."""
        return self.levels[0].height()

    def level_for(self, scale: float) -> int:
        """The smallest level that has a pixel for each of the screen's; `scale` is screen pixels to an image pixel."""
        level = 0
        while level + 1 < len(self.levels) and scale * 2 ** (level + 1) <= 1:
            level += 1
        return level


def make_pyramid(image: "Image.Image") -> PyramidImage:
    """The levels of an upright image of mode L or RGB; any thread, about a second for 70 megapixels.

    Besides the result it needs at most half the image again. Any other mode raises `KeyError`.
    """
    levels = [_qimage(image)]
    while max(image.size) >= SMALLEST:
        image = image.reduce(2)
        levels.append(_qimage(image))
    return PyramidImage(tuple(levels))


def _qimage(image: "Image.Image") -> QImage:
    """The image as Qt has it, copied in strips so that no second whole copy is made."""
    form, raw = _FORMATS[image.mode]
    made = QImage(image.width, image.height, form)
    stride = made.bytesPerLine()
    rows = memoryview(made.bits())
    for top in range(0, image.height, _STRIP):
        bottom = min(top + _STRIP, image.height)
        strip = image.crop((0, top, image.width, bottom))
        rows[top * stride : bottom * stride] = strip.tobytes("raw", raw, stride)
    return made


class ImageItem(QGraphicsItem):
    """The page image in a scene whose unit is a pixel of the page; bare paper while there is no image."""

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self._rect = QRectF()
        self._image: PyramidImage | None = None
        self._seen = Seen()
        self._hurried = False

    def hurry(self, on: bool) -> None:
        """Paints in less time while a person zooms, each pixel the nearest one; sharp again when that is over."""
        if on != self._hurried:
            self._hurried = on
            self.update()

    def show_seen(self, seen: Seen) -> None:
        """Shows the image in this look."""
        self._seen = seen
        self.update()

    @property
    def image(self) -> PyramidImage | None:
        """What is shown."""
        return self._image

    def show_paper(self, width: int, height: int) -> None:
        """Shows bare paper of this size, in pixels of the page."""
        self.prepareGeometryChange()
        self._rect = QRectF(0, 0, width, height)
        self._image = None

    def show_image(self, image: PyramidImage | None) -> None:
        """Shows the image on the paper; one of another size is stretched to it."""
        self._image = image
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        """The page."""
        return self._rect

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None, /) -> None:  # noqa: ARG002 - Qt's signature
        """Paints what is exposed, and no more, from the level that fits the zoom."""
        turned = painter.worldTransform()
        scale = math.hypot(turned.m11(), turned.m12()) * painter.device().devicePixelRatio()
        self.draw(painter, option.exposedRect.intersected(self._rect), scale)

    def draw(self, painter: QPainter, exposed: QRectF, scale: float) -> None:
        """Paints a part of the page, from the level that has a pixel for each of the screen's at this scale."""
        if exposed.isEmpty():
            return
        if self._image is None:
            painter.fillRect(exposed, PAPER)
            return
        across, down = self._image.width / self._rect.width(), self._image.height / self._rect.height()
        level = self._image.level_for(scale / across)
        if self._hurried and not self._seen.look.is_plain:  # a look costs by the pixel
            level = min(level + 1, len(self._image.levels) - 1)
        across, down = across / 2**level, down / 2**level
        source = QRectF(exposed.x() * across, exposed.y() * down, exposed.width() * across, exposed.height() * down)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not self._hurried)
        if self._seen.look.is_plain:
            painter.drawImage(exposed, self._image.levels[level], source)
        else:
            self._draw_seen(painter, exposed, self._image.levels[level], source, scale)

    def _draw_seen(self, painter: QPainter, exposed: QRectF, level: QImage, source: QRectF, scale: float) -> None:
        """Paints the pixels that are needed, in the look; whole ones, so that strips meet without a seam.

        Where the level has more pixels than the screen, they are made fewer first: a look costs by the pixel.
        """
        whole = source.toAlignedRect().intersected(level.rect())
        piece = level.copy(whole)
        fewer = exposed.width() * scale / max(source.width(), 1)
        if fewer < _FEWER:
            small = QSize(max(round(whole.width() * fewer), 1), max(round(whole.height() * fewer), 1))
            fast, smooth = Qt.TransformationMode.FastTransformation, Qt.TransformationMode.SmoothTransformation
            piece = piece.scaled(small, mode=fast if self._hurried else smooth)
        piece = piece.convertToFormat(QImage.Format.Format_RGB32)
        part = QRectF(
            whole.x() / level.width(),
            whole.y() / level.height(),
            whole.width() / level.width(),
            whole.height() / level.height(),
        )
        across, down = piece.width() / whole.width(), piece.height() / whole.height()
        here = source.translated(-whole.topLeft())
        here = QRectF(here.x() * across, here.y() * down, here.width() * across, here.height() * down)
        painter.drawImage(exposed, self._seen.through(piece, part), here)
