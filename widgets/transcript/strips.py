"""Strips: a line's piece of the page image, cut and scaled in the background and kept while they fit."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPolygonF, QTransform

from app import geometry
from app.errors import AppError
from app.page import Line, Point
from widgets.archive_thread import ArchiveThread
from widgets.looks import PLAIN, Seen
from widgets.page_image import PyramidImage

KEPT = 600
LARGEST = 1.5
"""At most so many pixels of the screen show one of the page."""
TALLEST = 2.0
"""At most so many times as high as a usual strip is any."""
STEADY = 0.1
_VEIL = QColor(255, 255, 255, 150)


@dataclass(frozen=True, slots=True)
class Cut:
    """What to cut: the line's place on the page, and the most that the strip may measure, in screen pixels."""

    line: str
    outline: tuple[Point, ...]
    size: QSize
    ratio: float

    @property
    def box(self) -> geometry.Box:
        """The box around the line with a little room, in pixels of the page; it may reach over the page's edge."""
        return _around(self.outline)


class Strips(QObject):
    """The strips of one page at a time; what is not there yet is made, and told by `made`."""

    made = Signal(str)
    """The id of a line whose strip is there now."""

    def __init__(self, thread: ArchiveThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = thread
        self._image: PyramidImage | None = None
        self._page_width = 0
        self._seen = Seen()
        self.usual = (1, 1)
        """How wide and how high a usual line of the page is, in pixels of the page."""
        self._kept: OrderedDict[tuple[str, str], tuple[Cut | None, QImage]] = OrderedDict()

    def show_image(self, image: PyramidImage | None, page_width: int) -> None:
        """Cuts from this image from now on; its width on the page is given in pixels of the page.

        Strips of an image before, as of a preview, are shown until those of this one are made; None forgets them.
        """
        self._image, self._page_width = image, page_width
        if image is None:
            self._kept.clear()
        for key, (_, strip) in self._kept.items():
            self._kept[key] = (None, strip)

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Takes the measure of a page's lines: all strips have one scale, at which a usual line fits.

        A measure that hardly changes stays, so that no strip jumps because a line was drawn.
        """
        size = geometry.usual_size(lines)
        if lines and any(abs(now - known) > STEADY * known for now, known in zip(size, self.usual, strict=True)):
            self.usual = size

    def size(self, line: Line, width: int, highest: int) -> QSize:
        """How large the line's strip is where a usual line's is at most so wide and so high, in screen pixels.

        One that is too wide is made to fit; one that is much too high, such as a note across the page, too.
        """
        box = _around(geometry.outline(line))
        scale = min(width / self.usual[0], highest / self.usual[1], LARGEST)
        scale = min(scale, width / box.width, TALLEST * highest / box.height)
        return QSize(max(round(box.width * scale), 1), max(round(box.height * scale), 8))

    def show_seen(self, seen: Seen) -> None:
        """Cuts strips in this look from now on; those there are stay until theirs are made."""
        self._seen = seen
        for key, (_, strip) in self._kept.items():
            self._kept[key] = (None, strip)

    def strip(self, line: Line, use: str, size: QSize, ratio: float) -> QImage | None:
        """The line's strip for one use, no wider and no higher than `size` times `ratio`; None until it is made.

        After the line or the size has changed, the old strip is given until the new one is there.
        """
        if self._image is None or size.isEmpty():
            return None
        cut = Cut(line.id, geometry.outline(line), size, ratio)
        known = self._kept.get((use, line.id))
        if known is None or known[0] != cut:
            image = self._image
            work = partial(cut_strip, image, self._page_width, cut, self._seen)
            then = partial(self._keep, (image, self._seen), use, cut)
            self._thread.when_idle(("strip", use, line.id), work, then, _raise)
        return known[1] if known else None

    def _keep(self, source: tuple[PyramidImage, Seen], use: str, cut: Cut, strip: QImage) -> None:
        if source != (self._image, self._seen):
            return
        self._kept[use, cut.line] = (cut, strip)
        self._kept.move_to_end((use, cut.line))
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        self.made.emit(cut.line)


def cut_strip(image: PyramidImage, page_width: int, cut: Cut, seen: Seen = PLAIN) -> QImage:
    """A line's strip in a look, what lies outside its boundary veiled; any thread."""
    across = image.width / page_width
    box = cut.box
    most = cut.size * cut.ratio
    scale = min(most.width() / (box.width * across), most.height() / (box.height * across), cut.ratio * LARGEST)
    level = image.level_for(scale)
    to_level = across / 2**level
    source = QRectF(box.x * to_level, box.y * to_level, box.width * to_level, box.height * to_level)
    target = QRect(0, 0, max(round(box.width * across * scale), 1), max(round(box.height * across * scale), 1))
    strip = QImage(target.size(), QImage.Format.Format_RGB32)
    strip.fill(Qt.GlobalColor.white)
    painter = QPainter(strip)
    painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
    painter.drawImage(QRectF(target), image.levels[level], source)
    if not seen.look.is_plain:
        painter.end()
        wide, high = image.levels[level].width(), image.levels[level].height()
        part = QRectF(source.x() / wide, source.y() / high, source.width() / wide, source.height() / high)
        strip = seen.through(strip, part)
        painter = QPainter(strip)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if len(cut.outline) > 2:
        to_strip = QTransform.fromScale(across * scale, across * scale).translate(-box.x, -box.y)
        around = QPainterPath()
        around.addRect(QRectF(target))
        inside = QPainterPath()
        inside.addPolygon(to_strip.map(QPolygonF([_point(point) for point in cut.outline])))
        inside.closeSubpath()
        painter.fillPath(around.subtracted(inside), _VEIL)
    painter.end()
    strip.setDevicePixelRatio(cut.ratio)
    return strip


def _around(outline: Sequence[Point]) -> geometry.Box:
    """The box around an outline with a little room, in pixels of the page."""
    tight = geometry.box_of(outline)
    return tight.grown(max(round(tight.height * 0.08), 2))


def _point(point: Point) -> QPointF:
    return QPointF(*point)


def _raise(error: AppError) -> None:
    raise error
