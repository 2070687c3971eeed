"""The window “Models”: the list with its search on the left, the card of the chosen model on the right."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app.language import tr
from widgets.dialog import Dialog
from widgets.jobs.activity import Activity
from widgets.messages import BUTTON_HEIGHT, MessageBar, PassingText
from widgets.models.card import Card
from widgets.models.filters import FilterBar
from widgets.models.item import Item
from widgets.models.listing import ModelList


@dataclass(frozen=True, slots=True)
class ListingState:
    """How the list of the public repository stands: of when it is, what its update does, and what went wrong.

    `fetched` is a day written out, empty when the list was never fetched.
    """

    fetched: str = ""
    offline: bool = False
    work: Activity | None = None
    trouble: str = ""


class ModelsWindow(Dialog):
    """A window beside the desk's; it shows what it is given and tells what is wanted. Closing it stops nothing."""

    wanted = Signal(str, object)
    """A `Verb` and the `Item` it is meant for."""
    import_wanted = Signal()
    refresh_wanted = Signal()
    refresh_cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._items: tuple[Item, ...] = ()
        self.setWindowTitle(tr("Models"))
        self.messages = MessageBar()
        self.said = PassingText()
        self.filters = FilterBar()
        self.list = ModelList()
        self.none = _NoneFits()
        self.none.all_button.clicked.connect(self.filters.clear)
        self.card = Card()
        self.listing = _ListingBar()
        self.import_button = _button(tr("Import a model file…"))
        self.close_button = _button(tr("Close"))
        self._lay_out()
        self.filters.changed.connect(self._show)
        self.filters.left.connect(self.list.setFocus)
        self.list.chosen.connect(lambda _: self._show_card())
        self.list.card_wanted.connect(self.card.focus_primary)
        self.card.wanted.connect(self.wanted)
        self.card.link_wanted.connect(lambda url: QDesktopServices.openUrl(QUrl(url)))
        self.listing.update_button.clicked.connect(self.refresh_wanted)
        self.listing.cancel_button.clicked.connect(self.refresh_cancelled)
        self.import_button.clicked.connect(self.import_wanted)
        self.close_button.clicked.connect(self.close)
        self.show_items(())
        self.show_listing(ListingState())

    def _lay_out(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(12, 12, 8, 8)
        column.setSpacing(8)
        column.addWidget(self.filters)
        column.addWidget(self.none, 1)
        column.addWidget(self.list, 1)
        column.addWidget(self.listing)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        left.setMinimumWidth(340)
        self.card.setMinimumWidth(420)
        split.addWidget(left)
        split.addWidget(self.card)
        split.setStretchFactor(1, 1)
        split.setSizes([480, 600])
        verbs = QHBoxLayout()
        verbs.setContentsMargins(12, 8, 12, 12)
        verbs.addWidget(self.import_button)
        verbs.addWidget(self.said, 1)
        verbs.addWidget(self.close_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.messages)
        whole.addWidget(split, 1)
        whole.addLayout(verbs)
        self.resize(1080, 720)

    def show_items(self, items: tuple[Item, ...]) -> None:
        """Shows these models, which are in the order of their sections."""
        self._items = items
        self.filters.show_choices(items)
        self._show()

    def show_listing(self, state: ListingState) -> None:
        """Shows how the list of the public repository stands."""
        self.listing.show_state(state)

    def choose(self, key: str) -> None:
        """Shows the card of one model."""
        self.filters.clear()
        self.list.choose(key)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Escape closes; Enter works on the button that has the focus, and never on one that has not."""
        focused = self.focusWidget()
        if event.key() == Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focused, QPushButton):
            focused.click()

    def _show(self) -> None:
        wanted = self.filters.filter
        shown = tuple(item for item in self._items if wanted.fits(item))
        self.none.setVisible(not shown)
        self.list.setVisible(bool(shown))
        self.list.show_items(shown)
        self._show_card()

    def _show_card(self) -> None:
        key = self.list.key
        self.card.show_item(next((item for item in self._items if item.key == key), None))


class _NoneFits(QWidget):
    """What stands in place of the list when no model fits the search."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        text = _note()
        text.setText(tr("No model fits what you search for."))
        self.all_button = _button(tr("Show all models"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 16, 0, 0)
        column.addWidget(text)
        column.addWidget(self.all_button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)


class _ListingBar(QWidget):
    """Of when the public repository's list is, and the button that fetches it anew."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = _note()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(12)
        self.progress.setAccessibleName(tr("Progress"))
        self.update_button = _button(tr("Update the list"))
        self.update_button.setToolTip(tr("Ask the public repository which models it has now"))
        self.cancel_button = _button(tr("Cancel"))
        row = QHBoxLayout()
        row.addWidget(self.update_button)
        row.addWidget(self.progress, 1)
        row.addWidget(self.cancel_button)
        row.addStretch(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.text)
        column.addLayout(row)

    def show_state(self, state: ListingState) -> None:
        """Shows it."""
        running = state.work is not None and state.work.is_open
        self.text.setText(state.work.sentence if running and state.work else _listing_sentence(state))
        self.update_button.setVisible(not running)
        self.progress.setVisible(running)
        self.cancel_button.setVisible(running)
        if running and state.work is not None:
            self.progress.setRange(0, state.work.total)
            self.progress.setValue(state.work.done)


def _listing_sentence(state: ListingState) -> str:
    if state.fetched:
        known = tr("The list of the public repository is of {day}.").format(day=state.fetched)
    else:
        known = tr("The list of the public repository has not been fetched yet.")
    if state.trouble:
        return f"{state.trouble} {known}"
    return tr("Lesepult works offline.") + " " + known if state.offline else known


def _note() -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label


def _button(text: str) -> QPushButton:
    button = QPushButton(text)
    button.setAutoDefault(False)
    button.setMinimumHeight(BUTTON_HEIGHT)
    return button
