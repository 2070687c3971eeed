"""The dialog for a text that exists already: what it says, what is too long, and what it hands on."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.page import Page
from tests.widgets.conftest import four_lines
from widgets.align_dialog import MOST_CHARACTERS, AlignDialog, what_happens

PAGE = four_lines(Page("p1", 600, 800))


@pytest.fixture
def dialog(qtbot: QtBot) -> Iterator[AlignDialog]:
    window = QWidget()
    qtbot.addWidget(window)
    made = AlignDialog(PAGE, 7, window)
    made.show()
    yield made
    window.close()


def paste(dialog: AlignDialog, text: str) -> None:
    data = QMimeData()
    data.setText(text)
    dialog.text.insertFromMimeData(data)


def test_it_says_for_which_page_and_what_will_happen(dialog: AlignDialog) -> None:
    words = [label.text() for label in dialog.findChildren(QLabel)]
    assert "Paste the text of page 7, with or without its line breaks." in words
    assert what_happens(PAGE) in words


def test_what_will_happen_is_counted() -> None:
    assert what_happens(PAGE) == (
        "The text is put on the 4 lines of the page as drafts, each with a number: how well it fits. "
        "2 lines that you have written stay as they are. 1 line without a text is read first. "
        "What fits nowhere is listed at the end; nothing is made up."
    )
    read = replace(PAGE, lines=PAGE.lines[1:2])
    assert what_happens(read) == (
        "The text is put on the 1 line of the page as a draft with a number: how well it fits. "
        "What fits nowhere is listed at the end; nothing is made up."
    )


def test_a_text_is_handed_on_with_its_line_breaks(dialog: AlignDialog, qtbot: QtBot) -> None:
    assert not dialog.align_button.isEnabled()
    paste(dialog, "Liebe Mutter,\n\nwir sind")
    with qtbot.waitSignal(dialog.wanted) as told:
        qtbot.mouseClick(dialog.align_button, Qt.MouseButton.LeftButton)
    assert told.args == ["Liebe Mutter,\n\nwir sind"]


def test_a_text_of_a_million_characters_is_refused_in_a_sentence(dialog: AlignDialog) -> None:
    paste(dialog, "Liebe Mutter")
    paste(dialog, "wir sind gut " * 80_000)
    assert dialog.text.toPlainText() == "Liebe Mutter"
    assert "1,040,012 characters" in dialog.why.text()
    assert "200,000" in dialog.why.text()
    assert dialog.align_button.isEnabled()


def test_the_longest_text_that_is_taken_can_be_aligned_and_one_character_more_cannot(dialog: AlignDialog) -> None:
    paste(dialog, ("x" * 99 + "\n") * (MOST_CHARACTERS // 100))
    assert dialog.text.count() == MOST_CHARACTERS
    assert (dialog.align_button.isEnabled(), dialog.why.text()) == (True, "")
    dialog.text.insertPlainText("y")
    assert not dialog.align_button.isEnabled()
    assert "200,001 characters" in dialog.why.text()


def test_tab_leaves_the_text_and_escape_the_dialog(dialog: AlignDialog, qtbot: QtBot) -> None:
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog.text.setFocus()
    told: list[str] = []
    dialog.wanted.connect(told.append)
    paste(dialog, "Liebe Mutter")
    qtbot.keyClick(dialog.text, Qt.Key.Key_Tab)
    assert not dialog.text.hasFocus()
    assert QApplication.focusWidget() is not None
    with qtbot.waitSignal(dialog.finished):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert told == []
