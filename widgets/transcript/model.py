"""The lines of the page in view, as Qt's item views want them."""

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from app.archive import PageEdit
from app.language import tr
from app.page import Line, Page
from widgets.theme import state_name

Index = QModelIndex | QPersistentModelIndex
LINE_ROLE = int(Qt.ItemDataRole.UserRole)


class LineModel(QAbstractListModel):
    """The lines in reading order; an edit tells the view only of the rows that changed."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[Line, ...] = ()

    def show_page(self, page: Page | None) -> None:
        """Shows the lines of this page, or none."""
        self.beginResetModel()
        self.lines = page.lines if page else ()
        self.endResetModel()

    def apply_edit(self, edit: PageEdit) -> None:
        """Shows the page after an edit."""
        if [line.id for line in self.lines] != [line.id for line in edit.after.lines]:
            self.show_page(edit.after)
            return
        self.lines = edit.after.lines
        for row, line in enumerate(self.lines):
            if line.id in edit.diff.lines:
                self.dataChanged.emit(self.index(row), self.index(row))

    def row_of(self, line_id: str | None) -> int:
        """The row of a line, -1 when it is not there."""
        return next((row for row, line in enumerate(self.lines) if line.id == line_id), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's signature
        """How many lines there are."""
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """The line for the delegate, and its text and state in words for a screen reader."""
        line = self.lines[index.row()]
        if role == LINE_ROLE:
            return line
        if role == Qt.ItemDataRole.DisplayRole:
            return line.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return tr("Line {number}, {state}: {text}").format(
                number=index.row() + 1, state=state_name(line.state), text=line.text
            )
        return None
