"""The bars: every tool is offered, is large enough for a hand, has an icon in the colours of the window, and a name."""

from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QIcon, QPalette
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from widgets.icons import icon
from widgets.main_window import MainWindow
from widgets.toolbar import TARGET, ToolColumn
from widgets.tools import TOOLS

VARIANTS = {"tool_box_line", "tool_box_lines"}
"""Only in the menu: the same gesture as another tool's, told how many lines there are."""


def buttons(window: MainWindow) -> dict[str, QToolButton]:
    column = window.findChild(ToolColumn)
    return {
        name: button
        for name, action in window.actions_by_name._by_name.items()
        if name.startswith("tool_") and isinstance(button := column.widgetForAction(action), QToolButton)
    }


def test_every_tool_stands_beside_the_page(open_window: MainWindow) -> None:
    assert set(buttons(open_window)) == {f"tool_{tool.name}" for tool in TOOLS} - VARIANTS


def test_a_hand_hits_them_and_a_screen_reader_names_them(open_window: MainWindow) -> None:
    for name, button in buttons(open_window).items():
        assert button.width() >= TARGET, name
        assert button.height() >= TARGET, name
        assert button.isVisible(), name
        spoken = QAccessible.queryAccessibleInterface(button).text(QAccessible.Text.Name)
        assert spoken == open_window.actions_by_name[name].text()
        assert open_window.actions_by_name[name].shortcut().toString() in button.toolTip()


def test_a_tool_that_is_taken_says_what_it_does(open_window: MainWindow, qtbot: QtBot) -> None:
    for tool in TOOLS[1:]:
        open_window.actions_by_name["tool_select"].trigger()
        if f"tool_{tool.name}" in VARIANTS:
            continue
        qtbot.mouseClick(buttons(open_window)[f"tool_{tool.name}"], Qt.MouseButton.LeftButton)
        assert open_window.page_view.tool() == tool.name
        assert open_window.said.text().startswith(f"{tool.label}: {tool.tip}")
        assert ("Space sets a point" in open_window.said.text()) == tool.make(open_window.page_view).draws
        assert open_window.page_view.hasFocus()


def test_tab_comes_to_the_tools_and_space_takes_one(open_window: MainWindow, qtbot: QtBot) -> None:
    button = buttons(open_window)["tool_lasso"]
    button.setFocus(Qt.FocusReason.TabFocusReason)
    assert button.hasFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert open_window.page_view.tool() == "lasso"


@pytest.mark.parametrize("mode", [QIcon.Mode.Normal, QIcon.Mode.Disabled])
def test_icons_have_the_colours_of_the_window(open_window: MainWindow, mode: QIcon.Mode) -> None:
    group = QPalette.ColorGroup.Active if mode == QIcon.Mode.Normal else QPalette.ColorGroup.Disabled
    for colour in ("#112233", "#f0e0d0"):
        palette = QPalette(open_window.palette())
        palette.setColor(group, QPalette.ColorRole.ButtonText, colour)
        open_window.setPalette(palette)
        for name, button in buttons(open_window).items():
            image = button.icon().pixmap(48, mode).toImage()
            strokes = Counter(
                image.pixelColor(x, y).name()
                for x in range(image.width())
                for y in range(image.height())
                if image.pixelColor(x, y).alpha() == 255
            )
            assert strokes.most_common(1)[0][0] == colour, name


def test_a_name_without_an_icon_has_none(open_window: MainWindow) -> None:
    assert icon("no such icon", open_window.palette()).isNull()
    assert not icon("lasso", open_window.palette()).isNull()
