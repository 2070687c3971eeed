"""What stands in the middle before there is a page: how to begin, and where to put scans."""

from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Signal, SignalInstance
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.language import tr
from widgets.messages import BUTTON_HEIGHT, PRIMARY_HEIGHT
from widgets.text_size import SizedLabel

_CHARACTERS = 62
"""How wide the column is, in characters of a usual width."""


class WelcomePage(QScrollArea):
    """Without an archive: make one, open one, or go on with one of the last."""

    create_wanted = Signal()
    open_wanted = Signal()
    sample_wanted = Signal()
    recent_wanted = Signal(object)
    """The folder of an archive."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = _centred(self)
        column.addWidget(_title(tr("Welcome to Lesepult")))
        column.addWidget(
            _text(
                tr(
                    "An archive is a folder on this computer. It keeps your scans unchanged, and beside them the "
                    "lines, the readings and what you write. Nothing ever leaves this computer."
                )
            )
        )
        self.create_button = _button(tr("Create an archive"), column, self.create_wanted)
        self.open_button = _button(tr("Open an archive"), column, self.open_wanted)
        self.sample_button = _button(tr("Try it with the sample letter"), column, self.sample_wanted)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(4)
        column.addSpacing(8)
        column.addLayout(self._recent)
        column.addStretch(2)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Begins at the first button."""
        super().showEvent(event)
        self.create_button.setFocus()

    def show_recent(self, folders: tuple[Path, ...]) -> None:
        """Lists the archives that were open last, the latest first."""
        while (item := self._recent.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        if folders:
            self._recent.addWidget(_heading(tr("Open again")))
        before: QWidget = self.sample_button
        for folder in folders:
            name = f"{folder.name}  –  {folder.parent}"
            button = QPushButton(self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, _width(self) - 32))
            button.setToolTip(str(folder))
            button.setAccessibleDescription(str(folder))
            button.setMinimumHeight(BUTTON_HEIGHT)
            button.clicked.connect(lambda _=False, folder=folder: self.recent_wanted.emit(folder))
            self._recent.addWidget(button)
            self.setTabOrder(before, button)
            before = button


class EmptyArchivePage(QScrollArea):
    """An archive without scans: where to put them."""

    import_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = _centred(self)
        column.addWidget(_title(tr("Drop scans here")))
        column.addWidget(
            _text(
                tr(
                    "Images (JPEG, PNG, TIFF), PDF files, or whole folders. What you drop together becomes one "
                    "document, in the order of the file names."
                )
            )
        )
        self.import_button = _button(tr("Import scans"), column, self.import_wanted)
        column.addStretch(2)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Begins at the first button."""
        super().showEvent(event)
        self.import_button.setFocus()


class _Column(QWidget):
    """As wide as is good to read, at every text size."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedWidth(_width(self))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Follows the text size."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.setFixedWidth(_width(self))


def _width(widget: QWidget) -> int:
    return widget.fontMetrics().averageCharWidth() * _CHARACTERS


def _centred(area: QScrollArea) -> QVBoxLayout:
    """A column of a readable width in the middle of a scroll area."""
    content, box = QWidget(), _Column()
    around = QVBoxLayout(content)
    around.setContentsMargins(24, 24, 24, 24)
    around.addWidget(box, 1, Qt.AlignmentFlag.AlignHCenter)
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(12)
    column.addStretch(1)
    area.setWidget(content)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it shows no focus, and follows that of its buttons
    return column


def _title(text: str) -> QLabel:
    return SizedLabel(text, 1.6, bold=True)


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    return label


def _text(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    return label


def _button(text: str, column: QVBoxLayout, wanted: SignalInstance) -> QPushButton:
    button = QPushButton(text)
    button.setMinimumHeight(PRIMARY_HEIGHT)
    button.clicked.connect(wanted)
    column.addWidget(button)
    return button
