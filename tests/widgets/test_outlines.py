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
    QScrollArea,
    QSlider,
    QStyle,
    QStyleOptionButton,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from widgets.outlines import Outlines, contrast

WINDOWS = {"dark": ("#2b2b2b", "#1e1e1e", "#eeeeee"), "contrast": ("#000000", "#000000", "#ffffff")}


@pytest.fixture
def style() -> Iterator[Outlines]:
    made = Outlines()
    yield made
    made.deleteLater()


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


def shown(style: Outlines, window: str, widget: QWidget, qtbot: QtBot) -> QWidget:
    """A window of these colours with the widget in it."""
    palette = QPalette()
    if window != "light":
        roles = (("Window", "Button"), ("Base",), ("WindowText", "Text"))
        for names, colour in zip(roles, WINDOWS[window], strict=True):
            for name in names:
                palette.setColor(QPalette.ColorRole[name], QColor(colour))
    around = QWidget()
    qtbot.addWidget(around)
    widget.setParent(around)
    for each in (around, widget):
        each.setStyle(style)
        each.setPalette(palette)
    widget.setGeometry(20, 20, 120, 40)
    around.resize(160, 80)
    around.show()
    QApplication.processEvents()
    return around


@pytest.mark.parametrize("kind", [QLineEdit, QCheckBox, QRadioButton, QComboBox, QPushButton])
@pytest.mark.parametrize("window", WINDOWS)
def test_an_outline_is_seen(style: Outlines, window: str, kind: type[QWidget], qtbot: QtBot) -> None:
    widget = kind()
    widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the focus has an outline of its own
    around = shown(style, window, widget, qtbot)
    picture = around.grab().toImage()
    x, y = edge(widget)
    seen = max(contrast(picture.pixelColor(20 + x + by, 20 + y), QColor(WINDOWS[window][0])) for by in (-1, 0, 1))
    assert seen >= 3


KINDS = [QCheckBox, QRadioButton, QComboBox, QPushButton, QToolButton, QSlider, QScrollArea]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("window", ["light", *WINDOWS])
def test_the_keyboard_focus_is_two_pixels_wide(style: Outlines, window: str, kind: type[QWidget], qtbot: QtBot) -> None:
    widget = kind()
    widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    around = shown(style, window, widget, qtbot)
    qtbot.waitUntil(around.isActiveWindow)
    widget.clearFocus()
    without = around.grab().toImage()
    widget.setFocus()
    focused = around.grab().toImage()
    behind = widget.palette().color(QPalette.ColorRole.Window)

    def changed(x: int, y: int) -> bool:
        now, before = focused.pixelColor(x, y), without.pixelColor(x, y)
        return now != before and contrast(now, behind) >= 3

    upward = [y for y in range(20, 60) if changed(30, y)]
    assert len(upward) >= 4, "two pixels above and two below"
    assert upward[1] == upward[0] + 1
    assert upward[-1] == upward[-2] + 1
