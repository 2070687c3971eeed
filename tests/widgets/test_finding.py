"""Find and replace in a real window: by keyboard, over the page and the document, with preview and undo."""

from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app import edits
from app.archive import Archive
from tests.widgets.conftest import four_lines
from widgets.main_window import MainWindow


@pytest.fixture
def two_pages(archive_folder: Path) -> Path:
    """The archive with lines on its second page too: "zwei text" and "text and text"."""
    with Archive.open(archive_folder) as archive:
        second = archive.pages()[1].id

        def fill(page: object) -> object:
            lines = four_lines(page).lines  # type: ignore[arg-type]
            return edits.segment(page, (), [_renamed(line) for line in lines])  # type: ignore[arg-type]

        archive.edit(second, fill)  # type: ignore[arg-type]
        for line, text in (("m2", "zwei text"), ("m3", "text and text")):
            archive.edit(second, partial(edits.transcribe, line_id=line, text=text))
    return archive_folder


def _renamed(line: object) -> object:
    from dataclasses import replace

    return replace(line, id=f"m{line.id[1:]}", readings=(), transcription=None)  # type: ignore[type-var,attr-defined]


@pytest.fixture
def opened(window: MainWindow, two_pages: Path, qtbot: QtBot) -> MainWindow:
    window.open_archive(two_pages)
    qtbot.waitUntil(lambda: window.desk.image is not None)
    window.activateWindow()
    return window


def ask(window: MainWindow, qtbot: QtBot, words: str, count: int) -> None:
    QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(window.finding.words.hasFocus)
    QTest.keyClicks(window.finding.words, words)
    qtbot.waitUntil(lambda: len(window.finding.model.found) == count and window.finding.query.words == words)


def test_words_are_found_as_they_are_typed_and_gone_to_by_keys(opened: MainWindow, qtbot: QtBot) -> None:
    ask(opened, qtbot, "TEXT", 2)
    assert opened.finding.summary.text() == "2 places in 2 lines"

    QTest.keyClick(opened.finding.words, Qt.Key.Key_Return)
    assert opened.transcript.current == "l2"
    assert opened.finding.words.hasFocus()
    assert opened.transcript.editor.text.textCursor().selectedText() == "text"

    QTest.keyClick(opened, Qt.Key.Key_F3)
    assert opened.transcript.current == "l3"
    QTest.keyClick(opened, Qt.Key.Key_F3, Qt.KeyboardModifier.ShiftModifier)
    assert opened.transcript.current == "l2"

    QTest.keyClick(opened.finding, Qt.Key.Key_Escape)
    assert not opened.finding.isVisible()
    assert opened.transcript.editor.text.hasFocus()


def test_case_and_whole_words_narrow_what_is_found(opened: MainWindow, qtbot: QtBot) -> None:
    ask(opened, qtbot, "TEX", 2)
    opened.finding.whole_words.click()
    qtbot.waitUntil(lambda: not opened.finding.model.found)
    assert opened.finding.summary.text() == "Nothing was found."
    assert not opened.finding.replace_button.isEnabled()
    opened.finding.whole_words.click()
    opened.finding.match_case.click()
    qtbot.wait(300)
    assert not opened.finding.model.found


def test_a_document_is_searched_and_another_page_opens_at_the_line(opened: MainWindow, qtbot: QtBot) -> None:
    ask(opened, qtbot, "text", 2)
    opened.finding.where.setCurrentIndex(1)
    qtbot.waitUntil(lambda: len(opened.finding.model.found) == 4)
    assert [found.line for found in opened.finding.model.found] == ["l2", "l3", "m2", "m3"]

    opened.finding.step(-1)

    qtbot.waitUntil(lambda: opened.transcript.current == "m3")
    assert opened.desk.page is not None
    assert opened.desk.page.id == opened.finding.model.found[-1].page


def test_replacing_in_the_document_leaves_out_what_was_unchecked_and_is_taken_back(
    opened: MainWindow, qtbot: QtBot
) -> None:
    ask(opened, qtbot, "text", 2)
    finding, archive = opened.finding, opened.desk.archive
    assert archive is not None
    first, second = opened.desk.infos
    finding.where.setCurrentIndex(1)
    qtbot.waitUntil(lambda: len(finding.model.found) == 4)
    QTest.keyClicks(finding.other, "Wort")
    QTest.keyClick(finding.words, Qt.Key.Key_Down)
    QTest.keyClick(finding.list, Qt.Key.Key_Space)
    assert [found.line for found in finding.model.chosen()] == ["l3", "m2", "m3"]

    finding.replace_button.click()

    qtbot.waitUntil(lambda: archive.page(second).line("m3").text == "Wort and Wort")  # type: ignore[union-attr]
    assert [line.text for line in archive.page(first).lines] == ["", "read 1", "text 2", "Wort 3"]
    assert archive.page(first).line("l3").state == "reviewed"  # type: ignore[union-attr]
    qtbot.waitUntil(finding.undo_button.isVisible)
    assert opened.said.text() == "Replaced in 3 lines."
    qtbot.waitUntil(lambda: finding.summary.text() == "Replaced in 3 lines.")

    finding.undo_button.click()

    qtbot.waitUntil(lambda: archive.page(second).line("m3").text == "text and text")  # type: ignore[union-attr]
    assert [line.text for line in archive.page(first).lines] == ["", "read 1", "text 2", "text 3"]
    assert not finding.undo_button.isVisible()


def test_one_page_of_a_replacing_is_undone_by_the_usual_key(opened: MainWindow, qtbot: QtBot) -> None:
    ask(opened, qtbot, "text", 2)
    opened.finding.replace_button.click()  # by nothing
    qtbot.waitUntil(lambda: opened.desk.page is not None and opened.desk.page.lines[3].text == "3")

    opened.actions_by_name["undo"].trigger()

    qtbot.waitUntil(lambda: opened.desk.page is not None and opened.desk.page.lines[3].text == "text 3")
    qtbot.waitUntil(lambda: len(opened.finding.model.found) == 2)
    assert opened.finding.summary.text() == "2 places in 2 lines"
    assert "Replaced" not in opened.said.text()
    assert not opened.finding.undo_button.isVisible()


def test_replacing_ss_by_one_letter_leaves_nothing_to_replace_and_says_so(opened: MainWindow, qtbot: QtBot) -> None:
    opened.desk.edit("Type", partial(edits.transcribe, line_id="l2", text="dass es müsse"))
    ask(opened, qtbot, "ss", 1)
    QTest.keyClicks(opened.finding.other, "ß")

    opened.finding.replace_button.click()

    qtbot.waitUntil(lambda: opened.finding.summary.text() == "Replaced in 1 line.")
    assert opened.finding.model.found == ()
    assert not opened.finding.replace_button.isEnabled()
    opened.finding.undo_button.click()
    qtbot.waitUntil(lambda: opened.finding.summary.text() == "2 places in 1 line")
    assert "Replaced" not in opened.said.text()


def test_what_stands_there_already_is_not_listed(opened: MainWindow, qtbot: QtBot) -> None:
    ask(opened, qtbot, "TEXT", 2)
    opened.finding.step(1)
    QTest.keyClicks(opened.finding.other, "text")
    assert opened.finding.model.found == ()
    QTest.keyClicks(opened.finding.other, "e")
    assert opened.finding.summary.text() == "2 places in 2 lines"


def test_the_preview_strikes_what_goes_and_begins_near_it(opened: MainWindow, qtbot: QtBot) -> None:
    ask(opened, qtbot, "text", 2)
    QTest.keyClicks(opened.finding.other, "Wort")
    index = opened.finding.model.index(0)
    from widgets.finding.results import PREVIEW_ROLE

    assert index.data(PREVIEW_ROLE) == (("text", "found"), ("Wort", "other"), (" 2", "kept"))
