"""Reading with a model that is not there: the question in place, and the reading that goes on when it has arrived."""

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from app import settings
from app.archive import Archive
from app.page import Page
from tests.servers.publishers import Publishers, Status
from tests.widgets.models import (
    MEBIBYTE,
    NAME,
    WAIT,
    click,
    fake_worker,
    item_of,
    listed,
    models_window,
    opens,
    press_in_bar,
    publish,
    section_of,
)
from widgets.main_window import MainWindow
from widgets.models.window import ModelsWindow

Open = Callable[..., MainWindow]


@pytest.fixture
def wanted(publishers: Publishers) -> str:
    """A published model that the settings name and that is not on this computer; the path of its weights."""
    settings.save(msgspec.structs.replace(settings.load(), model=NAME))
    return publish(publishers)


@pytest.fixture
def opened(make_window: Open, archive_folder: Path, qtbot: QtBot) -> Callable[[], MainWindow]:
    """Opens the archive in a window whose engine is the fake one."""

    def make() -> MainWindow:
        window = make_window(make_worker=lambda _engine: fake_worker(), opener=opens)
        qtbot.waitUntil(lambda: bool(window.models.current), timeout=WAIT)
        window.open_archive(archive_folder)
        qtbot.waitUntil(lambda: window.desk.image is not None, timeout=WAIT)
        return window

    return make


def page_of(window: MainWindow) -> Page:
    assert window.desk.page is not None
    return window.desk.page


def texts(window: MainWindow) -> list[str]:
    return [line.text for line in page_of(window).lines]


def question(window: MainWindow) -> str:
    """The one message in the bar; empty while there is none."""
    messages = window.messages.messages()
    assert len(messages) < 2
    return f"{messages[0].message} {messages[0].hint}" if messages else ""


AS_BEFORE = ["", "read 1", "text 2", "text 3"]


def test_the_chooser_says_in_words_which_models_are_not_here_yet(
    opened: Callable[[], MainWindow], wanted: str, qtbot: QtBot
) -> None:
    chooser = opened().models
    words = [chooser.itemText(at) for at in range(chooser.count()) if chooser.itemText(at)]
    assert chooser.currentText() == "Zenodo, record 4711 – to be downloaded"
    assert words[0] == "Starter model (typewriter)"
    assert any(text.endswith("– download 63.8 MB") for text in words)
    assert words[-2:] == ["Choose a model file…", "More models…"]
    chooser.activated.emit(chooser.count() - 1)
    (view,) = chooser.window().findChildren(ModelsWindow)
    assert view.isVisible()
    assert chooser.current == NAME


def test_a_reading_waits_for_its_model_and_is_the_one_that_was_asked_for(
    opened: Callable[[], MainWindow], wanted: str, publishers: Publishers, qtbot: QtBot
) -> None:
    window = opened()
    window.page_view.select(("l0",))
    for _ in range(2):
        window.actions_by_name["read"].trigger()
    assert "is not on this computer yet." in question(window)
    assert "Reading begins when it has arrived." in question(window)
    assert publishers.seen == []
    press_in_bar(window.messages, "Download and read", qtbot)
    assert "Reading begins when" in window.said.text()
    window.page_view.select(("l1",))
    qtbot.waitUntil(lambda: texts(window)[0] == "l0", timeout=WAIT)
    qtbot.waitUntil(lambda: window.activities.running is None, timeout=WAIT)
    assert texts(window) == ["l0", *AS_BEFORE[1:]]
    assert page_of(window).lines[0].readings[-1].model == NAME
    assert (window.models.current, window.models.choice and window.models.choice.state) == (NAME, "ready")
    assert window.messages.messages() == []
    window.actions_by_name["read"].trigger()
    qtbot.waitUntil(lambda: texts(window)[1] == "l1", timeout=WAIT)


def test_what_did_not_arrive_says_why_and_nothing_is_read(
    opened: Callable[[], MainWindow], wanted: str, publishers: Publishers, qtbot: QtBot
) -> None:
    window = opened()
    publishers.always(wanted, Status(404))
    window.actions_by_name["read"].trigger()
    press_in_bar(window.messages, "Download and read", qtbot)
    qtbot.waitUntil(lambda: "Nothing was read" in question(window), timeout=WAIT)
    assert "Check the name" in question(window)
    assert texts(window) == AS_BEFORE
    assert window.models.choice is not None
    qtbot.waitUntil(lambda: window.models.choice is not None and window.models.choice.state == "coming", timeout=WAIT)
    publishers.always(wanted, None)
    for row in window.messages.messages():
        row.close_button.click()
    window.actions_by_name["read"].trigger()
    assert "could not be downloaded" in question(window)
    press_in_bar(window.messages, "Go on and read", qtbot)
    qtbot.waitUntil(lambda: texts(window)[0] == "l0", timeout=WAIT)


def test_a_publisher_that_does_not_answer_is_told_in_place(
    opened: Callable[[], MainWindow], wanted: str, publishers: Publishers, qtbot: QtBot
) -> None:
    window = opened()
    publishers.always("/api/records/4711", Status(403))
    window.actions_by_name["read"].trigger()
    press_in_bar(window.messages, "Download and read", qtbot)
    qtbot.waitUntil(lambda: "Nothing was read" in question(window), timeout=WAIT)
    assert "does not give" in question(window)


def test_of_an_archive_that_was_closed_meanwhile_nothing_is_read(
    opened: Callable[[], MainWindow],
    wanted: str,
    publishers: Publishers,
    archive_folder: Path,
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    window = opened()
    window.actions_by_name["read"].trigger()
    publishers.always(wanted, None)
    press_in_bar(window.messages, "Download and read", qtbot)
    window.desk.create_archive(tmp_path / "another")
    qtbot.waitUntil(lambda: window.desk.archive is not None and window.desk.archive.folder.name == "another")
    qtbot.waitUntil(lambda: section_of(window) == "here", timeout=WAIT)
    window.close()
    with Archive.open(archive_folder) as archive:
        assert [line.text for line in archive.page(archive.pages()[0].id).lines] == AS_BEFORE


def test_a_download_that_was_stopped_ends_the_waiting(
    opened: Callable[[], MainWindow], wanted: str, publishers: Publishers, qtbot: QtBot
) -> None:
    window = opened()
    publishers.hold(MEBIBYTE)
    window.actions_by_name["read"].trigger()
    press_in_bar(window.messages, "Download and read", qtbot)
    qtbot.waitUntil(lambda: section_of(window) == "coming", timeout=WAIT)
    window.actions_by_name["cancel"].trigger()
    qtbot.waitUntil(lambda: bool(window.messages.messages()), timeout=WAIT)
    assert "The download was stopped." in question(window)
    publishers.release()
    assert texts(window) == AS_BEFORE


def test_a_damaged_model_is_repaired_and_read_with(
    opened: Callable[[], MainWindow], wanted: str, publishers: Publishers, qtbot: QtBot
) -> None:
    window = opened()
    view = models_window(window, qtbot)
    listed(window, view, qtbot)
    click(view, "ask", qtbot)
    click(view, "start", qtbot)
    qtbot.waitUntil(lambda: section_of(window) == "here", timeout=WAIT)
    installed = item_of(window).installed
    assert installed is not None
    (installed.folder / "hand.safetensors").unlink()
    window.page_view.select(("l0",))
    window.actions_by_name["read"].trigger()
    qtbot.waitUntil(lambda: bool(window.messages.messages()), timeout=WAIT)
    assert question(window).startswith("“Our hand” is damaged.")
    press_in_bar(window.messages, "Repair and read", qtbot)
    qtbot.waitUntil(lambda: texts(window)[0] == "l0", timeout=WAIT)


def test_a_model_that_disappeared_is_asked_for_when_the_reading_has_failed(
    opened: Callable[[], MainWindow], wanted: str, publishers: Publishers, qtbot: QtBot
) -> None:
    window = opened()
    window.actions_by_name["read"].trigger()
    press_in_bar(window.messages, "Download and read", qtbot)
    qtbot.waitUntil(lambda: texts(window)[0] == "l0", timeout=WAIT)
    qtbot.waitUntil(lambda: window.activities.running is None, timeout=WAIT)
    installed = item_of(window).installed
    assert installed is not None
    shutil.rmtree(installed.folder)
    window.actions_by_name["read_page"].trigger()
    qtbot.waitUntil(lambda: bool(window.messages.messages()), timeout=WAIT)
    assert "is not on this computer yet." in question(window)


def test_a_model_of_ones_own_that_is_gone_gives_way_to_the_starter(
    opened: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    settings.save(msgspec.structs.replace(settings.load(), model="trained:my-hand"))
    window = opened()
    assert window.models.current == "starter"
    assert window.messages.messages() == []
