"""What the actions on the layout do: the direction of lines, the type of regions, a layout for the next page."""

from functools import partial

from PySide6.QtWidgets import QMenu

from app import layout
from app.archive import PageEdit
from app.language import tr, trn
from app.page import REGION_TYPES
from widgets import messages
from widgets.actions import Actions
from widgets.desk import Desk
from widgets.page_commands import PageCommands
from widgets.page_view import PageView
from widgets.theme import region_name


class LayoutCommands:
    """The actions of the menu Lines on what is chosen and on the page; connects them."""

    def __init__(self, desk: Desk, page_view: PageView, page_commands: PageCommands, actions: Actions) -> None:
        self._desk = desk
        self._view = page_view
        self._commands = page_commands
        actions["reverse"].triggered.connect(self.reverse)
        actions["copy_layout"].triggered.connect(self.copy_layout)
        actions["region_type"].triggered.connect(self.show_types)
        self._types = QMenu(tr("Type of region"), page_view)

    def reverse(self) -> None:
        """Turns the direction of the chosen lines around."""
        self._commands.edit(tr("Reverse lines"), partial(layout.reverse_lines, ids=self._commands.chosen().lines))

    def retype(self, kind: str) -> None:
        """Gives the chosen regions a type."""
        ids = self._commands.chosen().regions
        self._commands.edit(tr("Type of region"), partial(layout.retype_regions, ids=ids, kind=kind))

    def show_types(self) -> None:
        """Opens the menu of types at the chosen region, with the type of the chosen regions in hand."""
        self._list_types()
        entries = self._types.actions()
        self._types.popup(self._view.corner_of(self._commands.chosen().regions[0]))
        self._types.setActiveAction(next((entry for entry in entries if entry.isChecked()), entries[0]))

    def copy_layout(self) -> None:
        """Puts the layout of the page in view on the next page, and goes there; says what came of it."""
        page, there = self._desk.page, self._desk.neighbour(1)
        if page is not None and there is not None:
            work = partial(layout.copy_layout, source=page)
            self._commands.saved_first(partial(self._desk.edit, tr("Copy layout"), work, there, self._tell_copied))
            self._desk.open_page(there)

    def _tell_copied(self, done: PageEdit) -> None:
        lines, regions = len(done.after.lines), len(done.after.regions)
        parts = [trn("{count} line", "{count} lines", lines).format(count=lines)] if lines else []
        parts += [trn("{count} region", "{count} regions", regions).format(count=regions)] if regions else []
        number, what = self._desk.infos[done.after.id].number, ", ".join(parts)
        self._desk.told.emit(tr("Copied to page {number}: {what}.").format(number=number, what=what))

    def enabled(self) -> dict[str, bool]:
        """Which of these actions can work now, by name."""
        page, chosen = self._desk.page, self._commands.chosen()
        has_layout = page is not None and bool(page.lines or page.regions)
        return {
            "reverse": bool(chosen.lines),
            "region_type": bool(chosen.regions),
            "copy_layout": has_layout and self._desk.neighbour(1) is not None,
        }

    def _list_types(self) -> None:
        """Lists PAGE's types, and those of the page that a person made up; the chosen region's own is marked."""
        page, ids = self._desk.page, self._commands.chosen().regions
        here = {region.kind for region in page.regions if region.id in ids} if page else set()
        own = sorted({region.kind for region in page.regions} - set(REGION_TYPES)) if page else []
        self._types.clear()
        for kind in (*REGION_TYPES, *own):
            action = self._types.addAction(region_name(kind))
            action.setCheckable(True)
            action.setChecked(here == {kind})
            action.triggered.connect(partial(self._retype, kind))
        self._types.addSeparator()
        self._types.addAction(tr("Type of your own…")).triggered.connect(self._ask)

    def _retype(self, kind: str, _checked: bool = False) -> None:
        self.retype(kind)

    def _ask(self) -> None:
        title = tr("Type of region")
        messages.ask_word(self._commands.window(), title, tr("What is this region? Type a word."), self.retype)
