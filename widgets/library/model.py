"""Documents and their pages as Qt's tree views want them; only pages that are painted ask for a thumbnail."""

from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QImage

from app.archive import DocumentInfo, PageInfo
from app.language import tr, trn

Index = QModelIndex | QPersistentModelIndex
INFO_ROLE = int(Qt.ItemDataRole.UserRole)
"""A `DocumentInfo` or a `PageInfo`."""
KEPT = 400
"""How many thumbnails stay in memory."""


class LibraryModel(QAbstractItemModel):
    """Two levels: documents, and in each its pages."""

    thumbnail_wanted = Signal(object)
    """A `PageInfo` that is painted and has no thumbnail yet."""

    def __init__(self) -> None:
        super().__init__()
        self._documents: tuple[DocumentInfo, ...] = ()
        self._pages: list[list[PageInfo]] = []
        self._places: dict[str, tuple[int, int]] = {}
        self._thumbnails: dict[str, QImage] = {}

    def show_library(self, documents: tuple[DocumentInfo, ...], pages: tuple[PageInfo, ...]) -> None:
        """Shows these documents with these pages; thumbnails that were made stay."""
        self.beginResetModel()
        self._documents = documents
        rows = {document.id: row for row, document in enumerate(documents)}
        self._pages = [[] for _ in documents]
        for info in pages:
            self._pages[rows[info.document]].append(info)
        self._places = {
            info.id: (parent, row) for parent, infos in enumerate(self._pages) for row, info in enumerate(infos)
        }
        self.endResetModel()

    def show_counts(self, info: PageInfo) -> None:
        """Shows a page's new numbers."""
        if info.id in self._places:
            parent, row = self._places[info.id]
            self._pages[parent][row] = info
            index = self.index_of(info.id)
            self.dataChanged.emit(index, index)

    def show_thumbnail(self, page_id: str, image: QImage) -> None:
        """Shows a page's thumbnail; a null image means that there is none to be had."""
        self._thumbnails.pop(page_id, None)
        self._thumbnails[page_id] = image
        while len(self._thumbnails) > KEPT:
            del self._thumbnails[next(iter(self._thumbnails))]
        index = self.index_of(page_id)
        if index.isValid():
            self.dataChanged.emit(index, index)

    def thumbnail(self, info: PageInfo) -> QImage | None:
        """The page's thumbnail, or None, in which case it is asked for."""
        known = self._thumbnails.get(info.id)
        if known is None:
            self.thumbnail_wanted.emit(info)
        return known

    def index_of(self, page_id: str) -> QModelIndex:
        """Where a page stands."""
        if page_id not in self._places:
            return QModelIndex()
        parent, row = self._places[page_id]
        return self.index(row, 0, self.index(parent, 0))

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008 - Qt's signature
        """A document's index holds 0, a page's the number of its document from 1."""
        # A tree asks for every page of an open document; Qt's `hasIndex` would come back twice for each.
        if column != 0 or not 0 <= row < self.rowCount(parent):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else 0)

    def hasChildren(self, parent: Index = QModelIndex()) -> bool:  # noqa: N802, B008 - Qt's signature
        """Whether there are documents, or pages of one."""
        return self.rowCount(parent) > 0

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override] # noqa: B008
        """A page's document."""
        number = int(index.internalId()) if index.isValid() else 0
        return self.createIndex(number - 1, 0, 0) if number else QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's signature
        """How many documents, or pages of one."""
        if not parent.isValid():
            return len(self._documents)
        return 0 if parent.internalId() else len(self._pages[parent.row()])

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008, ARG002 - Qt's signature
        """One."""
        return 1

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """The info for the delegate, and the same in words."""
        info = self._info(index)
        if role == INFO_ROLE:
            return info
        if role == Qt.ItemDataRole.DisplayRole:
            return info.title if isinstance(info, DocumentInfo) else page_title(info)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            if isinstance(info, DocumentInfo):
                return f"{info.title}, {pages_text(info.pages)}"
            return f"{page_title(info)}, {info.title}, {progress_text(info)}"
        return None

    def _info(self, index: Index) -> DocumentInfo | PageInfo:
        number = int(index.internalId())
        return self._pages[number - 1][index.row()] if number else self._documents[index.row()]


def page_title(info: PageInfo) -> str:
    """What a page is called in the list."""
    return tr("Page {number}").format(number=info.number)


def pages_text(count: int) -> str:
    """How many pages, in words."""
    return trn("{count} page", "{count} pages", count).format(count=count)


def progress_text(info: PageInfo) -> str:
    """How far a page is, in words."""
    if not info.lines:
        return tr("no lines yet")
    if info.reviewed:
        return tr("{done} of {count} reviewed").format(done=info.reviewed, count=info.lines)
    if info.read:
        return tr("{done} of {count} with text").format(done=info.read, count=info.lines)
    return trn("{count} line", "{count} lines", info.lines).format(count=info.lines)
