"""Fixtures of the window's tests: small real scans, a real archive with lines in every state, an open window."""

import gc
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from app.archive import Archive
from app.jobs import Worker
from app.page import Line, Page, Reading, Transcription
from app.scans import import_scans
from tests.servers.publishers import Publishers
from widgets.main_window import MainWindow

FAKE = Path(__file__).resolve().parent.parent / "engines" / "fake_engine.py"
STATES = ("unread", "read", "draft", "reviewed")


def make_scan(path: Path, lines: int = 4) -> Path:
    """A page of 600 by 800 pixels with so many lines of writing, 100 pixels apart."""
    image = Image.new("RGB", (600, 800), "#f2ead8")
    draw = ImageDraw.Draw(image)
    for number in range(lines):
        draw.text((60, 80 + 100 * number), f"Line number {number + 1} of this letter", fill="#332211")
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, quality=90)
    return path


def four_lines(page: Page) -> Page:
    """The page with a line in each state: unread, read, draft and reviewed."""
    lines = []
    for number, state in enumerate(STATES):
        y = 100 + 100 * number
        reading = Reading(f"t{number}", f"read {number}", 0.9, "kraken", "starter")
        lines.append(
            Line(
                id=f"l{number}",
                baseline=((60, y), (400, y)),
                boundary=((60, y - 30), (400, y - 30), (400, y + 10), (60, y + 10)),
                readings=() if state == "unread" else (reading,),
                transcription=Transcription(f"text {number}", state == "reviewed")
                if state in ("draft", "reviewed")
                else None,
            )
        )
    return replace(page, lines=tuple(lines))


@pytest.fixture(autouse=True)
def no_timer_left() -> Iterator[None]:
    """Fails a test that leaves a Qt timer running."""
    before = {id(timer) for timer in running_timers()}
    yield
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    left = [timer for timer in running_timers() if id(timer) not in before]
    assert not left, [(timer.interval(), timer.parent()) for timer in left]


def running_timers() -> list[QTimer]:
    """Every Qt timer of this process that would fire."""
    # By type, because isinstance asks an object for its class, and some libraries' objects answer with a warning.
    timers = [thing for thing in gc.get_objects() if issubclass(type(thing), QTimer)]
    return [timer for timer in timers if isValid(timer) and timer.isActive()]


@pytest.fixture
def scan(tmp_path: Path) -> Callable[[str], Path]:
    """Makes a scan with this name."""
    return lambda name: make_scan(tmp_path / "scans" / name)


@pytest.fixture
def archive_folder(tmp_path: Path, scan: Callable[[str], Path]) -> Path:
    """An archive with one document of two pages; the first page has a line in each state."""
    folder = tmp_path / "archive"
    with Archive.create(folder) as archive:
        report = import_scans(archive, [scan("one.jpg"), scan("two.jpg")])
        archive.edit(report.pages[0].id, four_lines)
    return folder


@pytest.fixture
def make_window(qtbot: QtBot) -> Iterator[Callable[..., MainWindow]]:
    """Opens windows, and closes them at the end of the test."""
    made: list[MainWindow] = []

    def make(**arguments: object) -> MainWindow:
        # A line that is drawn gets its boundary from an engine: from the fake one, unless a test has its own.
        engine = {"make_worker": lambda name: Worker(name, (sys.executable, str(FAKE), ""))}
        window = MainWindow(**(engine | arguments))  # type: ignore[arg-type]
        made.append(window)
        qtbot.addWidget(window)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        return window

    yield make
    for window in made:
        window.close()
    QApplication.processEvents()


@pytest.fixture
def window(make_window: Callable[..., MainWindow]) -> MainWindow:
    """A window without an archive."""
    return make_window()


@pytest.fixture
def open_window(window: MainWindow, archive_folder: Path, qtbot: QtBot) -> MainWindow:
    """A window with the archive open and its first page in view, image and all."""
    window.open_archive(archive_folder)
    qtbot.waitUntil(lambda: window.desk.image is not None)
    return window


def drop(window: MainWindow, *files: Path) -> None:
    """Drops files on the window the way a file manager does."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    at, button, keys = QPoint(300, 300), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(at, Qt.DropAction.CopyAction, data, button, keys)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(at), Qt.DropAction.CopyAction, data, button, keys))


@pytest.fixture
def drop_files() -> Callable[..., None]:
    """Drops files on a window."""
    return drop


@pytest.fixture
def publishers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publishers]:
    """The public repository of models, on loopback."""
    with Publishers() as server:
        monkeypatch.setenv("MODEL_REPO_URL", server.api)
        monkeypatch.setenv("MODEL_REPO_OAI_URL", server.oai)
        monkeypatch.setattr("app.checkpoints.harvest.PACE", 0.0)
        yield server
