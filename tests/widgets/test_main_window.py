"""The window as a whole, with a real archive: from an empty desk to a saved text."""

import logging
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app import edits, settings
from app.archive import Archive
from app.errors import AppError
from app.page import Page, Reading
from app.scans import import_scans
from tests.widgets.conftest import make_scan
from widgets import messages
from widgets.export_dialog import ExportDialog
from widgets.help import HelpDialog
from widgets.main_window import MainWindow
from widgets.start import Faults

Make = Callable[..., MainWindow]


def said(window: MainWindow) -> list[str]:
    """The messages in the bar, the newest first."""
    return [row.message for row in window.messages.messages()]


def page_of(window: MainWindow) -> Page:
    assert window.desk.page is not None
    return window.desk.page


def state_of(window: MainWindow, line_id: str) -> str:
    line = page_of(window).line(line_id)
    return line.state if line else "gone"


def trigger(window: MainWindow, name: str) -> None:
    action = window.actions_by_name[name]
    assert action.isEnabled(), name
    action.trigger()


def write(window: MainWindow, qtbot: QtBot, line_id: str, text: str) -> None:
    """Goes to a line, replaces its text, and waits until the archive has it."""
    window.transcript.set_current(line_id)
    window.transcript.focus_text()
    window.transcript.editor.text.selectAll()
    qtbot.keyClicks(window.transcript.editor.text, text)
    window.transcript.flush()
    qtbot.waitUntil(lambda: getattr(page_of(window).line(line_id), "text", None) == text)


class TestBeginning:
    def test_a_window_without_an_archive_offers_to_make_one(self, window: MainWindow) -> None:
        assert window.middle.currentWidget() is window.welcome
        assert window.welcome.create_button.isVisible()
        assert not window.library.isVisible()
        off = ("import", "export", "undo", "redo", "find", "read", "delete", "review", "next_page", "fit")
        assert [name for name in off if window.actions_by_name[name].isEnabled()] == []

    def test_creating_an_archive_leads_to_the_place_for_scans(
        self, window: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = tmp_path / "My letters"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", staticmethod(lambda *_, **__: (str(folder), "")))
        qtbot.mouseClick(window.welcome.create_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: window.middle.currentWidget() is window.empty_archive)
        assert (folder / "archive.sqlite").is_file()
        assert window.actions_by_name["import"].isEnabled()
        assert "My letters" in window.windowTitle()

    def test_dropping_scans_without_an_archive_says_what_to_do_first(
        self, window: MainWindow, scan: Callable[[str], Path], drop_files: Callable[..., None]
    ) -> None:
        drop_files(window, scan("one.jpg"))
        assert said(window) == ["There is no archive open to put scans into."]

    def test_dropped_files_become_a_document_that_is_shown(
        self,
        window: MainWindow,
        tmp_path: Path,
        scan: Callable[[str], Path],
        qtbot: QtBot,
        drop_files: Callable[..., None],
    ) -> None:
        window.desk.create_archive(tmp_path / "archive")
        qtbot.waitUntil(lambda: window.desk.archive is not None)
        drop_files(window, scan("one.jpg"), scan("two.jpg"))
        qtbot.waitUntil(lambda: window.desk.image is not None)
        assert window.page_view.isVisible()
        assert [info.number for info in window.desk.infos.values()] == [1, 2]
        assert window.place.text().startswith("Page 1 of 2")
        assert window.said.text() == "2 pages imported into “scans”."

    def test_a_dropped_folder_is_imported_in_the_order_a_person_counts(
        self,
        window: MainWindow,
        tmp_path: Path,
        scan: Callable[[str], Path],
        qtbot: QtBot,
        drop_files: Callable[..., None],
    ) -> None:
        for number in (10, 9, 1):
            scan(f"diary/page {number}.jpg")
        (tmp_path / "scans" / "diary" / "notes.txt").write_text("no scan")
        window.desk.create_archive(tmp_path / "archive")
        qtbot.waitUntil(lambda: window.desk.archive is not None)
        drop_files(window, tmp_path / "scans" / "diary")
        qtbot.waitUntil(lambda: window.desk.page is not None)
        assert [info.title for info in window.desk.infos.values()] == ["page 1.jpg", "page 9.jpg", "page 10.jpg"]

    def test_a_bad_scan_is_named_and_the_others_are_imported(
        self,
        window: MainWindow,
        tmp_path: Path,
        scan: Callable[[str], Path],
        qtbot: QtBot,
        drop_files: Callable[..., None],
    ) -> None:
        bad = scan("bad.jpg")
        bad.write_bytes(b"this is no image")
        window.desk.create_archive(tmp_path / "archive")
        qtbot.waitUntil(lambda: window.desk.archive is not None)
        drop_files(window, bad, scan("good.jpg"))
        qtbot.waitUntil(lambda: window.desk.page is not None)
        assert len(window.desk.infos) == 1
        assert "bad.jpg" in said(window)[0]

    def test_an_archive_that_cannot_be_opened_is_explained_and_the_open_one_stays(
        self, open_window: MainWindow, tmp_path: Path, qtbot: QtBot
    ) -> None:
        (tmp_path / "other").mkdir()
        open_window.open_archive(tmp_path / "other")
        qtbot.waitUntil(lambda: bool(said(open_window)))
        assert "other" in said(open_window)[0]
        assert open_window.desk.page is not None

    def test_another_archive_takes_the_place_of_the_open_one_and_frees_it(
        self, open_window: MainWindow, archive_folder: Path, tmp_path: Path, qtbot: QtBot
    ) -> None:
        write(open_window, qtbot, "l0", "before")
        open_window.desk.create_archive(tmp_path / "second")
        qtbot.waitUntil(lambda: open_window.middle.currentWidget() is open_window.empty_archive)
        assert not open_window.actions_by_name["undo"].isEnabled()
        qtbot.waitUntil(lambda: open_window.welcome.findChildren(QPushButton)[2:] != [])
        open_window.desk.long_work._thread.flush()
        with Archive.open(archive_folder) as archive:
            assert len(archive.pages()) == 2

    def test_an_archive_that_was_open_is_offered_again(
        self, make_window: Make, archive_folder: Path, qtbot: QtBot
    ) -> None:
        first = make_window()
        first.open_archive(archive_folder)
        qtbot.waitUntil(lambda: first.desk.image is not None)
        first.close()
        assert settings.load().recent == (str(archive_folder.resolve()),)
        second = make_window()
        qtbot.waitUntil(lambda: len(second.welcome.findChildren(QPushButton)) == 4)
        qtbot.mouseClick(second.welcome.findChildren(QPushButton)[3], Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: second.desk.image is not None)

    def test_tab_goes_from_open_to_the_recent_archives_and_stops_nowhere_unseen(
        self, window: MainWindow, tmp_path: Path
    ) -> None:
        window.welcome.show_recent((tmp_path / "first", tmp_path / "second"))
        first = window.welcome.sample_button.nextInFocusChain()
        assert (first.toolTip(), first.nextInFocusChain().toolTip()) == (
            str(tmp_path / "first"),
            str(tmp_path / "second"),
        )
        assert window.welcome.focusPolicy() == Qt.FocusPolicy.NoFocus


class TestPages:
    def test_the_next_page_comes_with_its_own_lines_and_the_status_follows(
        self, open_window: MainWindow, qtbot: QtBot
    ) -> None:
        assert open_window.place.text() == "Page 1 of 2 · 1 of 4 lines reviewed"
        assert not open_window.actions_by_name["previous_page"].isEnabled()
        trigger(open_window, "next_page")
        qtbot.waitUntil(lambda: open_window.place.text() == "Page 2 of 2 · no lines yet · Find lines, or draw one.")
        assert open_window.transcript.find_button.isVisible()
        assert not open_window.actions_by_name["next_page"].isEnabled()
        trigger(open_window, "previous_page")
        qtbot.waitUntil(open_window.transcript.list.isVisible)

    def test_choosing_a_page_in_the_list_shows_it(self, open_window: MainWindow, qtbot: QtBot) -> None:
        second = list(open_window.desk.infos)[1]
        open_window.library.tree.setCurrentIndex(open_window.library.model.index_of(second))
        qtbot.waitUntil(lambda: page_of(open_window).id == second)

    def test_columns_can_be_hidden_and_shown(self, open_window: MainWindow) -> None:
        for name, column in (("show_library", open_window.library), ("show_transcript", open_window.transcript)):
            trigger(open_window, name)
            assert not column.isVisible()
            trigger(open_window, name)
            assert column.isVisible()


class TestWriting:
    def test_typed_text_is_in_the_archive_after_reopening(
        self, make_window: Make, archive_folder: Path, qtbot: QtBot
    ) -> None:
        window = make_window()
        window.open_archive(archive_folder)
        qtbot.waitUntil(lambda: window.desk.image is not None)
        window.transcript.set_current("l0")
        window.transcript.focus_text()
        qtbot.keyClicks(window.transcript.editor.text, "Liebe Mutter")
        window.close()
        with Archive.open(archive_folder) as archive:
            line = archive.page(archive.pages()[0].id).line("l0")
            assert line is not None
            assert (line.text, line.state) == ("Liebe Mutter", "draft")

    def test_text_is_saved_without_leaving_the_line(self, open_window: MainWindow, qtbot: QtBot) -> None:
        open_window.transcript.set_current("l0")
        open_window.transcript.focus_text()
        qtbot.keyClicks(open_window.transcript.editor.text, "wir sind")
        qtbot.waitUntil(lambda: state_of(open_window, "l0") == "draft", timeout=3000)
        assert open_window.transcript.current == "l0"
        assert open_window.place.text() == "Page 1 of 2 · 1 of 4 lines reviewed"

    def test_leaving_the_page_saves_the_text_to_the_page_it_belongs_to(
        self, open_window: MainWindow, qtbot: QtBot
    ) -> None:
        first = page_of(open_window).id
        open_window.transcript.set_current("l0")
        open_window.transcript.focus_text()
        qtbot.keyClicks(open_window.transcript.editor.text, "gut angekommen")
        trigger(open_window, "next_page")
        qtbot.waitUntil(lambda: page_of(open_window).id != first)
        assert open_window.desk.archive is not None
        line = open_window.desk.archive.page(first).line("l0")
        assert line is not None
        assert line.text == "gut angekommen"

    def test_the_whole_way_by_keyboard_alone(self, open_window: MainWindow, qtbot: QtBot) -> None:
        open_window.page_view.setFocus()
        qtbot.keyClick(open_window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
        text = open_window.transcript.editor.text
        qtbot.waitUntil(text.hasFocus)
        assert open_window.transcript.current == "l0"
        qtbot.keyClicks(text, "eins")
        qtbot.keyClick(text, Qt.Key.Key_Return)
        assert open_window.transcript.current == "l1"
        qtbot.keyClick(text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: state_of(open_window, "l1") == "reviewed")
        assert open_window.transcript.current == "l2"
        qtbot.keyClick(text, Qt.Key.Key_Up)
        qtbot.keyClick(text, Qt.Key.Key_Up)
        assert open_window.transcript.current == "l0"
        qtbot.keyClick(text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: state_of(open_window, "l0") == "reviewed")
        line = page_of(open_window).line("l0")
        assert line is not None
        assert line.text == "eins"
        qtbot.keyClick(text, Qt.Key.Key_Escape)
        assert open_window.page_view.hasFocus()

    def test_the_current_line_is_one_on_page_and_transcript(self, open_window: MainWindow) -> None:
        open_window.page_view.select(("l2",))
        assert open_window.transcript.current == "l2"
        open_window.transcript.step(1)
        assert open_window.page_view.selected() == ("l3",)
        open_window.page_view.select(())
        assert open_window.transcript.current is None
        open_window.page_view.line_activated.emit("l1")
        assert (open_window.transcript.current, open_window.page_view.selected()) == ("l1", ("l1",))
        assert open_window.transcript.editor.text.hasFocus()


def _transcribe(window: MainWindow, qtbot: QtBot) -> None:
    write(window, qtbot, "l0", "typed")


def _accept(window: MainWindow, _: QtBot) -> None:
    window.transcript.set_current("l1")
    window._update_actions()
    trigger(window, "accept")


def _review(window: MainWindow, _: QtBot) -> None:
    window.transcript.set_current("l2")
    window._update_actions()
    trigger(window, "review")


def _withdraw(window: MainWindow, _: QtBot) -> None:
    window.transcript.set_current("l3")
    window._update_actions()
    trigger(window, "withdraw")


def _draw(window: MainWindow, _: QtBot) -> None:
    draw = partial(edits.draw_line, baseline=((60, 600), (400, 600)), line_id="l9")
    window.page_view.edit_requested.emit("Draw line", draw)


def _delete(window: MainWindow, _: QtBot) -> None:
    window.page_view.select(("l1", "l2"))
    trigger(window, "delete")


def _join(window: MainWindow, _: QtBot) -> None:
    window.page_view.select(("l2", "l3"))
    trigger(window, "join")


def _move_up(window: MainWindow, _: QtBot) -> None:
    window.page_view.select(("l2",))
    trigger(window, "move_up")


def _move_down(window: MainWindow, _: QtBot) -> None:
    window.page_view.select(("l0", "l1"))
    trigger(window, "move_down")


class TestChoosing:
    def test_a_line_that_was_drawn_is_current_in_the_transcript_at_once(
        self, open_window: MainWindow, qtbot: QtBot
    ) -> None:
        draw = partial(edits.draw_line, baseline=((20, 380), (300, 380)), line_id="new")
        open_window.page_view.request("Draw line", draw, made=("new",))
        qtbot.waitUntil(lambda: open_window.page_view.selected() == ("new",))
        assert open_window.transcript.current == "new"

    def test_after_a_line_is_deleted_the_next_one_is_chosen_on_the_page_and_in_the_transcript(
        self, open_window: MainWindow, qtbot: QtBot
    ) -> None:
        open_window.page_view.select(("l1",))
        trigger(open_window, "delete")
        qtbot.waitUntil(lambda: state_of(open_window, "l1") == "gone")
        assert open_window.transcript.current == "l2"
        assert open_window.page_view.selected() == ("l2",)


class TestUndo:
    def test_control_and_y_does_again_too(self, window: MainWindow) -> None:
        assert "Ctrl+Y" in [key.toString() for key in window.actions_by_name["redo"].shortcuts()]

    @pytest.mark.parametrize(
        "act",
        [_transcribe, _accept, _review, _withdraw, _draw, _delete, _join, _move_up, _move_down],
        ids=lambda act: act.__name__.strip("_"),
    )
    def test_every_edit_can_be_undone_and_redone(
        self, open_window: MainWindow, qtbot: QtBot, act: Callable[[MainWindow, QtBot], None]
    ) -> None:
        before = page_of(open_window)
        act(open_window, qtbot)
        qtbot.waitUntil(open_window.actions_by_name["undo"].isEnabled)
        after = page_of(open_window)
        assert after != before
        trigger(open_window, "undo")
        qtbot.waitUntil(lambda: page_of(open_window) == before)
        assert not open_window.actions_by_name["undo"].isEnabled()
        trigger(open_window, "redo")
        qtbot.waitUntil(lambda: page_of(open_window) == after)
        assert open_window.desk.archive is not None
        assert open_window.desk.archive.page(after.id) == after

    def test_moving_lines_changes_the_reading_order_by_one(self, open_window: MainWindow, qtbot: QtBot) -> None:
        _move_down(open_window, qtbot)
        qtbot.waitUntil(lambda: [line.id for line in page_of(open_window).lines] == ["l2", "l0", "l1", "l3"])

    def test_typing_in_one_go_is_one_step(self, open_window: MainWindow, qtbot: QtBot) -> None:
        window = open_window
        window.transcript.set_current("l0")
        window.transcript.focus_text()
        for typed, so_far in (("ab", "ab"), ("cd", "abcd"), ("ef", "abcdef")):
            qtbot.keyClicks(window.transcript.editor.text, typed)
            window.transcript.flush()
            qtbot.waitUntil(lambda so_far=so_far: getattr(page_of(window).line("l0"), "text", "") == so_far)
        qtbot.keyClick(window.transcript.editor.text, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: state_of(window, "l0") == "unread")
        assert window.transcript.editor.text.toPlainText() == ""
        assert not window.actions_by_name["undo"].isEnabled()

    def test_undo_of_a_page_is_not_offered_on_another(self, open_window: MainWindow, qtbot: QtBot) -> None:
        write(open_window, qtbot, "l0", "typed")
        trigger(open_window, "next_page")
        qtbot.waitUntil(lambda: not open_window.actions_by_name["undo"].isEnabled())
        trigger(open_window, "previous_page")
        qtbot.waitUntil(open_window.actions_by_name["undo"].isEnabled)

    def test_what_no_longer_fits_is_said_and_dropped(self, open_window: MainWindow, qtbot: QtBot) -> None:
        write(open_window, qtbot, "l0", "typed")
        assert open_window.desk.archive is not None
        other = partial(edits.transcribe, line_id="l0", text="somebody else")
        open_window.desk.archive.edit(page_of(open_window).id, other)
        trigger(open_window, "undo")
        qtbot.waitUntil(lambda: not open_window.actions_by_name["undo"].isEnabled())
        assert open_window.said.text().startswith("This can no longer be undone.")
        assert said(open_window) == []
        assert not open_window.actions_by_name["redo"].isEnabled()


class TestExport:
    def test_reviewed_lines_are_written_and_the_end_says_what_and_where(
        self, open_window: MainWindow, tmp_path: Path, qtbot: QtBot
    ) -> None:
        trigger(open_window, "export")
        dialog = open_window.findChild(ExportDialog)
        assert dialog is not None
        assert dialog.reviewed.isChecked()
        dialog.folder.setText(str(tmp_path / "out"))
        qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: "written to" in open_window.said.text())
        assert open_window.said.text().startswith(f"1 page with 1 line written to “{tmp_path / 'out'}”.")
        assert len(list((tmp_path / "out").rglob("*.xml"))) == 1

    def test_a_folder_that_exists_is_not_taken(self, open_window: MainWindow, tmp_path: Path) -> None:
        trigger(open_window, "export")
        dialog = open_window.findChild(ExportDialog)
        assert dialog is not None
        dialog.folder.setText(str(tmp_path))
        assert not dialog.export_button.isEnabled()
        dialog.reject()


def test_the_preview_of_the_next_page_is_ready_before_it_is_turned_to(
    window: MainWindow, tmp_path: Path, qtbot: QtBot, home: Path
) -> None:
    for name in ("one", "two"):
        Image.new("RGB", (2400, 3600), "white").save(tmp_path / f"{name}.jpg")
    with Archive.create(tmp_path / "archive") as archive:
        infos = import_scans(archive, [tmp_path / "one.jpg", tmp_path / "two.jpg"]).pages
    window.open_archive(tmp_path / "archive")
    qtbot.waitUntil(lambda: window.desk.image is not None, timeout=20_000)
    wanted = f"{infos[1].scan}-0-0.jpg"
    qtbot.waitUntil(lambda: wanted in {file.name for file in home.rglob("previews/*.jpg")}, timeout=20_000)


class TestTrouble:
    def test_an_error_stays_until_it_is_closed_and_shows_once(self, window: MainWindow, qtbot: QtBot) -> None:
        for _ in range(2):
            window.show_error(AppError("The disk is full.", "Free some space."))
        assert said(window) == ["The disk is full."]
        (row,) = window.messages.messages()
        assert "Free some space." in [label.text() for label in row.findChildren(QLabel)]
        qtbot.mouseClick(row.close_button, Qt.MouseButton.LeftButton)
        assert not window.messages.isVisible()

    def test_a_text_that_could_not_be_saved_is_kept_and_saved_later(
        self, open_window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object) -> None:
            raise AppError("The disk is full.", "Free some space.")

        window = open_window
        with monkeypatch.context() as broken:
            broken.setattr(Archive, "edit", full)
            window.transcript.set_current("l0")
            window.transcript.focus_text()
            qtbot.keyClicks(window.transcript.editor.text, "unsaved")
            window.transcript.step(1)
            qtbot.waitUntil(lambda: window.transcript.has_refused)
            assert said(window) == ["The disk is full."]
        window.transcript.step(-1)
        assert window.transcript.current_text == "unsaved"
        window.transcript.flush()
        qtbot.waitUntil(lambda: state_of(window, "l0") == "draft")
        assert not window.transcript.has_refused

    def test_closing_asks_before_a_text_is_lost(
        self, open_window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[str] = []

        def full(*_: object) -> None:
            raise AppError("The disk is full.")

        with monkeypatch.context() as broken:
            broken.setattr(Archive, "edit", full)
            broken.setattr(messages, "ask", lambda _, question, *__: asked.append(question))
            open_window.transcript.set_current("l0")
            open_window.transcript.focus_text()
            qtbot.keyClicks(open_window.transcript.editor.text, "unsaved")
            assert not open_window.close()
        assert asked == ["A text that you typed could not be saved."]
        assert open_window.isVisible()
        assert open_window.close()

    def test_a_fault_is_logged_and_told_in_one_sentence(
        self, window: MainWindow, caplog: pytest.LogCaptureFixture
    ) -> None:
        faults = Faults()
        faults.told.connect(window.show_error)
        try:
            raise ZeroDivisionError("a bug")
        except ZeroDivisionError:
            with caplog.at_level(logging.ERROR):
                faults.take(*sys.exc_info())  # type: ignore[arg-type]
        assert said(window) == ["Something went wrong inside Lesepult. What was saved is safe."]
        assert "ZeroDivisionError: a bug" in caplog.text

    def test_every_action_has_a_tooltip_and_all_shortcuts_differ(self, window: MainWindow) -> None:
        actions = [action for menu in window.actions_by_name.all().values() for action in menu]
        assert [action.text() for action in actions if len(action.toolTip()) < 10] == []
        keys = [key.toString() for action in actions for key in action.shortcuts()]
        assert len(keys) == len(set(keys))
        trigger(window, "shortcuts")
        help_dialog = window.findChild(HelpDialog)
        assert help_dialog is not None
        texts = {label.text() for label in help_dialog.findChildren(QLabel)}
        assert {"Mark as reviewed, go on", "Ctrl+Return, Ctrl+Enter"} <= texts
        help_dialog.close()


def test_the_device_can_be_set_and_is_kept(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: any(action.isChecked() for action in window.actions_by_name.devices.actions()))
    chosen = {action.data(): action for action in window.actions_by_name.devices.actions()}
    assert [device for device, action in chosen.items() if action.isChecked()] == ["auto"]
    chosen["cpu"].trigger()
    qtbot.waitUntil(lambda: settings.load().device == "cpu")
    assert not chosen["auto"].isChecked()


def test_a_document_goes_to_the_trash_and_comes_back(open_window: MainWindow, qtbot: QtBot) -> None:
    before = page_of(open_window)
    trigger(open_window, "trash")
    qtbot.waitUntil(lambda: open_window.desk.page is None)
    assert open_window.middle.currentWidget() is open_window.empty_archive
    assert said(open_window) == ["“scans” is in the trash."]
    button = next(b for b in open_window.messages.findChildren(QPushButton) if b.text() == "Bring it back")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: open_window.desk.page is not None)
    assert page_of(open_window) == before


def test_reviewing_keeps_the_text_that_was_seen(open_window: MainWindow, qtbot: QtBot) -> None:
    window = open_window
    window.transcript.go_to("l1")
    assert window.transcript.current_text == "read 1"
    archive, page = window.desk.archive, page_of(window).id
    assert archive is not None
    late = Reading("tlate", "another reading", 0.9, "kraken", "starter")
    archive.edit(page, partial(edits.add_reading, line_id="l1", reading=late))  # the window has not heard of it yet
    trigger(window, "review")
    qtbot.waitUntil(lambda: state_of(window, "l1") == "reviewed")
    assert page_of(window).lines[1].text == "read 1"


def test_review_goes_on_to_the_next_line_that_is_not_reviewed_and_says_when_there_is_none(
    open_window: MainWindow, qtbot: QtBot
) -> None:
    window = open_window
    ids = [line.id for line in page_of(window).lines]
    for line_id in ids:
        window.desk.edit("Text", partial(edits.transcribe, line_id=line_id, text=f"text of {line_id}"))
    window.desk.edit("Review", partial(edits.review, line_id=ids[1]))
    qtbot.waitUntil(lambda: state_of(window, ids[1]) == "reviewed")
    window.transcript.go_to(ids[0])
    qtbot.keyClick(window.transcript.editor.text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert window.transcript.current == ids[2]
    for _ in ids[2:]:
        before = window.transcript.current
        trigger(window, "review")
        qtbot.waitUntil(lambda line_id=before: state_of(window, line_id) == "reviewed")
    assert window.transcript.current == ids[-1]
    assert window.said.text() == "Every other line of this page is reviewed."


def test_f4_goes_around_among_the_lines_that_are_not_reviewed(open_window: MainWindow, qtbot: QtBot) -> None:
    window = open_window
    ids = [line.id for line in page_of(window).lines]
    window.desk.edit("Text", partial(edits.transcribe, line_id=ids[1], text="done"))
    window.desk.edit("Review", partial(edits.review, line_id=ids[1]))
    qtbot.waitUntil(lambda: state_of(window, ids[1]) == "reviewed")
    window.transcript.go_to(ids[0])
    went = []
    for _ in ids:
        qtbot.keyClick(window.transcript.editor.text, Qt.Key.Key_F4)
        went.append(window.transcript.current)
    assert went == ["l2", "l0", "l2", "l0"]  # the fixture's last line is reviewed too
    qtbot.keyClick(window.transcript.editor.text, Qt.Key.Key_F4, Qt.KeyboardModifier.ShiftModifier)
    assert window.transcript.current == "l2"


def test_a_key_takes_the_word_at_the_cursor_and_otherwise_the_whole_reading(
    open_window: MainWindow, qtbot: QtBot
) -> None:
    window = open_window
    reading = Reading("ta", "ein Hans am Sec", 0.9, "kraken", "other")
    window.desk.edit("Read", partial(edits.add_reading, line_id="l2", reading=reading))
    window.desk.edit("Type", partial(edits.transcribe, line_id="l2", text="ein Haus am See"))
    qtbot.waitUntil(lambda: page_of(window).lines[2].text == "ein Haus am See")
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.transcript.go_to("l2")
    editor = window.transcript.editor
    shown = [row.reading_id for row in editor.readings.rows if row.isVisible()]
    key = [Qt.Key.Key_1, Qt.Key.Key_2][shown.index("ta")]
    cursor = editor.text.textCursor()
    cursor.setPosition(6)
    editor.text.setTextCursor(cursor)
    qtbot.keyClick(editor.text, key, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: window.transcript.current_text == "ein Hans am See")
    qtbot.keyClick(editor.text, key, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: window.transcript.current_text == "ein Hans am Sec")
    trigger(window, "undo")
    qtbot.waitUntil(lambda: window.transcript.current_text == "ein Hans am See")


def test_a_line_is_split_where_it_is_clicked(open_window: MainWindow, qtbot: QtBot) -> None:
    window = open_window
    trigger(window, "tool_split")
    view = window.page_view
    at = view.mapFromScene(200, 398)
    qtbot.mouseMove(view.viewport(), at)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.waitUntil(lambda: len(page_of(window).lines) == 5)
    left, right = page_of(window).lines[3:]
    assert abs(left.baseline[-1][0] - 200) <= 2
    assert [(half.text, half.state) for half in (left, right)] == [("text", "draft"), ("3", "draft")]
    assert view.selected() == (left.id,)
    assert window.transcript.current == left.id
    trigger(window, "undo")
    qtbot.waitUntil(lambda: state_of(window, "l3") == "reviewed" and len(page_of(window).lines) == 4)


@pytest.mark.parametrize("last", ["l1", "l2"])
def test_the_joined_line_is_the_chosen_one(open_window: MainWindow, qtbot: QtBot, last: str) -> None:
    window = open_window
    window.page_view.select(("l2", "l1") if last == "l1" else ("l1", "l2"))
    assert window.transcript.current == last
    trigger(window, "join")
    qtbot.waitUntil(lambda: len(page_of(window).lines) == 3)
    qtbot.waitUntil(lambda: window.page_view.selected() == ("l1",))
    assert window.transcript.current == "l1"


def test_the_first_line_that_is_written_has_room_for_its_strip_and_buttons(open_window: MainWindow) -> None:
    open_window.transcript.go_to("l1")
    QApplication.processEvents()
    editor = open_window.transcript.editor
    assert editor.height() >= editor.sizeHint().height() - 1
    assert editor.review.geometry().bottom() < editor.height()
    assert editor.review.geometry().top() > editor.text.geometry().bottom()


class TestLargeScan:
    @pytest.fixture
    def large(self, tmp_path: Path) -> Path:
        """An archive with two large scans and one small one."""
        folder = tmp_path / "large"
        files = []
        for name in ("a.jpg", "b.jpg"):
            with Image.open(make_scan(tmp_path / "small" / name)) as small:
                small.resize((4800, 6400)).save(tmp_path / name, quality=85)
            files.append(tmp_path / name)
        with Archive.create(folder) as archive:
            pages = import_scans(archive, files).pages
            edit = partial(edits.draw_line, baseline=((480, 800), (3200, 800)), line_id="l")
            archive.edit(pages[0].id, edit)
        return folder

    def test_a_preview_comes_first_and_the_whole_image_sharpens_it(
        self, window: MainWindow, large: Path, qtbot: QtBot
    ) -> None:
        seen: list[int] = []
        window.desk.image_changed.connect(lambda image: seen.append(image.width if image else 0))
        window.open_archive(large)
        qtbot.waitUntil(lambda: seen[-1:] == [4800])
        assert seen[-2] in range(1200, 4800)
        assert seen.count(4800) == 1

    def test_strips_of_the_preview_stay_until_those_of_the_whole_image_are_there(
        self, window: MainWindow, large: Path, qtbot: QtBot
    ) -> None:
        window.open_archive(large)
        qtbot.waitUntil(lambda: window.desk.image is not None)
        strips = window.transcript._strips
        line = page_of(window).lines[0]
        size = QSize(300, 40)
        qtbot.waitUntil(lambda: strips.strip(line, "test", size, 1) is not None)
        window.desk.image_changed.emit(window.desk.image)
        assert strips.strip(line, "test", size, 1) is not None

    def test_of_pages_that_are_turned_quickly_the_last_one_counts(
        self, window: MainWindow, large: Path, qtbot: QtBot
    ) -> None:
        window.open_archive(large)
        qtbot.waitUntil(lambda: window.desk.page is not None)
        for _ in range(10):
            trigger(window, "next_page")
            qtbot.waitUntil(lambda: page_of(window).id == list(window.desk.infos)[1])
            trigger(window, "previous_page")
            qtbot.waitUntil(lambda: page_of(window).id == next(iter(window.desk.infos)))
        qtbot.waitUntil(lambda: window.desk.image is not None and window.desk.image.width == 4800)
        qtbot.wait(300)
        assert window.desk.image is not None
        assert window.desk.image.width == 4800

    def test_a_scan_that_is_gone_leaves_the_page_usable_and_is_told_once(
        self, window: MainWindow, large: Path, qtbot: QtBot
    ) -> None:
        for file in (large / "scans").rglob("*.jpg"):
            file.unlink()
        window.open_archive(large)
        qtbot.waitUntil(lambda: bool(said(window)))
        assert len(said(window)) == 1
        window.transcript.go_to("l")
        qtbot.keyClicks(window.transcript.editor.text, "still here")
        qtbot.keyClick(window.transcript.editor.text, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: page_of(window).lines[0].text == "still here")
