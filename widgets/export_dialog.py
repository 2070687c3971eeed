"""What to export, and where to."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app.language import tr
from widgets.dialog import Dialog
from widgets.messages import BUTTON_HEIGHT, PRIMARY_HEIGHT


class ExportDialog(Dialog):
    """Asks for a new folder, and whether lines that nobody has reviewed go along."""

    wanted = Signal(object, bool)
    """The folder, and whether all lines with text are wanted."""

    def __init__(self, suggested: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Export"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.reviewed = QRadioButton(tr("Reviewed lines only"))
        self.reviewed.setToolTip(tr("What a person has checked: ground truth"))
        self.every = QRadioButton(tr("All lines, also suggestions and drafts"))
        self.reviewed.setChecked(True)
        self.folder = QLineEdit(str(suggested))
        self.folder.setAccessibleName(tr("New folder for the export"))
        self.folder.setMinimumWidth(320)
        self.folder.textChanged.connect(self._check)
        choose = QPushButton(tr("Choose…"))
        choose.setAutoDefault(False)
        choose.clicked.connect(self._choose)
        self._why = QLabel()
        self._why.setWordWrap(True)
        self.export_button = QPushButton(tr("Export"))
        self.export_button.setDefault(True)
        self.export_button.clicked.connect(self._export)
        cancel = QPushButton(tr("Cancel"))
        cancel.clicked.connect(self.reject)
        for widget in (self.folder, choose, cancel):
            widget.setMinimumHeight(BUTTON_HEIGHT)
        self.export_button.setMinimumHeight(PRIMARY_HEIGHT)
        cancel.setMinimumHeight(PRIMARY_HEIGHT)
        label = QLabel(tr("Into a new folder"))
        label.setBuddy(self.folder)
        where, verbs = QHBoxLayout(), QHBoxLayout()
        where.addWidget(self.folder, 1)
        where.addWidget(choose)
        verbs.addStretch(1)
        verbs.addWidget(cancel)
        verbs.addWidget(self.export_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        what = QLabel(tr("All pages are written as PAGE XML, each with its scan."))
        what.setWordWrap(True)
        column.addWidget(what)
        column.addWidget(self.reviewed)
        column.addWidget(self.every)
        column.addSpacing(8)
        column.addWidget(label)
        column.addLayout(where)
        column.addWidget(self._why)
        column.addLayout(verbs)
        self._check()

    def _choose(self) -> None:
        here = Path(self.folder.text())
        name, _ = QFileDialog.getSaveFileName(
            self, tr("New folder for the export"), str(here), "", options=QFileDialog.Option.ShowDirsOnly
        )
        if name:
            self.folder.setText(name)

    def _check(self) -> None:
        text = self.folder.text().strip()
        taken = bool(text) and Path(text).exists()
        self._why.setText(tr("This folder exists already. Give the name of a new one.") if taken else "")
        self.export_button.setEnabled(bool(text) and not taken)

    def _export(self) -> None:
        self.wanted.emit(Path(self.folder.text().strip()).expanduser(), self.every.isChecked())
        self.accept()
