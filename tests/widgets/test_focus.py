"""Where the keyboard is when a page shows, and after what had it has gone."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from widgets.main_window import MainWindow


def test_a_page_of_buttons_begins_at_the_first(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    assert QApplication.focusWidget() is window.welcome.create_button
    window.desk.create_archive(tmp_path / "new")
    qtbot.waitUntil(window.empty_archive.isVisible)
    assert QApplication.focusWidget() is window.empty_archive.import_button


def test_the_palette_gives_the_keyboard_back(open_window: MainWindow) -> None:
    text, characters = open_window.transcript, open_window.actions_by_name["characters"]
    open_window.page_view.setFocus()  # while no line is current
    characters.trigger()
    assert QApplication.focusWidget() is text.characters.buttons[0]
    characters.trigger()
    assert QApplication.focusWidget() is open_window.page_view
    text.go_to("l1")
    characters.trigger()
    characters.trigger()
    assert QApplication.focusWidget() is text.editor.text
    characters.trigger()
    open_window.page_view.setFocus()
    characters.trigger()
    assert QApplication.focusWidget() is open_window.page_view, "it had the keyboard when the palette closed"


@pytest.mark.parametrize("name", ["line_history", "shortcuts", "about", "look", "export", "models", "jobs"])
def test_a_dialog_gives_the_keyboard_back(name: str, open_window: MainWindow, qtbot: QtBot) -> None:
    open_window.transcript.go_to("l1")
    open_window.actions_by_name[name].trigger()
    dialog = next(each for each in QApplication.topLevelWidgets() if each.isVisible() and each is not open_window)
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog.close()
    qtbot.waitUntil(open_window.isActiveWindow)
    assert QApplication.focusWidget() is open_window.transcript.editor.text


def test_the_page_has_the_keyboard_after_the_button_that_found_its_lines(open_window: MainWindow, qtbot: QtBot) -> None:
    open_window.actions_by_name["next_page"].trigger()
    button = open_window.transcript.find_button
    qtbot.waitUntil(button.isVisible)
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not button.isVisible(), timeout=20000)
    assert QApplication.focusWidget() is open_window.page_view


def test_the_page_has_the_keyboard_after_a_page_was_turned_in_the_text(open_window: MainWindow, qtbot: QtBot) -> None:
    open_window.transcript.go_to("l1")
    open_window.actions_by_name["next_page"].trigger()
    qtbot.waitUntil(open_window.transcript.find_button.isVisible)
    assert QApplication.focusWidget() is open_window.page_view
