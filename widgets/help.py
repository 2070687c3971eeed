"""The list of keyboard shortcuts, and what this program is."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.language import tr
from widgets.dialog import Dialog
from widgets.keys import Gestures, gestures, native
from widgets.messages import BUTTON_HEIGHT


class HelpDialog(Dialog):
    """A dialog to read and to close, beside the window; the keys that scroll a text scroll it."""

    def __init__(self, title: str, content: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.area = _Reading()
        self.area.setWidget(content)
        self.area.setWidgetResizable(True)
        self.area.setAccessibleName(title)
        close = QPushButton(tr("Close"))
        close.setMinimumHeight(BUTTON_HEIGHT)
        close.clicked.connect(self.close)
        column = QVBoxLayout(self)
        column.addWidget(self.area, 1)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        self.area.setFocus()


class _Reading(QScrollArea):
    """A text to scroll; Qt's own area knows all the keys for it but these two."""

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Home and End go to the beginning and to the end."""
        bar = self.verticalScrollBar()
        if event.key() == Qt.Key.Key_Home:
            bar.setValue(bar.minimum())
        elif event.key() == Qt.Key.Key_End:
            bar.setValue(bar.maximum())
        else:
            super().keyPressEvent(event)


def shortcuts(actions: dict[str, list[QAction]], parent: QWidget) -> HelpDialog:
    """What every key does: those of the actions by menu, then those of the page, the text and the other places."""
    content = QWidget()
    grid = QGridLayout(content)
    grid.setContentsMargins(8, 8, 8, 8)
    grid.setHorizontalSpacing(24)
    named = {title: tuple((_own_name(action), _keys(action)) for action in menu) for title, menu in actions.items()}
    for title, rows in (*named.items(), *gestures().items()):
        _add_section(grid, title, tuple((name, keys) for name, keys in rows if keys))
    grid.setRowStretch(grid.rowCount(), 1)
    grid.setColumnStretch(1, 1)
    dialog = HelpDialog(tr("Keyboard shortcuts"), content, parent)
    dialog.resize(680, 720)
    return dialog


def _add_section(grid: QGridLayout, title: str, rows: Gestures) -> None:
    heading = QLabel(title)
    font = heading.font()
    font.setBold(True)
    heading.setFont(font)
    heading.setContentsMargins(0, 12 if grid.count() else 0, 0, 2)
    grid.addWidget(heading, grid.rowCount(), 0, 1, 2)
    for name, keys in rows:
        row = grid.rowCount()
        what, how = QLabel(name), QLabel(keys)
        how.setWordWrap(True)
        grid.addWidget(what, row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(how, row, 1, Qt.AlignmentFlag.AlignTop)


def _own_name(action: QAction) -> str:
    """What the action is called whatever it would do just now: the text of some says that."""
    return str(action.data() or action.text()).replace("&", "")


def _keys(action: QAction) -> str:
    """The keys of an action that most keyboards have: Qt adds those of old ones, and those for media."""
    first = [(key, key[0].key()) for key in action.shortcuts()]  # type: ignore[index]  # the stubs of Qt lack it
    return native(*(key.toString() for key, code in first if code <= Qt.Key.Key_F12))


def about(parent: QWidget) -> HelpDialog:
    """The program's name, version and promise."""
    from importlib import metadata

    label = QLabel(
        "Lesepult {version}\n\n{text}".format(
            version=metadata.version("lesepult"),
            text=tr(
                "A reading desk for old handwriting: from a scan to a checked transcription, on your own computer. "
                "It never sends anything anywhere.\n\nFree software under the GNU General Public License, version 3 "
                "or later."
            ),
        )
    )
    label.setWordWrap(True)
    label.setMargin(8)
    label.setAlignment(Qt.AlignmentFlag.AlignTop)
    dialog = HelpDialog(tr("About Lesepult"), label, parent)
    dialog.resize(420, 240)
    return dialog
