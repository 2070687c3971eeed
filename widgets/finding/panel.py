"""The panel for finding and replacing, under the page and the transcript."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.archive import PageInfo
from app.finding import Found, Query
from app.language import tr, trn
from widgets.finding.results import FoundDelegate, FoundModel
from widgets.messages import BUTTON_HEIGHT

Scope = Literal["page", "document"]


class FindingPanel(QWidget):
    """What to find and where, what was found, and what to put in its place; it changes nothing by itself."""

    asked = Signal()
    """What is asked for is another now: see `query` and `scope`."""
    chosen = Signal(object)
    """A `Found` to go to."""
    replace_wanted = Signal()
    undo_wanted = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = FoundModel()
        self._done = ""
        self.words, self.other = _field(tr("Find")), _field(tr("Replace with"))
        self.match_case = QCheckBox(tr("Match case"))
        self.whole_words = QCheckBox(tr("Whole words"))
        self.where = QComboBox()
        self.where.addItem(tr("on this page"), "page")
        self.where.addItem(tr("in this document"), "document")
        self.where.setAccessibleName(tr("Where to find"))
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(FoundDelegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setAccessibleName(tr("Lines that were found"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.summary = QLabel()
        self.summary.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.replace_button = QPushButton(tr("Replace"))
        self.undo_button = QPushButton(tr("Take back the replacing"))
        self.close_button = QPushButton(tr("Close"))
        self._lay_out()
        for field in (self.words, self.other):
            field.returnPressed.connect(lambda: self.step(1))
        self.words.textChanged.connect(lambda _: self._ask())
        self.other.textEdited.connect(self._show_other)
        for box in (self.match_case, self.whole_words):
            box.toggled.connect(lambda _: self._ask())
        self.where.currentIndexChanged.connect(lambda _: self._ask())
        self.list.activated.connect(self._go)
        self.list.clicked.connect(self._go)
        self.model.dataChanged.connect(lambda *_: self._sum_up())
        self.replace_button.clicked.connect(self.replace_wanted)
        self.undo_button.clicked.connect(self.undo_wanted)
        self.close_button.clicked.connect(self.close_panel)
        self.undo_button.hide()
        self.hide()

    @property
    def query(self) -> Query:
        """What is asked for."""
        return Query(self.words.text(), self.match_case.isChecked(), self.whole_words.isChecked())

    @property
    def scope(self) -> Scope:
        """Where to find it."""
        return "document" if self.where.currentData() == "document" else "page"

    def open_panel(self, words: str = "") -> None:
        """Shows the panel with the cursor in what to find; `words` take the place of what stands there."""
        self.show()
        if words:
            self.words.setText(words)
        self.words.setFocus()
        self.words.selectAll()
        self._ask()

    def close_panel(self) -> None:
        """Hides the panel."""
        self.hide()
        self.closed.emit()

    def show_found(self, found: tuple[Found, ...], infos: Mapping[str, PageInfo]) -> None:
        """Shows what was found; the row that was current stays so where its line is there still."""
        self._change_list(partial(self.model.show_found, found, infos))

    def show_done(self, done: str) -> None:
        """Says what was replaced and offers to take it back, until something else is asked for; or no more."""
        self._done = done
        self.undo_button.setVisible(bool(done))
        self._sum_up()

    def step(self, by: int) -> None:
        """Goes to the next place (1) or the one before (-1), from the other end after the last."""
        count = len(self.model.found)
        if count:
            row = self.list.currentIndex().row()
            to = (row + by) % count if row >= 0 else (0 if by > 0 else count - 1)
            self.list.setCurrentIndex(self.model.index(to))
            self.chosen.emit(self.model.found[to])

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Escape closes; Down goes from a field into the list."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_panel()
        elif event.key() == Qt.Key.Key_Down and self.model.found:
            self.list.setFocus()
            if not self.list.currentIndex().isValid():
                self.list.setCurrentIndex(self.model.index(0))
        else:
            super().keyPressEvent(event)

    def _ask(self) -> None:
        self._done = ""
        self.model.take_all_in()
        self.asked.emit()

    def _show_other(self, other: str) -> None:
        self._done = ""
        self._change_list(partial(self.model.show_other, other))

    def _change_list(self, change: Callable[[], None]) -> None:
        """Lists something else; the row that was current stays so where its line is there still."""
        row = self.list.currentIndex().row()
        current = self.model.found[row].line if 0 <= row < len(self.model.found) else None
        change()
        rows = [at for at, each in enumerate(self.model.found) if each.line == current]
        if rows:
            self.list.setCurrentIndex(self.model.index(rows[0]))
        self._sum_up()

    def _go(self, index: QModelIndex) -> None:
        self.chosen.emit(self.model.found[index.row()])

    def _sum_up(self) -> None:
        chosen = self.model.chosen()
        places = sum(len(found.spans) for found in chosen)
        lines = trn("in {count} line", "in {count} lines", len(chosen)).format(count=len(chosen))
        if not self.words.text().strip():
            said = ""
        elif not self.model.found or (self._done and not chosen):
            said = self._done or tr("Nothing was found.")
        else:
            said = self._done + " " * bool(self._done)
            said += trn("{count} place", "{count} places", places).format(count=places) + " " + lines
        self.summary.setText(said)
        self.summary.setAccessibleName(said)
        self.replace_button.setEnabled(bool(chosen))

    def _lay_out(self) -> None:
        fields = QGridLayout()
        for row, (label, field) in enumerate(((tr("Find"), self.words), (tr("Replace with"), self.other))):
            name = QLabel(label)
            name.setBuddy(field)
            fields.addWidget(name, row, 0)
            fields.addWidget(field, row, 1)
        how = QHBoxLayout()
        for part in (self.where, self.match_case, self.whole_words):
            how.addWidget(part)
        how.addStretch(1)
        verbs = QHBoxLayout()
        verbs.addWidget(self.summary, 1)
        for button in (self.undo_button, self.replace_button, self.close_button):
            verbs.addWidget(button)
        for box in (self.where, self.match_case, self.whole_words):
            box.setMinimumHeight(BUTTON_HEIGHT)
        for button in (self.undo_button, self.replace_button, self.close_button):
            button.setMinimumHeight(BUTTON_HEIGHT)
        left = QVBoxLayout()
        left.addLayout(fields)
        left.addLayout(how)
        left.addStretch(1)
        left.addLayout(verbs)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(8, 8, 8, 8)
        whole.setSpacing(12)
        whole.addLayout(left, 2)
        whole.addWidget(self.list, 3)
        # In the order of the eye: what to find, how and where, what was found, what to do with it.
        order = (self.words, self.other, self.where, self.match_case, self.whole_words, self.list)
        for one, other in zip(order, (*order[1:], self.undo_button), strict=True):
            self.setTabOrder(one, other)
        self.setTabOrder(self.undo_button, self.replace_button)
        self.setTabOrder(self.replace_button, self.close_button)


def _field(name: str) -> QLineEdit:
    field = QLineEdit()
    field.setAccessibleName(name)
    field.setMinimumHeight(BUTTON_HEIGHT)
    field.setClearButtonEnabled(True)
    return field
