"""A text that cannot be saved, to a database that is really full or really locked: it stays, and is saved later."""

import sqlite3
import unicodedata
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.archive import Archive
from widgets import messages
from widgets.main_window import MainWindow
from widgets.transcript import panel
from widgets.transcript.model import LINE_ROLE, REMARK_ROLE

WAIT = 20_000


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel, "RETRY_MS", 300)


def fill(archive: Archive, *, full: bool) -> None:
    """Lets the database grow no further, or again."""
    with archive._turn:
        pages = archive._connection.connection.driver_connection.execute  # type: ignore[union-attr]
        (now,) = pages("PRAGMA page_count").fetchone()
        pages(f"PRAGMA max_page_count = {now if full else 1_000_000}")


def row_of(window: MainWindow, line: str) -> QModelIndex:
    return window.transcript.model.index(window.transcript.model.row_of(line))


def type_much(window: MainWindow) -> str:
    """So much that the database has to grow for it."""
    window.transcript.go_to("l0")
    window.transcript.editor.text.insertPlainText("much " * 4000)
    QTest.keyClicks(window.transcript.editor.text, "end")
    return window.transcript.current_text.strip()


def test_on_a_full_disk_the_text_stays_says_so_and_is_saved_once_there_is_room(
    open_window: MainWindow, qtbot: QtBot
) -> None:
    archive = open_window.desk.archive
    assert archive is not None
    fill(archive, full=True)
    typed = type_much(open_window)
    open_window.transcript.step(1)
    qtbot.waitUntil(lambda: open_window.transcript.has_refused, timeout=WAIT)

    assert open_window.messages.messages()[0].message.startswith("The disk is full")
    assert row_of(open_window, "l0").data(LINE_ROLE).text.strip() == typed
    assert "Not saved" in row_of(open_window, "l0").data(REMARK_ROLE)
    for row in open_window.messages.messages():
        row.close_button.click()
    qtbot.wait(700)
    assert not open_window.messages.messages(), "it is said once, however often it is tried"

    open_window.transcript.step(-1)
    assert open_window.transcript.current_text.strip() == typed
    assert "Not saved" in open_window.transcript.editor._caption.text()
    fill(archive, full=False)

    qtbot.waitUntil(lambda: not open_window.transcript.has_refused, timeout=WAIT)
    qtbot.waitUntil(lambda: open_window.desk.page.line("l0").text == typed, timeout=WAIT)  # type: ignore[union-attr]
    assert "Not saved" not in open_window.transcript.editor._caption.text()
    assert row_of(open_window, "l0").data(REMARK_ROLE) == ""


def test_a_note_for_which_there_is_no_room_stays_to_be_read(open_window: MainWindow, qtbot: QtBot) -> None:
    archive, note = open_window.desk.archive, "Taufpate? " * 3000
    assert archive is not None
    fill(archive, full=True)
    open_window.transcript.go_to("l0")
    open_window.transcript.editor.note.written.emit("l0", note)
    qtbot.waitUntil(lambda: bool(open_window.messages.messages()), timeout=WAIT)
    assert open_window.messages.messages()[0].message.startswith("The disk is full")
    assert note in open_window.messages.messages()[0].hint
    fill(archive, full=False)


def test_while_another_program_holds_the_database_nothing_is_lost(
    open_window: MainWindow, archive_folder: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = open_window.desk.archive
    assert archive is not None
    with archive._turn:
        archive._connection.connection.driver_connection.execute("PRAGMA busy_timeout = 50")  # type: ignore[union-attr]
    with closing(sqlite3.connect(archive_folder / "archive.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        open_window.transcript.go_to("l0")
        QTest.keyClicks(open_window.transcript.editor.text, "typed meanwhile")
        open_window.transcript.flush()
        qtbot.waitUntil(lambda: open_window.transcript.has_refused, timeout=WAIT)
        assert open_window.transcript.current_text == "typed meanwhile"
        QTest.keyClicks(open_window.transcript.editor.text, " and more")
        open_window.transcript.step(1)
        open_window.transcript.retry_refused()
        other.execute("ROLLBACK")

    qtbot.waitUntil(lambda: open_window.desk.page.line("l0").text == "typed meanwhile and more", timeout=WAIT)  # type: ignore[union-attr]
    assert not open_window.transcript.has_refused


def test_a_million_characters_are_refused_in_one_sentence_and_odd_ones_are_kept(
    open_window: MainWindow, qtbot: QtBot
) -> None:
    open_window.transcript.go_to("l2")
    QApplication.clipboard().setText("x" * 1_000_000)
    QTest.keyClick(open_window.transcript.editor.text, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert open_window.transcript.current_text == "text 2"
    assert [row.message for row in open_window.messages.messages()] == [
        "1,000,000 characters are too many for one line; nothing was pasted."
    ]
    odd = "👩🏽‍🦳 \u200fאבג\u200e e\u0301 𝔖"
    QApplication.clipboard().setText(f"{odd}\r\nsecond")
    QTest.keyClick(open_window.transcript.editor.text, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    open_window.transcript.flush()
    wanted = unicodedata.normalize("NFC", f"text 2{odd} second")
    qtbot.waitUntil(lambda: open_window.desk.page.line("l2").text == wanted, timeout=WAIT)  # type: ignore[union-attr]


def test_another_archive_is_not_opened_over_an_unsaved_text(
    open_window: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    Archive.create(tmp_path / "other").close()
    archive = open_window.desk.archive
    assert archive is not None
    fill(archive, full=True)
    type_much(open_window)
    open_window.transcript.flush()
    qtbot.waitUntil(lambda: open_window.transcript.has_refused, timeout=WAIT)
    asked: list[str] = []
    monkeypatch.setattr(messages, "ask", lambda _, question, *__: asked.append(question))

    open_window.open_archive(tmp_path / "other")

    assert asked == ["A text that you typed could not be saved."]
    qtbot.wait(200)
    assert open_window.desk.archive is archive
    fill(archive, full=False)
    qtbot.waitUntil(lambda: not open_window.transcript.has_refused, timeout=WAIT)
