"""The list of keyboard shortcuts, and what this program is."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.language import tr
from widgets.messages import BUTTON_HEIGHT
from widgets.transcript.readings import MOST


class HelpDialog(QDialog):
    """A dialog to read and to close, beside the window."""

    def __init__(self, title: str, content: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        area = QScrollArea()
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setAccessibleName(title)
        close = QPushButton(tr("Close"))
        close.setMinimumHeight(BUTTON_HEIGHT)
        close.clicked.connect(self.close)
        column = QVBoxLayout(self)
        column.addWidget(area, 1)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)


def shortcuts(actions: dict[str, list[QAction]], parent: QWidget) -> HelpDialog:
    """What every key does, by menu."""
    content = QWidget()
    grid = QGridLayout(content)
    grid.setContentsMargins(8, 8, 8, 8)
    grid.setHorizontalSpacing(24)
    row = 0
    for title, entries in actions.items():
        heading = QLabel(title)
        font = heading.font()
        font.setBold(True)
        heading.setFont(font)
        heading.setContentsMargins(0, 12 if row else 0, 0, 2)
        grid.addWidget(heading, row, 0, 1, 2)
        row += 1
        for action in entries:
            keys = ", ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts())
            if keys:
                grid.addWidget(QLabel(action.text().replace("&", "")), row, 0)
                grid.addWidget(_keys(keys), row, 1)
                row += 1
    # Keys of what is not in a menu: there are as many of these as there are readings of the current line.
    grid.addWidget(_keys(tr("Take a reading, or its word at the cursor")), row, 0)
    numbered = (QKeySequence(f"Alt+{number}").toString(QKeySequence.SequenceFormat.NativeText) for number in (1, MOST))
    grid.addWidget(QLabel(" … ".join(numbered)), row, 1)
    grid.setRowStretch(row + 1, 1)
    grid.setColumnStretch(1, 1)
    dialog = HelpDialog(tr("Keyboard shortcuts"), content, parent)
    dialog.resize(620, 640)
    return dialog


def _keys(text: str) -> QLabel:
    """Keys that an action has several of go on in the next line."""
    label = QLabel(text)
    label.setWordWrap(True)
    return label


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
