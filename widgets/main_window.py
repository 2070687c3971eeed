"""The window: its parts put together, and what each action does."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
from PySide6.QtCore import QEvent, QLocale, Qt
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMainWindow, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from app.archive import PageEdit, PageInfo
from app.checkpoints import EngineName
from app.checkpoints.weights import Opener
from app.errors import AppError, Conflict
from app.jobs import Worker, open_once
from app.language import current_language, tr
from app.settings import Settings
from widgets import help as help_dialogs
from widgets import messages, text_size
from widgets.actions import Actions, limit_to
from widgets.archive_commands import ArchiveCommands
from widgets.boundaries import Boundaries
from widgets.desk import Desk
from widgets.finding.commands import FindingCommands
from widgets.finding.panel import FindingPanel
from widgets.jobs.activity import Activity
from widgets.jobs.panel import ActivityBar
from widgets.layout_commands import LayoutCommands
from widgets.library.panel import LibraryPanel
from widgets.line_commands import LineCommands
from widgets.model_chooser import ModelChooser
from widgets.model_commands import ModelCommands
from widgets.page_commands import PageCommands
from widgets.page_image import PyramidImage
from widgets.page_view import PageView
from widgets.place import place_text
from widgets.read_commands import ReadCommands
from widgets.read_menu import ReadMenu
from widgets.report import offer_report
from widgets.toolbar import Toolbar, ToolColumn
from widgets.tools import TOOLS
from widgets.transcript.panel import TranscriptPanel
from widgets.undo import NO_MERGE
from widgets.view_commands import TURNS, VIEW_ACTIONS, ViewCommands
from widgets.welcome import EmptyArchivePage, WelcomePage
from widgets.window_state import WindowState


class MainWindow(QMainWindow):
    """Documents, page and transcript side by side, over one desk."""

    def __init__(self, make_worker: Callable[[EngineName], Worker] = Worker, opener: Opener = open_once) -> None:
        super().__init__()
        self.desk = Desk(make_worker, self)
        self.messages = messages.MessageBar()
        self.library = LibraryPanel()
        self.page_view = PageView()
        self.transcript = TranscriptPanel(self.desk.images)
        self.finding = FindingPanel()
        self.welcome = WelcomePage()
        self.empty_archive = EmptyArchivePage()
        self.models = ModelChooser()
        self.activities = ActivityBar()
        self.place = QLabel()
        self.said = messages.PassingText()
        self.actions_by_name = Actions(self)
        self.archive_commands = ArchiveCommands(self, self.desk, self.messages)
        self.model_commands = ModelCommands(self, self.desk, self.models, self.messages, opener)
        self.page_commands = PageCommands(self.desk, self.page_view, self.transcript)
        need_model = self.model_commands.needed.ask
        self.read_commands = ReadCommands(self.desk, self.page_commands, self.models, need_model)
        self.read_menu = ReadMenu(self.actions_by_name, self.models, self.model_commands.manager, self.read_commands)
        self.line_commands = LineCommands(
            self.desk, self.transcript, self.page_commands, self.actions_by_name, self.models
        )
        self.boundaries = Boundaries(self.desk)
        self.layout_commands = LayoutCommands(self.desk, self.page_view, self.page_commands, self.actions_by_name)
        self.view_commands = ViewCommands(self.desk, self.page_view, self.transcript, self.actions_by_name)
        self.finding_commands = FindingCommands(
            self.desk, self.finding, self.transcript, self.page_commands, self.actions_by_name
        )
        self.setWindowTitle("Lesepult")
        self.setAcceptDrops(True)
        self._lay_out()
        self._connect_actions()
        self._connect_desk()
        self._connect_views()
        self.state = WindowState(
            self, self.columns, self.desk, self.page_view, self.transcript, actions=self.actions_by_name
        )
        self._on_library()
        self.desk.change_settings(lambda known: known)
        self.model_commands.manager.start()

    # ---- putting together

    def _lay_out(self) -> None:
        self.actions_by_name.show_icons(self.palette())
        self.page_side = QWidget()
        side = QHBoxLayout(self.page_side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(0)
        side.addWidget(ToolColumn(self.actions_by_name))
        side.addWidget(self.page_view, 1)
        self.middle = QStackedWidget()
        for content in (self.welcome, self.empty_archive, self.page_side):
            self.middle.addWidget(content)
        self.columns = QSplitter(Qt.Orientation.Horizontal)
        self.columns.setChildrenCollapsible(False)
        parts: tuple[tuple[QWidget, int], ...] = ((self.library, 180), (self.middle, 380), (self.transcript, 360))
        for part, least in parts:
            part.setMinimumWidth(least)
            self.columns.addWidget(part)
        self.columns.setSizes([230, 630, 540])
        for at, stretch in enumerate((0, 3, 2)):
            self.columns.setStretchFactor(at, stretch)
        central = QWidget()
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.messages)
        column.addWidget(self.columns, 3)
        column.addWidget(self.finding, 1)
        self.setCentralWidget(central)
        self.toolbar = Toolbar(self.actions_by_name, self.models)
        self.addToolBar(self.toolbar)
        self.place.setContentsMargins(8, 0, 8, 0)
        self.statusBar().addWidget(self.place)
        self.statusBar().addWidget(self.said, 1)
        self.statusBar().addPermanentWidget(self.activities)
        self.statusBar().setSizeGripEnabled(False)
        self.statusBar().setMinimumHeight(messages.BUTTON_HEIGHT + 8)
        self.resize(1400, 900)

    def _connect_actions(self) -> None:
        page, text, desk, archive = self.page_view, self.transcript, self.desk, self.archive_commands
        lines, read, models = self.page_commands, self.read_commands, self.model_commands
        does: dict[str, Callable[[], object]] = {
            "new": self._new,
            "open": self._open,
            "import": archive.import_scans,
            "trash": lambda: lines.saved_first(archive.trash),
            "export": lambda: lines.saved_first(archive.export),
            "quit": self.close,
            "undo": lambda: lines.saved_first(desk.undo),
            "redo": lambda: lines.saved_first(desk.redo),
            "previous_page": partial(self._turn, -1),
            "next_page": partial(self._turn, 1),
            "find": read.find_lines,
            "larger_text": partial(self._resize_text, 1),
            "smaller_text": partial(self._resize_text, -1),
            "zoom_in": page.zoom_in,
            "zoom_out": page.zoom_out,
            "fit": page.fit_page,
            "fit_width": page.fit_width,
            "one_to_one": page.one_to_one,
            "delete": lines.delete,
            "join": lines.join,
            "move_up": partial(lines.move, -1),
            "move_down": partial(lines.move, 1),
            "read": read.read,
            "read_page": read.read_page,
            "read_document": read.read_document,
            "read_archive": read.read_archive,
            "read_both": read.read_with_both,
            "read_unsure": read.read_unsure,
            "read_unsure_document": read.read_unsure_in_document,
            "align": read.align,
            "cancel": self._cancel,
            "jobs": self.activities.open_list,
            "accept": lines.accept,
            "review": lines.review,
            "withdraw": lines.withdraw,
            "previous_line": partial(text.step, -1),
            "next_line": partial(text.step, 1),
            "next_open": partial(lines.step_open, 1),
            "previous_open": partial(lines.step_open, -1),
            "go_library": self.library.setFocus,
            "go_page": page.setFocus,
            "go_text": text.focus_text,
            "models": models.open,
            "import_model": models.import_file,
            "import_model_folder": models.import_folder,
            "storage": models.choose_storage,
            "shortcuts": lambda: help_dialogs.shortcuts(self.actions_by_name.all(), self).show(),
            "about": lambda: help_dialogs.about(self).show(),
        }
        for name, work in does.items():
            self.actions_by_name[name].triggered.connect(lambda _=False, work=work: work())
        for name, foretell in read.foretold().items():
            self.actions_by_name[name].hovered.connect(lambda foretell=foretell: self.said.say(foretell()))
        for tool in TOOLS:
            self.actions_by_name[f"tool_{tool.name}"].triggered.connect(partial(self._take_tool, tool.name))
        self.actions_by_name["tool_select"].setChecked(True)
        self.actions_by_name["offline"].triggered.connect(models.work_offline)
        self.actions_by_name["resume_downloads"].triggered.connect(models.resume_at_start)
        self.actions_by_name.devices.triggered.connect(self._choose_device)
        self.actions_by_name["by_disagreement"].toggled.connect(text.order)
        text.order_button.setDefaultAction(self.actions_by_name["by_disagreement"])
        # A letter is a tool on the page alone: elsewhere it may be the first of a text.
        for name in ("delete", "reverse", "region_type", "magnifier", *TURNS, *(f"tool_{tool.name}" for tool in TOOLS)):
            limit_to(self.actions_by_name[name], self.page_side)
        for name, panel in (("show_library", self.library), ("show_transcript", self.transcript)):
            self.actions_by_name[name].setChecked(True)
            self.actions_by_name[name].toggled.connect(lambda on, panel=panel: panel.setVisible(on))

    def _connect_desk(self) -> None:
        desk = self.desk
        desk.archive_changed.connect(self._on_archive)
        desk.library_changed.connect(self._on_library)
        desk.page_changed.connect(self._on_page)
        desk.image_changed.connect(self._on_image)
        desk.edited.connect(self._on_edit)
        desk.page_counted.connect(self._on_counts)
        desk.text_saved.connect(self.transcript.on_saved)
        desk.text_refused.connect(self.transcript.on_refused)
        for orphaned in (desk.text_orphaned, self.transcript.text_orphaned):
            orphaned.connect(self._show_orphan)
        desk.thumbnail_made.connect(self.library.model.show_thumbnail)
        desk.activity.connect(self._on_activity)
        desk.told.connect(self.said.say)
        desk.failed.connect(self.show_error)
        desk.settings_changed.connect(self._on_settings)
        group = desk.history.group
        for signal in (group.indexChanged, group.activeStackChanged, group.canUndoChanged, group.canRedoChanged):
            signal.connect(lambda *_: self._update_actions())

    def _connect_views(self) -> None:
        self.library.page_chosen.connect(self._open_page)
        self.library.model.thumbnail_wanted.connect(self.desk.want_thumbnail)
        self.welcome.create_wanted.connect(self._new)
        self.welcome.open_wanted.connect(self._open)
        self.welcome.sample_wanted.connect(self.desk.open_sample)
        self.welcome.recent_wanted.connect(self.open_archive)
        self.empty_archive.import_wanted.connect(self.archive_commands.import_scans)
        page, text, lines = self.page_view, self.transcript, self.page_commands
        page.selection_changed.connect(self._on_selection)
        page.edit_requested.connect(lines.edit)
        page.box_drawn.connect(self.read_commands.read_box)
        page.tool_changed.connect(self._on_tool)
        page.line_activated.connect(self._write_line)
        text.current_changed.connect(self._on_current_line)
        text.text_typed.connect(self.desk.write)
        text.text_retried.connect(lambda page, line, typed: self.desk.write(page, line, typed, NO_MERGE, again=True))
        text.text_changed.connect(self._update_actions)
        text.editor.text.paste_refused.connect(self._refuse_paste)
        text.accept_wanted.connect(lines.accept)
        text.review_wanted.connect(lines.review)
        text.line_placed.connect(lines.place)
        text.withdraw_wanted.connect(lines.withdraw)
        text.reading_taken.connect(lines.take_reading)
        text.reading_keyed.connect(lines.take_at_cursor)
        text.find_wanted.connect(self.read_commands.find_lines)
        text.leave_wanted.connect(page.setFocus)
        for cancel in (self.desk.cancel, self.model_commands.manager.cancel):
            self.activities.cancel_wanted.connect(cancel)
        self.activities.pause_wanted.connect(self.desk.pause)
        self.activities.go_on_wanted.connect(self.desk.resume)
        self.models.changed.connect(self._update_actions)
        self.models.changed.connect(lambda: text.show_titles(self.models.titles))

    # ---- what the desk tells

    def show_error(self, error: AppError) -> None:
        """Shows an error: what no longer fits in the status line, everything else in the bar until it is closed."""
        if isinstance(error, Conflict):
            self.said.say(str(error))
        else:
            self.messages.show_error(error)

    def _on_archive(self) -> None:
        archive = self.desk.archive
        self.setWindowTitle(f"{archive.folder.name} – Lesepult" if archive else "Lesepult")

    def _on_library(self) -> None:
        infos = tuple(self.desk.infos.values())
        self.library.show_library(self.desk.documents, infos)
        has_pages = bool(infos)
        self.library.setVisible(has_pages and self.actions_by_name["show_library"].isChecked())
        self.transcript.setVisible(has_pages and self.actions_by_name["show_transcript"].isChecked())
        middle: QWidget = self.welcome
        if self.desk.archive is not None:
            middle = self.page_side if has_pages else self.empty_archive
        self.middle.setCurrentWidget(middle)
        if self.desk.page is not None:
            self.library.show_current(self.desk.page.id)
        self._update_all()

    def _on_page(self) -> None:
        page = self.desk.page
        self.transcript.show_page(page)
        self.page_view.show_page(page)
        if page is not None:
            self.library.show_current(page.id)
        self._update_all()

    def _on_image(self, image: PyramidImage | None) -> None:
        self.page_view.show_image(image)
        self.transcript.show_image(image, self.desk.page.width if self.desk.page else 0)

    def _on_edit(self, edit: PageEdit) -> None:
        self.transcript.apply_edit(edit)  # first, so that it knows a line that the page view chooses once it is there
        self.page_view.apply_edit(edit)
        self._update_all()

    def _on_counts(self, info: PageInfo) -> None:
        self.library.model.show_counts(info)
        self._update_place()

    def _show_orphan(self, text: str) -> None:
        self.show_error(
            AppError(tr("The line in which you typed is gone."), tr("You had typed: “{text}”").format(text=text))
        )

    def _on_activity(self, activity: Activity) -> None:
        self.activities.show_activity(activity)
        told = activity.state in ("done", "cancelled") and not activity.quiet
        if told and not (activity.aside and activity.state == "cancelled"):  # a download that waits says so by itself
            self.said.say(activity.sentence)
        if told and activity.state == "done":
            offer_report(self.messages, activity.title, activity.sentence)
            lines = self.read_commands.drawn_lines()
            if lines and not (self.transcript.editor.text.hasFocus() or self.page_view.is_busy):
                self.page_view.select(lines)
        if told and activity.reads and (model := self.read_commands.doubtful()):
            unsure = tr(
                "“{model}” is unsure of most lines of this page. Under “Models” there may be one for such a hand."
            )
            self.said.say(f"{activity.sentence} {unsure.format(model=model)}")
        if activity.offer is not None and activity.state == "done":
            use = partial(self.desk.edit, tr("Find lines"), activity.offer, activity.page)
            hint = tr("Using them replaces the lines that the program found before; your own stay.")
            self.messages.offer(activity.message, hint, tr("Use the found lines"), use)
        self._update_actions()

    def _choose_device(self, action: QAction) -> None:
        self.desk.change_settings(lambda known: msgspec.structs.replace(known, device=action.data()))

    def _resize_text(self, step: int) -> None:
        def changed(known: Settings) -> Settings:
            return msgspec.structs.replace(known, text_size=text_size.next_size(known.text_size, step))

        self.desk.change_settings(changed)

    def _on_settings(self, known: Settings) -> None:
        self.actions_by_name.show_settings(known)
        text_size.apply(known.text_size)
        folders = tuple(Path(name) for name in known.recent)
        self.welcome.show_recent(folders)
        self.actions_by_name.show_recent(folders, self.open_archive)

    # ---- what the views ask for

    def _on_selection(self, ids: tuple[str, ...]) -> None:
        page = self.desk.page
        if page is not None:
            lines = [line_id for line_id in ids if page.line(line_id)]
            self.transcript.set_current(lines[-1] if lines else None)
        self._update_actions()

    def _on_current_line(self, line_id: str | None) -> None:
        self.page_view.select((line_id,) if line_id else ())
        if line_id:
            self.page_view.show_line(line_id)
        self._update_actions()

    def _refuse_paste(self, count: int) -> None:
        self.show_error(
            AppError(
                tr("{count} characters are too many for one line; nothing was pasted.").format(
                    count=QLocale(current_language()).toString(count)
                ),
                tr("To put a whole text on the lines of the page, use “Align a text…”."),
            )
        )

    def _write_line(self, line_id: str) -> None:
        self.actions_by_name["show_transcript"].setChecked(True)
        self.transcript.go_to(line_id)

    def open_archive(self, folder: Path) -> None:
        """Opens the archive in this folder, at the page where somebody was last."""
        self._leave_for(partial(self.desk.open_archive, folder))

    def _open_page(self, page_id: str) -> None:
        self.page_commands.saved_first(partial(self.desk.open_page, page_id))

    def _turn(self, step: int) -> None:
        neighbour = self.desk.neighbour(step)
        if neighbour is not None:
            self._open_page(neighbour)

    def _new(self) -> None:
        self._leave_for(self.archive_commands.new)

    def _open(self) -> None:
        self._leave_for(self.archive_commands.open)

    def _leave_for(self, work: Callable[[], object]) -> None:
        """Does what puts another archive in the place of this one, once nothing typed would be lost by it."""
        self.state.remember()
        self.transcript.flush()
        if not self.transcript.has_refused or self._all_saved():
            work()

    def _cancel(self) -> None:
        if self.activities.running is not None:
            self.activities.cancel_wanted.emit(self.activities.running.id)

    def _on_tool(self, name: str) -> None:
        self.actions_by_name[f"tool_{name}"].setChecked(True)
        kind = next(kind for kind in TOOLS if kind.name == name)
        keys = tr("With the keyboard: arrows move the cross, Space sets a point, Enter ends, Esc takes back.")
        how = f"{kind.label}: {kind.tip}. {keys}" if self.page_view.draws else f"{kind.label}: {kind.tip}"
        self.said.say("" if kind is TOOLS[0] else how)

    def _take_tool(self, name: str) -> None:
        self.page_view.set_tool(name)
        self.page_view.setFocus()

    # ---- how things stand

    def _all_saved(self) -> bool:
        """Saves what was typed, and asks where a text cannot be; whether the archive may be left."""
        self.transcript.flush()
        self.transcript.retry_refused()
        self.desk.settle()
        return not self.transcript.has_refused or messages.ask(
            self,
            tr("A text that you typed could not be saved."),
            tr("The message at the top of the window says why."),
            tr("Leave it unsaved"),
            tr("Stay here"),
        )

    def _update_all(self) -> None:
        self._update_actions()
        self._update_place()

    def _update_place(self) -> None:
        self.place.setText(place_text(self.desk))

    def _update_actions(self) -> None:
        page, group = self.desk.page, self.desk.history.group
        enabled = (
            self.page_commands.enabled()
            | self.read_commands.enabled()
            | self.line_commands.enabled()
            | self.layout_commands.enabled()
            | {
                "import": self.desk.archive is not None,
                "export": page is not None,
                "trash": page is not None,
                "undo": group.canUndo(),
                "redo": group.canRedo(),
                "previous_page": self.desk.neighbour(-1) is not None,
                "next_page": self.desk.neighbour(1) is not None,
                "cancel": self.activities.running is not None,
            }
        )
        needs_page = ["zoom_in", "zoom_out", "fit", "fit_width", "reading_zoom", "one_to_one", "go_library", "go_page"]
        needs_page += [*VIEW_ACTIONS, "find_text", "find_next", "find_previous"]
        needs_page += [f"tool_{tool.name}" for tool in TOOLS]
        for name in needs_page:
            enabled[name] = page is not None
        for name, on in enabled.items():
            self.actions_by_name[name].setEnabled(on)
        for name, needed in (("find_with", "find"), ("read_again", "read")):
            self.actions_by_name.submenus[name].setEnabled(enabled[needed])
        self.actions_by_name["undo"].setText(_named(tr("Undo"), group.undoText()))
        self.actions_by_name["redo"].setText(_named(tr("Redo"), group.redoText()))
        self.actions_by_name["read"].setText(self.page_commands.read_text())

    # ---- from outside

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Takes files and folders."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Imports what is dropped."""
        files = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        self.desk.import_scans(files)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Follows a change between light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.actions_by_name.show_icons(self.palette())

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Saves what was typed, then ends all work; asks when a text cannot be saved."""
        if not self._all_saved():
            event.ignore()
            return
        self.transcript.stop()
        self.boundaries.stop()
        self.state.close()
        self.model_commands.close()
        self.desk.close()
        event.accept()


def _named(verb: str, what: str) -> str:
    return f"{verb}: {what}" if what else verb
