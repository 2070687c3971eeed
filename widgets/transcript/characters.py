"""The palette of characters under the transcript, and the dialog in which a person makes it their own."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.characters import USUAL, Character, checked, name, shown
from app.errors import Conflict
from app.language import tr
from widgets.dialog import Dialog
from widgets.flow import FlowLayout
from widgets.messages import BUTTON_HEIGHT, PRIMARY_HEIGHT
from widgets.text_font import text_font

_SIDE = 44
"""The least side of a button that a hand must hit, in pixels of the screen."""


class CharacterButton(QToolButton):
    """One character to put into the text; Enter does it too."""

    def __init__(self, character: Character, parent: QWidget) -> None:
        super().__init__(parent)
        self.character = character
        self.setText(shown(character.text).replace("&", "&&"))
        self.setFont(_large(self.font()))
        self.setMinimumSize(_SIDE, _SIDE)
        self.setAutoRaise(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        keys = tr("Ctrl+K, then {keys}").format(keys=" ".join(character.keys)) if character.keys else ""
        self.setToolTip("\n".join(filter(None, [name(character.text), keys])))
        self.setAccessibleName(name(character.text))
        self.setAccessibleDescription(keys)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Enter is a click, as Space is."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)


class CharacterPanel(QWidget):
    """The palette, to be clicked or gone through by the arrow keys; hidden until it is asked for."""

    picked = Signal(str)
    """What is to be put into the text."""
    edit_wanted = Signal()
    leave_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: tuple[CharacterButton, ...] = ()
        self.setAccessibleName(tr("Characters"))
        self._flow = FlowLayout()
        self.edit_button = QPushButton(tr("Change…"))
        self.edit_button.setToolTip(tr("Add characters, remove them, put them in another order"))
        self.edit_button.setMinimumHeight(_SIDE)
        self.edit_button.clicked.connect(self.edit_wanted)
        around = QVBoxLayout(self)
        around.setContentsMargins(8, 4, 8, 4)
        around.addLayout(self._flow)
        self.hide()

    def show_palette(self, palette: Sequence[Character]) -> None:
        """Shows these characters."""
        while (item := self._flow.takeAt(0)) is not None:
            widget = item.widget()
            if isinstance(widget, CharacterButton):
                widget.deleteLater()
        self.buttons = tuple(CharacterButton(character, self) for character in palette)
        for button in self.buttons:
            button.clicked.connect(lambda _=False, button=button: self.picked.emit(button.character.text))
            self._flow.addWidget(button)
        self._flow.addWidget(self.edit_button)
        for one, other in zip(self.buttons, (*self.buttons[1:], self.edit_button), strict=True):
            self.setTabOrder(one, other)
        self.updateGeometry()

    def focus_first(self) -> None:
        """Puts the keyboard on the first character."""
        (self.buttons[0] if self.buttons else self.edit_button).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Escape goes back to the text."""
        if event.key() == Qt.Key.Key_Escape:
            self.leave_wanted.emit()
        else:
            super().keyPressEvent(event)


class PaletteDialog(Dialog):
    """The palette as a table of characters and their keys, to be changed."""

    chosen = Signal(object)
    """The palette as a tuple of `Character`."""

    def __init__(self, palette: Sequence[Character], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Characters of this archive"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(560, 600)
        self.table = QTableView()
        self.model = QStandardItemModel(0, 2, self)
        self.model.setHorizontalHeaderLabels([tr("Character"), tr("Keys after Ctrl+K")])
        self.table.setModel(self.model)
        self.table.setFont(_large(self.font()))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setTabKeyNavigation(False)
        self.table.setAccessibleName(self.windowTitle())
        heading = QFont(self.font())
        heading.setPointSizeF(self.font().pointSizeF())  # said outright, or it would be the table's
        self.table.horizontalHeader().setFont(heading)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.why = QLabel()
        self.why.setWordWrap(True)
        self.add = _verb(tr("Add"), self._add)
        self.remove = _verb(tr("Remove"), self._remove)
        self.up = _verb(tr("Move up"), lambda: self._move(-1))
        self.down = _verb(tr("Move down"), lambda: self._move(1))
        self.usual = _verb(tr("The usual ones"), lambda: self._show(USUAL))
        self.keep = QPushButton(tr("Keep"))
        self.keep.setDefault(True)
        self.keep.clicked.connect(self._keep)
        cancel = QPushButton(tr("Cancel"))
        cancel.clicked.connect(self.reject)
        for button in (self.keep, cancel):
            button.setMinimumHeight(PRIMARY_HEIGHT)
        side, verbs, row = QVBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for button in (self.add, self.remove, self.up, self.down, self.usual):
            side.addWidget(button)
        side.addStretch(1)
        row.addWidget(self.table, 1)
        row.addLayout(side)
        verbs.addStretch(1)
        verbs.addWidget(cancel)
        verbs.addWidget(self.keep)
        column = QVBoxLayout(self)
        column.addLayout(row, 1)
        column.addWidget(self.why)
        column.addLayout(verbs)
        self._show(palette)

    def palette_now(self) -> tuple[Character, ...]:
        """What stands in the table."""
        return tuple(
            Character(self.model.item(row, 0).text().replace("◌", ""), self.model.item(row, 1).text())
            for row in range(self.model.rowCount())
        )

    def _show(self, palette: Sequence[Character]) -> None:
        self.model.setRowCount(0)
        for entry in palette:
            self.model.appendRow(_row(entry))
        self.table.selectRow(0)

    def _add(self) -> None:
        at = self.table.currentIndex().row() + 1
        self.model.insertRow(at, _row(Character("")))
        self.table.setCurrentIndex(self.model.index(at, 0))
        self.table.edit(self.model.index(at, 0))

    def _remove(self) -> None:
        row = self.table.currentIndex().row()
        if row >= 0:
            self.model.removeRow(row)

    def _move(self, by: int) -> None:
        row = self.table.currentIndex().row()
        if row >= 0 and 0 <= row + by < self.model.rowCount():
            self.model.insertRow(row + by, self.model.takeRow(row))
            self.table.selectRow(row + by)

    def _keep(self) -> None:
        try:
            palette = checked(self.palette_now())
        except Conflict as error:
            self.why.setText(str(error))
            return
        self.chosen.emit(palette)
        self.accept()


def _large(font: QFont) -> QFont:
    """Characters that are small on the line are told apart only when they are large here."""
    made = text_font(font, "draft")
    made.setPointSizeF(font.pointSizeF() * 1.5)
    return made


def _row(entry: Character) -> list[QStandardItem]:
    text = QStandardItem(shown(entry.text))
    text.setToolTip(name(entry.text))
    return [text, QStandardItem(entry.keys)]


def _verb(text: str, does: object) -> QPushButton:
    button = QPushButton(text)
    button.setMinimumHeight(BUTTON_HEIGHT)
    button.setAutoDefault(False)
    button.clicked.connect(does)
    return button
