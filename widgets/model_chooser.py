"""The choice of the model that reads: those that are installed, and a file of one's own."""

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from app import checkpoints, settings
from app.checkpoints import Checkpoint
from app.errors import BadModel
from app.language import tr
from widgets.messages import BUTTON_HEIGHT


class ModelChooser(QComboBox):
    """A list of models with “Choose a model file…” at its end."""

    chosen = Signal(str)
    """What `app.checkpoints.find` takes: a model's name, or the path of its file."""
    file_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._current = ""
        self.setMinimumHeight(BUTTON_HEIGHT)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setAccessibleName(tr("Model that reads"))
        self.setToolTip(tr("The model that reads the writing; choose one that was trained on similar handwriting"))
        self.setPlaceholderText(tr("No model"))
        self.activated.connect(self._on_activated)
        self.show_models({}, "")

    @property
    def current(self) -> str:
        """The chosen model's name or path, empty while there is none."""
        return self._current

    def show_models(self, models: Mapping[str, Checkpoint], current: str) -> None:
        """Lists these models by name or path; `current` is the name or path of the one to use, empty for none."""
        self.clear()
        for key, model in models.items():
            self.addItem(model.title, key)
        if models:
            self.insertSeparator(self.count())
        self.addItem(tr("Choose a model file…"), "")
        self._mark(current)

    def choose(self, model: Checkpoint) -> None:
        """Adds a model file to the list, and uses it."""
        key = str(model.path)
        if self.findData(key) < 0:
            self.insertItem(0, model.title, key)
        self._mark(key)
        self.chosen.emit(key)

    def _mark(self, key: str) -> None:
        self._current = key
        self.setCurrentIndex(self.findData(key) if key else -1)

    def _on_activated(self, row: int) -> None:
        key = self.itemData(row)
        if key:
            self._mark(key)
            self.chosen.emit(key)
        else:
            self._mark(self._current)
            self.file_wanted.emit()


def known_models() -> tuple[dict[str, Checkpoint], str]:
    """The models to offer, by name or path, and which was used last; reads files, so not for the GUI thread."""
    models = {model.name: model for model in checkpoints.installed()}
    used = settings.load().model
    if used not in models:
        try:
            models[used] = checkpoints.find(used)
        except BadModel:
            used = next(iter(models), "")
    return models, used
