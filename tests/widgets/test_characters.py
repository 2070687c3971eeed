"""Characters of old writing: by palette, by keys, per archive, and that there is a font that has them."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontDatabase, QRawFont
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.characters import USUAL, Character
from widgets.main_window import MainWindow
from widgets.text_font import bundled_family, text_font
from widgets.transcript.characters import PaletteDialog

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def write(window: MainWindow, line: str = "l2") -> MainWindow:
    window.activateWindow()
    window.transcript.go_to(line)
    return window


def test_keys_after_ctrl_k_put_a_character_in(open_window: MainWindow, qtbot: QtBot) -> None:
    editor = write(open_window).transcript.editor.text
    QTest.keyClick(editor, Qt.Key.Key_K, CTRL)
    assert editor.sequence.is_active
    QTest.keyClicks(editor, "ls")
    assert editor.toPlainText() == "text 2ſ"
    assert not editor.sequence.is_active
    QTest.keyClicks(editor, "ls")
    assert editor.toPlainText() == "text 2ſls"


def test_a_sequence_that_is_none_puts_nothing_in(open_window: MainWindow) -> None:
    editor = write(open_window).transcript.editor.text
    for keys in ("l?", "l"):
        QTest.keyClick(editor, Qt.Key.Key_K, CTRL)
        QTest.keyClicks(editor, keys)
    QTest.keyClick(editor, Qt.Key.Key_Backspace)
    assert editor.sequence.is_active
    QTest.keyClicks(editor, "s")
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert not editor.sequence.is_active
    assert editor.toPlainText() == "text 2"
    assert open_window.transcript.current == "l2"


def test_the_palette_is_gone_through_by_keys_and_leads_back_to_the_text(open_window: MainWindow, qtbot: QtBot) -> None:
    text = write(open_window).transcript
    QTest.keyClick(open_window, Qt.Key.Key_K, CTRL | SHIFT)
    qtbot.waitUntil(text.characters.buttons[0].hasFocus)
    QTest.keyClick(text.characters.buttons[0], Qt.Key.Key_Right)
    assert text.characters.buttons[1].hasFocus()
    QTest.keyClick(text.characters.buttons[1], Qt.Key.Key_Return)
    assert text.current_text == "text 2" + USUAL[1].text
    assert text.editor.text.hasFocus()
    QTest.keyClick(open_window, Qt.Key.Key_K, CTRL | SHIFT)
    assert not text.characters.isVisible()


def test_a_click_in_the_palette_keeps_the_cursor_where_it_is(open_window: MainWindow, qtbot: QtBot) -> None:
    text = write(open_window).transcript
    open_window.actions_by_name["characters"].setChecked(True)
    text.go_to("l2")
    cursor = text.editor.text.textCursor()
    cursor.setPosition(4)
    text.editor.text.setTextCursor(cursor)
    button = text.characters.buttons[0]
    assert min(button.width(), button.height()) >= 44
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert text.current_text == "textſ 2"


def test_a_person_makes_the_palette_their_own(open_window: MainWindow, qtbot: QtBot) -> None:
    text = write(open_window).transcript
    open_window.actions_by_name["characters"].setChecked(True)
    text.characters.edit_button.click()
    qtbot.waitUntil(lambda: open_window.findChild(PaletteDialog) is not None)
    dialog = open_window.findChild(PaletteDialog)
    assert dialog is not None
    header = dialog.table.horizontalHeader()
    words = [str(dialog.model.headerData(at, Qt.Orientation.Horizontal)) for at in range(2)]
    room = [header.sectionSize(at) for at in range(2)]
    assert all(header.fontMetrics().horizontalAdvance(word) < wide for word, wide in zip(words, room, strict=True))
    assert header.font().pointSizeF() < dialog.table.font().pointSizeF()
    dialog.down.click()
    dialog.add.click()
    dialog.model.item(2, 0).setText("ꞇ")
    dialog.model.item(2, 1).setText("SS")
    dialog.keep.click()
    assert dialog.why.text()
    dialog.model.item(2, 1).setText("tt")
    dialog.keep.click()
    qtbot.waitUntil(lambda: text.characters.buttons[2].character == Character("ꞇ", "tt"))
    assert [button.character.text for button in text.characters.buttons[:3]] == ["ẞ", "ſ", "ꞇ"]
    qtbot.waitUntil(lambda: open_window.findChild(PaletteDialog) is None)
    open_window.activateWindow()
    qtbot.waitUntil(open_window.isActiveWindow)
    text.focus_text()
    QTest.keyClick(text.editor.text, Qt.Key.Key_K, CTRL)
    QTest.keyClicks(text.editor.text, "tt")
    assert text.current_text.endswith("ꞇ")


def test_the_bundled_font_has_every_usual_character(qapp: QApplication) -> None:
    font = QFont(bundled_family())
    raw = QRawFont.fromFont(font)
    assert bundled_family() in QFontDatabase.families()
    assert raw.familyName() == bundled_family()
    assert [char for entry in USUAL for char in entry.text if not raw.supportsCharacter(ord(char))] == []
    assert bundled_family() in text_font(QApplication.font(), "read").families()


def test_text_from_right_to_left_is_aligned_to_the_right(open_window: MainWindow) -> None:
    editor = write(open_window).transcript.editor.text
    editor.setPlainText("שלום עולם")
    assert editor.document().firstBlock().textDirection() == Qt.LayoutDirection.RightToLeft
    assert editor.cursorRect().left() > editor.width() / 2 or editor.textCursor().atStart()
