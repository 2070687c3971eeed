"""The fonts of what is transcribed: the program's own, and behind it one that has the characters of old writing."""

from functools import cache

from PySide6.QtGui import QFont, QFontDatabase, QFontInfo

from app import paths
from app.page import LineState


@cache
def bundled_family() -> str:
    """The family of the font that comes with the program, loaded at the first call; empty where it cannot be."""
    families = ""
    for name in ("Regular", "Italic"):
        number = QFontDatabase.addApplicationFont(str(paths.resources_dir() / "font" / f"JunicodeTwoBeta-{name}.otf"))
        found = QFontDatabase.applicationFontFamilies(number) if number >= 0 else []
        families = families or (found[0] if found else "")
    return families


@cache
def _family_of(wanted: str) -> str:
    return QFontInfo(QFont(wanted)).family()


def text_font(font: QFont, state: LineState) -> QFont:
    """The font of a line's text: a little larger than the window's, italic for what a machine suggests.

    Characters that the window's font lacks come from the bundled one.
    """
    made = QFont(font)
    # The family by its own name: of a name such as "Sans" Qt would not ask the font that stands for it first.
    made.setFamilies([_family_of(font.family()), bundled_family()])
    made.setPointSizeF(font.pointSizeF() * 1.15)
    made.setItalic(state == "read")
    return made
