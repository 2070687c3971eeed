"""Marks, notes, the flag and the history of a line in the window, each by its key."""

from collections.abc import Callable
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor, QTextFormat
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from app import edits
from app.page import STAND_IN, Line, Mark
from widgets.history_dialog import HistoryDialog, as_html, word_diff
from widgets.main_window import MainWindow
from widgets.spoken import spoken_selection
from widgets.transcript.marked import code_points, utf16

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier


def line(window: MainWindow, line_id: str = "l2") -> Line:
    assert window.desk.page is not None
    found = window.desk.page.line(line_id)
    assert found is not None
    return found


@pytest.fixture
def writing(open_window: MainWindow, qtbot: QtBot) -> MainWindow:
    """A window whose cursor is in the draft "Liebe Mutter und Vater"."""
    page = open_window.desk.page
    assert page is not None
    open_window.desk.edit("t", partial(edits.transcribe, line_id="l2", text="Liebe Mutter und Vater"))
    qtbot.waitUntil(lambda: line(open_window).text == "Liebe Mutter und Vater")
    open_window.transcript.go_to("l2")
    return open_window


def press(window: MainWindow, qtbot: QtBot, key: Qt.Key, keys: Qt.KeyboardModifier = NONE) -> None:
    qtbot.keyClick(window.transcript.editor.text, key, keys)


def choose(window: MainWindow, start: int, end: int) -> None:
    cursor = window.transcript.editor.text.textCursor()
    cursor.setPosition(start)
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    window.transcript.editor.text.setTextCursor(cursor)


@pytest.mark.parametrize(
    ("kind", "key", "keys"),
    [
        ("unclear", Qt.Key.Key_M, CONTROL | SHIFT),
        ("illegible", Qt.Key.Key_I, CONTROL | SHIFT),
        ("struck", Qt.Key.Key_X, CONTROL | SHIFT),
        ("added", Qt.Key.Key_N, CONTROL | SHIFT),
        ("underlined", Qt.Key.Key_U, CONTROL),
        ("superscript", Qt.Key.Key_P, CONTROL | SHIFT),
    ],
)
def test_each_key_marks_what_is_chosen_and_takes_it_back(
    writing: MainWindow, qtbot: QtBot, kind: str, key: Qt.Key, keys: Qt.KeyboardModifier
) -> None:
    choose(writing, 6, 12)
    press(writing, qtbot, key, keys)
    qtbot.waitUntil(lambda: line(writing).marks == (Mark(kind, 6, 12),))  # type: ignore[arg-type]
    assert line(writing).text == "Liebe Mutter und Vater"
    assert "Mutter" in writing.transcript.editor.text.accessibleDescription()
    formats = writing.transcript.editor.text.document().firstBlock().layout().formats()
    assert [(found.start, found.length) for found in formats] == [(6, 6)]
    press(writing, qtbot, key, keys)
    qtbot.waitUntil(lambda: line(writing).marks == ())
    writing.desk.undo()
    qtbot.waitUntil(lambda: len(line(writing).marks) == 1)


def test_without_a_choice_the_word_at_the_cursor_is_marked(writing: MainWindow, qtbot: QtBot) -> None:
    choose(writing, 8, 8)
    press(writing, qtbot, Qt.Key.Key_M, CONTROL | SHIFT)
    qtbot.waitUntil(lambda: line(writing).marks == (Mark("unclear", 6, 12),))


def test_a_mark_on_what_was_just_typed_saves_it_first_and_follows_more_typing(
    writing: MainWindow, qtbot: QtBot
) -> None:
    writing.transcript.editor.text.moveCursor(QTextCursor.MoveOperation.End)
    writing.transcript.editor.text.insertPlainText(" 𝔄lt")  # no test can press a key for that
    press(writing, qtbot, Qt.Key.Key_X, CONTROL | SHIFT)
    qtbot.waitUntil(lambda: line(writing).marks == (Mark("struck", 23, 26),))
    assert line(writing).text.endswith(" 𝔄lt")
    writing.transcript.editor.text.moveCursor(QTextCursor.MoveOperation.Start)
    qtbot.keyClicks(writing.transcript.editor.text, "O ")
    formats = writing.transcript.editor.text.document().firstBlock().layout().formats()
    assert [(found.start, found.length) for found in formats] == [(25, 4)]  # 𝔄 counts as two for Qt
    assert formats[0].format.property(QTextFormat.Property.FontStrikeOut)
    writing.transcript.flush()
    qtbot.waitUntil(lambda: line(writing).marks == (Mark("struck", 25, 28),))


def test_illegible_between_words_puts_a_sign_there(writing: MainWindow, qtbot: QtBot) -> None:
    choose(writing, 5, 5)
    qtbot.keyClicks(writing.transcript.editor.text, "  ")
    choose(writing, 6, 6)
    press(writing, qtbot, Qt.Key.Key_I, CONTROL | SHIFT)
    qtbot.waitUntil(lambda: line(writing).text == f"Liebe {STAND_IN}  Mutter und Vater")
    assert line(writing).marks == (Mark("illegible", 6, 7),)


def test_a_note_is_written_shown_and_kept(writing: MainWindow, qtbot: QtBot) -> None:
    editor = writing.transcript.editor
    assert not editor.note.isVisible()
    press(writing, qtbot, Qt.Key.Key_F2)
    assert editor.note.isVisible()
    assert editor.note.field.hasFocus()
    qtbot.keyClicks(editor.note.field, "see the register")
    qtbot.keyClick(editor.note.field, Qt.Key.Key_Escape)
    assert editor.text.hasFocus()
    qtbot.waitUntil(lambda: line(writing).note == "see the register")
    assert editor.note.isVisible()
    model = writing.transcript.model
    spoken = model.data(model.index(model.row_of("l2")), int(Qt.ItemDataRole.AccessibleTextRole))
    assert "Note: see the register" in spoken
    writing.transcript.step(1)
    assert not editor.note.isVisible()
    assert editor.note.field.text() == ""


def test_a_note_is_saved_when_the_person_goes_to_another_line(writing: MainWindow, qtbot: QtBot) -> None:
    press(writing, qtbot, Qt.Key.Key_F2)
    qtbot.keyClicks(writing.transcript.editor.note.field, "blot")
    writing.transcript.go_to("l1")
    qtbot.waitUntil(lambda: line(writing).note == "blot")
    assert line(writing, "l1").note == ""


def test_an_empty_note_leaves_nothing(writing: MainWindow, qtbot: QtBot) -> None:
    press(writing, qtbot, Qt.Key.Key_F2)
    qtbot.keyClick(writing.transcript.editor.note.field, Qt.Key.Key_Return)
    assert not writing.transcript.editor.note.isVisible()
    assert line(writing).note == ""


def test_a_second_look_is_flagged_and_unflagged_and_a_reviewed_line_stays_reviewed(
    writing: MainWindow, qtbot: QtBot
) -> None:
    writing.transcript.go_to("l3")
    press(writing, qtbot, Qt.Key.Key_S, CONTROL | SHIFT)
    qtbot.waitUntil(lambda: line(writing, "l3").second_look)
    assert line(writing, "l3").state == "reviewed"
    assert writing.actions_by_name["second_look"].isChecked()
    assert "second look" in writing.transcript.editor.text.accessibleDescription()
    press(writing, qtbot, Qt.Key.Key_S, CONTROL | SHIFT)
    qtbot.waitUntil(lambda: not line(writing, "l3").second_look)
    assert not writing.actions_by_name["second_look"].isChecked()


def test_the_flag_is_painted_in_the_row_and_on_the_page(writing: MainWindow, qtbot: QtBot) -> None:
    writing.transcript.go_to("l0")
    before = [view.grab().toImage() for view in (writing.transcript.list, writing.page_view)]
    writing.desk.edit("t", partial(edits.set_second_look, ids=("l2",)))
    qtbot.waitUntil(lambda: line(writing).second_look)
    QApplication.processEvents()
    after = [view.grab().toImage() for view in (writing.transcript.list, writing.page_view)]
    assert [one != other for one, other in zip(before, after, strict=True)] == [True, True]


def test_the_page_says_what_a_line_carries(writing: MainWindow) -> None:
    page = edits.set_note(edits.set_second_look(writing.desk.page, ["l3"]), "l3", "blot")  # type: ignore[arg-type]
    page = edits.mark_text(page, "l3", "unclear", 0, 4)
    said = spoken_selection(page, ["l3"])
    assert said == "Line 4 of 4, reviewed. text 3 unclear: text; Needs a second look; Note: blot"


def history(window: MainWindow, qtbot: QtBot, count: int) -> HistoryDialog:
    dialogs: Callable[[], list[HistoryDialog]] = lambda: window.findChildren(HistoryDialog)  # noqa: E731
    qtbot.waitUntil(lambda: bool(dialogs()) and len(dialogs()[-1].entries) == count)
    return dialogs()[-1]


def test_the_history_shows_what_changed_and_gives_a_text_back(writing: MainWindow, qtbot: QtBot) -> None:
    press(writing, qtbot, Qt.Key.Key_H, CONTROL | SHIFT)
    dialog = history(writing, qtbot, 3)
    assert not dialog.isModal()
    newest, first, read = dialog.entries
    assert [entry.take.isHidden() for entry in dialog.entries] == [True, False, False]
    assert newest.parts == (("removed", "text 2"), ("added", "Liebe Mutter und Vater"))
    assert ("removed", "read") in first.parts
    assert "Starter model" in read.caption.text()
    assert "Added: Liebe Mutter und Vater" in newest.text.accessibleName()
    qtbot.mouseClick(first.take, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: line(writing).text == "text 2")
    assert line(writing).state == "draft"
    assert len(history(writing, qtbot, 4).entries) == 4
    writing.desk.undo()
    qtbot.waitUntil(lambda: line(writing).text == "Liebe Mutter und Vater")


def test_a_reviewed_line_becomes_a_draft_when_a_reading_is_taken_back(writing: MainWindow, qtbot: QtBot) -> None:
    writing.transcript.go_to("l3")
    press(writing, qtbot, Qt.Key.Key_H, CONTROL | SHIFT)
    dialog = history(writing, qtbot, 2)
    qtbot.mouseClick(dialog.entries[-1].take, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: (line(writing, "l3").text, line(writing, "l3").state) == ("read 3", "draft"))


def test_the_history_says_where_the_marks_alone_are_others(writing: MainWindow, qtbot: QtBot) -> None:
    choose(writing, 6, 12)
    press(writing, qtbot, Qt.Key.Key_U, CONTROL)
    qtbot.waitUntil(lambda: bool(line(writing).marks))
    press(writing, qtbot, Qt.Key.Key_H, CONTROL | SHIFT)
    newest, before, *_ = history(writing, qtbot, 4).entries
    assert newest.caption.text().endswith("other marks")
    assert not before.caption.text().endswith("other marks")


def test_the_history_goes_with_its_page(writing: MainWindow, qtbot: QtBot) -> None:
    press(writing, qtbot, Qt.Key.Key_H, CONTROL | SHIFT)
    dialog = history(writing, qtbot, 3)
    writing.actions_by_name["next_page"].trigger()
    qtbot.waitUntil(lambda: not isValid(dialog))


def test_without_a_line_there_is_nothing_to_mark(open_window: MainWindow) -> None:
    for name in ("unclear", "note", "second_look", "line_history"):
        assert not open_window.actions_by_name[name].isEnabled()


def test_the_list_of_shortcuts_names_the_marks(open_window: MainWindow) -> None:
    listed = [action for actions in open_window.actions_by_name.all().values() for action in actions]
    assert open_window.actions_by_name["unclear"] in listed
    keys = [key.toString() for action in listed for key in action.shortcuts()]
    assert len(keys) == len(set(keys))


def test_a_word_diff_keeps_all_words_and_escapes_them() -> None:
    parts = word_diff("Liebe Muter und <b>", "Liebe Mutter und <b> Vater")
    assert parts[:3] == (("same", "Liebe "), ("removed", "Muter"), ("added", "Mutter"))
    assert "".join(words for kind, words in parts if kind != "removed") == "Liebe Mutter und <b> Vater"
    assert as_html(word_diff("Liebe Mutter", "Liebe"), dark=False).startswith("Liebe <s")
    assert "&lt;b&gt;" in as_html(parts, dark=False)


@pytest.mark.parametrize("text", ["", "abc", "a𝔄b", "e\u0301𝔄"])
def test_positions_of_qt_are_code_points_and_back(text: str) -> None:
    assert [code_points(text, utf16(text[:at])) for at in range(len(text) + 1)] == list(range(len(text) + 1))
