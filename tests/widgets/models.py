"""What the tests of the model manager's window share: models that the fake engine reads with, and how things stand."""

import json
import random
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from app.checkpoints.plan import EngineName
from app.jobs import Worker
from app.protocol import CheckModel, Purpose
from tests.servers.publishers import Deposit, Publishers
from widgets.main_window import MainWindow
from widgets.messages import MessageBar
from widgets.models.item import Item, Verb
from widgets.models.window import ModelsWindow

FAKE = Path(__file__).resolve().parent.parent / "engines" / "fake_engine.py"
MEBIBYTE = 1024 * 1024
NUMBER = 4711
NAME = f"zenodo:{NUMBER}"
WAIT = 20_000


def weights(size: int = 3 * MEBIBYTE, seed: int = 1) -> bytes:
    """A safetensors file of about so many bytes that the fake engine takes for a model."""
    header = {
        "__metadata__": {"is": "FAKE MODEL"},
        "w": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]},
    }
    encoded = json.dumps(header).encode()
    return len(encoded).to_bytes(8, "little") + encoded + random.Random(seed).randbytes(size)


def fake_worker(mode: str = "") -> Worker:
    return Worker(command=(sys.executable, str(FAKE), mode))


def opens(path: Path, engine: EngineName, purpose: Purpose) -> str:
    """Opens a model once in a worker with the fake engine."""
    with fake_worker() as worker:
        request = CheckModel(job="open", model=str(path), purpose=purpose)
        worker.run(request, lambda _event: None, threading.Event())
        return f"{engine} for tests"


def publish(publishers: Publishers, number: int = NUMBER, size: int = 3 * MEBIBYTE, title: str = "Our hand") -> str:
    """Publishes a model, in the list too; returns the path of its weights on the server."""
    card = b"---\nsummary: Reads one hand\nlanguage: [deu]\nscript: [Latn]\nlicense: CC-BY-4.0\nsoftware_name: kraken\n"
    card += b"model_type: [recognition]\nmetrics:\n  cer: 4.2\n---\n# Our hand\n"
    data = weights(size, number)
    publishers.record(number, {"hand.safetensors": data, "README.md": card}, title=title)
    shown = f"/records/{number}/files"
    files = {f"{publishers.url}{shown}/hand.safetensors": len(data)}
    files[publishers.put(f"{shown}/README.md", card)] = len(card)
    publishers.deposits.append(Deposit(number, "2026-11-01", title, keywords=("kraken_pytorch",), files=files))
    return f"/api/records/{number}/files/hand.safetensors/content"


def item_of(window: MainWindow, key: str = NAME) -> Item:
    item = window.model_commands.manager.item(key)
    assert item is not None, [item.key for item in window.model_commands.manager.items]
    return item


def section_of(window: MainWindow, key: str = NAME) -> str:
    item = window.model_commands.manager.item(key)
    return item.section if item is not None else ""


def models_window(window: MainWindow, qtbot: QtBot) -> ModelsWindow:
    """The window “Models”, opened by its action, with everything in it that is on the disk."""
    window.actions_by_name["models"].trigger()
    view = next(child for child in window.children() if isinstance(child, ModelsWindow))
    qtbot.waitUntil(lambda: bool(window.model_commands.manager.items))
    qtbot.waitUntil(view.isVisible)
    return view


def listed(window: MainWindow, view: ModelsWindow, qtbot: QtBot, key: str = NAME) -> None:
    """Has the list updated, and the model with this key chosen."""
    qtbot.mouseClick(view.listing.update_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: section_of(window, key) == "repository", timeout=WAIT)
    view.choose(key)


def click(view: ModelsWindow, verb: Verb, qtbot: QtBot) -> None:
    """Clicks one of the card's buttons once it is there."""
    button = view.card.buttons[verb]
    qtbot.waitUntil(lambda: button.isVisible() and button.isEnabled(), timeout=WAIT)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def press_in_bar(bar: MessageBar, verb: str, qtbot: QtBot) -> None:
    """Clicks the button of the message that offers this."""
    buttons = [button for row in bar.messages() for button in row.findChildren(QPushButton) if button.text() == verb]
    qtbot.mouseClick(buttons[0], Qt.MouseButton.LeftButton)


def answering(verb: str) -> Callable[[], str]:
    """Answers the next question with this verb; returns what gives the question's text afterwards."""
    asked: list[str] = []

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        asked.append(f"{box.text()} {box.informativeText()}")
        next(button for button in box.buttons() if button.text() == verb).click()

    QTimer.singleShot(0, press)
    return lambda: asked[0]
