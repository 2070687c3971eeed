"""The history of a line: every text that it had, each with what changed in it, to be taken back by one button."""

from datetime import datetime
from html import escape

from PySide6.QtCore import QLocale, Qt, QTime, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.archive import TextVersion
from app.language import current_language, tr, trn
from app.text import differing
from widgets.dialog import Dialog
from widgets.messages import BUTTON_HEIGHT
from widgets.models.facts import date_text
from widgets.models.names import engine_name
from widgets.theme import is_dark, state_name
from widgets.transcript.delegate import small_font

AT_ONCE = 50
"""So many texts are shown, the newest first; each press of a button shows as many more."""


class HistoryDialog(Dialog):
    """The texts of one line, the newest first; it stays open beside the window and is told what is new."""

    taken = Signal(str, str, object)
    """A line's id, the text that is to be its draft again, and its tuple of marks."""

    def __init__(self, line_id: str, number: int, titles: dict[str, str], parent: QWidget) -> None:
        super().__init__(parent)
        self.line_id = line_id
        self._titles = titles
        self._versions: tuple[TextVersion, ...] = ()
        self._most = AT_ONCE
        self.setWindowTitle(tr("History of line {number}").format(number=number))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(560, 520)
        self.entries: list[VersionEntry] = []
        self.word = QLabel(tr("One moment…"))
        self.word.setWordWrap(True)
        self.more = QPushButton()
        self.more.setMinimumHeight(BUTTON_HEIGHT)
        self.more.setAutoDefault(False)
        self.more.clicked.connect(self._show_more)
        self.more.hide()
        self._list = QWidget()
        self._column = QVBoxLayout(self._list)
        self._column.setSpacing(8)
        self._column.addWidget(self.more)
        self._column.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidget(self._list)
        self.area.setWidgetResizable(True)
        self.area.setAccessibleName(tr("Texts of the line, the newest first"))
        close = QPushButton(tr("Close"))
        close.setMinimumHeight(BUTTON_HEIGHT)
        close.setAutoDefault(False)
        close.clicked.connect(self.close)
        column = QVBoxLayout(self)
        column.addWidget(self.word)
        column.addWidget(self.area, 1)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)

    def show_versions(self, versions: tuple[TextVersion, ...]) -> None:
        """Shows these texts, given the oldest first, as the archive gives them."""
        self._versions = versions
        at = self.area.verticalScrollBar().value()
        for entry in self.entries:
            self._column.removeWidget(entry)
            entry.deleteLater()
        newest = range(len(versions) - 1, max(len(versions) - 1 - self._most, -1), -1)
        self.entries = [self._entry(number) for number in newest]
        for place, entry in enumerate(self.entries):
            self._column.insertWidget(place, entry)
        left = len(versions) - len(self.entries)
        self.more.setText(trn("Show {count} older text", "Show {count} older texts", left).format(count=left))
        self.more.setVisible(left > 0)
        self.word.setText(
            tr("Underlined words came in, struck out words went.")
            if versions
            else tr("This line has had no text yet. Type it or have it read.")
        )
        self.area.verticalScrollBar().setValue(at)

    def _entry(self, number: int) -> "VersionEntry":
        version, before = self._versions[number], self._versions[number - 1] if number else None
        who = tr("you")
        if version.state == "read":
            title = self._titles.get(version.model, version.model)
            who = " ".join(filter(None, [title, f"({engine_name(version.engine)})"]))
        entry = VersionEntry(version, before, who, self)
        entry.take.setVisible(bool(version.text) and number != self._standing())
        entry.take.clicked.connect(lambda: self.taken.emit(self.line_id, version.text, version.marks))
        return entry

    def _standing(self) -> int:
        """The place of the person's text that the line has now, -1 where it has none."""
        written = [at for at, version in enumerate(self._versions) if version.state != "read"]
        return written[-1] if written and self._versions[written[-1]].state != "withdrawn" else -1

    def _show_more(self) -> None:
        self._most += AT_ONCE
        self.show_versions(self._versions)


class VersionEntry(QFrame):
    """One text: who wrote it, when, how far it was, and its words with what changed since the text before."""

    def __init__(self, version: TextVersion, before: TextVersion | None, who: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.parts = word_diff(before.text if before else "", version.text)
        when = moment_text(version.at)
        state = tr("taken back") if version.state == "withdrawn" else state_name(version.state)
        marked = before is not None and version.text == before.text and version.marks != before.marks
        self.caption = QLabel(" · ".join([who, when, state, *([tr("other marks")] if marked else [])]))
        self.caption.setWordWrap(True)
        self.caption.setFont(small_font(self.font()))
        self.text = QLabel(as_html(self.parts, dark=is_dark(self.palette())))
        self.text.setTextFormat(Qt.TextFormat.RichText)
        self.text.setWordWrap(True)
        self.text.setAccessibleName(_spoken(version.text, self.parts))
        self.text.setForegroundRole(QPalette.ColorRole.Text)
        self.take = QPushButton(tr("Take this text back"))
        self.take.setToolTip(tr("Make it the draft of the line; undo brings back what is there now"))
        self.take.setAccessibleDescription(self.caption.text())
        self.take.setMinimumHeight(BUTTON_HEIGHT)
        self.take.setAutoDefault(False)
        head = QHBoxLayout()
        head.addWidget(self.caption, 1)
        head.addWidget(self.take, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.text)


def moment_text(at: datetime) -> str:
    """A moment's day and time of day, as it is written here."""
    time = QTime(at.astimezone().hour, at.astimezone().minute)
    return f"{date_text(at.isoformat())}, {QLocale(current_language()).toString(time, QLocale.FormatType.ShortFormat)}"


def word_diff(before: str, after: str) -> tuple[tuple[str, str], ...]:
    """A text in pieces, each "same", "added" or "removed", with the words that it lost where they stood."""
    parts: list[tuple[str, str]] = []
    at = 0
    for change in differing(after, before):
        parts.append(("same", after[at : change.start]))
        parts.append(("removed", change.other))
        parts.append(("added", after[change.start : change.end]))
        at = change.end
    parts.append(("same", after[at:]))
    return tuple((kind, words) for kind, words in parts if words)


def as_html(parts: tuple[tuple[str, str], ...], *, dark: bool) -> str:
    """The pieces as rich text: what came in is bold and underlined, what went is struck out and stands before it."""
    came, went = ("#7ed9a0", "#ff9d8a") if dark else ("#0a6233", "#a3160a")
    styles = {
        "same": "{}",
        "added": f'<b><u style="color:{came}">{{}}</u></b>',
        "removed": f'<s style="color:{went}">{{}}</s>',
    }
    pieces: list[str] = []
    for at, (kind, words) in enumerate(parts):
        if kind == "removed" and at and not parts[at - 1][1].endswith(" "):
            pieces.append(" ")
        pieces.append(styles[kind].format(escape(words)))
        if kind == "removed" and at + 1 < len(parts) and not parts[at + 1][1].startswith(" "):
            pieces.append(" ")
    return "".join(pieces)


def _spoken(text: str, parts: tuple[tuple[str, str], ...]) -> str:
    """The text, and what came and went, for a screen reader."""
    added = ", ".join(words for kind, words in parts if kind == "added")
    removed = ", ".join(words for kind, words in parts if kind == "removed")
    said = [text or tr("no text")]
    said += [tr("Added: {words}").format(words=added)] if added else []
    said += [tr("Removed: {words}").format(words=removed)] if removed else []
    return ". ".join(said)
