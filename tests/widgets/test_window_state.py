"""What comes back when the window opens again, and the size of its texts."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import paths, session, settings
from app.session import Place, Session
from widgets import text_size
from widgets.main_window import MainWindow


@pytest.fixture(autouse=True)
def usual_size(qapp: QApplication) -> Iterator[None]:
    before = QFont(QApplication.font())
    yield
    QApplication.setFont(before)


def opened(window: MainWindow, folder: Path, qtbot: QtBot) -> MainWindow:
    window.open_archive(folder)
    qtbot.waitUntil(lambda: window.desk.image is not None)
    return window


def test_window_columns_page_line_and_zoom_come_back(
    make_window: Callable[..., MainWindow], archive_folder: Path, qtbot: QtBot
) -> None:
    first = opened(make_window(), archive_folder, qtbot)
    first.actions_by_name["show_library"].setChecked(False)
    first.resize(1000, 700)  # Qt shrinks the width to the offscreen screen's
    first.columns.setSizes([0, 400, 600])
    first.transcript.go_to("l2")
    first.page_view.zoom_in()
    first.page_view.zoom_in()
    first.page_view.centerOn(200, 300)
    _, page, text = first.columns.sizes()
    scale = first.page_view.scale_on_screen
    middle = first.page_view.mapToScene(first.page_view.viewport().rect().center())
    first.close()

    again = opened(make_window(), archive_folder, qtbot)

    assert again.height() == 700
    _, now_page, now_text = again.columns.sizes()
    assert now_text > now_page
    assert text > page
    assert not again.library.isVisible()
    assert again.transcript.current == "l2"
    assert again.page_view.selected() == ("l2",)
    assert again.page_view.scale_on_screen == pytest.approx(scale)
    now = again.page_view.mapToScene(again.page_view.viewport().rect().center())
    assert (now - middle).manhattanLength() < 5


def test_the_last_page_comes_back_after_a_power_cut(
    make_window: Callable[..., MainWindow], archive_folder: Path, qtbot: QtBot
) -> None:
    window = opened(make_window(), archive_folder, qtbot)
    second = [*window.desk.infos][1]
    window.actions_by_name["next_page"].trigger()
    qtbot.waitUntil(lambda: session.load().places.get(str(archive_folder.resolve()), Place("")).page == second)


def test_the_reading_zoom_comes_back(
    make_window: Callable[..., MainWindow], archive_folder: Path, qtbot: QtBot
) -> None:
    first = opened(make_window(), archive_folder, qtbot)
    first.transcript.go_to("l1")
    first.actions_by_name["reading_zoom"].trigger()
    first.close()

    again = opened(make_window(), archive_folder, qtbot)

    assert again.page_view.is_reading
    assert again.actions_by_name["reading_zoom"].isChecked()


def test_a_page_that_is_gone_gives_way_to_the_first(
    make_window: Callable[..., MainWindow], archive_folder: Path, qtbot: QtBot
) -> None:
    session.save(Session(places={str(archive_folder.resolve()): Place("pgone", "lgone", "", 3.0)}))

    window = opened(make_window(), archive_folder, qtbot)

    assert window.desk.page is not None
    assert window.desk.page.id == next(iter(window.desk.infos))


@pytest.mark.parametrize("content", [b"", b"{", b'{"geometry": 3}', b'{"geometry": "AAAA", "columns": "AAAA"}'])
def test_a_damaged_session_counts_as_none(content: bytes, make_window: Callable[..., MainWindow]) -> None:
    paths.config_dir().mkdir(parents=True)
    (paths.config_dir() / "session.json").write_bytes(content)

    assert make_window().isVisible()


def test_turning_a_page_keeps_the_width_fitted(open_window: MainWindow, qtbot: QtBot) -> None:
    open_window.page_view.fit_width()
    open_window.actions_by_name["next_page"].trigger()
    qtbot.waitUntil(lambda: open_window.desk.neighbour(1) is None)
    assert open_window.page_view.is_fitted_to_width


def test_the_text_size_is_changed_by_keys_and_kept(open_window: MainWindow, qtbot: QtBot) -> None:
    before = QApplication.font().pointSizeF()
    open_window.transcript.go_to("l2")
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    for _ in text_size.SIZES:
        QTest.keyClick(open_window, Qt.Key.Key_Plus, keys)
    qtbot.waitUntil(lambda: QApplication.font().pointSizeF() == pytest.approx(2 * before))

    assert settings.load().text_size == 200
    qtbot.waitUntil(lambda: not open_window.actions_by_name["larger_text"].isEnabled())
    editor = open_window.transcript.editor
    qtbot.waitUntil(lambda: editor.text.font().pointSizeF() == pytest.approx(2 * before * 1.15, rel=0.02))
    assert editor.text.height() > editor.text.fontMetrics().lineSpacing()
    library = open_window.library.tree
    page = library.model().index(0, 0, library.model().index(0, 0))
    assert library.visualRect(page).height() >= 2 * library.fontMetrics().lineSpacing()

    QTest.keyClick(open_window, Qt.Key.Key_Minus, keys)
    qtbot.waitUntil(lambda: QApplication.font().pointSizeF() == pytest.approx(1.75 * before))


def test_the_sample_letter_is_one_click_away_and_the_next_step_is_said(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.mouseClick(window.welcome.sample_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.desk.image is not None)
    assert window.place.text().endswith("Find lines, or draw one.")
    assert [document.title for document in window.desk.documents] == ["Sample letter"]

    window.close()


def test_the_sample_letter_opens_again_as_it_was_left(make_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    first = make_window()
    first.welcome.sample_button.click()
    qtbot.waitUntil(lambda: first.desk.page is not None)
    from app import edits

    first.desk.edit("Draw", lambda page: edits.draw_line(page, ((10, 100), (400, 100)), line_id="mine"))
    first.close()

    again = make_window()
    again.welcome.sample_button.click()
    qtbot.waitUntil(lambda: again.desk.page is not None)

    assert [line.id for line in again.desk.page.lines] == ["mine"]  # type: ignore[union-attr]
    assert len(again.desk.infos) == 1
    assert again.place.text().endswith("Read the page, or type what a line says.")
