"""What the actions on the page in view do to its lines, and which of them can work now."""

from collections.abc import Callable
from functools import partial

from app import edits
from app.edits import Edit
from app.geometry import Box
from app.jobs import Choice, FindLines, Read
from app.language import tr, trn
from app.page import Page
from widgets.desk import Desk
from widgets.model_chooser import ModelChoice, ModelChooser
from widgets.page_view import PageView
from widgets.transcript.panel import TranscriptPanel


class PageCommands:
    """The actions on what is chosen on the page, and on the current line; each has what was typed saved first."""

    def __init__(
        self,
        desk: Desk,
        page_view: PageView,
        transcript: TranscriptPanel,
        models: ModelChooser,
        need_model: Callable[[Read, ModelChoice], None],
    ) -> None:
        """`need_model` takes a reading whose model is not there, and asks for it."""
        self._desk = desk
        self._view = page_view
        self._transcript = transcript
        self._models = models
        self._need_model = need_model

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
        """Makes the chosen lines one."""
        self.edit(tr("Join lines"), partial(edits.join_lines, ids=self._lines()))

    def move(self, by: int) -> None:
        """Moves the chosen lines in the reading order, by -1 or 1."""
        self.edit(tr("Reading order"), partial(_moved_in_order, ids=self._lines(), by=by))

    def accept(self) -> None:
        """Takes the current line's suggestion over."""
        if self._transcript.current is not None:
            self.edit(tr("Accept suggestion"), partial(edits.accept, line_id=self._transcript.current))

    def review(self) -> None:
        """Marks the current line as reviewed and goes to the next."""
        line_id = self._transcript.current
        if line_id is not None and self._transcript.current_text.strip():
            work = partial(_reviewed_as_seen, line_id=line_id, text=self._transcript.current_text)
            self.edit(tr("Mark as reviewed"), work)
            self._transcript.step(1)

    def withdraw(self) -> None:
        """Makes the current line a draft again."""
        if self._transcript.current is not None:
            work = partial(edits.review, line_id=self._transcript.current, reviewed=False)
            self.edit(tr("Take back review"), work)

    def find_lines(self) -> None:
        """Has the lines of the page found, or of the one region that is chosen."""
        page, choice = self._desk.page, self._choice()
        if page is not None:
            region = choice.regions[0] if len(choice.regions) == 1 and not choice.lines else None
            self.saved_first(partial(self._desk.submit, FindLines(page.id, region)))

    def read(self) -> None:
        """Has the chosen lines and regions read, or the page when nothing is chosen."""
        self._read(self._choice())

    def read_page(self) -> None:
        """Has the page read, whatever is chosen."""
        self._read(Choice())

    def read_box(self, box: Box) -> None:
        """Has a part of the page read that was marked."""
        self._read(Choice(boxes=(box,)))

    def read_text(self) -> str:
        """What the action that reads is called now."""
        lines, regions = len(self._lines()), len(self._choice().regions)
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
        can_read = page is not None and bool(self._models.current)
        return {
            "delete": bool(self._view.selected()),
            "join": len(lines) > 1,
            "move_up": page is not None and bool(lines) and lines[0] != page.lines[0].id,
            "move_down": page is not None and bool(lines) and lines[-1] != page.lines[-1].id,
            "find": page is not None,
            "read": can_read,
            "read_page": can_read,
            "accept": current is not None and current.state == "read",
            "review": current is not None and bool(self._transcript.current_text.strip()),
            "withdraw": current is not None and current.state == "reviewed",
            "previous_line": current is not None,
            "next_line": current is not None,
            "go_text": page is not None and bool(page.lines),
        }

    def _lines(self) -> tuple[str, ...]:
        """The chosen lines, in reading order."""
        page, chosen = self._desk.page, set(self._view.selected())
        return tuple(line.id for line in page.lines if line.id in chosen) if page else ()

    def _choice(self) -> Choice:
        page, chosen = self._desk.page, self._view.selected()
        if page is None:
            return Choice()
        return Choice(lines=self._lines(), regions=tuple(item for item in chosen if page.region(item)))

    def _read(self, choice: Choice) -> None:
        page, model = self._desk.page, self._models.choice
        if page is None or model is None:
            return
        task = Read(page.id, choice, model.name)
        if model.state == "ready":
            self.saved_first(partial(self._desk.submit, task))
        else:
            self.saved_first(partial(self._need_model, task, model))


def _reviewed_as_seen(page: Page, line_id: str, text: str) -> Page:
    """The line reviewed with the text that the person had before their eyes, not with a reading that came since."""
    return edits.review(edits.transcribe(page, line_id, text), line_id)


def _moved_in_order(page: Page, ids: tuple[str, ...], by: int) -> Page:
    """The lines moved one place earlier or later in the reading order."""
    order = [line.id for line in page.lines]
    rows = [order.index(line_id) for line_id in ids if line_id in order]
    beside = min(rows) - 1 if by < 0 else max(rows) + 1
    if not 0 <= beside < len(order):
        return page
    return edits.reorder(page, (*ids, order[beside]) if by < 0 else (order[beside], *ids))
