"""The list of lines, with the editor laid over the current row; a row can be dragged to another place.

Qt's list asks for the height of every row after every change, which took a second on a page of 20,000 lines. This
one lays its rows out itself, and measures those that are seen (`docs/adr/0020-the-list-of-lines-lays-out-its-rows.md`).
"""

from PySide6.QtCore import QMimeData, QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QApplication, QListView, QStyleOptionViewItem

from widgets.transcript.delegate import LineDelegate
from widgets.transcript.editor import LineEditor
from widgets.transcript.model import LineModel
from widgets.transcript.rows import Rows
from widgets.transcript.strips import Strips

LINE_MIME = "application/x-lesepult-line"
"""What is dragged: the id of a line."""
_RULE = 3
_RULE_UNDER = 1
"""The line between two rows, which the editor leaves free, in screen pixels."""
_Index = QModelIndex | QPersistentModelIndex


class LineList(QListView):
    """The list of lines, with the editor laid over the current row and moved along with it."""

    went = Signal(int)
    """The row that the person chose."""
    placed = Signal(str, object)
    """A line that was dragged, and the line before which it is to be read, None for the end."""

    def __init__(self, model: LineModel, strips: Strips) -> None:
        super().__init__()
        self._lines = model
        self._delegate = LineDelegate(strips, model, self)
        self._rows = Rows(self._measure)
        self._held: tuple[str, int] | None = None
        self.editor = LineEditor(strips, self.viewport())
        self.editor.hide()
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setAcceptDrops(True)
        self.viewport().setAcceptDrops(True)
        self._pressed: QPoint | None = None
        self._drop_row: int | None = None
        self._laid_out = (-1, 0, 0)
        self.editor.text.height_changed.connect(self._on_editor_height)
        self.clicked.connect(lambda index: self.went.emit(index.row()))

    def set_current(self, row: int, refused: str | None = None, told: tuple[str, int] = ("", 0)) -> None:
        """Lays the editor over this row, -1 for none, and scrolls to it."""
        self._delegate.current = row
        line = self._lines.lines[row] if row >= 0 else None
        # With an editor in it the list would be one more stop for Tab, at which nothing shows.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus if line else Qt.FocusPolicy.StrongFocus)
        self.editor.show_line(line, self._lines.number(row) if line else 0, refused, told)
        self.editor.setVisible(line is not None)
        self.setCurrentIndex(self._lines.index(row) if line else QModelIndex())
        self._fit()
        if line is not None:
            self.scrollTo(self._lines.index(row), QListView.ScrollHint.EnsureVisible)
        self._place()

    def update_current(self, row: int) -> None:
        """The current line stands in this row now, and may have changed."""
        self._delegate.current = row
        self.editor.update_line(self._lines.lines[row], self._lines.number(row))
        self.editor.show()
        self.setCurrentIndex(self._lines.index(row))
        self._fit()

    def doItemsLayout(self) -> None:  # noqa: N802 - Qt's name
        """Lays out the rows; the row that is written, or the first one seen, stays where it is on the screen."""
        self._rows.take(self._delegate.heights(self.font()))
        QAbstractItemView.doItemsLayout(self)
        row = self._lines.row_of(self._held[0]) if self._held else -1
        if row >= 0 and self._held is not None:
            self.verticalScrollBar().setValue(self._rows.top(row) - self._held[1])
        self._settle(row)

    def updateGeometries(self) -> None:  # noqa: N802 - Qt's name
        """Gives the scroll bar its range."""
        bar, high = self.verticalScrollBar(), self.viewport().height()
        bar.setPageStep(high)
        bar.setSingleStep(self.fontMetrics().lineSpacing() * 2)
        bar.setRange(0, max(self._rows.total - high, 0))
        QAbstractItemView.updateGeometries(self)

    def visualRect(self, index: _Index) -> QRect:  # noqa: N802 - Qt's name
        """Where a row is, in pixels of the viewport."""
        self.executeDelayedItemsLayout()
        if not index.isValid():
            return QRect()
        top = self._rows.top(index.row()) - self.verticalScrollBar().value()
        return QRect(0, top, self.viewport().width(), self._rows.height(index.row()))

    def indexAt(self, point: QPoint, /) -> QModelIndex:  # noqa: N802 - Qt's name
        """The row at a point of the viewport."""
        self.executeDelayedItemsLayout()
        row = self._rows.at(point.y() + self.verticalScrollBar().value())
        return QModelIndex() if row is None else self._lines.index(row)

    def scrollTo(  # noqa: N802 - Qt's name
        self,
        index: _Index,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,  # noqa: ARG002 - Qt's signature
    ) -> None:
        """Scrolls as little as brings a row into view, whatever the hint."""
        self.executeDelayedItemsLayout()
        if not index.isValid():
            return
        self._rows.measure(range(index.row(), index.row() + 1))
        self.updateGeometries()
        bar, high = self.verticalScrollBar(), self.viewport().height()
        top, bottom = self._rows.top(index.row()), self._rows.top(index.row() + 1)
        bar.setValue(min(max(bar.value(), bottom - high), top))
        self._settle(index.row())

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: N802 - Qt's name
        """Measures what comes into view, and moves the editor with its row."""
        super().scrollContentsBy(dx, dy)
        self._settle()

    def _measure(self, row: int) -> int:
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        return self._delegate.sizeHint(option, self._lines.index(row)).height()

    def _settle(self, held: int = -1) -> None:
        """Measures the rows that are seen until all of them are; the row `held`, or the first, stays where it is."""
        bar = self.verticalScrollBar()
        while rows := self._seen():
            # What was measured lies below the row that comes in at the top, and is not to jump.
            first = held if held in rows else next((row for row in rows if self._rows.top(row) >= bar.value()), rows[0])
            at = self._rows.top(first) - bar.value()
            if not self._rows.measure(rows):
                break
            self.updateGeometries()
            bar.setValue(self._rows.top(first) - at)
            self.viewport().update()
        self._hold()
        self._place()

    def _seen(self) -> range:
        top = self.verticalScrollBar().value()
        return self._rows.between(top, top + self.viewport().height())

    def _hold(self) -> None:
        """Notes which row is to stay where it is when the rows are laid out again; at the top of the list, none."""
        top = self.verticalScrollBar().value()
        current, seen = self._delegate.current, self._seen()
        row = current if current in seen and self.editor.text.hasFocus() else seen[0] if seen and top else None
        self._held = None if row is None else (self._lines.lines[row].id, self._rows.top(row) - top)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Notes where a drag may begin."""
        left = event.button() == Qt.MouseButton.LeftButton
        self._pressed = event.position().toPoint() if left else None
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Begins to drag a row, in reading order alone: by disagreement there is no place to drag it to."""
        at, pressed = event.position().toPoint(), self._pressed
        far = pressed is not None and (at - pressed).manhattanLength() >= QApplication.startDragDistance()
        if pressed is None or not far or self._lines.by_disagreement:
            return
        index, self._pressed = self.indexAt(pressed), None
        if index.isValid():
            drag, data = QDrag(self), QMimeData()
            data.setData(LINE_MIME, self._lines.lines[index.row()].id.encode())
            drag.setMimeData(data)
            drag.exec(Qt.DropAction.MoveAction)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Takes lines of this list; files are the window's."""
        self.dragMoveEvent(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:  # noqa: N802 - Qt's name
        """Shows between which rows the line would go."""
        if event.mimeData().hasFormat(LINE_MIME):
            self._show_drop(self._row_near(event.position().toPoint()))
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802 - Qt's name
        """Shows nothing any more."""
        self._show_drop(None)
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Tells where the line goes."""
        if not event.mimeData().hasFormat(LINE_MIME):
            event.ignore()
            return
        row = self._row_near(event.position().toPoint())
        self._show_drop(None)
        lines = self._lines.lines
        line_id = bytes(event.mimeData().data(LINE_MIME).data()).decode()
        self.placed.emit(line_id, lines[row].id if row < len(lines) else None)
        event.acceptProposedAction()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints the rows that are seen, and a rule where a dragged line would go."""
        self.executeDelayedItemsLayout()
        painter = QPainter(self.viewport())
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        top = self.verticalScrollBar().value()
        for row in self._rows.between(top + event.rect().top(), top + event.rect().bottom() + 1):
            index = self._lines.index(row)
            option.rect = self.visualRect(index)
            self._delegate.paint(painter, option, index)
        if self._drop_row is not None and self._lines.lines:
            last = self._drop_row >= len(self._lines.lines)
            rect = self.visualRect(self._lines.index(min(self._drop_row, len(self._lines.lines) - 1)))
            top = rect.bottom() - _RULE if last else rect.top()
            painter.fillRect(0, top, rect.width(), _RULE, self.palette().color(QPalette.ColorRole.Highlight))
        painter.end()

    def _row_near(self, at: QPoint) -> int:
        """The row before which something dropped here goes."""
        index = self.indexAt(at)
        if not index.isValid():
            return len(self._lines.lines)
        rect = self.visualRect(index)
        return index.row() + (at.y() > rect.center().y())

    def _show_drop(self, row: int | None) -> None:
        if row != self._drop_row:
            self._drop_row = row
            self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Fits the editor to the new width."""
        super().resizeEvent(event)
        self._settle()
        self._fit()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Hands the focus to the line that is being written, or to the first."""
        super().focusInEvent(event)
        by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        if by_key and self.editor.line is None and self._lines.lines:
            self.went.emit(0)

    def _current(self) -> QModelIndex | QPersistentModelIndex:
        row = self._delegate.current
        return self._lines.index(row) if 0 <= row < len(self._lines.lines) else QModelIndex()

    def _on_editor_height(self) -> None:
        QTimer.singleShot(0, self, self._fit)

    def _fit(self) -> None:
        """Gives the current row the height of the editor, and lays out the rows."""
        # The height hangs on the width, and an editor that was never placed has not the row's.
        self.editor.resize(self.viewport().width(), self.editor.height())
        height = self.editor.sizeHint().height() + _RULE_UNDER
        laid_out = self._delegate.current, height, self.viewport().width()
        if laid_out != self._laid_out:
            self._laid_out = laid_out
            self._delegate.current_height = height
            self.doItemsLayout()

    def _place(self) -> None:
        current = self._current()
        if current.isValid():
            rect = self.visualRect(current)
            self.editor.setGeometry(0, rect.top(), self.viewport().width(), rect.height() - _RULE_UNDER)
