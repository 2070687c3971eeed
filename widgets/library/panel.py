"""The documents and pages of the archive, to choose from."""

from functools import lru_cache

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QImage, QPainter, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeView, QVBoxLayout, QWidget

from app.archive import DocumentInfo, PageInfo
from app.language import tr
from widgets.library.model import INFO_ROLE, LibraryModel, page_title, pages_text, progress_text

THUMBNAIL = QSize(48, 60)
_PAD = 8
_BESIDE_THUMBNAIL = THUMBNAIL.width() + 14


class LibraryPanel(QWidget):
    """The tree of documents and pages; choosing a page is told once, by mouse or by keyboard."""

    page_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = LibraryModel()
        self.tree = QTreeView()
        self.tree.setModel(self.model)
        self.tree.setHeaderHidden(True)
        self.tree.setUniformRowHeights(True)
        self._delegate = _LibraryDelegate(self.model, self.tree)
        self.tree.setItemDelegate(self._delegate)
        self.tree.setVerticalScrollMode(QTreeView.ScrollMode.ScrollPerPixel)
        self.tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tree.setFrameShape(QTreeView.Shape.NoFrame)
        self.tree.setIndentation(18)
        self.tree.setExpandsOnDoubleClick(True)
        self.tree.setAccessibleName(tr("Documents and pages"))
        self.tree.selectionModel().currentChanged.connect(self._on_current)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.tree)
        self.setFocusProxy(self.tree)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Lays the rows out anew where their words need more room at this width, or less."""
        super().resizeEvent(event)
        if self._delegate.rows(self.tree.font()) != self._delegate.laid_out:
            self.tree.scheduleDelayedItemsLayout()

    def show_library(self, documents: tuple[DocumentInfo, ...], pages: tuple[PageInfo, ...]) -> None:
        """Shows these documents; those that were open stay open."""
        opened = {info.id for index, info in self._documents() if self.tree.isExpanded(index)}
        self.model.show_library(documents, pages)
        for index, info in self._documents():
            if info.id in opened or len(documents) == 1:
                self.tree.expand(index)

    def show_current(self, page_id: str) -> None:
        """Marks the page that is in view, and opens its document."""
        index = self.model.index_of(page_id)
        if index.isValid() and index != self.tree.currentIndex():
            blocked = self.tree.selectionModel().blockSignals(True)
            self.tree.expand(index.parent())
            self.tree.setCurrentIndex(index)
            self.tree.selectionModel().blockSignals(blocked)
            self.tree.scrollTo(index)
            self.tree.viewport().update()

    def _documents(self) -> list[tuple[QModelIndex, DocumentInfo]]:
        indexes = [self.model.index(row, 0) for row in range(self.model.rowCount())]
        return [(index, self.model.data(index, INFO_ROLE)) for index in indexes]

    def _on_current(self, index: QModelIndex) -> None:
        info = index.data(INFO_ROLE) if index.isValid() else None
        if isinstance(info, PageInfo):
            self.page_chosen.emit(info.id)


class _LibraryDelegate(QStyledItemDelegate):
    """A document as its title; a page as thumbnail, number and how far it is."""

    def __init__(self, model: LibraryModel, view: QTreeView) -> None:
        super().__init__(view)
        self._model = model
        self._view = view
        self.laid_out = 1

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802, ARG002 - Qt's signature
        """The same for all rows: with ten thousand pages Qt takes a third of a second to ask each."""
        self.laid_out = self.rows(option.font)
        texts = (1 + self.laid_out) * option.fontMetrics.lineSpacing()
        return QSize(60, max(THUMBNAIL.height(), texts) + 2 * _PAD)

    def rows(self, font: QFont) -> int:
        """How many rows the words on how far a page is take beside its thumbnail, at most."""
        room = self._view.viewport().width() - 2 * self._view.indentation() - _BESIDE_THUMBNAIL - _PAD
        return _rows_in(room, font.key())

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paints one row."""
        option.widget.style().drawPrimitive(
            QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget
        )
        info = index.data(INFO_ROLE)
        painter.save()
        if isinstance(info, DocumentInfo):
            area = option.rect.adjusted(4, 0, -_PAD, 0)
            self._paint_texts(painter, option, area, (info.title, pages_text(info.pages)))
        else:
            area = QRect(option.rect.topLeft(), THUMBNAIL).translated(4, _PAD)
            self._paint_thumbnail(painter, option, area, self._model.thumbnail(info))
            texts = option.rect.adjusted(_BESIDE_THUMBNAIL, 0, -_PAD, 0)
            self._paint_texts(painter, option, texts, (page_title(info), progress_text(info)), self.rows(option.font))
        painter.restore()
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(option.palette.color(QPalette.ColorRole.HighlightedText), 2))
            painter.drawRect(option.rect.adjusted(3, 3, -4, -4))

    @staticmethod
    def _paint_texts(
        painter: QPainter, option: QStyleOptionViewItem, area: QRect, texts: tuple[str, str], rows: int = 1
    ) -> None:
        """Paints a title, and below it, smaller and in so many rows, what there is to say of it."""
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        colour = option.palette.color(QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text)
        bold = QFont(option.font)
        bold.setBold(True)
        line = option.fontMetrics.lineSpacing()
        row = QRect(area.left(), area.center().y() - (1 + rows) * line // 2, area.width(), line)
        painter.setFont(bold)
        painter.setPen(colour)
        title = painter.fontMetrics().elidedText(texts[0], Qt.TextElideMode.ElideRight, row.width())
        painter.drawText(row, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), title)
        colour.setAlphaF(0.8)
        painter.setFont(_small(option.font))
        painter.setPen(colour)
        below = QRect(area.left(), row.bottom() + 1, area.width(), rows * line)
        if rows > 1:
            painter.drawText(below, int(Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap), texts[1])
            return
        said = painter.fontMetrics().elidedText(texts[1], Qt.TextElideMode.ElideRight, below.width())
        painter.drawText(below, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), said)

    @staticmethod
    def _paint_thumbnail(painter: QPainter, option: QStyleOptionViewItem, area: QRect, image: QImage | None) -> None:
        frame = option.palette.color(QPalette.ColorRole.Text)
        frame.setAlphaF(0.25)
        if image is None or image.isNull():
            painter.setPen(frame)
            painter.drawRect(area.adjusted(6, 0, -7, -1))
            return
        size = image.size().scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRectF(0, 0, size.width(), size.height())
        target.moveCenter(QRectF(area).center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(target, image)
        painter.setPen(frame)
        painter.drawRect(target)


def _small(font: QFont) -> QFont:
    made = QFont(font)
    made.setPointSizeF(font.pointSizeF() * 0.9)
    return made


@lru_cache(maxsize=8)
def _rows_in(room: int, font_key: str) -> int:
    font = QFont()
    font.fromString(font_key)
    metrics = QFontMetricsF(_small(font))
    column = QRectF(0, 0, max(room, 1), 10_000)
    said = (tr("no lines yet"), tr("{done} of {count} reviewed"), tr("{done} of {count} with text"))
    wrapped = (
        metrics.boundingRect(column, Qt.TextFlag.TextWordWrap, text.format(done=188, count=188)) for text in said
    )
    return max(round(rect.height() / metrics.lineSpacing()) for rect in wrapped)
