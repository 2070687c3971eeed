"""The current line: its text under its strip in the same scale, also while it is typed, from either side."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.page import Line, Page, Transcription
from widgets.archive_thread import ArchiveThread
from widgets.transcript.delegate import STRIP_HEIGHT, gutter, strip_place
from widgets.transcript.editor import LineEditor
from widgets.transcript.marked import begins_right
from widgets.transcript.panel import TranscriptPanel

TEXT = "Wir sind gut angekommen und denken oft an euch"


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[TranscriptPanel]:
    thread = ArchiveThread("images")
    made = TranscriptPanel(thread)
    qtbot.addWidget(made)
    made.resize(520, 600)
    page = Page("p1", 600, 2000)
    texts = (TEXT, "", "kurz", TEXT)
    lines = (
        Line(f"l{at}", ((20, y), (560, y)), ((20, y - 20), (560, y - 20), (560, y + 8), (20, y + 8)))
        for at, y in enumerate(range(30, 230, 50))
    )
    written = (
        Line(line.id, line.baseline, line.boundary, transcription=Transcription(text) if text else None)
        for line, text in zip(lines, texts, strict=False)
    )
    made.show_page(Page(page.id, page.width, page.height, lines=tuple(written)))
    made.show()
    QApplication.processEvents()
    yield made
    made.stop()
    thread.stop()


def text_width(editor: LineEditor) -> float:
    return QFontMetricsF(editor.text.font()).horizontalAdvance(editor.text.toPlainText())


def row_of(panel: TranscriptPanel, line_id: str) -> QRect:
    return panel.list.visualRect(panel.model.index(panel.model.row_of(line_id)))


def test_the_text_of_the_current_line_is_as_wide_as_its_strip_and_begins_where_it_does(panel: TranscriptPanel) -> None:
    panel.go_to("l0")
    QApplication.processEvents()
    editor = panel.editor
    room = editor.width() - gutter(editor.font()).width() - 8
    line = panel.model.lines[0]
    strip = panel._strips.size(line, room, STRIP_HEIGHT)
    assert 0.92 * strip.width() < text_width(editor) <= strip.width() + 1
    begins = editor.text.cursorRect().left()
    editor.text.moveCursor(editor.text.textCursor().MoveOperation.Start)
    begins = editor.text.geometry().left() + editor.text.cursorRect().left()
    assert abs(begins - gutter(editor.font()).width()) <= 1
    assert editor.text.rows == 1


def test_a_strip_keeps_its_place_and_size_when_its_line_becomes_the_current_one(panel: TranscriptPanel) -> None:
    before = row_of(panel, "l0").top()
    panel.go_to("l0")
    QApplication.processEvents()
    assert row_of(panel, "l0").top() == panel.editor.geometry().top() == before
    assert panel.editor._strip_size() == panel._strips.size(
        panel.model.lines[0], panel.list.viewport().width() - gutter(panel.list.font()).width() - 8, STRIP_HEIGHT
    )


def test_letters_keep_their_width_while_somebody_types_until_a_second_row_would_be_needed(
    panel: TranscriptPanel, qtbot: QtBot
) -> None:
    panel.go_to("l0")
    editor = panel.editor
    editor.text.setFocus()
    first = editor.text.font().stretch()
    qtbot.keyClick(editor.text, Qt.Key.Key_Backspace)
    qtbot.keyClicks(editor.text, "h")
    assert editor.text.font().stretch() == first
    qtbot.keyClicks(editor.text, " zu Hause")
    assert editor.text.rows == 1
    assert editor.text.font().stretch() < first
    qtbot.keyClicks(editor.text, ", und noch vieles mehr, was nie und nimmer unter diesen Strich passt")
    assert editor.text.rows > 1


def test_a_line_without_text_begins_with_the_letters_of_the_line_before(panel: TranscriptPanel, qtbot: QtBot) -> None:
    panel.go_to("l0")
    letters = panel.editor.text.font().stretch()
    assert letters not in (0, 100)
    panel.go_to("l1")
    assert panel.editor.text.font().stretch() == letters
    qtbot.keyClicks(panel.editor.text, "Wir")
    assert panel.editor.text.font().stretch() == letters


@pytest.mark.parametrize(
    ("text", "right"),
    [("Liebe Mutter", False), ("שלום עליכם", True), ("12. السلام", True), ("", False), ("1914", False)],
)
def test_a_strip_stands_at_the_side_where_its_text_begins(text: str, right: bool) -> None:
    assert begins_right(text) is right
    place = strip_place(QRect(40, 8, 400, 60), QSize(100, 30), text)
    assert (place.left(), place.right()) == ((340, 439) if right else (40, 139))
    assert (place.top(), place.size()) == (8, QSize(100, 30))


def test_home_and_end_go_to_the_ends_of_the_line_also_where_it_takes_rows(panel: TranscriptPanel, qtbot: QtBot) -> None:
    panel.go_to("l1")
    text = panel.editor.text
    qtbot.keyClicks(text, "Und " * 60)
    assert text.rows > 2
    written = text.toPlainText()
    qtbot.keyClick(text, Qt.Key.Key_Home)
    assert text.textCursor().position() == 0
    qtbot.keyClick(text, Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)
    assert text.textCursor().selectedText() == written
    qtbot.keyClick(text, Qt.Key.Key_End)
    assert text.textCursor().position() == len(written)
    assert not text.textCursor().hasSelection()
