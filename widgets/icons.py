"""Icons: strokes in `resources/icons`, in the colour of the text beside them, in light, dark and high contrast."""

from functools import cache

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app import paths

_SIZES = (24, 48, 96)
"""In pixels; Qt takes the next larger one and makes it fit."""
_MODES = (
    (QIcon.Mode.Normal, QPalette.ColorGroup.Active),
    (QIcon.Mode.Disabled, QPalette.ColorGroup.Disabled),
)


def icon(name: str, palette: QPalette) -> QIcon:
    """The icon of this name in the colours of a palette; a null icon where there is none. GUI thread."""
    made = QIcon()
    strokes = _drawings().get(name)
    if strokes is None:
        return made
    for mode, group in _MODES:
        colour = palette.color(group, QPalette.ColorRole.ButtonText)
        drawing = QSvgRenderer(QByteArray(strokes.replace("currentColor", colour.name()).encode()))
        for size in _SIZES:
            pixmap = QPixmap(size, size)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            drawing.render(painter)
            painter.end()
            made.addPixmap(pixmap, mode)
    return made


@cache
def _drawings() -> dict[str, str]:
    """The drawings by name, read once: the window asks for the icon of each of its hundred actions as it starts."""
    return {file.stem: file.read_text(encoding="utf-8") for file in (paths.resources_dir() / "icons").glob("*.svg")}
