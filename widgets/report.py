"""What is too long for the status line, in a window of its own to be read and copied."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from app.language import tr
from widgets.dialog import Dialog
from widgets.messages import BUTTON_HEIGHT, MessageBar

MOST_SAID = 160
"""So many characters fit in the status line; what is longer can be read in a window of its own."""


def offer_report(messages: MessageBar, title: str, text: str) -> None:
    """Offers to show all of a text that is too long for the status line, such as what could not be aligned."""
    if len(text) <= MOST_SAID:
        return
    beginning = f"{text[:MOST_SAID].rsplit(' ', 1)[0]} …"
    hint = tr("There is more to read, and to copy.")
    messages.offer(beginning, hint, tr("Show all of it"), lambda: ReportDialog(title, text, messages.window()).show())


class ReportDialog(Dialog):
    """A text to read, with a button that copies all of it."""

    def __init__(self, title: str, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(560, 380)
        self.text = QPlainTextEdit(text)
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(title)
        self.copy_button = QPushButton(tr("Copy all"))
        self.copy_button.clicked.connect(lambda: QGuiApplication.clipboard().setText(text))
        close = QPushButton(tr("Close"))
        close.clicked.connect(self.close)
        verbs = QHBoxLayout()
        verbs.addStretch(1)
        for button in (self.copy_button, close):
            button.setAutoDefault(False)
            button.setMinimumHeight(BUTTON_HEIGHT)
            verbs.addWidget(button)
        column = QVBoxLayout(self)
        column.addWidget(self.text, 1)
        column.addLayout(verbs)
