"""The list of shortcuts: every key that docs/desk.md names, each action by its own name, scrolled by the keyboard."""

import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from widgets.help import HelpDialog
from widgets.main_window import MainWindow

DESK = Path(__file__).resolve().parents[2] / "docs" / "desk.md"
NAMES = {"Delete": "Del", "PgDn": "PgDown"}
"""Keys that Qt names otherwise than docs/desk.md, where nobody has translated them."""
KEY = re.compile(r"(?:(?:Ctrl|Alt|Shift)\+)*(?:F\d\d?|[A-Z]|\d|\+|-|\.|Enter|Esc|Up|Down|Left|Right|PgUp|PgDown|Space)")


@pytest.fixture
def listed(window: MainWindow, qtbot: QtBot) -> HelpDialog:
    window.actions_by_name["shortcuts"].trigger()
    dialog = window.findChild(HelpDialog)
    qtbot.waitUntil(dialog.isActiveWindow)
    return dialog


def rows(dialog: HelpDialog) -> list[str]:
    return [label.text() for label in dialog.findChildren(QLabel)]


def keys_of_desk() -> set[str]:
    """What stands in the columns of keys, one by one; `Ctrl+Shift+M, I` stands for both with Ctrl and Shift."""
    found: set[str] = set()
    column = None
    for line in DESK.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if "key" in cells:
            column = cells.index("key")
        elif not cells:
            column = None
        elif column is not None and not set(cells[column]) <= set("-"):
            found |= _keys_in(cells[column])
    return found


def _keys_in(cell: str) -> set[str]:
    found, held = set(), ""
    for key in re.split(r", | and | to ", cell):
        if KEY.fullmatch(key):
            held = key.removesuffix(key.rpartition("+")[2]) if len(key) > 1 and not key.endswith("++") else held
            found.add(key if "+" in key or len(key) > 1 or not held else held + key)
    return found


def test_every_key_of_docs_desk_is_listed(listed: HelpDialog) -> None:
    wanted = keys_of_desk()
    assert {"F8", "Ctrl+Shift+M", "Ctrl+Shift+X", "Alt+9", "Esc", "Down", "V", "Ctrl++", "Shift+B"} <= wanted
    known = {key for text in rows(listed) for key in re.split(r", | … ", text)}
    assert {key for key in wanted if NAMES.get(key, key) not in known} == set()


def test_gestures_are_listed(listed: HelpDialog) -> None:
    texts = rows(listed)
    for keys in (
        "Down, Up",
        "Shift+Down, Shift+Up",
        "arrow keys",
        "Backspace",
        "Alt+1 … Alt+9",
        "Ctrl and wheel, pinch",
    ):
        assert keys in texts


def test_no_key_is_listed_that_keyboards_lack(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_name["new"].setShortcuts([QKeySequence("Ctrl+N"), QKeySequence(Qt.Key.Key_New)])
    window.actions_by_name["undo"].setShortcuts([QKeySequence("Ctrl+Z"), QKeySequence("F14")])
    window.actions_by_name["shortcuts"].trigger()
    texts = rows(window.findChild(HelpDialog))
    assert {"Ctrl+N", "Ctrl+Z"} <= set(texts)
    assert not [text for text in texts if "F14" in text or text.endswith(", New")]


def test_an_action_is_listed_by_its_own_name(window: MainWindow) -> None:
    undo: QAction = window.actions_by_name["undo"]
    undo.setText("Undo: Mark as reviewed")
    window.actions_by_name["shortcuts"].trigger()
    texts = rows(window.findChild(HelpDialog))
    assert "Undo" in texts
    assert undo.text() not in texts


def test_keys_scroll_the_list_as_soon_as_it_opens(listed: HelpDialog, qtbot: QtBot) -> None:
    bar = listed.area.verticalScrollBar()
    assert listed.focusWidget() is listed.area
    assert bar.maximum() > bar.pageStep()
    at = []
    for key in (
        Qt.Key.Key_Down,
        Qt.Key.Key_PageDown,
        Qt.Key.Key_End,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_Up,
        Qt.Key.Key_Home,
    ):
        qtbot.keyClick(listed.focusWidget(), key)
        at.append(bar.value())
    down, page, end, back, up, home = at
    assert 0 < down < page < end == bar.maximum()
    assert end > back > up > home == 0
