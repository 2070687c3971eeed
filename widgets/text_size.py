"""How large the program's texts are: the system's size, and a share of it that the person chose."""

from PySide6.QtCore import QEvent
from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication, QLabel, QWidget

SIZES = (100, 110, 125, 150, 175, 200)
"""In percent of the system's size."""


def apply(percent: int) -> None:
    """Gives every text of the program this size, in percent of the system's; GUI thread."""
    system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    font = QFont(QApplication.font())
    font.setPointSizeF(system.pointSizeF() * min(max(percent, SIZES[0]), SIZES[-1]) / 100)
    if font != QApplication.font():
        QApplication.setFont(font)


def next_size(percent: int, step: int) -> int:
    """The next larger (1) or smaller (-1) size; the largest and the smallest stay."""
    nearest = min(range(len(SIZES)), key=lambda at: abs(SIZES[at] - percent))
    return SIZES[min(max(nearest + step, 0), len(SIZES) - 1)]


class SizedLabel(QLabel):
    """A label whose text is so many times as large as the program's other texts, also after these change."""

    def __init__(self, text: str, times: float, *, bold: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._times = times
        self._bold = bold
        self._take_size()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Follows the program's text size."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._take_size()

    def _take_size(self) -> None:
        font = QApplication.font()
        font.setPointSizeF(font.pointSizeF() * self._times)
        font.setBold(self._bold)
        self.setFont(font)
