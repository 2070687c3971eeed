"""Which models the list shows: a search in words, and five choices that can be opened below it."""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cmp_to_key

from PySide6.QtCore import QCollator, QLocale, Qt, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.checkpoints import sentences
from app.checkpoints.plan import About
from app.language import current_language, tr
from widgets.messages import BUTTON_HEIGHT
from widgets.models import names
from widgets.models.item import Item

_SIZES = (20_000_000, 100_000_000, 1_000_000_000)
_OF_ITEM: dict[str, Callable[[About], tuple[str, ...]]] = {
    "language": lambda about: about.languages,
    "script": lambda about: about.scripts,
    "engine": lambda about: (about.engine,),
    "licence": lambda about: (about.licence,) if about.licence else (),
}
"""What each choice compares, by the choice's name."""
_NAMED: dict[str, Callable[[str], str]] = {
    "language": names.language_name,
    "script": names.script_name,
    "engine": names.engine_name,
    "licence": names.licence_name,
}
"""What a person calls it."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What a model must have to be shown; an empty one lets all pass. `size` is the most in bytes, 0 for any."""

    text: str = ""
    language: str = ""
    script: str = ""
    engine: str = ""
    licence: str = ""
    size: int = 0

    def fits(self, item: Item) -> bool:
        """Whether a model is to be shown; one that does not say how large it is counts as too large."""
        wanted = {"language": self.language, "script": self.script, "engine": self.engine, "licence": self.licence}
        if any(code and code not in _OF_ITEM[name](item.about) for name, code in wanted.items()):
            return False
        if self.size and not 0 < item.size <= self.size:
            return False
        words = _folded(self.text).split()
        known = _all_words(item) if words else ""
        return all(word in known for word in words)

    @property
    def chosen(self) -> int:
        """How many of the five choices are made."""
        return sum(map(bool, (self.language, self.script, self.engine, self.licence, self.size)))


class FilterBar(QWidget):
    """The search field and a button that opens the choices."""

    changed = Signal()
    left = Signal()
    """The person goes on from the search field to the list."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search by name, language, script…"))
        self.search.setAccessibleName(tr("Search models"))
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumHeight(BUTTON_HEIGHT)
        self.search.textChanged.connect(lambda _: self._on_change())
        self.search.returnPressed.connect(self.left)
        self.more = QPushButton(tr("Filter"))
        self.more.setCheckable(True)
        self.more.setAutoDefault(False)
        self.more.setMinimumHeight(BUTTON_HEIGHT)
        self.more.setToolTip(tr("Show models of one language, script, size, licence or engine only"))
        self.choices = {
            "language": _choice(tr("Language")),
            "script": _choice(tr("Script")),
            "size": _choice(tr("Size")),
            "licence": _choice(tr("Licence")),
            "engine": _choice(tr("Engine")),
        }
        for limit in _SIZES:
            self.choices["size"].addItem(tr("up to {size}").format(size=sentences.size_text(limit)), limit)
        self._clear = QPushButton(tr("Show all"))
        self._clear.setAutoDefault(False)
        self._clear.setMinimumHeight(BUTTON_HEIGHT)
        self._clear.clicked.connect(self.clear)
        self._lay_out()

    def _lay_out(self) -> None:
        panel = QWidget()
        form = QFormLayout(panel)
        form.setContentsMargins(0, 4, 0, 4)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        for box in self.choices.values():
            label = QLabel(box.accessibleName())
            label.setMinimumHeight(BUTTON_HEIGHT)  # else it stands at the top of its row
            label.setBuddy(box)
            form.addRow(label, box)
            box.currentIndexChanged.connect(lambda _: self._on_change())
        form.addRow("", self._clear)
        panel.hide()
        self.more.toggled.connect(panel.setVisible)
        row = QHBoxLayout()
        row.addWidget(self.search, 1)
        row.addWidget(self.more)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(panel)

    @property
    def filter(self) -> Filter:
        """What is chosen now."""
        chosen = {name: box.currentData() for name, box in self.choices.items() if box.currentData()}
        return Filter(text=self.search.text(), **chosen)

    def show_choices(self, items: Iterable[Item]) -> None:
        """Offers what these models have, by name; what was chosen stays chosen where it still exists."""
        abouts = [item.about for item in items]
        for name, named in _NAMED.items():
            codes = {code for about in abouts for code in _OF_ITEM[name](about)}
            _fill(self.choices[name], {code: named(code) for code in codes})

    def clear(self) -> None:
        """Lets all pass."""
        self.search.clear()
        for box in self.choices.values():
            box.setCurrentIndex(0)

    def _on_change(self) -> None:
        chosen = self.filter.chosen
        self.more.setText(tr("Filter ({count})").format(count=chosen) if chosen else tr("Filter"))
        self.changed.emit()


def _choice(label: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(label)
    box.setMinimumHeight(BUTTON_HEIGHT)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(12)
    box.addItem(tr("any"), "")
    return box


def _fill(box: QComboBox, wanted: dict[str, str]) -> None:
    """Offers these names by their codes, in the order of the language's alphabet."""
    collator = QCollator(QLocale(current_language()))
    rows = sorted(wanted.items(), key=lambda row: cmp_to_key(collator.compare)(row[1]))
    if [box.itemData(at) for at in range(1, box.count())] == [code for code, _ in rows]:
        return
    chosen = box.currentData()
    blocked = box.blockSignals(True)
    while box.count() > 1:
        box.removeItem(1)
    for code, name in rows:
        box.addItem(name, code)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    box.blockSignals(blocked)


def _all_words(item: Item) -> str:
    about = item.about
    words = [about.title, about.summary, item.source, about.licence, names.engine_name(about.engine), *item.words]
    words += [names.language_name(code) for code in about.languages]
    words += [names.script_name(code) for code in about.scripts]
    return _folded(" ".join([*words, *about.languages, *about.scripts, names.purpose_name(about.purpose)]))


def _folded(text: str) -> str:
    """The text without accents and capitals."""
    return "".join(one for one in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(one))
