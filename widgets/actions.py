"""Every action of the window in one table: its words, its tooltip, its keys, and the menu it stands in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QPalette
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from app.language import tr
from app.settings import Device, Settings
from widgets.icons import icon
from widgets.text_size import SIZES
from widgets.tools import TOOLS


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    text: str
    tip: str
    keys: tuple[str, ...] = ()
    checkable: bool = False


class Actions:
    """The window's actions by name, in their menus."""

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        self._by_name: dict[str, QAction] = {}
        self.menus: list[QMenu] = []
        self.devices = QActionGroup(window)
        self.submenus = {
            "recent": QMenu(tr("Open recent"), window),
            "find_with": QMenu(tr("Find lines with"), window),
            "read_again": QMenu(tr("Read again with"), window),
            "devices": self._make_device_menu(),
            "mark_as": QMenu(tr("Mark as"), window),
            "overlays": QMenu(tr("Show on the page"), window),
        }
        self.tools = QActionGroup(window)
        for mark in _marks():
            self._add(self.submenus["mark_as"], mark)
        for overlay in _overlays():
            self._add(self.submenus["overlays"], overlay)
        for title, entries in _menus():
            menu = window.menuBar().addMenu(title)
            self.menus.append(menu)
            for entry in entries:
                self._add(menu, entry)

    def __getitem__(self, name: str) -> QAction:
        return self._by_name[name]

    def all(self) -> dict[str, list[QAction]]:
        """The actions by the title of their menu, for the list of shortcuts."""
        return {
            menu.title().replace("&", ""): [action for action in self._in(menu) if action in self._by_name.values()]
            for menu in self.menus
        }

    def _in(self, menu: QMenu) -> list[QAction]:
        """A menu's actions, those of its submenus in the place of these."""
        inner = {id(child.menuAction()): child for child in self.submenus.values()}
        return [
            found
            for action in menu.actions()
            for found in (inner[id(action)].actions() if id(action) in inner else [action])
        ]

    def show_settings(self, known: Settings) -> None:
        """Marks what the settings say."""
        for action in self.devices.actions():
            action.setChecked(action.data() == known.device)
        self["offline"].setChecked(known.offline)
        self["larger_text"].setEnabled(known.text_size < SIZES[-1])
        self["smaller_text"].setEnabled(known.text_size > SIZES[0])
        self["resume_downloads"].setChecked(known.resume_downloads)

    def show_icons(self, palette: QPalette) -> None:
        """Gives the actions that have one their icon, in the colours of this palette."""
        for name, action in self._by_name.items():
            action.setIcon(icon(name.removeprefix("tool_"), palette))

    def show_recent(self, folders: Sequence[Path], open_one: Callable[[Path], object]) -> None:
        """Lists the archives that were open last; `open_one` gets the folder of the one that is chosen."""
        menu = self.submenus["recent"]
        menu.clear()
        for folder in folders:
            menu.addAction(str(folder)).triggered.connect(lambda _=False, folder=folder: open_one(folder))
        menu.setEnabled(bool(folders))

    def _make_device_menu(self) -> QMenu:
        menu = QMenu(tr("Compute on"), self._window)
        for device, name in _device_names():
            action = menu.addAction(name)
            action.setData(device)
            action.setCheckable(True)
            self.devices.addAction(action)
        return menu

    def _add(self, menu: QMenu, entry: _Entry | None) -> None:
        if entry is None:
            menu.addSeparator()
            return
        if entry.name in self.submenus:
            menu.addMenu(self.submenus[entry.name])
            return
        action = QAction(entry.text, self._window)
        action.setData(entry.text)  # its own name, for the list of keys: the text of some says what they would do now
        # Named here and not by Qt's standard keys: on Linux its Delete is Ctrl+D too, and a key that two actions have
        # does nothing.
        action.setShortcuts([QKeySequence(key) for key in entry.keys])
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{entry.tip} ({keys})" if keys else entry.tip)
        action.setStatusTip("")
        action.setCheckable(entry.checkable)
        if entry.name.startswith("tool_"):
            self.tools.addAction(action)
        self._by_name[entry.name] = action
        menu.addAction(action)


def _device_names() -> tuple[tuple[Device, str], ...]:
    return (
        ("auto", tr("Whatever is fastest here")),
        ("cuda", tr("NVIDIA graphics card (CUDA)")),
        ("mps", tr("Apple graphics (MPS)")),
        ("cpu", tr("Processor only")),
    )


def limit_to(action: QAction, *widgets: QWidget) -> None:
    """Lets an action's shortcut work only while one of these widgets has the focus."""
    action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    for widget in widgets:
        widget.addAction(action)


def _menus() -> list[tuple[str, list[_Entry | None]]]:
    return [
        (tr("&Archive"), _archive()),
        (tr("&Edit"), _edit()),
        (tr("&Page"), _page()),
        (tr("&Lines"), _lines()),
        (tr("&Read"), _read()),
        (tr("Re&view"), _review()),
        (tr("&Models"), _models()),
        (tr("Vie&w"), _view()),
        (tr("&Help"), _help()),
    ]


def _archive() -> list[_Entry | None]:
    return [
        _Entry("new", tr("New…"), tr("Create an archive in a new folder"), ("Ctrl+N",)),
        _Entry("open", tr("Open…"), tr("Open an archive"), ("Ctrl+O",)),
        _Entry("recent", "", ""),
        None,
        _Entry("import", tr("Import scans…"), tr("Bring scans into the archive as a document"), ("Ctrl+I",)),
        _Entry("export", tr("Export…"), tr("Write the pages as PAGE XML with their scans"), ("Ctrl+E",)),
        None,
        _Entry("trash", tr("Move document to trash"), tr("Put the shown document away; it can be brought back")),
        None,
        _Entry("quit", tr("Quit"), tr("Save what was typed and close Lesepult"), ("Ctrl+Q",)),
    ]


def _edit() -> list[_Entry | None]:
    return [
        _Entry("undo", tr("Undo"), tr("Take the last edit of this page back"), ("Ctrl+Z",)),
        _Entry("redo", tr("Redo"), tr("Do the edit again that was taken back"), ("Ctrl+Y", "Ctrl+Shift+Z")),
        None,
        _Entry(
            "find_text",
            tr("Find and replace"),
            tr("Find words in the texts of the page or the document, and put others in their place"),
            ("Ctrl+F",),
        ),
        _Entry("find_next", tr("Find next"), tr("Go to the next place that was found"), ("F3",)),
        _Entry("find_previous", tr("Find previous"), tr("Go to the place before that was found"), ("Shift+F3",)),
    ]


def _page() -> list[_Entry | None]:
    return [
        _Entry("previous_page", tr("Previous page"), tr("Go to the page before"), ("PgUp",)),
        _Entry("next_page", tr("Next page"), tr("Go to the page after"), ("PgDown",)),
        None,
        _Entry("find", tr("Find lines"), tr("Let the program find the lines of this page or region"), ("Ctrl+L",)),
        _Entry("find_with", "", ""),
        None,
        _Entry("zoom_in", tr("Zoom in"), tr("Show the page larger"), ("Ctrl++", "Ctrl+=")),
        _Entry("zoom_out", tr("Zoom out"), tr("Show the page smaller"), ("Ctrl+-",)),
        _Entry("fit", tr("Fit page"), tr("Show the whole page"), ("F5",)),
        _Entry("fit_width", tr("Fit width"), tr("Show the page as wide as the column"), ("F6",)),
        _Entry(
            "reading_zoom",
            tr("Reading zoom"),
            tr("Let the current line fill the width of the page, and follow it"),
            ("F8",),
            checkable=True,
        ),
        _Entry("magnifier", tr("Magnifier"), tr("Show what is under the pointer three times as large"), ("M",), True),
        _Entry("one_to_one", tr("Actual size"), tr("Show one pixel of the scan as one of the screen"), ("F7",)),
        None,
        _Entry("turn_right", tr("Turn right"), tr("Turn the view of the page by one degree"), ("Alt+Right",)),
        _Entry("turn_left", tr("Turn left"), tr("Turn the view of the page back by one degree"), ("Alt+Left",)),
        _Entry(
            "quarter_right",
            tr("Quarter turn right"),
            tr("Turn the view of the page by 90 degrees"),
            ("Alt+Shift+Right",),
        ),
        _Entry(
            "quarter_left",
            tr("Quarter turn left"),
            tr("Turn the view of the page back by 90 degrees"),
            ("Alt+Shift+Left",),
        ),
        _Entry("straight", tr("Not turned"), tr("Show the page as it was scanned, not turned"), ("Alt+0",)),
        None,
        _Entry(
            "look",
            tr("Look of the page…"),
            tr("Make the page lighter, darker or inverted, or even out its paper; the scan stays as it is"),
            ("Ctrl+Shift+L",),
        ),
    ]


def _lines() -> list[_Entry | None]:
    tools = [_Entry(f"tool_{tool.name}", tool.label, tool.tip, (tool.shortcut,), checkable=True) for tool in TOOLS]
    return [
        *tools,
        None,
        _Entry("delete", tr("Delete"), tr("Delete the chosen lines and regions"), ("Del", "Backspace")),
        _Entry("join", tr("Join lines"), tr("Make the chosen lines one"), ("Ctrl+J",)),
        _Entry("reverse", tr("Reverse lines"), tr("Turn the direction of the chosen lines around"), ("Shift+R",)),
        _Entry("region_type", tr("Type of region…"), tr("Say what the chosen regions are"), ("T",)),
        _Entry(
            "copy_layout",
            tr("Copy layout to next page"),
            tr("Put the regions and lines of this page, without texts, on the next page"),
            ("Ctrl+Shift+C",),
        ),
        _Entry("move_up", tr("Move up in reading order"), tr("Read these lines earlier"), ("Alt+Up",)),
        _Entry("move_down", tr("Move down in reading order"), tr("Read these lines later"), ("Alt+Down",)),
    ]


def _read() -> list[_Entry | None]:
    return [
        _Entry("read", tr("Read page"), tr("Read what is chosen, or the page when nothing is"), ("Ctrl+R",)),
        _Entry("read_page", tr("Read whole page"), tr("Read all that is not reviewed on the page"), ("Ctrl+Shift+R",)),
        _Entry("read_document", tr("Read whole document"), tr("Read all that is not reviewed in the document")),
        _Entry("read_archive", tr("Read whole archive"), tr("Read all that is not reviewed in the archive")),
        None,
        _Entry("read_again", "", ""),
        _Entry(
            "read_both",
            tr("Read with both engines"),
            tr("Read it with the chosen model and with one of the other engine, to compare them"),
            ("Ctrl+Alt+R",),
        ),
        _Entry(
            "read_unsure",
            tr("Read what is unsure on this page"),
            tr("Read the lines of the page of which another model was less than 80 % sure"),
        ),
        _Entry(
            "read_unsure_document",
            tr("Read what is unsure in the document"),
            tr("Read the lines of the document of which another model was less than 80 % sure"),
        ),
        None,
        _Entry(
            "align",
            tr("Align a text…"),
            tr("Put an old transcript on the lines of the page"),
            ("Ctrl+Shift+A",),
        ),
        None,
        _Entry("cancel", tr("Cancel"), tr("Stop what runs; what has arrived is kept"), ("Ctrl+.",)),
        _Entry("devices", "", ""),
        _Entry("jobs", tr("Jobs"), tr("Show everything that runs or ran"), ("Ctrl+Shift+J",)),
    ]


def _review() -> list[_Entry | None]:
    return [
        _Entry("accept", tr("Accept suggestion"), tr("Take the suggestion over as your draft"), ("Ctrl+D",)),
        _Entry(
            "review",
            tr("Mark as reviewed, go on"),
            tr("Mark the line as reviewed and go to the next that is not"),
            ("Ctrl+Return", "Ctrl+Enter"),
        ),
        _Entry(
            "withdraw",
            tr("Take back review"),
            tr("Make the line a draft again"),
            ("Ctrl+Shift+Return", "Ctrl+Shift+Enter"),
        ),
        None,
        _Entry(
            "by_disagreement",
            tr("Sort by disagreement"),
            tr("List the lines first on which the models differ most; the page keeps its order"),
            ("Ctrl+Shift+D",),
            checkable=True,
        ),
        None,
        _Entry("mark_as", "", ""),
        _Entry(
            "characters",
            tr("Characters"),
            tr("Show characters of old writing to put into the text, or hide them"),
            ("Ctrl+Shift+K",),
            checkable=True,
        ),
        _Entry(
            "key_sequence",
            tr("Character by keys"),
            tr("Put in a character by a few keys; what they may be shows beside the cursor"),
            ("Ctrl+K",),
        ),
        _Entry("note", tr("Note on the line"), tr("Write down something about the line"), ("F2",)),
        _Entry(
            "second_look",
            tr("Needs a second look"),
            tr("Put a flag on the line, to come back to it, or take the flag away"),
            ("Ctrl+Shift+S",),
            checkable=True,
        ),
        _Entry(
            "line_history",
            tr("History of the line"),
            tr("Show every text that the line ever had, and take one back"),
            ("Ctrl+Shift+H",),
        ),
        None,
        _Entry("previous_line", tr("Previous line"), tr("Go to the line before"), ("Ctrl+Up",)),
        _Entry("next_line", tr("Next line"), tr("Go to the line after"), ("Ctrl+Down",)),
        _Entry("next_open", tr("Next line to review"), tr("Go to the next line that is not reviewed"), ("F4",)),
        _Entry(
            "previous_open",
            tr("Previous line to review"),
            tr("Go to the line before that is not reviewed"),
            ("Shift+F4",),
        ),
    ]


def _marks() -> list[_Entry]:
    """What the chosen text can be marked as, named by the kind of mark."""
    return [
        _Entry("unclear", tr("Unclear"), tr("Say that you are not sure of this text"), ("Ctrl+Shift+M",)),
        _Entry("illegible", tr("Illegible"), tr("Say that nobody can read this place"), ("Ctrl+Shift+I",)),
        _Entry("struck", tr("Deleted"), tr("Say that the writer struck this text out"), ("Ctrl+Shift+X",)),
        _Entry("added", tr("Added"), tr("Say that the writer put this text in later"), ("Ctrl+Shift+N",)),
        _Entry("underlined", tr("Underlined"), tr("Say that this text is underlined"), ("Ctrl+U",)),
        _Entry("superscript", tr("Superscript"), tr("Say that this text is written above the line"), ("Ctrl+Shift+P",)),
    ]


def _overlays() -> list[_Entry]:
    """What can be seen of lines and regions, named as in `widgets.page_items.Overlays`."""
    texts = (
        ("regions", tr("Regions"), tr("Show the regions on the page")),
        ("boundaries", tr("Boundaries"), tr("Show the outlines of the lines, where there is room")),
        ("baselines", tr("Baselines"), tr("Show the baselines of the lines")),
        ("order", tr("Reading order"), tr("Show the numbers of the lines, and arrows from one to the next")),
        ("readings", tr("Texts"), tr("Show the text of each line on the page")),
    )
    return [
        _Entry(f"show_{name}", label, tip, (f"Ctrl+Alt+{number}",), checkable=True)
        for number, (name, label, tip) in enumerate(texts, 1)
    ]


def _models() -> list[_Entry | None]:
    return [
        _Entry("models", tr("Models…"), tr("Show the models on this computer, and those that can be had"), ("Ctrl+M",)),
        None,
        _Entry("import_model", tr("Import a model file…"), tr("Take in a model from a stick: its file, or a pack")),
        _Entry("import_model_folder", tr("Import a model's folder…"), tr("Take in a model that is a folder")),
        None,
        _Entry("offline", tr("Work offline"), tr("Never ask the network; what is downloading waits"), checkable=True),
        _Entry(
            "resume_downloads",
            tr("Go on with downloads at start"),
            tr("Let downloads that were running go on by themselves at the next start"),
            checkable=True,
        ),
        _Entry("storage", tr("Storage…"), tr("Choose where models are kept")),
    ]


def _view() -> list[_Entry | None]:
    return [
        _Entry("show_library", tr("Documents"), tr("Show or hide the documents"), ("F9",), checkable=True),
        _Entry("show_transcript", tr("Transcript"), tr("Show or hide the transcript"), ("F12",), checkable=True),
        _Entry("overlays", "", ""),
        None,
        _Entry(
            "larger_text", tr("Larger text"), tr("Show all texts of the program larger"), ("Ctrl+Alt++", "Ctrl+Alt+=")
        ),
        _Entry("smaller_text", tr("Smaller text"), tr("Show all texts of the program smaller"), ("Ctrl+Alt+-",)),
        None,
        _Entry("go_library", tr("Go to the documents"), tr("Move the keyboard focus to the documents"), ("Ctrl+1",)),
        _Entry("go_page", tr("Go to the page"), tr("Move the keyboard focus to the page"), ("Ctrl+2",)),
        _Entry("go_text", tr("Go to the text"), tr("Move the keyboard focus to the current line"), ("Ctrl+3",)),
    ]


def _help() -> list[_Entry | None]:
    return [
        _Entry("shortcuts", tr("Keyboard shortcuts"), tr("Show what every key does"), ("F1",)),
        _Entry("about", tr("About Lesepult"), tr("Show what this program is")),
    ]
