"""The main job by keyboard alone, from the first page to ground truth: not one mouse event, the real kraken."""

from pathlib import Path

import pytest
from lxml import etree
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.page import Page
from widgets.export_dialog import ExportDialog
from widgets.main_window import MainWindow

ENGINE = 300_000
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class NoMouse(QObject):
    """Notes every event of a mouse; none of them may come."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[QEvent.Type] = []

    def eventFilter(self, _target: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease, QEvent.Type.Wheel):
            self.seen.append(event.type())
        return False


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None, "nothing has the keyboard"
    return widget


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(focused(), key, modifiers)


def tab_to(wanted: QWidget, most: int = 40) -> None:
    for _ in range(most):
        if wanted.hasFocus():
            return
        press(Qt.Key.Key_Tab)
    raise AssertionError(f"Tab never came to {wanted}")


def page_of(window: MainWindow) -> Page:
    assert window.desk.page is not None
    return window.desk.page


def idle(window: MainWindow) -> bool:
    return window.activities.running is None


@pytest.mark.usefixtures("shared")
def test_from_the_first_page_to_ground_truth_without_a_mouse(tmp_path: Path, shared: Path, qtbot: QtBot) -> None:
    window, mouse = MainWindow(), NoMouse()
    qtbot.addWidget(window)
    QApplication.instance().installEventFilter(mouse)  # type: ignore[union-attr]
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)

    tab_to(window.welcome.sample_button)
    press(Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.desk.image is not None, timeout=30_000)
    qtbot.waitUntil(window.actions_by_name["go_page"].isEnabled)

    QTest.keyClick(window, Qt.Key.Key_2, CTRL)
    assert window.page_view.hasFocus()
    press(Qt.Key.Key_L, CTRL)
    qtbot.waitUntil(lambda: len(page_of(window).lines) > 15 and idle(window), timeout=ENGINE)
    press(Qt.Key.Key_R, CTRL)
    qtbot.waitUntil(lambda: all(line.text for line in page_of(window).lines) and idle(window), timeout=ENGINE)

    # On the page: the first line by its arrow, and from there into its text.
    press(Qt.Key.Key_Down)
    assert window.page_view.selected() == (page_of(window).lines[0].id,)
    press(Qt.Key.Key_Return)
    editor = window.transcript.editor.text
    assert editor.hasFocus()
    press(Qt.Key.Key_A, CTRL)
    QTest.keyClicks(editor, "Typed by hand")
    press(Qt.Key.Key_K, CTRL)
    QTest.keyClicks(editor, "ls")
    press(Qt.Key.Key_Return, CTRL)
    first, second = page_of(window).lines[:2]
    qtbot.waitUntil(lambda: page_of(window).lines[0].state == "reviewed")
    assert page_of(window).lines[0].text == "Typed by handſ"
    assert window.transcript.current == second.id
    press(Qt.Key.Key_D, CTRL)
    qtbot.waitUntil(lambda: page_of(window).lines[1].state == "draft")
    press(Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: page_of(window).lines[1].state == "read")

    # A line of one's own, drawn by the cross, gets its boundary and is taken back.
    QTest.keyClick(window, Qt.Key.Key_2, CTRL)
    press(Qt.Key.Key_L)
    press(Qt.Key.Key_Left)  # the cross comes into the middle
    press(Qt.Key.Key_Space)
    for _ in range(20):
        press(Qt.Key.Key_Right, SHIFT)
    press(Qt.Key.Key_Space)
    count = len(page_of(window).lines)
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(page_of(window).lines) == count + 1)
    qtbot.waitUntil(lambda: all(line.boundary for line in page_of(window).lines) and idle(window), timeout=ENGINE)
    press(Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: len(page_of(window).lines) == count)

    # Found and replaced.
    press(Qt.Key.Key_F, CTRL)
    qtbot.waitUntil(window.finding.words.hasFocus)
    QTest.keyClicks(focused(), "by hands")  # a long s is an s
    qtbot.waitUntil(lambda: [found.line for found in window.finding.model.found] == [first.id])
    press(Qt.Key.Key_Tab)
    QTest.keyClicks(focused(), "by hand")
    tab_to(window.finding.replace_button)
    press(Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page_of(window).lines[0].text == "Typed by hand")
    assert page_of(window).lines[0].state == "reviewed"
    press(Qt.Key.Key_Escape)

    # Exported.
    QTest.keyClick(window, Qt.Key.Key_E, CTRL)
    qtbot.waitUntil(lambda: window.findChild(ExportDialog) is not None)
    dialog = window.findChild(ExportDialog)
    assert dialog is not None
    qtbot.waitUntil(dialog.isActiveWindow)
    tab_to(dialog.folder)
    press(Qt.Key.Key_A, CTRL)
    QTest.keyClicks(focused(), str(tmp_path / "out"))
    press(Qt.Key.Key_Return)
    qtbot.waitUntil((tmp_path / "out").is_dir, timeout=30_000)
    (xml,) = (tmp_path / "out").glob("*.xml")
    etree.XMLSchema(file=str(shared / "data/schema/page/pagecontent-2019-07-15.xsd")).assertValid(etree.parse(str(xml)))
    texts = [element.text for element in etree.parse(str(xml)).iterfind(".//{*}TextLine//{*}Unicode")]
    assert texts == ["Typed by hand"]

    QApplication.instance().removeEventFilter(mouse)  # type: ignore[union-attr]
    assert mouse.seen == []
    window.close()
