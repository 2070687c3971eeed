"""The readings of the current line side by side: what each model read last, to be taken over by a click or a key."""

from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent, QPalette, QPen, QShortcut, QTextLayout
from PySide6.QtWidgets import QAbstractButton, QVBoxLayout, QWidget

from app import text
from app.language import tr
from app.page import Line, Reading
from widgets.models.facts import date_text
from widgets.models.names import engine_name
from widgets.text_font import text_font
from widgets.text_size import SizedLabel
from widgets.transcript.delegate import SMALL, caption_height, small_font
from widgets.transcript.marked import Span, laid_out

MOST = 9
"""So many readings have a key, and no more are shown."""
_PAD = 6


class ReadingsPanel(QWidget):
    """The newest reading of each model, the latest first; hidden while there is nothing to compare."""

    taken = Signal(str)
    """The id of the reading that the person takes over."""
    keyed = Signal(str)
    """The id of the reading whose key was pressed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._titles: dict[str, str] = {}
        self._line: Line | None = None
        heading = SizedLabel(tr("Readings"), SMALL)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(4)
        column.addWidget(heading)
        # All of them at once, so that Tab comes to them after the buttons of the editor.
        self.rows = tuple(ReadingRow(number, self) for number in range(1, MOST + 1))
        for row in self.rows:
            row.clicked.connect(lambda _=False, row=row: self.taken.emit(row.reading_id))
            row.keyed.connect(lambda row=row: self.keyed.emit(row.reading_id))
            column.addWidget(row)
        self.hide()

    def show_titles(self, titles: dict[str, str]) -> None:
        """Calls models by these titles from now on, by the names that readings keep."""
        self._titles = titles
        self.show_line(self._line)

    def show_line(self, line: Line | None) -> None:
        """Shows the readings of this line."""
        self._line = line
        readings = side_by_side(line) if line else ()
        for row, reading in zip(self.rows, readings, strict=False):
            row.show_reading(reading, self._titles.get(reading.model, reading.model), line.text if line else "")
        for at, row in enumerate(self.rows):
            row.setVisible(at < len(readings))
        self.setVisible(bool(readings))

    def fit(self, width: int) -> None:
        """Takes the height that the readings need at this width, in screen pixels."""
        for row in self.rows:
            row.setFixedHeight(row.height_at(width))
        self.setFixedHeight(self._column.sizeHint().height())  # at once: Qt would tell the editor later


class ReadingRow(QAbstractButton):
    """One reading as a button: who read it, when and how surely, and the text with the words that differ set apart."""

    keyed = Signal()
    """Its key was pressed, which may mean a word of it alone."""

    def __init__(self, number: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.reading_id = ""
        self.caption = ""
        self.differing: tuple[Span, ...] = ()
        self._reading: Reading | None = None
        shortcut = QShortcut(QKeySequence(f"Alt+{number}"), self)
        shortcut.activated.connect(self.keyed)
        self._key = shortcut.key().toString(QKeySequence.SequenceFormat.NativeText)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_reading(self, reading: Reading, title: str, shown: str) -> None:
        """Shows a reading of the model with this title beside the text that is shown now."""
        self.reading_id, self._reading = reading.id, reading
        self.caption = _caption(reading, title)
        self.differing = tuple((words.start, words.end) for words in text.differing(reading.text, shown))
        words = ", ".join(reading.text[start:end] for start, end in self.differing if start < end)
        differs = tr("Differs in: {words}.").format(words=words) if words else ""
        tip = tr(
            "Take this reading over as your draft ({key}); with the cursor in a word that differs, the key takes that "
            "word alone"
        ).format(key=self._key)
        raw = tr("As the model wrote it: {text}").format(text=reading.raw) if reading.raw else ""
        self.setToolTip("\n".join(filter(None, [tip, self.caption, raw])))
        self.setAccessibleName(f"{reading.text}. {self.caption}. {differs}".strip())
        self.setAccessibleDescription(tip)
        self.update()

    def height_at(self, width: int) -> int:
        """How high the row is at a width, in screen pixels."""
        if self._reading is None:
            return 0
        _, height = self._laid_out(self._reading, width - 2 * _PAD)
        return caption_height(self.font()) + round(height) + 2 * _PAD

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As high as it needs to be at the width that it has."""
        return QSize(1, self.height_at(self.width()))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's signature
        """Paints a frame, the caption with the key at its end, and the text."""
        if self._reading is None:
            return
        painter = QPainter(self)
        self._paint_frame(painter)
        inside = self.rect().adjusted(_PAD, _PAD, -_PAD, -_PAD)
        painter.setFont(small_font(self.font()))
        metrics = painter.fontMetrics()
        painter.setPen(self.palette().color(QPalette.ColorRole.Text))
        top = QRect(inside.left(), inside.top(), inside.width(), caption_height(self.font()))
        painter.drawText(top, int(Qt.AlignmentFlag.AlignRight), self._key)
        room = top.width() - metrics.horizontalAdvance(self._key) - 2 * _PAD
        caption = metrics.elidedText(self.caption, Qt.TextElideMode.ElideRight, room)
        painter.drawText(top, int(Qt.AlignmentFlag.AlignLeft), caption)
        layout, _ = self._laid_out(self._reading, inside.width())
        layout.draw(painter, QPointF(inside.left(), top.bottom() + 1))
        painter.end()

    def _paint_frame(self, painter: QPainter) -> None:
        colour = self.palette().color(QPalette.ColorRole.Text)
        colour.setAlphaF(0.1 if self.underMouse() or self.isDown() else 0.04)
        painter.fillRect(self.rect(), colour)
        if self.hasFocus():
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def _laid_out(self, reading: Reading, width: int) -> tuple[QTextLayout, float]:
        return laid_out(reading.text, text_font(self.font(), "draft"), width, self.differing, reading.marks)


def side_by_side(line: Line) -> tuple[Reading, ...]:
    """The newest reading of each model, the latest first; none where the only one is the text that is shown."""
    found = (*filter(None, [line.reading]), *(other.reading for other in text.compared(line)))[:MOST]
    return () if len(found) == 1 and found[0].text == line.text else found


def _caption(reading: Reading, title: str) -> str:
    who = " ".join(filter(None, [engine_name(reading.engine), reading.version]))
    sure = tr("{percent} % sure").format(percent=round(reading.confidence * 100))
    when = date_text(reading.created.isoformat()) if reading.created else ""
    return " · ".join(filter(None, [sure, title, who, when]))
