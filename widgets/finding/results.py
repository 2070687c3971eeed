"""What was found, line by line, with what would stand there instead; a line can be left out."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPalette, QTextCharFormat, QTextLayout
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionButton, QStyleOptionViewItem

from app.archive import PageInfo
from app.finding import Found, changing
from app.language import tr
from widgets.messages import BUTTON_HEIGHT
from widgets.transcript.marked import begins_right, utf16

Index = QModelIndex | QPersistentModelIndex
FOUND_ROLE = int(Qt.ItemDataRole.UserRole)
PLACE_ROLE = FOUND_ROLE + 1
"""Page and line in words."""
PREVIEW_ROLE = FOUND_ROLE + 2
"""The text in pieces with how each is shown: as it is, found, or put in its place."""
_BEFORE = 30
"""So many characters of the text stand before the first place that was found."""
_PAD = 6

Piece = tuple[str, str]


class FoundModel(QAbstractListModel):
    """The lines that were found; each is checked unless the person leaves it out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: tuple[Found, ...] = ()
        self._every: tuple[Found, ...] = ()
        self._infos: Mapping[str, PageInfo] = {}
        self._other: str | None = None
        self._left_out: set[str] = set()

    def show_found(self, found: tuple[Found, ...], infos: Mapping[str, PageInfo]) -> None:
        """Shows these; what was left out before stays so."""
        self._every, self._infos = found, infos
        self._show()

    def show_other(self, other: str | None) -> None:
        """Shows what would be put in the place of what was found, where that changes anything; None shows nothing."""
        self._other = other
        self._show()

    def take_all_in(self) -> None:
        """Leaves nothing out any more."""
        self._left_out.clear()

    def chosen(self) -> tuple[Found, ...]:
        """What was not left out."""
        return tuple(found for found in self.found if found.line not in self._left_out)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's signature
        """How many lines."""
        return 0 if parent.isValid() else len(self.found)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Each can be checked."""
        return super().flags(index) | Qt.ItemFlag.ItemIsUserCheckable

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """The place and the preview for the delegate, and both in words for a screen reader."""
        found = self.found[index.row()]
        if role == FOUND_ROLE:
            return found
        if role == PLACE_ROLE:
            return self._place(found)
        if role == PREVIEW_ROLE:
            return preview(found, self._other)
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Unchecked if found.line in self._left_out else Qt.CheckState.Checked
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{self._place(found)}: {found.text}"
        return None

    def setData(self, index: Index, value: Any, role: int = int(Qt.ItemDataRole.EditRole)) -> bool:  # noqa: N802
        """Leaves a line out, or takes it in."""
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        line = self.found[index.row()].line
        if Qt.CheckState(value) == Qt.CheckState.Checked:
            self._left_out.discard(line)
        else:
            self._left_out.add(line)
        self.dataChanged.emit(index, index)
        return True

    def _show(self) -> None:
        self.beginResetModel()
        self.found = self._every if self._other is None else changing(self._every, self._other)
        self.endResetModel()

    def _place(self, found: Found) -> str:
        info = self._infos.get(found.page)
        return tr("Page {page}, line {line}").format(page=info.number if info else "?", line=found.number)


def preview(found: Found, other: str | None) -> tuple[Piece, ...]:
    """The text in pieces, each "kept", "found" or "other"; it begins a little before the first place."""
    first = found.spans[0][0]
    done = max(first - _BEFORE, 0)
    pieces: list[Piece] = [("…", "kept")] if done else []
    for start, end in found.spans:
        pieces += [(found.text[done:start], "kept"), (found.text[start:end], "found")]
        if other is not None:
            pieces.append((other, "other"))
        done = end
    return tuple((piece, kind) for piece, kind in [*pieces, (found.text[done:], "kept")] if piece)


class FoundDelegate(QStyledItemDelegate):
    """A box to check, the place, and the text on one row: what goes struck out, what comes bold after an arrow."""

    def __init__(self, view: QListView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802, ARG002 - Qt's signature
        """The same for all, so that a thousand are laid out at once."""
        return QSize(1, max(option.fontMetrics.lineSpacing() + 2 * _PAD, BUTTON_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paints one row."""
        style = option.widget.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)
        check = QStyleOptionButton()
        size = style.pixelMetric(QStyle.PixelMetric.PM_IndicatorWidth)
        check.rect = QRect(option.rect.left() + _PAD, option.rect.center().y() - size // 2, size, size)
        checked = Qt.CheckState(index.data(Qt.ItemDataRole.CheckStateRole)) == Qt.CheckState.Checked
        check.state = QStyle.StateFlag.State_Enabled | (
            QStyle.StateFlag.State_On if checked else QStyle.StateFlag.State_Off
        )
        style.drawPrimitive(QStyle.PrimitiveElement.PE_IndicatorCheckBox, check, painter, option.widget)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        painter.save()
        painter.setPen(option.palette.color(role))
        area = option.rect.adjusted(size + 2 * _PAD, 0, -_PAD, 0)
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(area, middle, index.data(PLACE_ROLE))
        widest = option.fontMetrics.horizontalAdvance(tr("Page {page}, line {line}").format(page=8888, line=888))
        area.setLeft(area.left() + widest + _PAD)
        painter.setClipRect(area)
        layout = _laid_out(index.data(PREVIEW_ROLE), option.font)
        layout.draw(painter, QPointF(area.left(), area.center().y() - layout.boundingRect().height() / 2))
        painter.restore()

    def editorEvent(self, event: Any, model: Any, option: QStyleOptionViewItem, index: Index) -> bool:  # noqa: N802
        """A click at the left end checks; Space does too, by the view."""
        is_click = event.type() == event.Type.MouseButtonRelease and event.position().x() < option.rect.left() + 30
        if is_click or (event.type() == event.Type.KeyPress and event.key() == Qt.Key.Key_Space):
            on = Qt.CheckState(index.data(Qt.ItemDataRole.CheckStateRole)) == Qt.CheckState.Checked
            wanted = Qt.CheckState.Unchecked if on else Qt.CheckState.Checked
            return bool(model.setData(index, wanted, int(Qt.ItemDataRole.CheckStateRole)))
        return False


def _laid_out(pieces: tuple[Piece, ...], font: QFont) -> QTextLayout:
    """The pieces on one row: what was found is bold, or else struck out and, after an arrow, what replaces it is bold.

    The arrow parts the two, because a stroke through one and a stroke under the other run together.
    """
    replaces = any(kind == "other" for _, kind in pieces)
    whole = "".join(piece for piece, _ in pieces)
    layout = QTextLayout()
    layout.setFont(font)
    text, formats, old = "", [], ""
    for piece, kind in pieces:
        if kind == "other":
            text += " ← " if begins_right(old + piece + whole) else " → "
        old = piece
        span = QTextLayout.FormatRange()
        span.start, span.length = utf16(text), utf16(piece)
        style = QTextCharFormat()
        if kind == "other" or (kind == "found" and not replaces):
            style.setFontWeight(QFont.Weight.Bold)
        style.setFontUnderline(kind == "other")
        style.setFontStrikeOut(kind == "found" and replaces)
        span.format = style
        formats.append(span)
        text += piece
    layout.setText(text)
    layout.setFormats(formats)
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(100_000)
    layout.endLayout()
    return layout
