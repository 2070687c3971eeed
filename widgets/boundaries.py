"""Boundaries come by themselves: a line that a person drew gets one from the engine, in the background."""

from PySide6.QtCore import QObject, QTimer

from app.archive import PageEdit
from app.jobs import MakeBoundaries
from app.page import Change, Line
from widgets.desk import Desk

_PAUSE_MS = 400
"""How long nobody draws before the engine is asked, in milliseconds: several lines are one job."""


class Boundaries(QObject):
    """Watches what is drawn on the page in view, and asks for the boundaries of lines that have none."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._wanted: dict[str, None] = {}
        self._page = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self.ask)
        desk.edited.connect(self._on_edit)
        desk.page_changed.connect(self._on_page)

    def ask(self) -> None:
        """Asks for the boundaries of the lines that were drawn and are still there without one."""
        page, wanted = self._desk.page, self._wanted
        self._wanted = {}
        if page is not None:
            lines = tuple(line.id for line in page.lines if line.id in wanted and not line.boundary)
            if lines:
                self._desk.submit(MakeBoundaries(page.id, lines))

    def stop(self) -> None:
        """Asks for nothing any more: what runs the engines is closing."""
        self._timer.stop()

    def _on_edit(self, edit: PageEdit) -> None:
        for line_id, change in edit.diff.lines.items():
            if _needs_one(change):
                self._wanted[line_id], self._page = None, edit.after.id
                self._timer.start()

    def _on_page(self) -> None:
        """Asks at once for lines of the page before; with its archive the page is gone, and they wait to be read."""
        wanted, self._wanted = self._wanted, {}
        if wanted and self._desk.page is not None and self._page in self._desk.infos:
            self._desk.submit(MakeBoundaries(self._page, tuple(wanted)))


def _needs_one(change: Change[Line]) -> bool:
    """Whether a line was drawn or moved by a person, and stands without a boundary."""
    before, after = change.before, change.after
    if after is None or after.boundary or after.made_by != "person":
        return False
    return before is None or before.baseline != after.baseline or bool(before.boundary)
