"""The window “Models”: finding a model, fetching it, stopping and going on, checking, repairing, removing."""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app import paths, settings
from app.checkpoints import staging, store
from tests.servers.faults import Slow
from tests.servers.publishers import Publishers, Status
from tests.widgets.models import (
    MEBIBYTE,
    NAME,
    WAIT,
    answering,
    click,
    item_of,
    listed,
    models_window,
    opens,
    press_in_bar,
    publish,
    section_of,
    weights,
)
from widgets.main_window import MainWindow
from widgets.models.item import verbs
from widgets.models.window import ModelsWindow

Open = Callable[..., MainWindow]


@pytest.fixture
def make(make_window: Open) -> Open:
    """Opens a window whose models are opened by the fake engine."""
    return lambda: make_window(opener=opens)


def facts_of(view: ModelsWindow) -> str:
    return " | ".join(label.text() for label in view.card.findChildren(QLabel) if label.isVisible())


def fetched(make: Open, publishers: Publishers, qtbot: QtBot) -> tuple[MainWindow, ModelsWindow]:
    """A window in which the published model has been downloaded."""
    publish(publishers)
    window = make()
    view = models_window(window, qtbot)
    listed(window, view, qtbot)
    click(view, "ask", qtbot)
    click(view, "start", qtbot)
    qtbot.waitUntil(lambda: section_of(window) == "here", timeout=WAIT)
    return window, view


def test_a_model_is_found_in_the_public_list_and_arrives_after_it_was_said_what_it_takes(
    make: Open, publishers: Publishers, qtbot: QtBot
) -> None:
    publish(publishers)
    window = make()
    view = models_window(window, qtbot)
    assert "has not been fetched yet" in view.listing.text.text()
    listed(window, view, qtbot)
    qtbot.waitUntil(view.listing.update_button.isVisible, timeout=WAIT)
    assert f"is of {datetime.now(UTC).astimezone().day} " in view.listing.text.text()
    for words in ("Our hand", "Not on this computer.", "German", "Latin script", "4.2 % of the characters"):
        qtbot.waitUntil(lambda words=words: words in facts_of(view))
    click(view, "ask", qtbot)
    qtbot.waitUntil(view.card.before.isVisible, timeout=WAIT)
    for words in ("CC BY 4.0", "3.15 MB", "Memory", "Reads one hand", "checksums"):
        qtbot.waitUntil(lambda words=words: words in facts_of(view))
    assert store.by_name(NAME) is None
    assert publishers.gets("/api/records/4711/files/hand.safetensors/content") == []
    assert view.card.buttons["start"].text() == "Download 3.15 MB"
    click(view, "start", qtbot)
    qtbot.waitUntil(lambda: section_of(window) == "here", timeout=WAIT)
    assert view.card.title.text() == "Our hand"
    assert view.card.status.text() == "On this computer."
    assert window.said.text() == "“Our hand” is on this computer now."
    assert window.models.findData(NAME) >= 0
    click(view, "read", qtbot)
    assert window.models.current == NAME
    qtbot.waitUntil(lambda: settings.load().model == NAME)


def test_pausing_and_going_on_never_makes_the_bar_run_backwards(
    make: Open, publishers: Publishers, qtbot: QtBot
) -> None:
    file = publish(publishers, size=8 * MEBIBYTE)
    window = make()
    view = models_window(window, qtbot)
    listed(window, view, qtbot)
    shown: list[int] = []
    bar = view.card.progress
    bar.valueChanged.connect(lambda value: shown.append(value) if bar.isVisible() else None)
    publishers.always(file, Slow(8 * MEBIBYTE))
    click(view, "ask", qtbot)
    publishers.hold(5 * MEBIBYTE)
    click(view, "start", qtbot)
    qtbot.waitUntil(lambda: view.card.progress.value() > 20, timeout=WAIT)
    assert "Downloading “Our hand”." in view.card.status.text()
    assert "“Pause” lets it wait here." in facts_of(view)
    assert window.activities.isVisible()
    assert "Our hand" in window.activities.text.text()
    click(view, "pause", qtbot)
    qtbot.waitUntil(lambda: "is paused at" in view.card.status.text(), timeout=WAIT)
    assert not window.activities.isVisible()
    publishers.release()
    click(view, "resume", qtbot)
    qtbot.waitUntil(lambda: section_of(window) == "here", timeout=WAIT)
    assert shown == sorted(shown)


def test_stop_keeps_what_has_arrived_and_discard_deletes_it(make: Open, publishers: Publishers, qtbot: QtBot) -> None:
    publish(publishers, size=8 * MEBIBYTE)
    window = make()
    view = models_window(window, qtbot)
    listed(window, view, qtbot)
    click(view, "ask", qtbot)
    publishers.hold(4 * MEBIBYTE)
    click(view, "start", qtbot)
    qtbot.waitUntil(lambda: view.card.progress.value() > 20, timeout=WAIT)
    qtbot.mouseClick(window.activities.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: section_of(window) == "repository", timeout=WAIT)
    qtbot.waitUntil(lambda: "have arrived and are kept" in view.card.status.text(), timeout=WAIT)
    assert len(staging.kept()) == 1
    publishers.release()
    question = answering("Delete what has arrived")
    click(view, "discard", qtbot)
    qtbot.waitUntil(lambda: view.card.status.text() == "Not on this computer.", timeout=WAIT)
    assert "that have arrived?" in question()
    assert staging.kept() == ()


def test_closing_the_program_in_the_middle_costs_nothing_and_the_next_start_goes_on(
    make: Open, publishers: Publishers, qtbot: QtBot
) -> None:
    file = publish(publishers, size=8 * MEBIBYTE)
    window = make()
    view = models_window(window, qtbot)
    listed(window, view, qtbot)
    click(view, "ask", qtbot)
    publishers.hold(6 * MEBIBYTE)
    click(view, "start", qtbot)
    qtbot.waitUntil(lambda: view.card.progress.value() > 40, timeout=WAIT)
    view.close()
    assert window.activities.isVisible()
    assert window.close()
    publishers.release()
    before = publishers.sent(file)
    second = make()
    qtbot.waitUntil(lambda: section_of(second) == "here", timeout=WAIT)
    assert publishers.sent(file) - before < 5 * MEBIBYTE


def test_downloads_stay_paused_at_the_start_when_that_is_chosen(
    make: Open, publishers: Publishers, qtbot: QtBot
) -> None:
    publish(publishers, size=8 * MEBIBYTE)
    window = make()
    window.actions_by_name["resume_downloads"].trigger()
    view = models_window(window, qtbot)
    listed(window, view, qtbot)
    click(view, "ask", qtbot)
    publishers.hold(4 * MEBIBYTE)
    click(view, "start", qtbot)
    qtbot.waitUntil(lambda: view.card.progress.value() > 20, timeout=WAIT)
    window.close()
    publishers.release()
    assert not settings.load().resume_downloads
    second = make()
    qtbot.waitUntil(lambda: section_of(second) == "coming", timeout=WAIT)
    assert not second.actions_by_name["resume_downloads"].isChecked()
    again = models_window(second, qtbot)
    again.choose(NAME)
    qtbot.waitUntil(lambda: "is paused at" in again.card.status.text(), timeout=WAIT)
    click(again, "resume", qtbot)
    qtbot.waitUntil(lambda: section_of(second) == "here", timeout=WAIT)


def test_two_downloads_wait_for_each_other(make: Open, publishers: Publishers, qtbot: QtBot) -> None:
    publish(publishers)
    publish(publishers, 4712, title="Another hand")
    window = make()
    view = models_window(window, qtbot)
    listed(window, view, qtbot)
    for key in (NAME, "zenodo:4712"):
        view.choose(key)
        click(view, "ask", qtbot)
        qtbot.waitUntil(view.card.buttons["start"].isVisible, timeout=WAIT)
    publishers.hold(MEBIBYTE)
    for key in (NAME, "zenodo:4712"):
        view.choose(key)
        click(view, "start", qtbot)
        qtbot.waitUntil(lambda key=key: section_of(window, key) == "coming", timeout=WAIT)
    qtbot.waitUntil(lambda: "waits until the download before it is done" in view.card.status.text(), timeout=WAIT)
    publishers.release()
    qtbot.waitUntil(lambda: section_of(window, "zenodo:4712") == "here", timeout=WAIT)
    assert section_of(window) == "here"


def test_a_download_that_fails_says_why_and_can_be_tried_again(
    make: Open, publishers: Publishers, qtbot: QtBot
) -> None:
    file = publish(publishers)
    window = make()
    view = models_window(window, qtbot)
    listed(window, view, qtbot)
    publishers.always("/api/records/4711", Status(404))
    click(view, "ask", qtbot)
    qtbot.waitUntil(lambda: "Check the name" in view.card.status.text(), timeout=WAIT)
    publishers.always("/api/records/4711", None)
    publishers.always(file, Status(404))
    assert view.card.buttons["ask"].text() == "Try again"
    click(view, "ask", qtbot)
    click(view, "start", qtbot)
    qtbot.waitUntil(lambda: "could not be downloaded" in view.card.status.text(), timeout=WAIT)
    assert window.activities.details.isVisible()
    publishers.always(file, None)
    assert view.card.buttons["resume"].text() == "Try again"
    click(view, "resume", qtbot)
    qtbot.waitUntil(lambda: section_of(window) == "here", timeout=WAIT)


def test_a_changed_byte_is_found_and_repaired(make: Open, publishers: Publishers, qtbot: QtBot) -> None:
    window, view = fetched(make, publishers, qtbot)
    click(view, "check", qtbot)
    qtbot.waitUntil(lambda: "Every byte of “Our hand” is as it was installed." in view.card.status.text(), timeout=WAIT)
    installed = item_of(window).installed
    assert installed is not None
    file = installed.folder / "hand.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    click(view, "check", qtbot)
    qtbot.waitUntil(lambda: item_of(window).damaged, timeout=WAIT)
    qtbot.waitUntil(lambda: "hand.safetensors" in view.card.status.text(), timeout=WAIT)
    assert view.card.buttons["repair"].height() >= 44
    click(view, "repair", qtbot)
    qtbot.waitUntil(lambda: section_of(window) == "here" and not item_of(window).damaged, timeout=WAIT)
    assert file.read_bytes() == weights(seed=4711)


def test_a_model_that_lost_a_file_is_told_at_the_start(make: Open, publishers: Publishers, qtbot: QtBot) -> None:
    first, _ = fetched(make, publishers, qtbot)
    installed = item_of(first).installed
    assert installed is not None
    first.close()
    (installed.folder / "README.md").unlink()
    window = make()
    qtbot.waitUntil(lambda: bool(window.messages.messages()), timeout=WAIT)
    (message,) = window.messages.messages()
    assert message.message == "“Our hand” is damaged."
    assert "README.md" in message.hint
    press_in_bar(window.messages, "Repair", qtbot)
    qtbot.waitUntil(lambda: section_of(window) == "here" and not item_of(window).damaged, timeout=WAIT)


def test_removing_says_how_much_it_frees_and_frees_it(make: Open, publishers: Publishers, qtbot: QtBot) -> None:
    window, view = fetched(make, publishers, qtbot)
    question = answering("Keep it")
    click(view, "remove", qtbot)
    assert "This frees 3.15 MB. It can be downloaded again." in question()
    assert section_of(window) == "here"
    answering("Remove")
    click(view, "remove", qtbot)
    qtbot.waitUntil(lambda: section_of(window) == "repository", timeout=WAIT)
    assert "3.15 MB freed." in view.said.text()
    assert not any(paths.models_dir().rglob("*.safetensors"))


def test_a_pack_goes_to_a_computer_without_a_network(
    make: Open, publishers: Publishers, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, view = fetched(make, publishers, qtbot)
    pack = tmp_path / "stick" / "hand.lesepult-model"
    pack.parent.mkdir()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(pack), ""))
    click(view, "pack", qtbot)
    qtbot.waitUntil(lambda: "was written to" in window.said.text(), timeout=WAIT)
    window.close()
    shutil.rmtree(paths.cache_dir())
    settings.save(msgspec.structs.replace(settings.load(), offline=True))
    second = make()
    again = models_window(second, qtbot)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(pack), ""))
    qtbot.mouseClick(again.import_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: section_of(second) == "here", timeout=WAIT)
    qtbot.waitUntil(lambda: again.card.title.text() == "Our hand", timeout=WAIT)
    qtbot.waitUntil(lambda: "imported from a file" in facts_of(again))


def test_offline_the_list_stays_and_says_so(make: Open, publishers: Publishers, qtbot: QtBot) -> None:
    publish(publishers)
    window = make()
    view = models_window(window, qtbot)
    listed(window, view, qtbot)
    qtbot.waitUntil(view.listing.update_button.isVisible, timeout=WAIT)
    window.actions_by_name["offline"].trigger()
    qtbot.waitUntil(lambda: "Lesepult works offline." in view.listing.text.text(), timeout=WAIT)
    asked = len(publishers.seen)
    qtbot.mouseClick(view.listing.update_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "set to work offline" in view.listing.text.text(), timeout=WAIT)
    assert section_of(window) == "repository"
    click(view, "ask", qtbot)
    qtbot.waitUntil(lambda: "set to work offline" in view.card.status.text(), timeout=WAIT)
    assert len(publishers.seen) == asked


def test_a_cache_folder_that_cannot_be_used_is_told_and_another_can_be_chosen(
    make: Open, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths.cache_dir().parent.mkdir(parents=True, exist_ok=True)
    paths.cache_dir().write_text("this is no folder")
    window = make()
    qtbot.waitUntil(lambda: bool(window.messages.messages()), timeout=WAIT)
    assert "is no folder" in window.messages.messages()[0].message
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    press_in_bar(window.messages, "Choose another folder", qtbot)
    qtbot.waitUntil(lambda: settings.load().storage == str(tmp_path), timeout=WAIT)
    (message,) = window.messages.messages()
    assert "From the next start on" in message.message


def test_leftovers_that_nothing_can_go_on_with_are_removed_and_told(make: Open, qtbot: QtBot) -> None:
    leftover = paths.downloads_dir() / "kraken--nobody-knows"
    leftover.mkdir(parents=True)
    (leftover / "part").write_bytes(bytes(2_000_000))
    window = make()
    qtbot.waitUntil(lambda: "2.00 MB freed" in window.said.text(), timeout=WAIT)
    assert "kraken--nobody-knows" in window.said.text()
    assert not leftover.exists()


def test_old_parts_are_named_by_their_model(make: Open, publishers: Publishers, qtbot: QtBot) -> None:
    publish(publishers, size=4 * MEBIBYTE)
    window = make()
    view = models_window(window, qtbot)
    listed(window, view, qtbot)
    click(view, "ask", qtbot)
    publishers.hold(2 * MEBIBYTE)
    click(view, "start", qtbot)
    qtbot.waitUntil(lambda: view.card.progress.value() > 20, timeout=WAIT)
    window.close()
    publishers.release()
    old = (datetime.now(UTC) - timedelta(days=40)).timestamp()

    for path in paths.downloads_dir().rglob("*"):
        os.utime(path, (old, old))
    second = make()
    qtbot.waitUntil(lambda: "Our hand" in second.said.text(), timeout=WAIT)
    assert "freed" in second.said.text()


def test_the_keyboard_reaches_everything(make: Open, publishers: Publishers, qtbot: QtBot) -> None:
    publish(publishers)
    window = make()
    view = models_window(window, qtbot)
    listed(window, view, qtbot)
    view.filters.search.setFocus()
    qtbot.keyClicks(view.filters.search, "our hand")
    qtbot.keyClick(view.filters.search, Qt.Key.Key_Return)
    assert view.list.hasFocus()
    assert verbs(item_of(window)) == ("ask",)
    qtbot.keyClick(view.list, Qt.Key.Key_Return)
    assert view.card.buttons["ask"].hasFocus()
    qtbot.keyClick(view.card.buttons["ask"], Qt.Key.Key_Return)
    qtbot.waitUntil(view.card.buttons["start"].isVisible, timeout=WAIT)
    focused = view.focusWidget()
    assert isinstance(focused, QPushButton)
    assert focused.isVisible()
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert not view.isVisible()
    assert QApplication.activeModalWidget() is None
