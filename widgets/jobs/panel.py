"""The line in the status bar that says what runs, and the list that it opens to."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.language import tr
from widgets.dialog import Dialog
from widgets.jobs.activity import Activity
from widgets.messages import BUTTON_HEIGHT

KEPT = 50
"""How many ended activities the list keeps."""


class ActivityBar(QWidget):
    """One line for what runs now: what it is, how far it is, and a button to cancel it; hidden when nothing is."""

    cancel_wanted = Signal(str)
    pause_wanted = Signal(str)
    go_on_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._all: dict[str, Activity] = {}
        self._shown: Activity | None = None
        self.list = ActivityList(self)
        self.list.cancel_wanted.connect(self.cancel_wanted)
        self.list.pause_wanted.connect(self.pause_wanted)
        self.list.go_on_wanted.connect(self.go_on_wanted)
        self.text = QToolButton()
        self.text.setAutoRaise(True)
        self.text.setToolTip(tr("Show everything that runs or ran"))
        self.text.clicked.connect(self.open_list)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(140)
        self.progress.setAccessibleName(tr("Progress"))
        self.cancel = QPushButton(tr("Cancel"))
        self.cancel.setToolTip(tr("Stop this; what has arrived is kept"))
        self.cancel.clicked.connect(self._cancel)
        self.details = QPushButton(tr("Details"))
        self.details.clicked.connect(self.open_list)
        self.dismiss = QPushButton(tr("Close"))
        self.dismiss.setAccessibleName(tr("Close this message"))
        self.dismiss.clicked.connect(self._dismiss)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 8, 2)
        row.setSpacing(8)
        for widget in (self.text, self.progress, self.cancel, self.details, self.dismiss):
            widget.setMinimumHeight(BUTTON_HEIGHT)
            row.addWidget(widget)
        self.progress.setMinimumHeight(12)
        self.progress.setMaximumHeight(12)
        self.hide()

    @property
    def running(self) -> Activity | None:
        """What runs now, or else what waits, or is paused; what is aside only when nothing else does."""
        opened = [activity for activity in self._all.values() if activity.is_open]
        states = ("running", "waiting", "paused")
        return min(opened, key=lambda activity: (activity.aside, states.index(activity.state)), default=None)

    def show_activity(self, activity: Activity) -> None:
        """Takes in how one activity stands now."""
        self._all[activity.id] = activity
        ended = [key for key, other in self._all.items() if not other.is_open]
        for key in ended[:-KEPT]:
            del self._all[key]
        if activity.state == "failed":
            self._shown = activity
        running = self.running
        if running is not None:
            self._shown = running
        elif self._shown is not None and self._shown.state != "failed":
            self._shown = None
        self._update()
        self.list.show_activities(tuple(self._all.values()))

    def open_list(self) -> None:
        """Opens the list of all that runs or ran, above the status bar."""
        self.list.show_activities(tuple(self._all.values()))
        self.list.adjustSize()
        corner = self.mapToGlobal(QPoint(self.width() - self.list.width(), -self.list.height() - 4))
        self.list.move(corner)
        self.list.show()
        self.list.raise_()
        self.list.activateWindow()

    def _update(self) -> None:
        shown = self._shown
        self.setVisible(shown is not None)
        if shown is None:
            return
        sentence = shown.message if shown.state == "failed" else shown.sentence
        width = self.fontMetrics().averageCharWidth() * 70
        self.text.setText(self.fontMetrics().elidedText(sentence, Qt.TextElideMode.ElideRight, width))
        self.text.setAccessibleName(shown.sentence)
        self.text.setToolTip(shown.sentence)
        self.progress.setRange(0, shown.total)
        self.progress.setValue(shown.done)
        self.progress.setVisible(shown.is_open)
        self.cancel.setVisible(shown.is_open)
        self.details.setVisible(shown.state == "failed")
        self.dismiss.setVisible(shown.state == "failed")

    def _cancel(self) -> None:
        if self._shown is not None:
            self.cancel_wanted.emit(self._shown.id)

    def _dismiss(self) -> None:
        self._shown = self.running
        self._update()


class ActivityList(Dialog):
    """Everything that runs, waits or ran in this session, the newest on top; what is open can be cancelled.

    What can wait has a button that has it wait, and then one to go on.
    """

    cancel_wanted = Signal(str)
    pause_wanted = Signal(str)
    go_on_wanted = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Jobs"))
        self._rows: dict[str, _Row] = {}
        self._empty = QLabel(tr("Nothing runs, and nothing has run yet."))
        self._inside = QVBoxLayout()
        self._inside.setSpacing(0)
        self._inside.addWidget(self._empty)
        self._inside.addStretch(1)
        content = QWidget()
        content.setLayout(self._inside)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(content)
        area.setMinimumSize(460, 260)
        area.setAccessibleName(tr("Jobs"))
        close = QPushButton(tr("Close"))
        close.setMinimumHeight(BUTTON_HEIGHT)
        close.clicked.connect(self.hide)
        column = QVBoxLayout(self)
        column.addWidget(area, 1)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)

    def show_activities(self, activities: tuple[Activity, ...]) -> None:
        """Shows these, oldest first as given, the newest on top."""
        known = {activity.id for activity in activities}
        for key in [key for key in self._rows if key not in known]:
            row = self._rows.pop(key)
            self._inside.removeWidget(row)
            row.deleteLater()
        for activity in activities:
            if activity.id not in self._rows:
                row = _Row(self)
                row.cancel_wanted.connect(self.cancel_wanted)
                row.pause_wanted.connect(self.pause_wanted)
                row.go_on_wanted.connect(self.go_on_wanted)
                self._rows[activity.id] = row
                self._inside.insertWidget(0, row)
            self._rows[activity.id].show_activity(activity)
        self._empty.setVisible(not activities)


class _Row(QWidget):
    """One activity in the list."""

    cancel_wanted = Signal(str)
    pause_wanted = Signal(str)
    go_on_wanted = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._id = ""
        self._title = QLabel()
        self._title.setWordWrap(True)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        self._cancel = QPushButton(tr("Cancel"))
        self._cancel.setMinimumHeight(BUTTON_HEIGHT)
        self._cancel.clicked.connect(lambda: self.cancel_wanted.emit(self._id))
        self._pause = QPushButton(tr("Pause"))
        self._pause.setMinimumHeight(BUTTON_HEIGHT)
        self._pause.clicked.connect(lambda: self.pause_wanted.emit(self._id))
        self._go_on = QPushButton(tr("Go on"))
        self._go_on.setMinimumHeight(BUTTON_HEIGHT)
        self._go_on.clicked.connect(lambda: self.go_on_wanted.emit(self._id))
        text = QVBoxLayout()
        text.setSpacing(2)
        text.addWidget(self._title)
        text.addWidget(self._text)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 8, 4, 8)
        row.addLayout(text, 1)
        for button in (self._pause, self._go_on, self._cancel):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)

    def show_activity(self, activity: Activity) -> None:
        """Shows how this activity stands."""
        self._id = activity.id
        self._title.setText(activity.title)
        self._text.setText(activity.standing)
        self._text.setVisible(bool(activity.standing))
        self._cancel.setVisible(activity.is_open)
        waits = activity.state == "paused"
        self._pause.setVisible(activity.is_open and activity.pausable and not waits)
        self._go_on.setVisible(waits)
        for button in (self._pause, self._go_on, self._cancel):
            button.setAccessibleName(f"{button.text()}: {activity.title}")
        self.setAccessibleName(activity.sentence)
