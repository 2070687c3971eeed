"""What a line carries besides its text, in the transcript: its marks in the editor, its note, its flag."""

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QKeyEvent,
    QPainter,
    QPalette,
    QPen,
    QPolygonF,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextDocument,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from app.language import tr
from app.page import Line, MarkKind
from app.text import moved_marks
from widgets.flag import flag_colour, paint_flag
from widgets.messages import BUTTON_HEIGHT
from widgets.transcript.marked import suggestion_styles, utf16, written_as

FLAG_HEIGHT = 16
"""How high a flag is in the transcript, in screen pixels."""
_NOTE_SIGN = 12


def mark_name(kind: MarkKind) -> str:
    """What a person calls a kind of mark."""
    names: dict[MarkKind, str] = {
        "unclear": tr("unclear"),
        "illegible": tr("illegible"),
        "struck": tr("deleted"),
        "added": tr("added"),
        "underlined": tr("underlined"),
        "superscript": tr("superscript"),
        "subscript": tr("subscript"),
        "bold": tr("bold"),
        "italic": tr("italic"),
    }
    return names[kind]


def spoken(line: Line) -> str:
    """The line's marks, flag and note in words, for a screen reader; empty where it has none."""
    said = [f"{mark_name(mark.kind)}: {line.text[mark.start : mark.end]}" for mark in line.marks]
    if line.second_look:
        said.append(tr("Needs a second look"))
    if line.note:
        said.append(tr("Note: {note}").format(note=line.note))
    return "; ".join(said)


class MarkHighlighter(QSyntaxHighlighter):
    """Shows the marks of a line in its editor, also while the text is being typed and the marks move with it.

    A suggestion shows what is uncertain in it, and where readers differ, until the first character is typed.
    """

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._line: Line | None = None
        self._suggested: list[tuple[int, int, QTextCharFormat]] = []

    def show_line(self, line: Line | None) -> None:
        """Shows the marks of this line; tells of it as of a change of the text, which the caller keeps to itself."""
        if line != self._line:
            self._line = line
            self._suggested = suggestion_styles(line) if line else []
            self.rehighlight()

    def highlightBlock(self, text: str) -> None:  # noqa: N802 - Qt's name
        """Gives the marked characters their style."""
        if self._line is None:
            return
        styles = list(self._suggested) if text == self._line.text else []
        for mark in moved_marks(self._line.text, text, self._line.marks):
            styles.append((mark.start, mark.end, written_as(mark.kind)))
        for first, last, wanted in styles:
            start, end = utf16(text[:first]), utf16(text[:last])
            for at in range(start, end):  # they may overlap, and the later one alone would count
                style = self.format(at)
                style.merge(wanted)
                self.setFormat(at, 1, style)


class NoteField(QWidget):
    """The note on the current line, under its text; hidden while there is none and nobody writes one.

    It tells a note when the person leaves it, and at the latest when `flush` is called.
    """

    written = Signal(str, str)
    """A line's id, and its note as it was typed."""
    leave_wanted = Signal()
    shown = Signal()
    """The field has come or gone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._line: Line | None = None
        self.field = _NoteLine(self)
        self.field.setMinimumHeight(BUTTON_HEIGHT)
        self.field.setPlaceholderText(tr("What is to be remembered about this line"))
        label = QLabel(tr("Note"))
        label.setBuddy(self.field)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label)
        row.addWidget(self.field, 1)
        self.field.done.connect(self._leave)
        self.field.left.connect(self._on_left)
        self.hide()

    def show_line(self, line: Line | None, number: int) -> None:
        """Shows the note of this line as it is now; what is being typed for the same line stays."""
        same = self._line is not None and line is not None and self._line.id == line.id
        typing = same and self._is_typed()
        self._line = line
        if not typing:
            self.field.setText(line.note if line else "")
        self.field.setAccessibleName(tr("Note on line {number}").format(number=number))
        self._show(bool(self.field.text()) or (same and self.field.hasFocus()))

    def open(self) -> None:
        """Puts the cursor into the note."""
        self._show(True)
        self.field.setFocus()
        self.field.selectAll()

    def flush(self) -> None:
        """Tells what was typed and not told yet."""
        if self._line is not None and self._is_typed():
            self.written.emit(self._line.id, self.field.text())

    def _is_typed(self) -> bool:
        return self._line is not None and self.field.text().strip() != self._line.note

    def _leave(self) -> None:
        self.flush()
        self.leave_wanted.emit()

    def _on_left(self) -> None:
        self.flush()
        self._show(bool(self.field.text().strip()))

    def _show(self, on: bool) -> None:
        if self.isHidden() == on:
            self.setVisible(on)
            self.shown.emit()


class _NoteLine(QLineEdit):
    """The field itself; Enter and Escape leave it."""

    done = Signal()
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Enter and Escape go back to the text; everything else is typing."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            self.done.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Tells that the focus leaves."""
        super().focusOutEvent(event)
        self.left.emit()


def paint_gutter_flag(painter: QPainter, rect: QRect, bottom: int, palette: QPalette) -> None:
    """A flag at the left of a row's gutter, its foot `bottom` pixels under the row's top."""
    paint_flag(painter, QPointF(rect.left() + 11, rect.top() + bottom), FLAG_HEIGHT, flag_colour(palette))


def paint_note(painter: QPainter, area: QRect, note: str, palette: QPalette, font: QFont) -> None:
    """The first words of a note behind a small sheet of paper with a folded corner."""
    colour = palette.color(QPalette.ColorRole.Text)
    left, top, fold = area.left() + 1.0, area.center().y() - _NOTE_SIGN / 2, _NOTE_SIGN / 3
    sheet = QRectF(left, top, _NOTE_SIGN - 2, _NOTE_SIGN)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 1.2))
    corner = QPointF(sheet.right() - fold, sheet.top()), QPointF(sheet.right(), sheet.top() + fold)
    painter.drawPolygon(QPolygonF([sheet.topLeft(), *corner, sheet.bottomRight(), sheet.bottomLeft()]))
    painter.drawPolyline(QPolygonF([corner[0], QPointF(corner[0].x(), corner[1].y()), corner[1]]))
    painter.setFont(font)
    words = area.adjusted(_NOTE_SIGN + 6, 0, 0, 0)
    shown = painter.fontMetrics().elidedText(note, Qt.TextElideMode.ElideRight, words.width())
    painter.drawText(words, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), shown)
    painter.restore()
