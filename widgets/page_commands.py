"""What the actions on the page in view do to its lines, and which of them can work now."""

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QWidget

from app import edits
from app.archive import PageEdit
from app.edits import Edit
from app.jobs import Choice
from app.language import tr, trn
from app.page import Page
from app.text import with_word
from widgets.desk import Desk
from widgets.page_view import PageView
from widgets.transcript.panel import TranscriptPanel


class PageCommands:
    """The actions on what is chosen on the page, and on the current line; each has what was typed saved first."""

    def __init__(self, desk: Desk, page_view: PageView, transcript: TranscriptPanel) -> None:
        self._desk = desk
        self._view = page_view
        self._transcript = transcript

    def window(self) -> QWidget:
        """The window, for dialogs."""
        return self._view.window()

    def saved_first(self, work: Callable[[], object]) -> None:
        """Has what was typed saved before something else is done."""
        self._transcript.flush()
        work()

    def edit(self, label: str, edit: Edit) -> None:
        """Does an edit of the page in view."""
        self.saved_first(partial(self._desk.edit, label, edit))

    def delete(self) -> None:
        """Deletes the chosen lines and regions."""
        self.edit(tr("Delete"), partial(edits.delete, ids=self._view.selected()))

    def join(self) -> None:
        """Makes the chosen lines one, which is the chosen one then."""
        ids = self._lines()

        def choose(done: PageEdit) -> None:
            if self._desk.page is not None and self._desk.page.id == done.after.id:
                self._view.select(tuple(line_id for line_id in ids if done.after.line(line_id)))

        work = partial(edits.join_lines, ids=ids)
        self.saved_first(partial(self._desk.edit, tr("Join lines"), work, then=choose))

    def move(self, by: int) -> None:
        """Moves the chosen lines in the reading order, by -1 or 1."""
        self.edit(tr("Reading order"), partial(_moved_in_order, ids=self._lines(), by=by))

    def place(self, line_id: str, before: str | None) -> None:
        """Puts a line before another in the reading order, or at its end; with it all that are chosen, if it is."""
        chosen = self._lines()
        ids = chosen if line_id in chosen else (line_id,)
        self.edit(tr("Reading order"), partial(_placed_in_order, ids=ids, before=before))

    def accept(self) -> None:
        """Takes the current line's suggestion over."""
        if self._transcript.current is not None:
            self.edit(tr("Accept suggestion"), partial(edits.accept, line_id=self._transcript.current))

    def take_reading(self, reading_id: str) -> None:
        """Makes a reading of the current line the person's draft."""
        line_id = self._transcript.current
        if line_id is not None:
            work = partial(_taken, line_id=line_id, reading_id=reading_id)
            self.edit(tr("Take over reading"), work)

    def take_at_cursor(self, reading_id: str) -> None:
        """Takes a reading's word where the cursor stands in one that differs, otherwise all of the reading."""
        page, line_id, at = self._desk.page, self._transcript.current, self._transcript.cursor_at
        line = page.line(line_id) if page is not None and line_id is not None else None
        reading = next((known for known in line.readings if known.id == reading_id), None) if line else None
        if line is None or reading is None:
            return
        found = None if at is None else with_word(self._transcript.current_text, reading.text, at)
        if found is None:
            self.take_reading(reading_id)
        else:
            self.edit(tr("Take over word"), partial(edits.transcribe, line_id=line.id, text=found))

    def review(self) -> None:
        """Marks the current line as reviewed and goes to the next that is not."""
        line_id = self._transcript.current
        if line_id is not None and self._transcript.current_text.strip():
            work = partial(_reviewed_as_seen, line_id=line_id, text=self._transcript.current_text)
            self.edit(tr("Mark as reviewed"), work)
            self.step_open(1)

    def step_open(self, by: int) -> None:
        """Goes to the next line that is not reviewed, or to the one before; says when there is no other."""
        if not self._transcript.step_open(by):
            self._desk.told.emit(tr("Every other line of this page is reviewed."))

    def withdraw(self) -> None:
        """Makes the current line a draft again."""
        if self._transcript.current is not None:
            work = partial(edits.review, line_id=self._transcript.current, reviewed=False)
            self.edit(tr("Take back review"), work)

    def read_text(self) -> str:
        """What the action that reads is called now."""
        lines, regions = len(self._lines()), len(self.chosen().regions)
        if lines and regions:
            return tr("Read selection")
        if lines:
            return trn("Read {count} line", "Read {count} lines", lines).format(count=lines)
        if regions:
            return trn("Read {count} region", "Read {count} regions", regions).format(count=regions)
        return tr("Read page")

    def enabled(self) -> dict[str, bool]:
        """Which actions of the window's menus can work now, by name."""
        page, lines = self._desk.page, self._lines()
        current = page.line(self._transcript.current) if page and self._transcript.current else None
        return {
            "delete": bool(self._view.selected()),
            "join": len(lines) > 1,
            "move_up": page is not None and bool(lines) and lines[0] != page.lines[0].id,
            "move_down": page is not None and bool(lines) and lines[-1] != page.lines[-1].id,
            "accept": current is not None and current.state == "read",
            "review": current is not None and bool(self._transcript.current_text.strip()),
            "withdraw": current is not None and current.state == "reviewed",
            "previous_line": current is not None,
            "next_line": current is not None,
            "next_open": page is not None and bool(page.lines),
            "previous_open": page is not None and bool(page.lines),
            "by_disagreement": page is not None and bool(page.lines),
            "go_text": page is not None and bool(page.lines),
        }

    def chosen(self) -> Choice:
        """The chosen lines and regions."""
        page, chosen = self._desk.page, self._view.selected()
        if page is None:
            return Choice()
        return Choice(lines=self._lines(), regions=tuple(item for item in chosen if page.region(item)))

    def _lines(self) -> tuple[str, ...]:
        """The chosen lines, in reading order."""
        page, chosen = self._desk.page, set(self._view.selected())
        return tuple(line.id for line in page.lines if line.id in chosen) if page else ()


def _taken(page: Page, line_id: str, reading_id: str) -> Page:
    """The line with the text of one of its readings as a draft, also where the person had written something else."""
    line = edits.need_line(page, line_id)
    text = next((reading.text for reading in line.readings if reading.id == reading_id), line.text)
    if line.transcription is None and text == line.text:
        return edits.accept(page, line_id)
    return edits.transcribe(page, line_id, text)


def _reviewed_as_seen(page: Page, line_id: str, text: str) -> Page:
    """The line reviewed with the text that the person had before their eyes, not with a reading that came since."""
    return edits.review(edits.transcribe(page, line_id, text), line_id)


def _placed_in_order(page: Page, ids: tuple[str, ...], before: str | None) -> Page:
    """These lines, in their order, read just before another, or at the end; before one of themselves, nothing moves."""
    moving = [line.id for line in page.lines if line.id in ids]
    rest = [line.id for line in page.lines if line.id not in ids]
    if before in ids:
        return page
    at = rest.index(before) if before in rest else len(rest)
    return edits.reorder(page, (*rest[:at], *moving, *rest[at:]))


def _moved_in_order(page: Page, ids: tuple[str, ...], by: int) -> Page:
    """The lines moved one place earlier or later in the reading order."""
    order = [line.id for line in page.lines]
    rows = [order.index(line_id) for line_id in ids if line_id in order]
    beside = min(rows) - 1 if by < 0 else max(rows) + 1
    if not 0 <= beside < len(order):
        return page
    return edits.reorder(page, (*ids, order[beside]) if by < 0 else (order[beside], *ids))
