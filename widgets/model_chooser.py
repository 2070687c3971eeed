"""The choice of the model that reads: both engines' models that are here, some that can be had, a file of one's own."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter, QWidget

from app.checkpoints import Checkpoint, EngineName, sentences
from app.language import tr
from widgets.messages import BUTTON_HEIGHT
from widgets.models.names import engine_name

ModelState = Literal["ready", "missing", "coming", "damaged"]
_FILE, _MORE = "?file", "?more"
_MOST_CHARACTERS = 42


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model to read with: by its name or the path of its file, and whether that can be done at once.

    `size` is what has to be fetched in bytes, 0 where nobody knows; `item` is its key in the window “Models”.
    """

    name: str
    title: str
    state: ModelState = "ready"
    size: int = 0
    item: str = ""
    engine: EngineName = "kraken"

    @property
    def obstacle(self) -> str:
        """In words what stands in the way of reading with it; empty when nothing does."""
        size = sentences.size_text(self.size)
        texts = {
            "ready": "",
            "missing": tr("download {size}").format(size=size) if self.size else tr("to be downloaded"),
            "coming": tr("on its way"),
            "damaged": tr("damaged"),
        }
        return texts[self.state]

    @property
    def text(self) -> str:
        """The title, and what stands in the way."""
        return " – ".join(filter(None, [self.title, self.obstacle]))

    @property
    def text_with_engine(self) -> str:
        """The same, with the engine that reads."""
        return f"{engine_name(self.engine)}: {self.text}"


class ModelChooser(QComboBox):
    """A list of models with “Choose a model file…” and “More models…” at its end."""

    chosen = Signal(str)
    """What `app.checkpoints.store.find` takes: a model's name, or the path of its file."""
    changed = Signal()
    """The models in the list, or the one that is chosen, are others than before."""
    file_wanted = Signal()
    more_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choices: dict[str, ModelChoice] = {}
        self._current = ""
        self.setMinimumHeight(BUTTON_HEIGHT)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setMaximumWidth(self.fontMetrics().averageCharWidth() * _MOST_CHARACTERS + 48)
        self.view().setTextElideMode(Qt.TextElideMode.ElideNone)
        self.setAccessibleName(tr("Model that reads"))
        self.setPlaceholderText(tr("No model"))
        self.activated.connect(self._on_activated)
        self.show_models((), "")

    @property
    def current(self) -> str:
        """The chosen model's name or path, empty while there is none."""
        return self._current

    @property
    def choice(self) -> ModelChoice | None:
        """What is known of the chosen model, None while there is none."""
        return self._choices.get(self._current)

    @property
    def choices(self) -> tuple[ModelChoice, ...]:
        """All models of the list, those that can read first and the engines apart."""
        return tuple(sorted(self._choices.values(), key=lambda choice: (choice.state != "ready", choice.engine)))

    @property
    def titles(self) -> dict[str, str]:
        """The models' titles by the names that readings keep, which of a file is the file's own."""
        return {choice.name if choice.item else Path(choice.name).name: choice.title for choice in self.choices}

    def show_models(self, choices: Sequence[ModelChoice], current: str) -> None:
        """Lists these, those that can read first, with their engine where models of both can.

        `current` is the name or path of the one to use, empty for none.
        """
        listed = {choice.name: choice for choice in choices}
        if self.count() and (listed, current) == (self._choices, self._current):
            return
        self._choices = listed
        self.clear()
        both = len({choice.engine for choice in choices if choice.state == "ready"}) > 1
        for _, group in itertools.groupby(self.choices, lambda choice: (choice.state == "ready", choice.engine)):
            for choice in group:
                self.addItem(choice.text_with_engine if both else choice.text, choice.name)
                self.setItemData(self.count() - 1, choice.text_with_engine, Qt.ItemDataRole.ToolTipRole)
            self.insertSeparator(self.count())
        self.addItem(tr("Choose a model file…"), _FILE)
        self.addItem(tr("More models…"), _MORE)
        self._mark(current)

    def choose(self, model: Checkpoint) -> None:
        """Adds a model file to the list, and uses it."""
        key = str(model.path)
        if key not in self._choices:
            self.show_models([ModelChoice(key, model.title, engine=model.engine), *self._choices.values()], key)
        self.use(key)

    def use(self, name: str) -> None:
        """Uses a model of the list from now on."""
        self._mark(name)
        self.chosen.emit(name)

    @property
    def files(self) -> dict[str, ModelChoice]:
        """The files of the person's own that are in the list, by path."""
        return {name: choice for name, choice in self._choices.items() if not choice.item}

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's signature
        """Paints a title that is too long without its end, and what stands in the way of reading in full."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, self).width() - 4
        title, ending = self.placeholderText(), ""
        if self.choice is not None:
            title = self.choice.title
            ending = f" – {self.choice.obstacle}" if self.choice.obstacle else ""
        room -= self.fontMetrics().horizontalAdvance(ending)
        option.currentText = self.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, room) + ending
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def showPopup(self) -> None:  # noqa: N802 - Qt's name
        """Opens the list as wide as its longest title, however narrow the toolbar is."""
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 24)
        super().showPopup()

    def _mark(self, key: str) -> None:
        self._current = key
        self.setCurrentIndex(self.findData(key) if key else -1)
        tip = tr("The model that reads the writing; choose one that was trained on similar handwriting")
        self.setToolTip(f"{self.choice.text_with_engine}\n{tip}" if self.choice else tip)
        self.changed.emit()

    def _on_activated(self, row: int) -> None:
        key = self.itemData(row)
        self._mark(key if key in self._choices else self._current)
        if key == _FILE:
            self.file_wanted.emit()
        elif key == _MORE:
            self.more_wanted.emit()
        else:
            self.chosen.emit(key)
