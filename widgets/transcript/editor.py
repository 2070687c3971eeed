"""The line that is being written: its strip, and under it the text, each word under its image."""

import itertools
import unicodedata

from PySide6.QtCore import QEvent, QRect, QSize, QTimer, Signal, SignalInstance
from PySide6.QtGui import (
    QFont,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QTextCursor,
)
from PySide6.QtWidgets import QBoxLayout, QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from app.language import tr
from app.page import Line, LineState
from app.text import disagreement
from widgets.messages import BUTTON_HEIGHT
from widgets.text_font import text_font
from widgets.theme import state_colour
from widgets.transcript.annotations import MarkHighlighter, NoteField, paint_gutter_flag, spoken
from widgets.transcript.delegate import (
    MARGIN,
    gutter,
    paint_gutter,
    paint_strip,
    small_font,
    strip_place,
    text_room,
    under_strip,
)
from widgets.transcript.line_field import LineField
from widgets.transcript.marked import utf16
from widgets.transcript.model import fits_text, not_saved
from widgets.transcript.readings import ReadingsPanel
from widgets.transcript.strips import Strips

SAVE_AFTER_MS = 1000
"""The longest that a typed character stays unsaved, in milliseconds."""
_STRIP_HEIGHT = 64
_INSET = 4
"""The room between the frame of the text and the text, in screen pixels: Qt's margin of a document."""
_WHILE_TYPING = 0.95
"""How much of its strip's width a text takes that is made narrower, so that there is room for more letters."""
_gos = itertools.count()


class LineEditor(QFrame):
    """The editor of the current line.

    What is typed is told by `typed` at most a second later, and at once when the line or the focus leaves. The
    text in the editor gives way to the archive's only when nothing typed is unsaved.
    """

    typed = Signal(str, str, int)
    """A line's id, its text as typed, and the number of the go, for undo."""
    accept_wanted = Signal()
    review_wanted = Signal()
    withdraw_wanted = Signal()
    text_changed = Signal()

    def __init__(self, strips: Strips, parent: QWidget) -> None:
        super().__init__(parent)
        self._strips = strips
        self._line: Line | None = None
        self._number = 0
        self._go = 0
        self._touched = False
        self._suggests = False
        self._under_way = 0
        self._unsaved = False
        self._refused: set[str] = set()
        self._stretch = int(QFont.Stretch.Unstretched)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVE_AFTER_MS)
        self._timer.timeout.connect(self.flush)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.text = LineField(self)
        self.text.textChanged.connect(self._on_text)
        self.text.cursorPositionChanged.connect(self.update)
        self.text.left.connect(self.flush)
        self.text.left.connect(self.update)
        self.text.entered.connect(self.update)
        self._marks = MarkHighlighter(self.text.document())
        self.note = NoteField(self)
        self.note.leave_wanted.connect(self.text.setFocus)
        self.note.shown.connect(self.text.height_changed)
        self._caption = QLabel()
        self._caption.setWordWrap(True)
        self.accept = _button(tr("Accept"), tr("Take the suggestion over as your draft"), self.accept_wanted)
        self.review = _button(tr("Mark as reviewed"), tr("Ctrl+Enter: mark as reviewed, go on"), self.review_wanted)
        self.withdraw = _button(tr("Take back review"), tr("Make this line a draft again"), self.withdraw_wanted)
        self.readings = ReadingsPanel()
        self._lay_out()
        strips.made.connect(lambda _: self.update())
        self.setFocusProxy(self.text)

    def _lay_out(self) -> None:
        """Puts the parts under the strip, which is painted."""
        self._foot = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._verbs = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._foot.setSpacing(6)
        self._verbs.setSpacing(6)
        self._foot.addWidget(self._caption, 1)
        for button in (self.accept, self.review, self.withdraw):
            self._verbs.addWidget(button)
        self._foot.addLayout(self._verbs)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(6)
        self._column.addWidget(self.text)
        below = QVBoxLayout()
        below.setContentsMargins(_INSET, 0, _INSET, 0)
        below.addWidget(self.note)
        below.addLayout(self._foot)
        below.addWidget(self.readings)
        self._column.addLayout(below)

    @property
    def line(self) -> Line | None:
        """The line that is being written."""
        return self._line

    def show_line(
        self, line: Line | None, number: int, refused: str | None = None, told: tuple[str, int] = ("", 0)
    ) -> None:
        """Turns to another line, after telling what was typed for the one before.

        `refused` is what was typed for the line earlier and could not be saved; it is shown and told again.
        `told` is a text that the archive has not answered yet, and how many answers are to come; it shows until then.
        """
        self.flush()
        self._line, self._number = line, number
        self._go, self._touched, self._suggests = next(_gos), False, False
        self._under_way, self._unsaved = told[1], False
        self.readings.show_line(line)
        if self._under_way:
            self._set_text(told[0])
        self._take_text()
        self.text.moveCursor(QTextCursor.MoveOperation.End)
        if refused is not None:
            self._set_text(refused)
            self._on_text()

    def update_line(self, line: Line, number: int) -> None:
        """Shows how the line stands now; text that is being typed stays."""
        self._line, self._number = line, number
        self.readings.show_line(line)
        self._take_text()

    def flush(self) -> None:
        """Tells what was typed and is not told yet."""
        self.note.flush()
        self._timer.stop()
        if self._unsaved and self._line is not None:
            self._unsaved = False
            self._under_way += 1
            self.typed.emit(self._line.id, self.text.written, self._go)

    def forget(self) -> str:
        """Drops what was typed for a line that is gone; what of it was not told yet, empty where all was."""
        self._timer.stop()
        typed, self._unsaved = self.text.written if self._unsaved else "", False
        return typed

    def saved(self, line_id: str) -> None:
        """The archive has a text that was told, or could not take it."""
        if self._line is not None and self._line.id == line_id:
            self._under_way = max(self._under_way - 1, 0)
            self._take_text()

    def show_refused(self, lines: set[str]) -> None:
        """Says of these lines, by their ids, that their text is not saved."""
        if lines != self._refused:
            self._refused = lines
            self._style()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As high as strip, text and buttons need."""
        self._make_room()
        self.readings.fit(self._text_width())
        self._column.activate()
        return QSize(1, self._column.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints the number, the mark, a bar that says that this is the line, and the strip."""
        super().paintEvent(event)
        if self._line is None:
            return
        painter = QPainter(self)
        painter.fillRect(0, 0, 4, self.height(), self.palette().highlight())
        paint_gutter(painter, self.rect(), self._number, self._state(), palette=self.palette(), font=self.font())
        if self._line.second_look:
            paint_gutter_flag(painter, self.rect(), MARGIN + gutter(self.font()).height() - 2, self.palette())
        self._paint_frame(painter)
        size = self._strip_size()
        area = QRect(gutter(self.font()).width(), MARGIN, self._text_width(), size.height())
        strip = self._strips.strip(self._line, "editor", size, self.devicePixelRatioF())
        if strip is not None:
            paint_strip(painter, strip_place(area, size, self.text.written), strip)
        painter.end()

    def _paint_frame(self, painter: QPainter) -> None:
        """Frames the text, twice as strong while it has the keyboard, in light and in dark."""
        focused = self.text.hasFocus()
        colour = self.palette().color(QPalette.ColorRole.Highlight if focused else QPalette.ColorRole.Text)
        if not focused:
            colour.setAlphaF(0.35)
        width = 2 if focused else 1
        area = self.text.geometry().adjusted(-width, -width, width, width)
        for edge in (
            QRect(area.left(), area.top(), area.width(), width),
            QRect(area.left(), area.bottom() - width + 1, area.width(), width),
            QRect(area.left(), area.top(), width, area.height()),
            QRect(area.right() - width + 1, area.top(), width, area.height()),
        ):
            painter.fillRect(edge, colour)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Leaves as much room for the strip as it takes at this width."""
        super().resizeEvent(event)
        self._make_room()
        if event.size().width() != event.oldSize().width():
            self._fit_letters()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Follows a change between light and dark, and of the text size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange) and self._line is not None:
            self._fit_letters()
            self.text.height_changed.emit()

    def _make_room(self) -> None:
        self._arrange_foot()
        self._column.setContentsMargins(
            gutter(self.font()).width() - _INSET, MARGIN + self._strip_size().height() + 6, MARGIN - _INSET, MARGIN
        )

    def _arrange_foot(self) -> None:
        """Puts caption and buttons side by side where there is room for their words, otherwise under each other."""
        room = self.width() - gutter(self.font()).width() - MARGIN - 4
        shown = [button for button in (self.accept, self.review, self.withdraw) if not button.isHidden()]
        verbs = sum(button.sizeHint().width() for button in shown) + 6 * (len(shown) - 1)
        caption = self._caption.fontMetrics().horizontalAdvance(self._caption.text()) + 6
        row, under = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        # A caption that is long for a reason may wrap beside the buttons, but not into a column of single words.
        self._foot.setDirection(row if min(caption, 160) + verbs <= room else under)
        self._verbs.setDirection(row if verbs <= room else under)

    def _text_width(self) -> int:
        """How wide strip and text may be, in screen pixels; as in the rows of the list."""
        return max(self.width() - gutter(self.font()).width() - MARGIN, 1)

    def _strip_size(self) -> QSize:
        return self._strips.size(self._line, self._text_width(), _STRIP_HEIGHT) if self._line else QSize(0, 0)

    def _fit_letters(self) -> None:
        """Makes the letters so narrow or broad that each word stands under its image.

        While somebody types they stay as they are, until the text would need a second row: one that changed its width
        at each key could not be read. A line without text gets those of the line before, most likely of the same hand.
        """
        text = self.text.written
        if text and self._line is not None:
            room = text_room(self._strip_size().width(), bold=self._suggests and bool(disagreement(self._line)))
            room = round(_WHILE_TYPING * room) if self._touched else room
            self._stretch = under_strip(text, text_font(self.font(), self._state()), room).stretch()
        self._style()

    def _on_text(self) -> None:
        suggested = self._suggests
        self._touched, self._unsaved, self._suggests = True, True, False
        if not self._timer.isActive():
            self._timer.start()
        if suggested or self.text.rows > 1:
            self._fit_letters()
        else:
            self._style()
        self.text_changed.emit()

    def _take_text(self) -> None:
        line = self._line
        self.note.show_line(line, self._number)
        if line is None or self._unsaved or self._under_way or line.id in self._refused:
            self._style()
            return
        typed = clean(self.text.written)
        written = line.transcription.text if line.transcription else None
        emptied = self._touched and not typed and written is None
        self._suggests = written is None and line.reading is not None and not emptied
        if not emptied and typed != clean(line.text):
            self._set_text(line.text)
        self._show_marks(line)
        if self._touched:
            self._style()
        else:
            self._fit_letters()

    def _show_marks(self, line: Line) -> None:
        """Shows the marks without telling it as typing."""
        blocked = self.text.blockSignals(True)
        self._marks.show_line(line)
        self.text.blockSignals(blocked)

    def _set_text(self, text: str) -> None:
        at = self.text.textCursor().position()
        blocked = self.text.blockSignals(True)
        self.text.setPlainText(text)
        cursor = self.text.textCursor()
        cursor.setPosition(min(at, utf16(text)))
        self.text.setTextCursor(cursor)
        self.text.blockSignals(blocked)
        self.text.fit()

    def _state(self) -> LineState:
        if self._suggests:
            return "read"
        if self._unsaved or self._under_way:
            return "draft"
        return self._line.state if self._line and clean(self.text.written) else "unread"

    def _style(self) -> None:
        state = self._state()
        font = text_font(self.font(), state)
        font.setStretch(self._stretch)
        if self.text.font() != font:
            self.text.setFont(font)
        captions: dict[LineState, str] = {
            "unread": "",
            "read": tr("Suggestion"),
            "draft": tr("Draft"),
            "reviewed": tr("Reviewed"),
        }
        fits = "" if self._line is None or self._unsaved or state != "draft" else fits_text(self._line)
        flagged = tr("Needs a second look") if self._line is not None and self._line.second_look else ""
        unsaved = not_saved() if self._line is not None and self._line.id in self._refused else ""
        self._caption.setText(" · ".join(filter(None, [unsaved, captions[state], fits, flagged])))
        self._caption.setFont(small_font(self.font()))
        palette = QPalette(self.palette())
        for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text):
            palette.setColor(role, state_colour(state, self.palette()))
        self._caption.setPalette(palette)
        self.accept.setVisible(state == "read")
        self.review.setVisible(state != "reviewed")
        self.review.setEnabled(state != "unread")
        self.withdraw.setVisible(state == "reviewed")
        text_palette = QPalette(self.palette())
        if state == "read":
            text_palette.setColor(QPalette.ColorRole.Text, state_colour(state, self.palette()))
        self.text.setPalette(text_palette)
        self.text.setAccessibleName(tr("Text of line {number}").format(number=self._number))
        carries = spoken(self._line) if self._line is not None else ""
        self.text.setAccessibleDescription(". ".join(filter(None, [unsaved, captions[state], carries])))
        self.text.fit()
        self.update()


def clean(text: str) -> str:
    """The text as the archive keeps it, see `app.edits.transcribe`."""
    return " ".join(unicodedata.normalize("NFC", text).splitlines()).strip()


def _button(text: str, tip: str, wanted: SignalInstance) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setMinimumHeight(BUTTON_HEIGHT)
    button.clicked.connect(wanted)
    return button
