"""Setting the look of the page: sliders beside the page, which shows at once what they do."""

from math import log2

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from app.language import tr
from app.looks import AS_SCANNED, Look
from widgets.dialog import Dialog
from widgets.messages import BUTTON_HEIGHT

_GAMMA = 100
"""So many steps of the slider double gamma."""


class LooksDialog(Dialog):
    """Brightness, contrast, gamma, inverted, evened out; the page stays usable beside it."""

    changed = Signal(object)
    """The `Look` as it is set now."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Look of the page"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.brightness = _slider(tr("Brightness"), 100)
        self.contrast = _slider(tr("Contrast"), 100)
        self.gamma = _slider(tr("Dark and light tones"), 200)
        self.invert = QCheckBox(tr("Invert: light writing on dark paper"))
        self.flatten = QCheckBox(tr("Even out the paper: stains and shadows go"))
        self.plain = QPushButton(tr("As scanned"))
        self.plain.clicked.connect(lambda: self.show_look(AS_SCANNED))
        close = QPushButton(tr("Close"))
        close.clicked.connect(self.close)
        grid = QGridLayout()
        for row, slider in enumerate((self.brightness, self.contrast, self.gamma)):
            label = QLabel(slider.accessibleName())
            label.setBuddy(slider)
            grid.addWidget(label, row, 0)
            grid.addWidget(slider, row, 1)
            slider.valueChanged.connect(lambda _: self._tell())
        verbs = QHBoxLayout()
        verbs.addWidget(self.plain)
        verbs.addStretch(1)
        verbs.addWidget(close)
        column = QVBoxLayout(self)
        column.addLayout(grid)
        for box in (self.flatten, self.invert):
            box.setMinimumHeight(BUTTON_HEIGHT)
            box.toggled.connect(lambda _: self._tell())
            column.addWidget(box)
        word = QLabel(tr("Only what you see changes, never the scan and never what the program reads."))
        word.setWordWrap(True)
        column.addWidget(word)
        column.addLayout(verbs)
        for button in (self.plain, close):
            button.setMinimumHeight(BUTTON_HEIGHT)
            button.setAutoDefault(False)
        self._quiet = False
        self.show_look(look)

    @property
    def look(self) -> Look:
        """The look as it is set now."""
        return Look(
            self.brightness.value(),
            self.contrast.value(),
            2.0 ** (self.gamma.value() / _GAMMA),
            self.invert.isChecked(),
            self.flatten.isChecked(),
        )

    def show_look(self, look: Look) -> None:
        """Sets everything at once, and tells it once."""
        self._quiet = True
        self.brightness.setValue(look.brightness)
        self.contrast.setValue(look.contrast)
        self.gamma.setValue(round(log2(look.gamma) * _GAMMA))
        self.invert.setChecked(look.invert)
        self.flatten.setChecked(look.flatten)
        self._quiet = False
        self._tell()

    def _tell(self) -> None:
        if not self._quiet:
            self.plain.setEnabled(not self.look.is_plain)
            self.changed.emit(self.look)


def _slider(name: str, most: int) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(-most, most)
    slider.setPageStep(most // 5)
    slider.setMinimumSize(220, BUTTON_HEIGHT)
    slider.setAccessibleName(name)
    return slider
