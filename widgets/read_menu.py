"""The menus that name models and engines, filled with those that are here when they open."""

from functools import partial

from app.checkpoints import EngineName
from app.language import tr
from widgets.actions import Actions
from widgets.model_chooser import ModelChooser
from widgets.models.manager import ModelManager
from widgets.models.names import engine_name
from widgets.read_commands import ReadCommands


class ReadMenu:
    """“Read again with” has the models of the chooser; “Find lines with” is there when there are two engines for it."""

    def __init__(self, actions: Actions, models: ModelChooser, manager: ModelManager, commands: ReadCommands) -> None:
        self._models = models
        self._manager = manager
        self._commands = commands
        self._again = actions.submenus["read_again"]
        self._again.setToolTipsVisible(True)
        self._again.aboutToShow.connect(self._list_models)
        self._find = actions.submenus["find_with"]
        engines: tuple[EngineName, ...] = ("kraken", "surya")
        for engine in engines:
            self._find.addAction(engine_name(engine)).triggered.connect(partial(self._find_lines, engine))
        manager.changed.connect(self._show_finders)
        self._show_finders()

    def _list_models(self) -> None:
        """Lists the models, those that can read first and the engines apart."""
        self._again.clear()
        engine = ""
        for choice in self._models.choices:
            if engine and engine != choice.engine:
                self._again.addSeparator()
            engine = choice.engine
            action = self._again.addAction(choice.text_with_engine)
            action.setToolTip(tr("Read what is chosen, or the page, with this model; readings before stay"))
            action.triggered.connect(partial(self._read_again, choice.name))

    def _read_again(self, name: str, _checked: bool = False) -> None:
        self._commands.read_again(name)

    def _find_lines(self, engine: EngineName, _checked: bool = False) -> None:
        self._commands.find_lines(engine)

    def _show_finders(self) -> None:
        """Shows the choice of an engine only where there is one: kraken always finds lines, surya with its model."""
        there = any(
            item.installed is not None
            and not item.damaged
            and (item.about.engine, item.about.purpose) == ("surya", "segmentation")
            for item in self._manager.items
        )
        self._find.menuAction().setVisible(there)
