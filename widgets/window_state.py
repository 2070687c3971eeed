"""What comes back when the window opens again: its place on the screen, its columns, and where somebody was."""

from contextlib import suppress
from pathlib import Path

import msgspec
from PySide6.QtCore import QByteArray, QTimer
from PySide6.QtWidgets import QMainWindow, QSplitter

from app import session
from app.errors import AppError
from app.session import Place
from widgets.actions import Actions
from widgets.desk import Desk
from widgets.page_view import PageView
from widgets.transcript.panel import TranscriptPanel

_SAVE_AFTER_MS = 2000


class WindowState:
    """Keeps and brings back how the window stood; made after all views follow the desk. GUI thread only.

    The page is kept two seconds after it was opened, so that it comes back after a power cut too; the rest on closing.
    """

    def __init__(
        self,
        window: QMainWindow,
        columns: QSplitter,
        desk: Desk,
        view: PageView,
        text: TranscriptPanel,
        *,
        actions: Actions,
    ) -> None:
        self._window = window
        self._columns = columns
        self._desk = desk
        self._view = view
        self._text = text
        self._actions = actions
        self._known = session.load()
        self._wanted: Place | None = None
        self._timer = QTimer(window)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SAVE_AFTER_MS)
        self._timer.timeout.connect(self._save)
        desk.first_page = self._first_page
        desk.page_changed.connect(self._on_page)
        if self._known.geometry:
            window.restoreGeometry(QByteArray(self._known.geometry))
            columns.restoreState(QByteArray(self._known.columns))
        actions["show_library"].setChecked(self._known.library)
        actions["show_transcript"].setChecked(self._known.transcript)

    def remember(self) -> None:
        """Takes note of where the person is, before another archive is opened or the window closes."""
        folder, place = self._folder(), self._place()
        if folder and place:
            self._known = self._known.with_place(folder, place)

    def close(self) -> None:
        """Keeps everything; a file that cannot be written costs nobody their work, and nothing is said of it."""
        self._timer.stop()
        self.remember()
        self._known = msgspec.structs.replace(
            self._known,
            geometry=self._window.saveGeometry().data(),
            columns=self._columns.saveState().data(),
            library=self._actions["show_library"].isChecked(),
            transcript=self._actions["show_transcript"].isChecked(),
        )
        with suppress(AppError):
            session.save(self._known)

    def _first_page(self, folder: Path) -> str | None:
        """The page to begin with in an archive."""
        self._wanted = self._known.places.get(str(folder.resolve()))
        return self._wanted.page if self._wanted else None

    def _on_page(self) -> None:
        page, wanted = self._desk.page, self._wanted
        if page is None:
            return
        self._wanted = None
        if wanted is not None and wanted.page == page.id:
            if wanted.line is not None and page.line(wanted.line) is not None:
                self._text.set_current(wanted.line)
                self._view.select((wanted.line,))
            if wanted.fit == "reading":
                self._actions["reading_zoom"].trigger()
            else:
                self._view.restore_view(wanted)
        folder, place = self._folder(), self._place()
        if folder and place:
            self._known = self._known.with_place(folder, place)
            self._timer.start()

    def _save(self) -> None:
        known = self._known
        self._desk.look_up(lambda: _save_quietly(known), lambda _: None)

    def _folder(self) -> str:
        return str(self._desk.archive.folder.resolve()) if self._desk.archive is not None else ""

    def _place(self) -> Place | None:
        page = self._desk.page
        return None if page is None else self._view.place(page.id, self._text.current)


def _save_quietly(known: session.Session) -> None:
    with suppress(AppError):
        session.save(known)
