"""What the actions that find and replace do, between the panel, the desk and the views."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer

from app import edits, finding
from app.archive import LineText, PageEdit
from app.edits import Edit
from app.finding import Found
from app.language import tr, trn
from app.page import Page
from widgets.actions import Actions
from widgets.desk import Desk
from widgets.finding.panel import FindingPanel
from widgets.page_commands import PageCommands
from widgets.transcript.panel import TranscriptPanel

if TYPE_CHECKING:
    from app.archive import Archive

_PAUSE_MS = 150
"""How long the person stops typing before a document is searched, in milliseconds."""


class FindingCommands:
    """Finds as the person types, goes to what was found, and replaces it; connects the actions and the panel."""

    def __init__(
        self,
        desk: Desk,
        panel: FindingPanel,
        transcript: TranscriptPanel,
        page_commands: PageCommands,
        actions: Actions,
    ) -> None:
        self._desk = desk
        self._panel = panel
        self._transcript = transcript
        self._commands = page_commands
        self._going_to: Found | None = None
        self._done: list[PageEdit] = []
        self._pause = QTimer(panel)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.find)
        actions["find_text"].triggered.connect(self.open)
        actions["find_next"].triggered.connect(lambda: self.step(1))
        actions["find_previous"].triggered.connect(lambda: self.step(-1))
        panel.asked.connect(self._pause.start)
        panel.chosen.connect(self.go_to)
        panel.replace_wanted.connect(self.replace)
        panel.undo_wanted.connect(self.take_back)
        panel.closed.connect(transcript.focus_text)
        desk.page_changed.connect(self._on_page, Qt.ConnectionType.QueuedConnection)  # once the views show it
        desk.edited.connect(self._on_edit)
        desk.archive_changed.connect(self._on_archive)

    def open(self) -> None:
        """Opens the panel, with the words that are chosen in the text."""
        chosen = (
            self._transcript.editor.text.textCursor().selectedText() if self._transcript.cursor_at is not None else ""
        )
        self._transcript.flush()
        self._panel.open_panel(chosen.replace("\u2029", " "))

    def step(self, by: int) -> None:
        """Goes to the next place or the one before; without a panel it is opened."""
        if self._panel.isVisible():
            self._panel.step(by)
        else:
            self.open()

    def find(self) -> None:
        """Finds what is asked for in what is saved."""
        page, query = self._desk.page, self._panel.query
        if page is None or not query.words.strip():
            self._panel.show_found((), {})
        elif self._panel.scope == "page":
            self._panel.show_found(finding.in_page(page, query), self._desk.infos)
        else:
            document = self._desk.infos[page.id].document

            def work(archive: "Archive") -> tuple[LineText, ...]:
                return archive.texts(document)

            self._desk.ask_archive(work, partial(self._search, query))

    def go_to(self, found: Found) -> None:
        """Goes to a line that was found, on whatever page, and chooses the words in it."""
        self._going_to = found
        if self._desk.page is not None and self._desk.page.id == found.page:
            self._arrive()
        else:
            self._commands.saved_first(partial(self._desk.open_page, found.page))

    def replace(self) -> None:
        """Puts the other words in the place of those that were found, wherever the person did not leave a line out."""
        query, other = self._panel.query, self._panel.other.text()
        by_page: dict[str, list[str]] = {}
        for found in self._panel.model.chosen():
            by_page.setdefault(found.page, []).append(found.line)
        self._transcript.flush()
        self._done = []
        for page, lines in by_page.items():
            edit: Edit = partial(finding.replace_in_page, ids=tuple(lines), query=query, other=other)
            self._desk.edit(tr("Replace"), edit, page, partial(self._replaced, last=page == [*by_page][-1]))

    def take_back(self) -> None:
        """Undoes the last replacing on every page; lines that were changed since keep what they have."""
        done = self._done
        self._keep([])
        for edit in done:
            back = edit.diff.inverse()
            work: Edit = partial(edits.replay, change=back)
            self._desk.edit(tr("Take back the replacing"), work, edit.after.id, lambda _: self._later())

    def _replaced(self, edit: PageEdit, *, last: bool) -> None:
        if edit.diff:
            self._done.append(edit)
        if last:
            self._keep(self._done)
            self._later()

    def _keep(self, done: list[PageEdit]) -> None:
        """Remembers what replacing has done and stands still, and says so; nothing is said of what was taken back."""
        self._done = done
        lines = sum(len(each.diff.lines) for each in done)
        said = trn("Replaced in {count} line.", "Replaced in {count} lines.", lines).format(count=lines)
        self._panel.show_done(said if done else "")
        self._desk.told.emit(said if done else "")

    def _on_edit(self, edit: PageEdit) -> None:
        standing = [each for each in self._done if each.after.id != edit.after.id or _stands(each, edit.after)]
        if standing != self._done:
            self._keep(standing)
        self._later()

    def _search(self, query: finding.Query, texts: tuple[LineText, ...]) -> None:
        """Searches the texts of a document away from the window, which may hold a hundred thousand lines."""
        infos = dict(self._desk.infos)

        def then(found: tuple[Found, ...]) -> None:
            if query == self._panel.query and self._panel.scope == "document":
                self._panel.show_found(found, infos)

        self._desk.look_up(partial(finding.in_texts, texts, query), then)

    def _arrive(self) -> None:
        found, self._going_to = self._going_to, None
        page = self._desk.page
        if found is None or page is None or page.id != found.page or page.line(found.line) is None:
            return
        focused = self._panel.words if self._panel.words.hasFocus() else None
        self._transcript.go_to(found.line)
        spans = finding.occurrences(self._transcript.current_text, self._panel.query)
        if spans:
            self._transcript.choose_text(*spans[0])
        if focused is not None:
            focused.setFocus()

    def _on_page(self) -> None:
        if self._going_to is not None:
            self._arrive()
        if self._panel.scope == "page":
            self._later()

    def _on_archive(self) -> None:
        self._done = []
        self._panel.show_done("")
        self._panel.show_found((), {})

    def _later(self) -> None:
        if self._panel.isVisible():
            self._pause.start()


def _stands(done: PageEdit, page: Page) -> bool:
    """Whether any line of a page still has the text that replacing gave it."""
    texts = {line.id: line.text for line in page.lines}
    return any(change.after and texts.get(key) == change.after.text for key, change in done.diff.lines.items())
