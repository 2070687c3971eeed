"""Characters by a few keys: what is typed after Ctrl+K until it is one of the palette's sequences."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit, QToolTip

from app.characters import USUAL, Character, beginning_with, shown
from app.language import tr

_OFFERED = 12
_SHOWN_MS = 60_000


class KeySequence:
    """Takes the keys of one sequence from a text, shows beside the cursor what they may become, and puts it in."""

    def __init__(self, text: QPlainTextEdit) -> None:
        self.palette: Sequence[Character] = USUAL
        self._text = text
        self._typed: str | None = None

    @property
    def is_active(self) -> bool:
        """Whether the next key belongs to a sequence."""
        return self._typed is not None

    def begin(self) -> None:
        """Takes the keys from now on."""
        self._typed = ""
        self._show()

    def end(self) -> None:
        """Takes no more keys."""
        if self._typed is not None:
            self._typed = None
            QToolTip.hideText()

    def take(self, event: QKeyEvent) -> None:
        """Takes one key: a character goes on, Backspace takes back, anything else ends it and does nothing."""
        if event.key() == Qt.Key.Key_Backspace and self._typed:
            self._typed = self._typed[:-1]
            self._show()
        elif event.text().isprintable() and event.text():
            self._go_on((self._typed or "") + event.text())
        elif event.key() not in (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_AltGr):
            self.end()

    def _go_on(self, typed: str) -> None:
        found = beginning_with(self.palette, typed)
        if found and found[0].keys == typed:
            self.end()
            self._text.insertPlainText(found[0].text)
            return
        self._typed = typed if found else None
        self._show() if found else self._say(tr("No character has the keys {keys}").format(keys=typed))

    def _show(self) -> None:
        found = beginning_with(self.palette, self._typed or "")
        words = "   ".join(f"{entry.keys} {shown(entry.text)}" for entry in found[:_OFFERED])
        self._say(f"{words} …" if len(found) > _OFFERED else words)

    def _say(self, words: str) -> None:
        at = self._text.viewport().mapToGlobal(self._text.cursorRect().bottomLeft())
        QToolTip.showText(at, words, self._text, self._text.rect(), _SHOWN_MS)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._text, words))
