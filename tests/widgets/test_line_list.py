"""Dragging a row of the transcript to another place in the reading order."""

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDrag, QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from widgets.main_window import MainWindow
from widgets.transcript.line_list import LINE_MIME

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def order(window: MainWindow) -> list[str]:
    return [line.id for line in window.desk.page.lines] if window.desk.page else []


def carried(line: str) -> QMimeData:
    data = QMimeData()
    data.setData(LINE_MIME, line.encode())
    return data


def place(window: MainWindow, row: int, *, below: bool = False) -> QPoint:
    rect = window.transcript.list.visualRect(window.transcript.model.index(row))
    return QPoint(rect.center().x(), rect.bottom() - 2 if below else rect.top() + 2)


def drop(window: MainWindow, data: QMimeData, at: QPoint) -> QDropEvent:
    target = window.transcript.list.viewport()
    QApplication.sendEvent(target, QDragEnterEvent(at, Qt.DropAction.MoveAction, data, LEFT, NONE))
    QApplication.sendEvent(target, QDragMoveEvent(at, Qt.DropAction.MoveAction, data, LEFT, NONE))
    event = QDropEvent(QPointF(at), Qt.DropAction.MoveAction, data, LEFT, NONE)
    QApplication.sendEvent(target, event)
    return event


@pytest.fixture
def window(open_window: MainWindow, qtbot: QtBot) -> MainWindow:
    open_window.resize(1200, 1000)
    qtbot.waitUntil(lambda: place(open_window, 3).y() > 0)
    return open_window


@pytest.mark.parametrize(
    ("line", "row", "below", "wanted"),
    [("l3", 0, False, ["l3", "l0", "l1", "l2"]), ("l0", 1, True, ["l1", "l0", "l2", "l3"]),
     ("l1", 3, True, ["l0", "l2", "l3", "l1"])],
)  # fmt: skip
def test_a_row_goes_where_it_is_dropped_and_undo_brings_it_back(
    window: MainWindow, qtbot: QtBot, line: str, row: int, below: bool, wanted: list[str]
) -> None:
    drop(window, carried(line), place(window, row, below=below))
    qtbot.waitUntil(lambda: order(window) == wanted)
    window.actions_by_name["undo"].trigger()
    qtbot.waitUntil(lambda: order(window) == ["l0", "l1", "l2", "l3"])


def test_what_is_chosen_goes_along_and_on_itself_nothing_moves(window: MainWindow, qtbot: QtBot) -> None:
    window.page_view.select(("l0", "l2"))
    drop(window, carried("l2"), place(window, 0))
    qtbot.wait(100)
    assert order(window) == ["l0", "l1", "l2", "l3"]
    drop(window, carried("l2"), place(window, 3, below=True))
    qtbot.waitUntil(lambda: order(window) == ["l1", "l3", "l0", "l2"])


def test_the_place_is_shown_and_files_are_left_to_the_window(window: MainWindow) -> None:
    lines = window.transcript.list
    data = carried("l0")  # Qt's events do not keep it alive
    move = QDragEnterEvent(place(window, 2), Qt.DropAction.MoveAction, data, LEFT, NONE)
    QApplication.sendEvent(lines.viewport(), move)
    assert lines._drop_row == 2
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile("/scan.jpg")])
    event = QDragEnterEvent(place(window, 2), Qt.DropAction.CopyAction, files, LEFT, NONE)
    QApplication.sendEvent(lines.viewport(), event)
    assert event.isAccepted(), "by the window, which imports them"
    assert lines._drop_row == 2


def test_a_drag_begins_with_the_row_under_the_press(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[bytes] = []

    def carry(drag: QDrag, *_: object) -> Qt.DropAction:
        begun.append(drag.mimeData().data(LINE_MIME).data())
        return Qt.DropAction.IgnoreAction

    monkeypatch.setattr(QDrag, "exec", carry)
    viewport = window.transcript.list.viewport()
    for _ in range(2):
        QTest.mousePress(viewport, LEFT, NONE, place(window, 1))
        QTest.mouseMove(viewport, place(window, 1) + QPoint(0, 40))
        QTest.mouseRelease(viewport, LEFT, NONE, place(window, 1))
        window.actions_by_name["by_disagreement"].setChecked(True)
    assert begun == [b"l1"]
