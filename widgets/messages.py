"""Errors and questions, the only place that shows them: a bar at the top of the window, and questions with verbs."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QMessageBox,
    QPushButton,
    QSizePolicy,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from app.errors import AppError
from app.language import tr

BUTTON_HEIGHT = 32
PRIMARY_HEIGHT = 44
TOLD_MS = 10_000
"""How long a passing sentence stays, in milliseconds."""
_MOST = 4


class MessageBar(QWidget):
    """The messages that wait to be read, the newest on top; each stays until the person closes it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self.setAccessibleName(tr("Messages"))
        self.hide()

    def show_error(self, error: AppError) -> None:
        """Shows what went wrong and what to do; the same message twice shows once."""
        if any((row.message, row.hint) == (error.message, error.hint) for row in self.messages()):
            return
        self._add(_Message(error.message, error.hint, self))

    def offer(self, message: str, hint: str, verb: str, accepted: Callable[[], None]) -> None:
        """Shows a message with a button that does what it offers; said again it takes the place of the first."""
        for same in self.messages():
            if (same.message, same.hint) == (message, hint):
                self._remove(same)
        row = _Message(message, hint, self, verb)
        row.accepted.connect(accepted)
        self._add(row)

    def messages(self) -> list["_Message"]:
        """What is shown now, the newest first."""
        items = (self._rows.itemAt(at) for at in range(self._rows.count()))
        rows = (item.widget() for item in items if item is not None)
        return [row for row in rows if isinstance(row, _Message)]

    def _add(self, row: "_Message") -> None:
        row.closed.connect(lambda: self._remove(row))
        self._rows.insertWidget(0, row)
        for old in self.messages()[_MOST:]:
            self._remove(old)
        self.show()

    def _remove(self, row: "_Message") -> None:
        self._rows.removeWidget(row)
        row.hide()
        row.deleteLater()
        self.setVisible(bool(self.messages()))


class PassingText(QLabel):
    """One line for what came of something; it goes by itself, and takes no more room than there is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._hush = QTimer(self)
        self._hush.setSingleShot(True)
        self._hush.setInterval(TOLD_MS)
        self._hush.timeout.connect(self.clear)

    def say(self, sentence: str) -> None:
        """Shows a sentence for a while."""
        self.setText(sentence)
        self.setToolTip(sentence)
        self._hush.start()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's signature
        """Paints what there is room for, with dots where something is left out."""
        painter = QPainter(self)
        elided = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        where = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        role = self.foregroundRole()
        self.style().drawItemText(painter, self.rect(), int(where), self.palette(), self.isEnabled(), elided, role)
        painter.end()


class _Message(QFrame):
    """One message with its hint and a button to close it."""

    closed = Signal()
    accepted = Signal()

    def __init__(self, message: str, hint: str, parent: QWidget, verb: str = "") -> None:
        super().__init__(parent)
        self.message, self.hint = message, hint
        icon = QLabel()
        size = self.fontMetrics().height() + 8
        icon.setPixmap(self.style().standardIcon(QStyle.StandardPixmap.SP_MessageBoxWarning).pixmap(size, size))
        icon.setAccessibleName(tr("Attention"))
        text = QVBoxLayout()
        text.setSpacing(2)
        text.addWidget(_label(message, bold=True))
        if hint:
            text.addWidget(_label(hint, bold=False))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(12)
        row.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(text, 1)
        if verb:
            accept = self._button(verb, row)
            accept.clicked.connect(self.accepted)
            accept.clicked.connect(self.closed)
        self.close_button = self._button(tr("Close"), row)
        self.close_button.setAccessibleName(tr("Close this message"))
        self.close_button.clicked.connect(self.closed)
        self.setAccessibleName(message)
        self.setAccessibleDescription(hint)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints a tint of the highlight colour with a rule below, which works in light and in dark."""
        super().paintEvent(event)
        painter = QPainter(self)
        tint = self.palette().highlight().color()
        painter.fillRect(self.rect().adjusted(0, self.height() - 2, 0, 0), tint)
        tint.setAlphaF(0.12)
        painter.fillRect(self.rect(), tint)
        painter.end()

    @staticmethod
    def _button(text: str, row: QHBoxLayout) -> QPushButton:
        button = QPushButton(text)
        button.setMinimumHeight(BUTTON_HEIGHT)
        button.setAutoDefault(False)
        row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        return button


def ask(parent: QWidget, question: str, hint: str, verb: str, otherwise: str) -> bool:
    """Asks what only the person can decide; the buttons are verbs, and `otherwise` is what Escape and Enter do."""
    box = QMessageBox(QMessageBox.Icon.Question, "Lesepult", question, parent=parent)
    box.setInformativeText(hint)
    yes = box.addButton(verb, QMessageBox.ButtonRole.AcceptRole)
    no = box.addButton(otherwise, QMessageBox.ButtonRole.RejectRole)
    for button in (yes, no):
        button.setMinimumHeight(BUTTON_HEIGHT)
    box.setDefaultButton(no)
    box.setEscapeButton(no)
    box.exec()
    return box.clickedButton() is yes


def ask_word(parent: QWidget, title: str, question: str, then: Callable[[str], object]) -> QInputDialog:
    """Asks for a word in a dialog that does not block; `then` is told the word, and nothing when it is closed."""
    dialog = QInputDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    dialog.setLabelText(question)
    dialog.textValueSelected.connect(then)
    dialog.open()
    return dialog


def _label(text: str, *, bold: bool) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    font = label.font()
    font.setBold(bold)
    label.setFont(font)
    return label
