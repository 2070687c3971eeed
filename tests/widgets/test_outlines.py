"""On a dark window and in high contrast, fields, boxes and buttons have an outline that can be seen."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QStyle,
    QStyleOptionButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from widgets.outlines import Outlines

WINDOWS = {"dark": ("#2b2b2b", "#1e1e1e", "#eeeeee"), "contrast": ("#000000", "#000000", "#ffffff")}


@pytest.fixture
def style() -> Iterator[Outlines]:
    made = Outlines()
    yield made
    made.deleteLater()


def luminance(colour: QColor) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: QColor, other: QColor) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def edge(widget: QWidget) -> tuple[int, int]:
    """A point on the left edge of what the widget is outlined by."""
    if isinstance(widget, QCheckBox | QRadioButton):
        option = QStyleOptionButton()
        widget.initStyleOption(option)
        part = QStyle.SubElement.SE_CheckBoxIndicator
        if isinstance(widget, QRadioButton):
            part = QStyle.SubElement.SE_RadioButtonIndicator
        box = widget.style().subElementRect(part, option, widget)
        return box.left(), box.center().y()
    return (1 if isinstance(widget, QPushButton) else 0), widget.height() // 2


@pytest.mark.parametrize("kind", [QLineEdit, QCheckBox, QRadioButton, QComboBox, QPushButton])
@pytest.mark.parametrize("window", WINDOWS)
def test_an_outline_is_seen(style: Outlines, window: str, kind: type[QWidget], qtbot: QtBot) -> None:
    palette = QPalette()
    for roles, colour in zip((("Window", "Button"), ("Base",), ("WindowText", "Text")), WINDOWS[window], strict=True):
        for role in roles:
            palette.setColor(QPalette.ColorRole[role], QColor(colour))
    around, widget = QWidget(), kind()
    qtbot.addWidget(around)
    widget.setParent(around)
    for each in (around, widget):
        each.setStyle(style)
        each.setPalette(palette)
    widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the focus has an outline of its own
    widget.setGeometry(20, 20, 120, 40)
    around.resize(160, 80)
    around.show()
    QApplication.processEvents()
    picture = around.grab().toImage()
    x, y = edge(widget)
    seen = max(contrast(picture.pixelColor(20 + x + by, 20 + y), QColor(WINDOWS[window][0])) for by in (-1, 0, 1))
    assert seen >= 3
