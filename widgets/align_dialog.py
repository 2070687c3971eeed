"""Asking for a text that exists already, such as an old typed transcript, to be put on the lines of a page."""

from PySide6.QtCore import QLocale, QMimeData, Qt, Signal
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from app.language import current_language, tr, trn
from app.page import Page
from widgets.dialog import Dialog
from widgets.messages import PRIMARY_HEIGHT

MOST_CHARACTERS = 200_000
"""More than any page holds; a longer text would be a whole book, and take minutes to lay out and to align."""


class AlignDialog(Dialog):
    """Takes a text for one page and says what will become of it."""

    wanted = Signal(str)
    """The text, as it was given."""

    def __init__(self, page: Page, number: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Align a text"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(620, 520)
        label = _words(tr("Paste the text of page {number}, with or without its line breaks.").format(number=number))
        self.text = PastedText()
        label.setBuddy(self.text)
        self.text.setAccessibleName(tr("Text of the page"))
        self.text.textChanged.connect(self._check)
        self.text.refused.connect(self._refuse)
        self.why = _words("")
        self.align_button = QPushButton(tr("Align"))
        self.align_button.setDefault(True)
        self.align_button.clicked.connect(self._align)
        cancel = QPushButton(tr("Cancel"))
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        verbs = QHBoxLayout()
        verbs.addStretch(1)
        for button in (cancel, self.align_button):
            button.setMinimumHeight(PRIMARY_HEIGHT)
            verbs.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(label)
        column.addWidget(self.text, 1)
        column.addWidget(self.why)
        column.addWidget(_words(what_happens(page)))
        column.addLayout(verbs)
        self._check()

    def _check(self) -> None:
        count = self.text.count()
        self.why.setText(_too_long(count) if count > MOST_CHARACTERS else "")
        self.align_button.setEnabled(0 < count <= MOST_CHARACTERS)

    def _refuse(self, count: int) -> None:
        self.why.setText(_too_long(count))

    def _align(self) -> None:
        self.wanted.emit(self.text.toPlainText())
        self.accept()


class PastedText(QPlainTextEdit):
    """Plain text of any number of lines; what is too long for a page is not pasted at all, and told by `refused`."""

    refused = Signal(int)
    """How many characters there would have been."""

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        option = QTextOption()
        option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        self.document().setDefaultTextOption(option)

    def count(self) -> int:
        """How many characters the text has."""
        return self.document().characterCount() - 1  # Qt counts the end of the last line

    def insertFromMimeData(self, source: QMimeData) -> None:  # noqa: N802 - Qt's name
        """Pastes text as it is, without its looks."""
        text = source.text()
        if self.count() + len(text) > MOST_CHARACTERS:
            self.refused.emit(self.count() + len(text))
        else:
            self.insertPlainText(text)


def what_happens(page: Page) -> str:
    """What aligning will do to this page, in sentences."""
    count = len(page.lines)
    written = sum(line.transcription is not None for line in page.lines)
    unread = sum(not line.text for line in page.lines)
    said = [
        trn(
            "The text is put on the {count} line of the page as a draft with a number: how well it fits.",
            "The text is put on the {count} lines of the page as drafts, each with a number: how well it fits.",
            count,
        ).format(count=count)
    ]
    if written:
        stays = trn(
            "{count} line that you have written stays as it is.",
            "{count} lines that you have written stay as they are.",
            written,
        )
        said.append(stays.format(count=written))
    if unread:
        first = trn(
            "{count} line without a text is read first.", "{count} lines without a text are read first.", unread
        )
        said.append(first.format(count=unread))
    said.append(tr("What fits nowhere is listed at the end; nothing is made up."))
    return " ".join(said)


def _too_long(count: int) -> str:
    message = tr("This text has {count} characters; at most {most} can be aligned with a page. Paste a part of it.")
    numbers = QLocale(current_language())
    return message.format(count=numbers.toString(count), most=numbers.toString(MOST_CHARACTERS))


def _words(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
