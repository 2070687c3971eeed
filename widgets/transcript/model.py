"""The lines of the page in view, as Qt's item views want them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from app import text
from app.archive import PageEdit
from app.language import tr
from app.page import Line, Page, Transcription
from widgets.theme import state_name
from widgets.transcript.annotations import spoken
from widgets.transcript.marked import Span

Index = QModelIndex | QPersistentModelIndex
LINE_ROLE = int(Qt.ItemDataRole.UserRole)
NUMBER_ROLE = LINE_ROLE + 1
"""The line's place in the reading order, from 1."""
DIFFERING_ROLE = LINE_ROLE + 2
"""The spans of a suggestion in which another model's newest reading has other words."""
REMARK_ROLE = LINE_ROLE + 3
"""A few words on the text: that it is a suggestion, how well it fits, how much the models differ; may be empty."""


class LineModel(QAbstractListModel):
    """The lines in reading order, or those first on which the models differ most.

    An edit tells the view only of the rows that changed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[Line, ...] = ()
        self.by_disagreement = False
        self._page: Page | None = None
        self._numbers: dict[str, int] = {}
        self._unsaved: dict[str, str] = {}
        self._differing: dict[str, tuple[Line, tuple[Span, ...]]] = {}

    def show_page(self, page: Page | None) -> None:
        """Shows the lines of this page, or none."""
        self.beginResetModel()
        self._take(page)
        self.endResetModel()

    def order(self, by_disagreement: bool) -> None:
        """Shows the lines in the other order; the page's own order stays."""
        self.by_disagreement = by_disagreement
        self.show_page(self._page)

    def apply_edit(self, edit: PageEdit) -> None:
        """Shows the page after an edit."""
        if [line.id for line in self.lines] != [line.id for line in self._ordered(edit.after)]:
            self.show_page(edit.after)
            return
        self._take(edit.after)
        for row, line in enumerate(self.lines):
            if line.id in edit.diff.lines:
                self.dataChanged.emit(self.index(row), self.index(row))

    def show_unsaved(self, texts: dict[str, str]) -> None:
        """Shows for these lines, by id, the texts that were typed and could not be saved yet."""
        changed = {key for key in {*texts, *self._unsaved} if texts.get(key) != self._unsaved.get(key)}
        self._unsaved = dict(texts)
        for row, line in enumerate(self.lines):
            if line.id in changed:
                self.dataChanged.emit(self.index(row), self.index(row))

    def row_of(self, line_id: str | None) -> int:
        """The row of a line, -1 when it is not there."""
        return next((row for row, line in enumerate(self.lines) if line.id == line_id), -1)

    def shown(self, row: int) -> Line:
        """The line of a row as it is shown: with what was typed, also where that is not saved."""
        return self._as_typed(self.lines[row])

    def number(self, row: int) -> int:
        """The place of a row's line in the reading order, from 1."""
        return self._numbers[self.lines[row].id]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's signature
        """How many lines there are."""
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """The line and what is said of it for the delegate, and all of it in words for a screen reader."""
        line = self.shown(index.row())
        unsaved = line.id in self._unsaved
        answers: dict[int, Callable[[], Any]] = {
            LINE_ROLE: lambda: line,
            NUMBER_ROLE: lambda: self.number(index.row()),
            DIFFERING_ROLE: lambda: self._spans(line),
            REMARK_ROLE: lambda: not_saved() if unsaved else remark(line, self.by_disagreement),
            Qt.ItemDataRole.DisplayRole: lambda: line.text,
            Qt.ItemDataRole.AccessibleTextRole: lambda: self._spoken(index.row(), line),
        }
        return answers[role]() if role in answers else None

    def _take(self, page: Page | None) -> None:
        self._page = page
        self.lines = self._ordered(page) if page else ()
        self._numbers = {line.id: at for at, line in enumerate(page.lines, 1)} if page else {}

    def _ordered(self, page: Page) -> tuple[Line, ...]:
        return text.by_disagreement(page) if self.by_disagreement else page.lines

    def _as_typed(self, line: Line) -> Line:
        """The line with what was typed for it, also where that is not saved."""
        typed = self._unsaved.get(line.id) if self._unsaved else None
        return line if typed is None else replace(line, transcription=Transcription(typed))

    def _spans(self, line: Line) -> tuple[Span, ...]:
        if line.state != "read":
            return ()
        known = self._differing.get(line.id)
        if known is None or known[0] is not line:
            found = {(words.start, words.end) for other in text.compared(line) for words in other.differences}
            known = self._differing[line.id] = (line, tuple(sorted(found)))
        return known[1]

    def _spoken(self, row: int, line: Line) -> str:
        said = tr("Line {number}, {state}: {text}").format(
            number=self.number(row), state=state_name(line.state), text=line.text
        )
        share = differ_text(line) if self.by_disagreement else ""
        unsaved = not_saved() if line.id in self._unsaved else ""
        return ". ".join(filter(None, [f"{said} ({share})" if share else said, unsaved, spoken(line)]))


def not_saved() -> str:
    """What is said of a text that could not be saved yet."""
    return "⚠ " + tr("Not saved yet; it is tried again by itself")


def remark(line: Line, with_disagreement: bool) -> str:
    """A few words on a line's text, to stand above it; empty where there is nothing to say."""
    words = [tr("Suggestion")] if line.state == "read" else [fits_text(line)]
    if with_disagreement:
        words.append(differ_text(line))
    return " · ".join(filter(None, words))


def fits_text(line: Line) -> str:
    """How well a text fits that was brought from elsewhere; empty for every other text."""
    score = line.transcription.score if line.transcription else None
    return "" if score is None else tr("fits {percent} %").format(percent=round(score * 100))


def differ_text(line: Line) -> str:
    """How much the models that read the line differ; empty where fewer than two have."""
    share = text.disagreement(line)
    return "" if share is None else tr("models differ: {percent} %").format(percent=round(share * 100))
