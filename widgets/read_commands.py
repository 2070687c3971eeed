"""What the actions that read and find lines do: from what is chosen to tasks for the engines."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from statistics import median

import msgspec

from app import checkpoints
from app.archive import PageInfo
from app.checkpoints import EngineName
from app.jobs import Align, Choice, DrawnBox, FindLines, Read, selection
from app.language import tr
from app.page import Page
from widgets import reading_words
from widgets.align_dialog import AlignDialog
from widgets.desk import Desk
from widgets.model_chooser import ModelChoice, ModelChooser
from widgets.page_commands import PageCommands
from widgets.reading_words import UNSURE_BELOW

_FEW = 3
"""Of fewer lines nothing is said about the model."""
Work = Callable[[str], object]
"""A reading that is begun with the name of its model."""


class ReadCommands:
    """The actions on engines; what will be done is said in the status line before it begins."""

    def __init__(
        self, desk: Desk, lines: PageCommands, models: ModelChooser, need_model: Callable[[Work, ModelChoice], None]
    ) -> None:
        """`need_model` takes a reading whose model is not there, and asks for it."""
        self._desk = desk
        self._lines = lines
        self._models = models
        self._need_model = need_model
        self._drawn: tuple[str, DrawnBox, Choice] | None = None
        self._doubted: set[str] = set()

    # ---- one page

    def find_lines(self, engine: EngineName = "kraken") -> None:
        """Has the lines of the page found, or of the one region that is chosen."""
        page, choice = self._desk.page, self._lines.chosen()
        if page is not None:
            region = choice.regions[0] if len(choice.regions) == 1 and not choice.lines else None
            self._lines.saved_first(partial(self._desk.submit, FindLines(page.id, region, engine)))

    def read(self) -> None:
        """Has the chosen lines and regions read, or the page when nothing is chosen."""
        self._read_page(self._lines.chosen())

    def read_page(self) -> None:
        """Has the page read, whatever is chosen."""
        self._read_page(Choice())

    def read_box(self, box: DrawnBox) -> None:
        """Has a part of the page read that was marked."""
        if self._desk.page is not None:
            self._drawn = self._desk.page.id, box, self._lines.chosen()
        self._read_page(Choice(boxes=(box,)))

    def drawn_lines(self) -> tuple[str, ...]:
        """The lines in the box that was drawn last, told once; none where something else was chosen since."""
        drawn, self._drawn, page = self._drawn, None, self._desk.page
        if drawn is None or page is None or (page.id, self._lines.chosen()) != (drawn[0], drawn[2]):
            return ()
        return selection.lines_in(page, drawn[1].box)

    def read_unsure(self) -> None:
        """Has those lines of the page read that another model was not sure of."""
        self._read_page(Choice(below=UNSURE_BELOW))

    def read_again(self, name: str) -> None:
        """Has the lines that are chosen, or those of the page, read with the model of this name."""
        model = next((choice for choice in self._models.choices if choice.name == name), None)
        page = self._desk.page
        if page is not None and model is not None:
            self._begin(page, self._lines_alone(page), (model,))

    def read_with_both(self) -> None:
        """Has the same read with the chosen model and with the best one of the other engine, to be compared."""
        page, model, other = self._desk.page, self._models.choice, self._other()
        if page is not None and model is not None and other is not None:
            self._begin(page, self._lines_alone(page), (model, other))

    def doubtful(self) -> str:
        """The model that was unsure of most suggestions on the page, by its title and once; empty if there is none."""
        page = self._desk.page
        readings = [line.reading for line in page.lines if line.state == "read" and line.reading] if page else []
        models = Counter(reading.model for reading in readings)
        model = max(models, key=lambda name: models[name], default="")
        sure = [reading.confidence for reading in readings if reading.model == model]
        if len(sure) < _FEW or model in self._doubted or median(sure) >= UNSURE_BELOW:
            return ""
        self._doubted.add(model)
        return self._models.titles.get(model, model)

    # ---- many pages

    def read_document(self) -> None:
        """Has every page of the document read, in the background."""
        self._read_pages(self._of_document(), Choice(), self._named(tr("Reading “{document}”")))

    def read_archive(self) -> None:
        """Has every page of the archive read, in the background."""
        self._read_pages(tuple(self._desk.infos.values()), Choice(), tr("Reading the whole archive"))

    def read_unsure_in_document(self) -> None:
        """Has those lines of the document read that another model was not sure of, in the background."""
        title = self._named(tr("Reading again what is unsure in “{document}”"))
        read = tuple(info for info in self._of_document() if info.read)
        self._read_pages(read, Choice(below=UNSURE_BELOW), title)

    # ---- a text that is there already

    def align(self) -> None:
        """Asks for a text, and has it put on the lines of the page."""
        page, window = self._desk.page, self._lines.window()
        if page is None:
            return
        model = self._models.choice
        # kraken alone aligns, so its starter helps out where another engine's model is chosen.
        fits = model is not None and model.engine == "kraken" and model.state == "ready"
        name = model.name if model is not None and fits else checkpoints.STARTER
        dialog = AlignDialog(page, self._desk.infos[page.id].number, window)
        dialog.wanted.connect(
            lambda text: self._lines.saved_first(partial(self._desk.submit, Align(page.id, text, name)))
        )
        dialog.open()

    # ---- how things stand

    def enabled(self) -> dict[str, bool]:
        """Which actions of the menus can work now, by name."""
        page = self._desk.page
        can_read = page is not None and bool(self._models.current)
        names = ("read", "read_page", "read_document", "read_archive", "read_unsure", "read_unsure_document")
        return dict.fromkeys(names, can_read) | {
            "find": page is not None,
            "read_both": can_read and self._other() is not None,
            "align": page is not None and bool(page.lines),
        }

    def foretold(self) -> dict[str, Callable[[], str]]:
        """What the actions that read would do now, in a sentence each, by their names."""
        return {
            "read": lambda: self._foretell_page(self._lines.chosen()),
            "read_page": lambda: self._foretell_page(Choice()),
            "read_document": lambda: self._foretell_pages(self._of_document()),
            "read_archive": lambda: self._foretell_pages(tuple(self._desk.infos.values())),
        }

    def _foretell_page(self, choice: Choice) -> str:
        page, model = self._desk.page, self._models.choice
        if page is None or model is None:
            return ""
        return reading_words.of_page(page, choice, model) or reading_words.nothing(choice)

    def _foretell_pages(self, infos: Sequence[PageInfo]) -> str:
        model, todo = self._models.choice, _unreviewed(infos)
        if model is None:
            return ""
        return reading_words.of_pages(todo, model) if todo else reading_words.nothing(Choice())

    def _other(self) -> ModelChoice | None:
        """The best model of the engine that is not chosen: one that is ready; kraken's starter, surya's newest."""
        chosen = self._models.choice
        others = [choice for choice in self._models.choices if chosen is not None and choice.engine != chosen.engine]
        best = [choice for choice in others if choice.state == "ready"] or others
        return max(best, key=lambda choice: (choice.name == checkpoints.STARTER, choice.name), default=None)

    def _lines_alone(self, page: Page) -> Choice:
        """What is chosen, with the lines of a region in its place, so that none are looked for where some are."""
        choice = self._lines.chosen()
        inside = [line.id for region in choice.regions for line in page.lines_in(region)]
        empty = tuple(region for region in choice.regions if not page.lines_in(region))
        return Choice(lines=tuple(dict.fromkeys((*choice.lines, *inside))), regions=empty)

    def _read_page(self, choice: Choice) -> None:
        page, model = self._desk.page, self._models.choice
        if page is not None and model is not None:
            self._begin(page, choice, (model,))

    def _begin(self, page: Page, choice: Choice, models: Sequence[ModelChoice]) -> None:
        """Begins to read a page with each of these models, or says why there is nothing to read."""
        says = [reading_words.of_page(page, choice, model) for model in models]
        if not all(says):
            self._desk.told.emit(reading_words.nothing(choice))
            return
        self._desk.told.emit(" ".join(says))
        tasks = [Read(page.id, choice, model.name, as_found=number > 0) for number, model in enumerate(models)]
        if all(model.state == "ready" for model in models):
            self._lines.saved_first(partial(self._desk.submit, *tasks))  # one job: one reader after the other
            return
        for model, task in zip(models, tasks, strict=True):
            self._submit(model, (task,))

    def _read_pages(self, infos: Sequence[PageInfo], choice: Choice, title: str) -> None:
        model = self._models.choice
        todo = _unreviewed(infos)
        if model is None:
            return
        if not todo:
            self._desk.told.emit(reading_words.nothing(choice))
            return
        self._desk.told.emit(reading_words.of_pages(todo, model))
        self._submit(model, tuple(Read(info.id, choice, model.name) for info in todo), title)

    def _submit(self, model: ModelChoice, tasks: tuple[Read, ...], title: str = "") -> None:
        """Hands tasks to the engine; with a title it is a long job, before which everything else goes."""

        def begin(name: str) -> None:
            named = (msgspec.structs.replace(task, model=name) for task in tasks)
            self._desk.submit(*named, title=title, later=bool(title))

        if model.state == "ready":
            self._lines.saved_first(partial(begin, model.name))
        else:
            self._lines.saved_first(partial(self._need_model, begin, model))

    def _of_document(self) -> tuple[PageInfo, ...]:
        """The pages of the document of which one is in view."""
        page = self._desk.page
        document = self._desk.infos[page.id].document if page is not None else None
        return tuple(info for info in self._desk.infos.values() if info.document == document)

    def _named(self, title: str) -> str:
        """A title with the name of the document of which a page is in view."""
        page = self._desk.page
        document = self._desk.infos[page.id].document if page is not None else None
        return title.format(document=next((each.title for each in self._desk.documents if each.id == document), ""))


def _unreviewed(infos: Sequence[PageInfo]) -> list[PageInfo]:
    """The pages on which there is something left to read."""
    return [info for info in infos if info.reviewed < info.lines or not info.lines]
