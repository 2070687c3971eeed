"""The list of models in their sections, as Qt's views want it, and how its rows are painted."""

from itertools import groupby
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPalette,
    QPen,
    QResizeEvent,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.checkpoints import sentences
from app.language import tr
from widgets.models.item import Item, Section, percent_done, section_name, short_status

Index = QModelIndex | QPersistentModelIndex
Row = Item | Section
ROW_ROLE = int(Qt.ItemDataRole.UserRole)
"""An `Item`, or the `Section` whose heading the row is."""
_PAD = 8
_SIDE = _PAD + 4


class ListModel(QAbstractListModel):
    """One row for each model, and one for the heading of each section that has any."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Row] = []

    def show_items(self, items: tuple[Item, ...]) -> None:
        """Shows these, which are in the order of their sections; the same models in the same places are kept."""
        rows: list[Row] = []
        for section, members in groupby(items, key=lambda item: item.section):
            rows += [section, *members]
        if [_identity(row) for row in rows] != [_identity(row) for row in self._rows]:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
            return
        changed = [at for at, (old, new) in enumerate(zip(self._rows, rows, strict=True)) if old != new]
        self._rows = rows
        for at in changed:
            self.dataChanged.emit(self.index(at), self.index(at))

    def row_of(self, key: str) -> QModelIndex:
        """Where the model with this key stands."""
        for at, row in enumerate(self._rows):
            if isinstance(row, Item) and row.key == key:
                return self.index(at)
        return QModelIndex()

    def first(self) -> QModelIndex:
        """The first model."""
        return self.index(1) if self._rows else QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's signature
        """Headings count too."""
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """A heading cannot be chosen."""
        if not index.isValid() or not isinstance(self._rows[index.row()], Item):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """The words of a row, or the value itself."""
        row = self._rows[index.row()]
        if role == ROW_ROLE:
            return row
        if not isinstance(row, Item):
            return section_name(row) if role == Qt.ItemDataRole.DisplayRole else None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return row.about.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join([row.about.title, short_status(row), section_name(row.section)])
        return None


class ModelList(QListView):
    """The list; `key` is that of the chosen model, empty where none is."""

    chosen = Signal(str)
    card_wanted = Signal()
    """Enter or a double click: the person wants to do something with the chosen model."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = ListModel()
        self.key = ""
        self.setModel(self._rows)
        self.setItemDelegate(_Delegate(self))
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Models"))
        self.selectionModel().currentChanged.connect(self._on_current)
        self.doubleClicked.connect(lambda _: self.card_wanted.emit())

    def show_items(self, items: tuple[Item, ...]) -> None:
        """Shows these; the one that was chosen stays chosen, or else the first is."""
        place = self.verticalScrollBar().value()
        self._rows.show_items(items)
        index = self._rows.row_of(self.key)
        if not index.isValid():
            index = self._rows.first()
        if index != self.currentIndex():
            self.setCurrentIndex(index)
            self.verticalScrollBar().setValue(place)
            self._reveal(index)
        if not index.isValid():
            self._on_current(index)

    def choose(self, key: str) -> None:
        """Chooses a model, if it is in the list."""
        index = self._rows.row_of(key)
        if index.isValid():
            self.setCurrentIndex(index)
            self._reveal(index)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """A title may need a row more or less."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.scheduleDelayedItemsLayout()

    def _reveal(self, index: QModelIndex) -> None:
        """Scrolls to a model and what stands above it, which may be the heading of its section."""
        self.scrollTo(index.siblingAtRow(index.row() - 1))
        self.scrollTo(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Enter goes on to the card, and does nothing there yet."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.card_wanted.emit()
        else:
            super().keyPressEvent(event)

    def _on_current(self, index: QModelIndex) -> None:
        row = index.data(ROW_ROLE) if index.isValid() else None
        self.key = row.key if isinstance(row, Item) else ""
        self.chosen.emit(self.key)


class _Delegate(QStyledItemDelegate):
    """A heading as a line of text; a model as its title and how it stands, with a bar while it is on its way."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's name
        """One height for headings, one for models, and a row more for a title that needs two."""
        line = option.fontMetrics.lineSpacing()
        row = index.data(ROW_ROLE)
        if not isinstance(row, Item):
            return QSize(60, line + 2 * _PAD + 4)
        view = option.widget
        assert isinstance(view, ModelList)
        width = view.viewport().width() - 2 * _SIDE
        return QSize(60, (1 + len(title_rows(row.about.title, _bold(option.font), width))) * line + 2 * _PAD + 8)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paints one row."""
        row = index.data(ROW_ROLE)
        painter.save()
        if isinstance(row, Item):
            option.widget.style().drawPrimitive(
                QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget
            )
            _paint_item(painter, option, row)
        else:
            _paint_heading(painter, option, section_name(row))
        painter.restore()
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(option.palette.color(QPalette.ColorRole.HighlightedText), 2))
            painter.drawRect(option.rect.adjusted(3, 3, -4, -4))


def _identity(row: Row) -> tuple[str, str]:
    return (row.section, row.key) if isinstance(row, Item) else (row, "")


def _paint_heading(painter: QPainter, option: QStyleOptionViewItem, text: str) -> None:
    painter.setFont(_bold(option.font))
    colour = option.palette.color(
        QPalette.ColorGroup.Active, QPalette.ColorRole.Text
    )  # disabled, so that none chooses it
    colour.setAlphaF(0.8)
    painter.setPen(colour)
    area = option.rect.adjusted(_PAD, 0, -_PAD, -4)
    painter.drawText(area, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom), text)
    colour.setAlphaF(0.25)
    painter.setPen(colour)
    painter.drawLine(area.left(), option.rect.bottom(), area.right(), option.rect.bottom())


def _paint_item(painter: QPainter, option: QStyleOptionViewItem, item: Item) -> None:
    chosen = bool(option.state & QStyle.StateFlag.State_Selected)
    role = QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.Text
    colour = option.palette.color(role)
    line = option.fontMetrics.lineSpacing()
    area = option.rect.adjusted(_SIDE, _PAD, -_SIDE, 0)
    bold = _bold(option.font)
    painter.setPen(colour)
    rows = title_rows(item.about.title, bold, area.width())
    for number, row in enumerate(rows):
        _paint_elided(painter, bold, QRect(area.left(), area.top() + number * line, area.width(), line), row)
    below = QRect(area.left(), area.top() + len(rows) * line + 3, area.width(), line)
    # Bold as well, because what asks for attention is not told by a colour.
    urgent = item.damaged or (item.download is not None and item.download.state == "failed")
    faded = QColor(colour)
    faded.setAlphaF(1.0 if urgent else 0.8)
    painter.setPen(faded)
    size = sentences.size_text(item.size) if item.size else ""
    taken = option.fontMetrics.horizontalAdvance(size) + 12 if size else 0
    painter.setFont(option.font)
    painter.drawText(below, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), size)
    how = below.adjusted(0, 0, -taken, 0)
    _paint_elided(painter, bold if urgent else QFont(option.font), how, short_status(item))
    if item.download is not None and item.download.done and item.download.state not in {"failed", "installed"}:
        bar = QRect(area.left(), below.bottom() + 3, area.width(), 4)
        _paint_bar(painter, bar, colour, percent_done(item.download))


def title_rows(title: str, font: QFont, width: int) -> tuple[str, ...]:
    """A title on one row or two, of which the second may be elided at its end."""
    layout = QTextLayout(title, font)
    wrap = QTextOption()
    wrap.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(wrap)
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(max(width, 1))
    end = line.textLength()
    layout.endLayout()
    first, rest = title[:end].rstrip(), title[end:]
    return (first, QFontMetrics(font).elidedText(rest, Qt.TextElideMode.ElideRight, width)) if rest else (first,)


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setBold(True)
    return bold


def _paint_elided(painter: QPainter, font: QFont, area: QRect, text: str) -> None:
    painter.setFont(font)
    elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), elided)


def _paint_bar(painter: QPainter, area: QRect, colour: QColor, percent: int) -> None:
    groove = QColor(colour)
    groove.setAlphaF(0.2)
    painter.fillRect(area, groove)
    painter.fillRect(QRect(area.topLeft(), QSize(area.width() * percent // 100, area.height())), colour)
