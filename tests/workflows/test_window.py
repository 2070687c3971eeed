"""The main job through the real window and the real kraken, on a real page: import to export, and reopen."""

import os
import signal
import sys
from pathlib import Path

import psutil
from lxml import etree
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.page import Page
from tests.widgets.conftest import drop
from widgets.main_window import MainWindow

PAGE = "data/typewritten/german/EHRI-BF-19381105_DE_03.jpg"
ENGINE = 300_000
"""How long finding lines or reading a page may take at most on a busy machine, in milliseconds."""


def opened(qtbot: QtBot) -> MainWindow:
    window = MainWindow()
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(window.isVisible)
    return window


def page_of(window: MainWindow) -> Page:
    assert window.desk.page is not None
    return window.desk.page


def do(window: MainWindow, qtbot: QtBot, name: str) -> None:
    """Triggers an action and waits until no job runs."""
    action = window.actions_by_name[name]
    qtbot.waitUntil(action.isEnabled, timeout=10_000)
    action.trigger()
    qtbot.waitUntil(lambda: window.activities.running is None, timeout=ENGINE)


def test_a_page_from_scan_to_ground_truth(shared: Path, tmp_path: Path, qtbot: QtBot) -> None:
    archive, out = tmp_path / "Briefe", tmp_path / "Ground Truth"
    running = psutil.Process().children(recursive=True)
    window = opened(qtbot)
    window.desk.create_archive(archive)
    qtbot.waitUntil(lambda: window.desk.archive is not None)
    drop(window, shared / PAGE)
    qtbot.waitUntil(lambda: window.desk.image is not None, timeout=30_000)

    do(window, qtbot, "find")
    found = page_of(window)
    assert len(found.lines) >= 10
    assert {line.state for line in found.lines} == {"unread"}
    window.actions_by_name["undo"].trigger()
    qtbot.waitUntil(lambda: not page_of(window).lines)
    window.actions_by_name["redo"].trigger()
    qtbot.waitUntil(lambda: page_of(window) == found)

    # The worker is killed in the middle of the page: what had arrived stays, the desk goes on.
    worker = next(p for p in psutil.Process().children(recursive=True) if p not in running and "engines" in p.cmdline())
    window.actions_by_name["read_page"].trigger()
    with qtbot.waitSignal(window.desk.edited, timeout=ENGINE):
        pass
    os.kill(worker.pid, signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
    qtbot.waitUntil(lambda: window.activities.running is None, timeout=ENGINE)
    arrived = {line.id: line.text for line in page_of(window).lines if line.readings}
    assert arrived
    assert "stopped in the middle" in window.activities.text.text()

    do(window, qtbot, "read_page")
    read = page_of(window)
    assert sum(line.state == "read" for line in read.lines) >= len(read.lines) - 3
    assert {reading.model for line in read.lines for reading in line.readings} == {"starter"}
    assert all(read.line(key).text == text for key, text in arrived.items())  # type: ignore[union-attr]

    # A person corrects the first line with the keyboard and marks it as reviewed; the next line is next.
    first, second = read.lines[0].id, read.lines[1].id
    window.transcript.set_current(first)
    window.transcript.focus_text()
    editor = window.transcript.editor.text
    editor.selectAll()
    qtbot.keyClicks(editor, "Abschrift.")
    qtbot.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: page_of(window).line(first).state == "reviewed")  # type: ignore[union-attr]
    assert window.transcript.current == second
    do(window, qtbot, "read_page")
    assert page_of(window).line(first).text == "Abschrift."  # type: ignore[union-attr]

    window.desk.export(out, all_lines=False)
    qtbot.waitUntil(out.is_dir, timeout=30_000)
    (xml,) = out.glob("*.xml")
    schema = etree.XMLSchema(file=str(shared / "data/schema/page/pagecontent-2019-07-15.xsd"))
    schema.assertValid(etree.parse(str(xml)))
    from kraken.lib.xml import XMLPage

    lines = XMLPage(xml).to_container().lines
    assert [line.text for line in lines] == ["Abschrift."]
    assert [tuple(point) for point in lines[0].baseline] == list(page_of(window).lines[0].baseline)

    before = page_of(window)
    window.close()
    again = opened(qtbot)
    again.open_archive(archive)
    qtbot.waitUntil(lambda: again.desk.page is not None)
    assert page_of(again) == before
    again.close()
