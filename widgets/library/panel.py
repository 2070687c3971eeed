"""The documents and pages of the archive, to choose from."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QImage, QPainter, QPalette, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeView, QVBoxLayout, QWidget

from app.archive import DocumentInfo, PageInfo
from app.language import tr
from widgets.library.model import INFO_ROLE, LibraryModel, page_title, pages_text, progress_text

THUMBNAIL = QSize(56, 72)
_PAD = 8


class LibraryPanel(QWidget):
    """The tree of documents and pages; choosing a page is told once, by mouse or by keyboard."""

    page_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = LibraryModel()
        self.tree = QTreeView()
        self.tree.setModel(self.model)
        self.tree.setHeaderHidden(True)
        self.tree.setItemDelegate(_LibraryDelegate(self.model, self.tree))
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

    def __init__(self, model: LibraryModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802
        """The same for all documents, and the same for all pages."""
        texts = 2 * option.fontMetrics.lineSpacing()
        if index.parent().isValid():
            return QSize(60, max(THUMBNAIL.height(), texts) + 2 * _PAD)
        return QSize(60, texts + 16)

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
            self._paint_texts(painter, option, option.rect.adjusted(4, 0, -_PAD, 0), info.title, pages_text(info.pages))
        else:
            area = QRect(option.rect.topLeft(), THUMBNAIL).translated(4, _PAD)
            self._paint_thumbnail(painter, option, area, self._model.thumbnail(info))
            texts = option.rect.adjusted(THUMBNAIL.width() + 14, 0, -_PAD, 0)
            self._paint_texts(painter, option, texts, page_title(info), progress_text(info))
        painter.restore()
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(option.palette.color(QPalette.ColorRole.HighlightedText), 2))
            painter.drawRect(option.rect.adjusted(3, 3, -4, -4))

    @staticmethod
    def _paint_texts(painter: QPainter, option: QStyleOptionViewItem, area: QRect, first: str, second: str) -> None:
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        colour = option.palette.color(role)
        bold, small = QFont(option.font), QFont(option.font)
        bold.setBold(True)
        small.setPointSizeF(option.font.pointSizeF() * 0.9)
        line = option.fontMetrics.lineSpacing()
        top = area.center().y() - line
        for font, text, faded in ((bold, first, False), (small, second, True)):
            painter.setFont(font)
            if faded:
                colour.setAlphaF(0.8)
            painter.setPen(colour)
            row = QRect(area.left(), top, area.width(), line)
            elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, row.width())
            painter.drawText(row, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), elided)
            top += line

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
