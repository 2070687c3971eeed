"""The text of one line while it is being written: without line breaks, and as high as it needs to be."""

import unicodedata

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QResizeEvent, QTextCursor, QTextOption
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from widgets.transcript.key_sequence import KeySequence

MOST_PASTED = 10_000
"""More characters than any line of writing has."""


class LineField(QPlainTextEdit):
    """One line of text without line breaks, as high as it needs to be; the keys that leave it are signals."""

    next_wanted = Signal()
    previous_wanted = Signal()
    leave_wanted = Signal()
    left = Signal()
    entered = Signal()
    height_changed = Signal()
    paste_refused = Signal(int)
    """So many characters are too many for a line."""

    _OURS = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sequence = KeySequence(self)
        self.installEventFilter(self)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        option = QTextOption()
        option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.document().setDefaultTextOption(option)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)

    @property
    def written(self) -> str:
        """The text, its no-break spaces as they are: Qt's plain text has spaces in their place."""
        return self.document().toRawText().replace("\u2029", " ").replace("\u2028", " ")

    def fit(self) -> None:
        """Takes the height that the text needs at this width."""
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Leaves undo, redo and the page keys to the window, but none while a sequence of keys is typed.

        A filter and no override of `event`, see `widgets.page_zoom.ZoomView`.
        """
        if watched is self and event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            paging = event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
            # Qt would take Ctrl+K itself, to delete the rest of the line.
            begins = event.key() == Qt.Key.Key_K and bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            if self.sequence.is_active:
                event.accept()
                return True
            if paging or begins or any(event.matches(key) for key in self._OURS):
                event.ignore()
                return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Enter, Up, Down and Escape leave the line; everything else is typing."""
        if self.sequence.is_active:
            self.sequence.take(event)
            return
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not control:  # with it, it is a command that may have nothing to do now
                self.next_wanted.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.leave_wanted.emit()
        elif event.key() == Qt.Key.Key_Up and (control or self._is_at_edge(QTextCursor.MoveOperation.Up)):
            self.previous_wanted.emit()
        elif event.key() == Qt.Key.Key_Down and (control or self._is_at_edge(QTextCursor.MoveOperation.Down)):
            self.next_wanted.emit()
        elif not self._moved_to_end(event):
            super().keyPressEvent(event)

    def _moved_to_end(self, event: QKeyEvent) -> bool:
        """Home and End go to the ends of the line of writing, also where its text takes several rows."""
        keep, move = QTextCursor.MoveMode, QTextCursor.MoveOperation
        for key, mode, to in (
            (QKeySequence.StandardKey.MoveToStartOfLine, keep.MoveAnchor, move.Start),
            (QKeySequence.StandardKey.MoveToEndOfLine, keep.MoveAnchor, move.End),
            (QKeySequence.StandardKey.SelectStartOfLine, keep.KeepAnchor, move.Start),
            (QKeySequence.StandardKey.SelectEndOfLine, keep.KeepAnchor, move.End),
        ):
            if event.matches(key):
                self.moveCursor(to, mode)
                return True
        return False

    def insertFromMimeData(self, source: QMimeData) -> None:  # noqa: N802 - Qt's name
        """Pastes text as one line, without what cannot be seen; one that no line of writing can have is refused."""
        if len(source.text()) + len(self.written) > MOST_PASTED:
            self.paste_refused.emit(len(source.text()))
            return
        text = " ".join(source.text().splitlines()).replace("\t", " ")
        self.insertPlainText("".join(character for character in text if unicodedata.category(character) != "Cc"))

    def canInsertFromMimeData(self, source: QMimeData) -> bool:  # noqa: N802 - Qt's name
        """Text, but no files: those are dropped to be imported."""
        return source.hasText() and not source.hasUrls()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Tells that the focus leaves."""
        super().focusOutEvent(event)
        self.sequence.end()
        self.left.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Tells that the focus comes."""
        super().focusInEvent(event)
        self.entered.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Fits the height to the new width."""
        super().resizeEvent(event)
        self._fit()

    @property
    def rows(self) -> int:
        """How many rows the text takes at this width."""
        return max(round(self.document().size().height()), 1)

    def _fit(self) -> None:
        around = 2 * (self.frameWidth() + round(self.document().documentMargin()))
        height = self.rows * self.fontMetrics().lineSpacing() + around + 4
        if height != self.height():
            self.setFixedHeight(height)
            self.height_changed.emit()

    def _is_at_edge(self, towards: QTextCursor.MoveOperation) -> bool:
        cursor = self.textCursor()
        return not cursor.movePosition(towards)
