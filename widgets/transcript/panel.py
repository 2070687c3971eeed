"""The transcript: the page's lines, in reading order or by disagreement, of which the current one is an editor."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QLabel, QPushButton, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from app.archive import PageEdit
from app.characters import Character
from app.language import tr
from app.page import Change, Line, Page
from widgets.archive_thread import ArchiveThread
from widgets.looks import Seen
from widgets.messages import BUTTON_HEIGHT, PRIMARY_HEIGHT
from widgets.page_image import PyramidImage
from widgets.transcript.characters import CharacterPanel
from widgets.transcript.line_list import LineList
from widgets.transcript.marked import code_points, utf16
from widgets.transcript.model import LineModel
from widgets.transcript.strips import Strips


def _moved(change: Change[Line]) -> bool:
    """Whether a line came, went or got another place."""
    before, after = change.before, change.after
    return before is None or after is None or (before.baseline, before.boundary) != (after.baseline, after.boundary)


RETRY_MS = 5000
"""How often what could not be saved is tried again, in milliseconds."""


class TranscriptPanel(QWidget):
    """The list of lines with the editor in it, or a word about what to do on a page without lines."""

    current_changed = Signal(object)
    """The id of the line that the person went to, or None."""
    text_typed = Signal(str, str, str, int)
    """Page id, line id, the text as typed, the number of the go."""
    accept_wanted = Signal()
    review_wanted = Signal()
    withdraw_wanted = Signal()
    find_wanted = Signal()
    leave_wanted = Signal()
    reading_taken = Signal(str)
    """The id of the reading of the current line that is to be the person's draft."""
    reading_keyed = Signal(str)
    """The id of the reading of which the word at the cursor, or all, is to be the person's draft."""
    text_changed = Signal()
    line_placed = Signal(str, object)
    """A line's id, and that of the line before which it is to be read, None for the end."""
    text_orphaned = Signal(str)
    """What was typed for a line that is gone, and not told before."""
    text_retried = Signal(str, str, str)
    """Page id, line id and a text that could not be saved before."""

    def __init__(self, thread: ArchiveThread, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._page: str | None = None
        self._refused: dict[tuple[str, str], str] = {}
        self._told: dict[tuple[str, str], tuple[str, int]] = {}
        self._retry = QTimer(self)
        self._retry.setInterval(RETRY_MS)
        self._retry.timeout.connect(self.retry_refused)
        self._strips = Strips(thread, self)
        self.model = LineModel()
        self.list = LineList(self.model, self._strips)
        self.list.setAccessibleName(tr("Lines of the page"))
        self.editor = self.list.editor
        self._empty = QWidget()
        self.find_button = QPushButton(tr("Find lines"))
        self._build_empty()
        self._stack = QStackedLayout(self)
        self._stack.addWidget(QWidget())
        self._stack.addWidget(self._empty)
        self.order_button = QToolButton()
        self.characters = CharacterPanel()
        self.characters.picked.connect(self.insert)
        self.characters.leave_wanted.connect(self.focus_text)
        self._stack.addWidget(self._with_header())
        self._strips.made.connect(self._on_strip)
        self.list.went.connect(self._go)
        self.list.placed.connect(self.line_placed)
        self.editor.typed.connect(self._on_typed)
        self.editor.accept_wanted.connect(self.accept_wanted)
        self.editor.review_wanted.connect(self.review_wanted)
        self.editor.withdraw_wanted.connect(self.withdraw_wanted)
        self.editor.readings.taken.connect(self.reading_taken)
        self.editor.readings.keyed.connect(self.reading_keyed)
        self.editor.text_changed.connect(self.text_changed)
        self.editor.text.next_wanted.connect(lambda: self.step(1))
        self.editor.text.previous_wanted.connect(lambda: self.step(-1))
        self.editor.text.leave_wanted.connect(self.leave_wanted)

    @property
    def current(self) -> str | None:
        """The id of the current line."""
        return self.editor.line.id if self.editor.line else None

    @property
    def current_text(self) -> str:
        """The text in the editor."""
        return self.editor.text.written

    @property
    def cursor_at(self) -> int | None:
        """Before which code point of the text the cursor stands, None while the text has not the keyboard."""
        text = self.editor.text
        return code_points(self.current_text, text.textCursor().position()) if text.hasFocus() else None

    @property
    def has_refused(self) -> bool:
        """Whether a text was typed that could not be saved."""
        return bool(self._refused)

    def show_page(self, page: Page | None) -> None:
        """Shows the lines of this page, none of them current, or nothing; the keyboard goes from here to the page."""
        if self.isAncestorOf(self.window().focusWidget()):
            self.leave_wanted.emit()  # or it would go anywhere, as nothing stays that had it
        self.flush()
        self.list.set_current(-1)
        self._page = page.id if page else None
        self._strips.show_image(None, 0)
        self._strips.show_lines(page.lines if page else ())
        self.model.show_page(page)
        self.list.scrollToTop()
        self._show_refused()
        self._choose_view()

    def show_image(self, image: PyramidImage | None, page_width: int) -> None:
        """Cuts the strips from this image; `page_width` is in pixels of the page."""
        self._strips.show_image(image, page_width)
        self.list.viewport().update()
        self.editor.update()

    def show_seen(self, seen: Seen) -> None:
        """Cuts the strips in this look."""
        self._strips.show_seen(seen)
        self.list.viewport().update()
        self.editor.update()

    def apply_edit(self, edit: PageEdit) -> None:
        """Shows the page after an edit; the current line stays current where it can."""
        current, row = self.current, self.model.row_of(self.current)
        if any(_moved(change) for change in edit.diff.lines.values()):
            self._strips.show_lines(edit.after.lines)
        self.model.apply_edit(edit)
        if current is not None:
            now = self.model.row_of(current)
            if now >= 0:
                self.list.update_current(now)
            else:
                if typed := self.editor.forget():
                    self.text_orphaned.emit(typed)
                self._set_current(min(row, len(self.model.lines) - 1))
                self.current_changed.emit(self.current)
        self._choose_view()

    def set_current(self, line_id: str | None) -> None:
        """Makes a line the current one, or none, without telling and without taking the focus."""
        if line_id != self.current:
            self._set_current(self.model.row_of(line_id))

    def show_titles(self, titles: dict[str, str]) -> None:
        """Calls models by these titles, by the names that readings keep."""
        self.editor.readings.show_titles(titles)

    def order(self, by_disagreement: bool) -> None:
        """Lists the lines first on which the models differ most, or in reading order; the current one stays."""
        current = self.current
        self.flush()
        self.list.set_current(-1)
        self.model.order(by_disagreement)
        self._set_current(self.model.row_of(current))

    def focus_text(self) -> None:
        """Puts the cursor into the current line, or into the first that is not reviewed."""
        if self.current is None and self.model.lines:
            open_rows = (row for row, line in enumerate(self.model.lines) if line.state != "reviewed")
            self._go(next(open_rows, 0))
        self.editor.text.setFocus()

    def go_to(self, line_id: str) -> None:
        """Puts the cursor into this line."""
        row = self.model.row_of(line_id)
        if row >= 0:
            self._go(row)

    def show_palette(self, palette: Sequence[Character]) -> None:
        """Offers these characters, by click and by keys."""
        self.characters.show_palette(palette)
        self.editor.text.sequence.palette = palette

    def insert(self, text: str) -> None:
        """Puts a text in at the cursor of the current line, or of the first that is not reviewed."""
        if self.current is None:
            self.focus_text()
        if self.current is not None:
            self.editor.text.insertPlainText(text)
            self.editor.text.setFocus()

    def choose_text(self, start: int, end: int) -> None:
        """Chooses code points of the current line's text, `start` to before `end`."""
        text, cursor = self.current_text, self.editor.text.textCursor()
        cursor.setPosition(utf16(text[:start]))
        cursor.setPosition(utf16(text[:end]), QTextCursor.MoveMode.KeepAnchor)
        self.editor.text.setTextCursor(cursor)

    def step(self, by: int) -> None:
        """Goes so many lines on."""
        row = self.model.row_of(self.current) + by
        if 0 <= row < len(self.model.lines):
            self._go(row)

    def step_open(self, by: int) -> bool:
        """Goes to the next line (1) or the one before (-1) that is not reviewed, beyond the end from the other end.

        Returns False, and stays, when there is no other.
        """
        lines, here = self.model.lines, self.model.row_of(self.current)
        around = (*range(here + 1, len(lines)), *range(max(here, 0)))
        rows = [row for row in around if lines[row].state != "reviewed"]
        if rows:
            self._go(rows[0 if by > 0 else -1])
        return bool(rows)

    def flush(self) -> None:
        """Tells what was typed and not yet told."""
        self.editor.flush()

    def retry_refused(self) -> None:
        """Tells once more what could not be saved."""
        for (page, line), text in list(self._refused.items()):
            self.text_retried.emit(page, line, text)

    def stop(self) -> None:
        """Tries nothing again by itself any more."""
        self._retry.stop()

    def on_saved(self, page_id: str, line_id: str) -> None:
        """The archive has the text of a line."""
        self._answered(page_id, line_id)
        self._refused.pop((page_id, line_id), None)
        self._show_refused()
        if page_id == self._page:
            self.editor.saved(line_id)

    def on_refused(self, page_id: str, line_id: str, text: str) -> None:
        """The archive could not take the text of a line; it is shown as not saved, and told again every few seconds."""
        self._answered(page_id, line_id)
        self._refused[page_id, line_id] = text
        self._show_refused()
        if page_id == self._page:
            self.editor.saved(line_id)

    def _answered(self, page_id: str, line_id: str) -> None:
        """Forgets a text that was told once all that were told for its line are answered."""
        text, count = self._told.pop((page_id, line_id), ("", 0))
        if count > 1:
            self._told[page_id, line_id] = text, count - 1

    def _show_refused(self) -> None:
        here = {line: text for (page, line), text in self._refused.items() if page == self._page}
        self.model.show_unsaved(here)
        self.editor.show_refused(set(here))
        if self._refused and not self._retry.isActive():
            self._retry.start()
        elif not self._refused:
            self._retry.stop()

    def _go(self, row: int) -> None:
        self._set_current(row)
        self.editor.text.setFocus()
        self.current_changed.emit(self.current)

    def _set_current(self, row: int) -> None:
        line = self.model.lines[row] if row >= 0 else None
        key = (self._page or "", line.id if line else "")
        self.list.set_current(row, self._refused.get(key), self._told.get(key, ("", 0)))

    def _on_typed(self, line_id: str, text: str, go: int) -> None:
        if self._page is not None:
            if (self._page, line_id) in self._refused:  # or an older text would be tried again after this one
                self._refused[self._page, line_id] = text
            self._told[self._page, line_id] = text, self._told.get((self._page, line_id), ("", 0))[1] + 1
            self.text_typed.emit(self._page, line_id, text, go)

    def _on_strip(self, line_id: str) -> None:
        row = self.model.row_of(line_id)
        if row >= 0:
            self.list.update(self.model.index(row))

    def _choose_view(self) -> None:
        if self.find_button.hasFocus() and self.model.lines:
            self.leave_wanted.emit()
        self._stack.setCurrentIndex(0 if self._page is None else 2 if self.model.lines else 1)

    def _with_header(self) -> QWidget:
        """The list under a row with the button for its order, which the window gives its action."""
        self.order_button.setMinimumHeight(BUTTON_HEIGHT)
        self.order_button.setAutoRaise(True)  # so that it has a frame when it is on, and none when it is off
        self.order_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.order_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.order_button, 0, Qt.AlignmentFlag.AlignRight)
        column.addWidget(self.list, 1)
        column.addWidget(self.characters)
        return whole

    def _build_empty(self) -> None:
        word = QLabel(tr("This page has no lines yet. Find them, or draw one on the page."))
        word.setWordWrap(True)
        word.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.find_button.setMinimumHeight(PRIMARY_HEIGHT)
        self.find_button.clicked.connect(self.find_wanted)
        column = QVBoxLayout(self._empty)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(16)
        column.addStretch(1)
        column.addWidget(word)
        column.addWidget(self.find_button, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch(2)
