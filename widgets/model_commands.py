"""What the actions on models do: the window “Models”, the choice of the model that reads, and what the launch found."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
from PySide6.QtWidgets import QFileDialog, QWidget

from app import checkpoints
from app.checkpoints import packs, sentences
from app.checkpoints.weights import Opener
from app.errors import AppError
from app.jobs import Read
from app.language import tr
from app.settings import Settings
from widgets.desk import Desk
from widgets.jobs.activity import Activity
from widgets.messages import MessageBar, ask
from widgets.model_chooser import ModelChoice, ModelChooser
from widgets.models.item import Item, Verb, status, verbs
from widgets.models.manager import Launch, ModelManager
from widgets.models.needed import NeededModels
from widgets.models.overview import choices
from widgets.models.window import ModelsWindow

_FILES = f"*.safetensors *.mlmodel *{packs.SUFFIX}"


class ModelCommands:
    """The actions on models; questions and file dialogs are asked here, and the manager does the rest."""

    def __init__(
        self, window: QWidget, desk: Desk, chooser: ModelChooser, messages: MessageBar, opener: Opener
    ) -> None:
        self._window = window
        self._desk = desk
        self._chooser = chooser
        self._messages = messages
        self._folder = Path.home()
        self._view: ModelsWindow | None = None
        self.manager = manager = ModelManager(opener, window)
        self.needed = NeededModels(desk, manager, messages)
        self.needed.begun.connect(chooser.use)
        manager.changed.connect(self._show)
        manager.launched.connect(self._on_launch)
        manager.activity.connect(desk.activity)
        manager.imported.connect(self._show_imported)
        manager.told.connect(self._say)
        manager.failed.connect(self._show_error)
        desk.read_failed.connect(self._on_read_failed)
        desk.settings_changed.connect(lambda _: manager.look())
        chooser.chosen.connect(self._use)
        chooser.file_wanted.connect(self._choose_file)
        chooser.more_wanted.connect(self.open)

    def close(self) -> None:
        """Closes the window “Models” and ends all work on models; waits a moment at most."""
        if self._view is not None:
            self._view.close()
        self.manager.close()

    # ---- actions

    def open(self) -> None:
        """Shows the window “Models”, at first with the card of the model that reads."""
        if self._view is None:
            self._view = ModelsWindow(self._window)
            self._view.wanted.connect(self._do)
            self._view.import_wanted.connect(self.import_file)
            self._view.refresh_wanted.connect(self.manager.refresh)
            self._view.refresh_cancelled.connect(self._cancel_refresh)
        is_new = not self._view.isVisible()
        self._view.show()
        self._show()
        if is_new and self._chooser.choice is not None:
            self._view.choose(self._chooser.choice.item)
        self._view.raise_()
        self._view.activateWindow()

    def import_file(self) -> None:
        """Asks for a model's file, or a pack, and takes it in."""
        kinds = tr("Models") + f" ({_FILES})"
        title = tr("Import a model file")
        name, _ = QFileDialog.getOpenFileName(self._parent(), title, str(self._folder), kinds)
        self._import(name)

    def import_folder(self) -> None:
        """Asks for a model's folder and takes it in."""
        title = tr("Import a model's folder")
        self._import(QFileDialog.getExistingDirectory(self._parent(), title, str(self._folder)))

    def choose_storage(self) -> None:
        """Asks where models are to be kept from the next start on."""
        name = QFileDialog.getExistingDirectory(self._window, tr("Where models are kept"), str(Path.home()))
        if name:
            self._change(lambda known: msgspec.structs.replace(known, storage=name))
            message = tr("From the next start on, models are kept in “{folder}”.").format(folder=name)
            hint = tr("Close Lesepult and start it again. Models in the folder before stay there, but are not shown.")
            self._messages.show_error(AppError(message, hint))

    def work_offline(self, on: bool) -> None:
        """Lets nothing go to the network any more, or again; what is being downloaded waits then."""
        self._change(lambda known: msgspec.structs.replace(known, offline=on))
        for item in self.manager.items if on else ():
            self.manager.pause(item)

    def resume_at_start(self, on: bool) -> None:
        """Says whether downloads that were running go on by themselves at the next start."""
        self._change(lambda known: msgspec.structs.replace(known, resume_downloads=on))

    # ---- the window “Models”

    def _do(self, verb: Verb, item: Item) -> None:
        manager = self.manager
        does: dict[Verb, Callable[[Item], None]] = {
            "ask": manager.ask,
            "leave": manager.leave,
            "start": manager.start_download,
            "pause": manager.pause,
            "resume": manager.resume,
            "stop": manager.stop,
            "discard": self._discard,
            "read": self._read_with,
            "check": manager.check,
            "repair": manager.repair,
            "pack": self._pack,
            "remove": self._remove,
            "cancel": self._cancel_work,
        }
        does[verb](item)

    def _discard(self, item: Item) -> None:
        download = item.download or item.kept
        if download is None:
            return
        title, size = item.about.title, sentences.size_text(download.done)
        if not download.done or ask(
            self._parent(),
            tr("Delete the {size} of “{title}” that have arrived?").format(size=size, title=title),
            tr("To keep them for a later download, stop it instead."),
            tr("Delete what has arrived"),
            tr("Keep it"),
        ):
            self.manager.discard(item)

    def _remove(self, item: Item) -> None:
        if item.installed is None:
            return
        record = item.installed.record
        frees = tr("This frees {size}.").format(size=sentences.size_text(record.size))
        again = {
            "downloaded": tr("It can be downloaded again."),
            "imported": tr("It came from a file: keep that, if you may need it again."),
            "trained": tr("It was trained on this computer and cannot be had again. “Pack to a file” makes a copy."),
        }
        if ask(
            self._parent(),
            tr("Remove “{title}” from this computer?").format(title=item.about.title),
            f"{frees} {again.get(record.origin, '')}",
            tr("Remove"),
            tr("Keep it"),
        ):
            self.manager.remove(item)

    def _pack(self, item: Item) -> None:
        title = tr("Pack “{title}” to a file").format(title=item.about.title)
        suggested = self._folder / f"{item.key.replace(':', '-').replace('/', '-')}{packs.SUFFIX}"
        name, _ = QFileDialog.getSaveFileName(self._parent(), title, str(suggested), f"*{packs.SUFFIX}")
        if name:
            self._folder = Path(name).parent
            self.manager.pack(item, Path(name))

    def _read_with(self, item: Item) -> None:
        if item.installed is not None:
            self._chooser.use(item.installed.record.name)
            self._say(tr("“{title}” reads from now on.").format(title=item.about.title))

    def _cancel_work(self, item: Item) -> None:
        if item.work is not None:
            self.manager.cancel(item.work.id)

    def _cancel_refresh(self) -> None:
        if self.manager.listing.work is not None:
            self.manager.cancel(self.manager.listing.work.id)

    def _import(self, name: str) -> None:
        if name:
            self._folder = Path(name).parent
            self.manager.import_model(Path(name))

    # ---- the model that reads

    def _choose_file(self) -> None:
        kinds = tr("Models") + " (*.safetensors *.mlmodel)"
        name, _ = QFileDialog.getOpenFileName(self._window, tr("Choose a model file"), str(self._folder), kinds)
        if name:
            self._folder = Path(name).parent
            self._desk.look_up(partial(checkpoints.find, name), self._chooser.choose)

    def _use(self, name: str) -> None:
        self._change(lambda known: msgspec.structs.replace(known, model=name))
        choice = self._chooser.choice
        if choice is not None and choice.state == "missing":
            self._desk.told.emit(tr("“{title}” is downloaded when you read with it.").format(title=choice.title))

    def _on_read_failed(self, task: Read) -> None:
        """A reading has failed: if that is because its model is gone or damaged, asks for it."""

        def looked() -> None:
            choice = self._chooser.choice
            if choice is not None and choice.name == task.model and choice.state in {"missing", "damaged"}:
                self.needed.ask(lambda name: self._desk.submit(msgspec.structs.replace(task, model=name)), choice)

        self.manager.look(looked)

    # ---- how it is told

    def _show(self) -> None:
        snapshot = self.manager.snapshot
        if snapshot.entries:
            file, files = snapshot.own_file, self._chooser.files
            if file is not None:
                files = {str(file): ModelChoice(str(file), file.stem)} | files
            wanted = self._chooser.current or snapshot.settings.model
            self._chooser.show_models(*choices(snapshot, self.manager.items, files, wanted))
        if self._view is not None and self._view.isVisible():
            self._view.show_items(self.manager.items)
            self._view.show_listing(self.manager.listing)

    def _on_launch(self, launch: Launch) -> None:
        if launch.problem is not None:
            problem = launch.problem
            self._messages.offer(problem.message, problem.hint, tr("Choose another folder"), self.choose_storage)
        if launch.freed:
            names = ", ".join(one.name for one in launch.pruned) or tr("models that were removed")
            told = tr("Leftovers that nothing could go on with were deleted ({names}): {size} freed.")
            message = told.format(names=names, size=sentences.size_text(launch.freed))
            self._desk.activity.emit(Activity("pruned", tr("Clearing up"), "done", message=message, aside=True))
        for item in self.manager.items:
            message = tr("“{title}” is damaged.").format(title=item.about.title)
            if "repair" in verbs(item):
                self._messages.offer(message, status(item), tr("Repair"), partial(self.manager.repair, item))
            elif item.damaged and item.download is None:
                self._messages.show_error(AppError(message, status(item)))

    def _parent(self) -> QWidget:
        return self._view if self._view is not None and self._view.isActiveWindow() else self._window

    def _show_imported(self, key: str) -> None:
        if self._view is not None:
            self._view.choose(key)

    def _say(self, sentence: str) -> None:
        self._desk.told.emit(sentence)
        if self._view is not None:
            self._view.said.say(sentence)

    def _show_error(self, error: AppError) -> None:
        if self._view is not None and self._view.isVisible():
            self._view.messages.show_error(error)
        else:
            self._messages.show_error(error)

    def _change(self, change: Callable[[Settings], Settings]) -> None:
        self._desk.change_settings(change)
