"""The card of one model: what it is, how it stands, and what can be done with it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.checkpoints import sentences
from app.checkpoints.state import Download
from app.language import tr
from widgets.flow import FlowLayout
from widgets.messages import BUTTON_HEIGHT, PRIMARY_HEIGHT
from widgets.models import facts as known_facts
from widgets.models.facts import Fact
from widgets.models.item import Item, Verb, percent_done, status, verbs
from widgets.text_size import SizedLabel

_VERBS: tuple[Verb, ...] = (
    "ask", "start", "resume", "pause", "repair", "read", "cancel", "check", "pack", "stop",
    "discard", "leave", "remove",
)  # fmt: skip
"""All of them, in the order in which they stand."""


class Card(QWidget):
    """The chosen model; the buttons stay where they are while what is above and below them changes."""

    wanted = Signal(str, object)
    """A `Verb` and the `Item` that is shown."""
    link_wanted = Signal(str)
    """An address that the person wants to see in a browser."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._item: Item | None = None
        self._shown: tuple[Verb, ...] = ()
        self.title = _text(bold=True, larger=1.3)
        self.status = _text()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(12)
        self.progress.setAccessibleName(tr("Progress"))
        self.speed = _text()
        self.explanation = _text()
        self.buttons = {verb: self._button(verb) for verb in _VERBS}
        self._verbs = FlowLayout()
        self.before = _FactsBox(tr("Before it starts"))
        self.summary = _text()
        self.remarks = _text()
        self.facts = _FactsGrid()
        self._lay_out()
        for grid in (self.before.facts, self.facts):
            grid.link_wanted.connect(self.link_wanted)
        self.show_item(None)

    def _lay_out(self) -> None:
        head, self._below = QVBoxLayout(), QScrollArea()
        head.setContentsMargins(16, 12, 16, 8)
        head.setSpacing(8)
        head.addWidget(self.title)
        head.addWidget(self.status)
        head.addWidget(self.progress)
        head.addWidget(self.speed)
        for button in self.buttons.values():
            self._verbs.addWidget(button)
        head.addLayout(self._verbs)
        head.addWidget(self.explanation)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(16, 8, 16, 16)
        column.setSpacing(12)
        for widget in (self.before, self.summary, self.remarks, self.facts):
            column.addWidget(widget)
        column.addStretch(1)
        self._below.setWidget(content)
        self._below.setWidgetResizable(True)
        self._below.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._below.setAccessibleName(tr("What is known of this model"))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(head)
        whole.addWidget(self._below, 1)

    def show_item(self, item: Item | None) -> None:
        """Shows how a model stands now; None where none is chosen."""
        if item == self._item and item is not None:
            return
        self._item = item
        self.title.setText(item.about.title if item else "")
        self.status.setText(status(item) if item else "")
        self._show_progress(item)
        self._show_verbs(item)
        self.explanation.setText(_what_the_buttons_do(self._shown))
        self.before.show_facts(known_facts.before_download(item) if item else ())
        self.summary.setText(item.about.summary if item else "")
        self.remarks.setText("\n".join(_remarks(item)) if item else "")
        self.facts.show_facts(known_facts.facts(item) if item else ())
        for label in (self.summary, self.remarks, self.explanation, self.speed):
            label.setVisible(bool(label.text()))

    def focus_primary(self) -> None:
        """Moves the keyboard to the first thing that can be done."""
        if self._shown:
            self.buttons[self._shown[0]].setFocus()

    def _show_progress(self, item: Item | None) -> None:
        download = item.download if item else None
        work = item.work if item and item.work and item.work.is_open else None
        asking = item is not None and item.offer is not None and item.offer.plan is None and not item.offer.trouble
        moving = download is not None and download.state not in {"failed", "installed"}
        self.progress.setVisible(moving or work is not None or asking)
        if download is not None:
            self.progress.setRange(0, 100)
            self.progress.setValue(percent_done(download))
        else:
            self.progress.setRange(0, work.total if work else 0)
            self.progress.setValue(work.done if work else 0)
        self.speed.setText(_speed(download) if download else "")

    def _show_verbs(self, item: Item | None) -> None:
        shown = verbs(item) if item else ()
        if shown != self._shown:
            self._shown = shown
            self._place_buttons()
        for verb in shown:
            self.buttons[verb].setText(_verb_text(verb, item))

    def _place_buttons(self) -> None:
        """The first one large; the focus goes on from one that is gone."""
        focused = self.focusWidget()
        lost_focus = any(button is focused for verb, button in self.buttons.items() if verb not in self._shown)
        for verb, button in self.buttons.items():
            primary = self._shown[:1] == (verb,)
            button.setMinimumHeight(PRIMARY_HEIGHT if primary else BUTTON_HEIGHT)
            button.setVisible(verb in self._shown)
        if lost_focus:
            self.focus_primary()

    def _button(self, verb: Verb) -> QPushButton:
        button = QPushButton()
        button.setAutoDefault(False)
        button.setToolTip(_tips().get(verb, ""))
        button.clicked.connect(lambda: self.wanted.emit(verb, self._item))
        return button


class _FactsGrid(QWidget):
    """Labels on the left, values on the right; built anew only when they change."""

    link_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts: tuple[Fact, ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)

    def show_facts(self, facts: tuple[Fact, ...]) -> None:
        """Shows these."""
        self.setVisible(bool(facts))
        if facts == self._facts:
            return
        self._facts = facts
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        top = Qt.AlignmentFlag.AlignTop
        for row, fact in enumerate(facts):
            label, value = _text(), _text()
            label.setText(fact.label)
            label.setWordWrap(False)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
            value.setText(known_facts.as_link(fact))
            value.setTextFormat(Qt.TextFormat.RichText)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
            value.setAccessibleName(f"{fact.label}: {fact.value}")
            value.setToolTip(fact.url)
            value.linkActivated.connect(self.link_wanted)
            self._grid.addWidget(label, row, 0, top)
            self._grid.addWidget(value, row, 1, top)


class _FactsBox(QFrame):
    """Facts that a decision needs, set apart by a tint and a heading."""

    def __init__(self, heading: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        title = _text(bold=True)
        title.setText(heading)
        self.facts = _FactsGrid()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(8)
        column.addWidget(title)
        column.addWidget(self.facts)

    def show_facts(self, facts: tuple[Fact, ...]) -> None:
        """Shows these; without any it is not there."""
        self.facts.show_facts(facts)
        self.setVisible(bool(facts))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints a tint of the highlight colour, which works in light and in dark."""
        super().paintEvent(event)
        painter = QPainter(self)
        tint = self.palette().highlight().color()
        tint.setAlphaF(0.12)
        painter.fillRect(self.rect(), tint)
        painter.end()


def _text(*, bold: bool = False, larger: float = 1.0) -> QLabel:
    label = SizedLabel("", larger, bold=bold)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _remarks(item: Item) -> tuple[str, ...]:
    plan = item.offer.plan if item.offer else None
    return item.remarks + (plan.remarks if plan else ())


def _speed(download: Download) -> str:
    if download.state != "running" or download.step != "downloading" or not download.speed:
        return ""
    return tr("{speed} a second").format(speed=sentences.size_text(download.speed))


def _verb_text(verb: Verb, item: Item | None) -> str:
    texts: dict[Verb, str] = {
        "ask": tr("Download…"),
        "leave": tr("Not now"),
        "start": tr("Download it"),
        "pause": tr("Pause"),
        "resume": tr("Go on"),
        "stop": tr("Stop"),
        "discard": tr("Discard…"),
        "read": tr("Read with this model"),
        "check": tr("Check"),
        "repair": tr("Repair"),
        "pack": tr("Pack to a file…"),
        "remove": tr("Remove…"),
        "cancel": tr("Cancel"),
    }
    plan = item.offer.plan if item and item.offer else None
    if verb == "start" and plan is not None and plan.size:
        return tr("Download {size}").format(size=sentences.size_text(plan.size))
    again = item is not None and (
        (item.download is not None and item.download.state == "failed")
        or (item.offer is not None and item.offer.trouble is not None)
    )
    return tr("Try again") if again and verb in {"ask", "resume"} else texts[verb]


def _tips() -> dict[Verb, str]:
    return {
        "ask": tr("First shows what it takes: licence, sizes and memory"),
        "pause": tr("Let it wait here; “Go on” continues where it stopped"),
        "resume": tr("Go on where it stopped"),
        "stop": tr("Take it off this list; what has arrived is kept for a later download"),
        "discard": tr("Delete what has arrived of it"),
        "read": tr("Use it from now on when something is read"),
        "check": tr("Read every byte and compare it with what was installed"),
        "repair": tr("Fetch what is missing or has changed, and nothing else"),
        "pack": tr("Write the model into one file, for a computer without a network"),
        "remove": tr("Delete the model from this computer"),
    }


def _what_the_buttons_do(shown: tuple[Verb, ...]) -> str:
    """What tells the ways to end a download from each other; empty where there are none."""
    texts: dict[Verb, str] = {
        "pause": tr("“Pause” lets it wait here."),
        "stop": tr("“Stop” takes it off this list and keeps what has arrived."),
        "discard": tr("“Discard” deletes what has arrived."),
    }
    return " ".join(text for verb, text in texts.items() if verb in shown)
