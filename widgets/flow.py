"""A row of widgets that goes on in the next line where the first is full, as words do; German buttons are long."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

_GAP = 8


class FlowLayout(QLayout):
    """Lays widgets out from left to right and from top to bottom, those of one line centred on each other."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:  # noqa: N802 - Qt's name
        """Adds it at the end."""
        self._items.append(item)

    def count(self) -> int:
        """Hidden ones count too."""
        return len(self._items)

    def itemAt(self, at: int) -> QLayoutItem | None:  # noqa: N802 - Qt's name
        """The item at this place."""
        return self._items[at] if 0 <= at < len(self._items) else None

    def takeAt(self, at: int) -> QLayoutItem | None:  # noqa: N802 - Qt's name
        """Removes it from the layout."""
        return self._items.pop(at) if 0 <= at < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:  # noqa: N802 - Qt's name
        """None: it takes what it needs."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        """A narrow one is higher."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """How high it is when it is so wide."""
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, area: QRect) -> None:  # noqa: N802 - Qt's name
        """Moves the widgets to their places."""
        super().setGeometry(area)
        self._arrange(area, move=True)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As small as may be."""
        return self.minimumSize()

    def minimumSize(self) -> QSize:  # noqa: N802 - Qt's name
        """As wide as its widest widget."""
        sizes = [item.minimumSize() for item in self._shown()]
        return QSize(
            max((size.width() for size in sizes), default=0), max((size.height() for size in sizes), default=0)
        )

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _arrange(self, area: QRect, *, move: bool) -> int:
        """The height that is needed; also moves the widgets if asked to."""
        lines: list[list[QLayoutItem]] = []
        right = 0
        for item in self._shown():
            width = item.sizeHint().width()
            if not lines or right + width > area.width():
                lines.append([])
                right = 0
            lines[-1].append(item)
            right += width + _GAP
        top = area.top()
        for line in lines:
            height = max(item.sizeHint().height() for item in line)
            if move:
                _place(line, area.left(), top, height)
            top += height + _GAP
        return max(0, top - _GAP - area.top())


def _place(line: list[QLayoutItem], left: int, top: int, height: int) -> None:
    for item in line:
        size = item.sizeHint()
        item.setGeometry(QRect(QPoint(left, top + (height - size.height()) // 2), size))
        left += size.width() + _GAP
