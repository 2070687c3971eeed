"""What the actions do to what the current line carries: its marks, its note, its flag, its older texts."""

from functools import partial

from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from app import edits
from app.archive import PageEdit, TextVersion
from app.characters import Character
from app.errors import AppError
from app.language import tr
from app.page import Line, Mark, MarkKind, Page
from app.text import moved_marks, word_at
from widgets.actions import Actions
from widgets.desk import Desk
from widgets.history_dialog import HistoryDialog
from widgets.model_chooser import ModelChooser
from widgets.page_commands import PageCommands
from widgets.transcript.annotations import mark_name
from widgets.transcript.characters import PaletteDialog
from widgets.transcript.marked import code_points
from widgets.transcript.panel import TranscriptPanel

KINDS: tuple[MarkKind, ...] = ("unclear", "illegible", "struck", "added", "underlined", "superscript")
"""What a person can mark; each is also the name of its action."""
_NAMES = (*KINDS, "note", "second_look", "line_history")


class LineCommands:
    """The actions of the menu Review on the current line; connects them and the note's field to the desk."""

    def __init__(
        self,
        desk: Desk,
        transcript: TranscriptPanel,
        page_commands: PageCommands,
        actions: Actions,
        models: ModelChooser,
    ) -> None:
        self._desk = desk
        self._transcript = transcript
        self._commands = page_commands
        self._actions = actions
        self._models = models
        self._history: HistoryDialog | None = None
        self._before_characters: QWidget | None = None
        for kind in KINDS:
            actions[kind].triggered.connect(partial(self.mark, kind))
        actions["note"].triggered.connect(transcript.editor.note.open)
        actions["second_look"].triggered.connect(self.toggle_second_look)
        actions["line_history"].triggered.connect(self.show_history)
        actions["characters"].toggled.connect(self._show_characters)
        actions["key_sequence"].triggered.connect(self._begin_sequence)
        transcript.characters.edit_wanted.connect(self._edit_palette)
        transcript.editor.note.written.connect(self._write_note)
        desk.edited.connect(self._on_edit)
        desk.page_changed.connect(self._close_history)
        desk.archive_changed.connect(self._close_history)
        desk.archive_changed.connect(self._look_up_palette)

    def mark(self, kind: MarkKind, _checked: bool = False) -> None:
        """Marks the chosen text of the current line, or the word at the cursor; once more takes the mark away."""
        line_id = self._transcript.current
        if line_id is None:
            return
        cursor, text = self._transcript.editor.text.textCursor(), self._transcript.current_text
        start, end = code_points(text, cursor.selectionStart()), code_points(text, cursor.selectionEnd())
        if start == end:
            start, end = word_at(text, start)
        work = partial(_marked_as_seen, line_id=line_id, text=text, wanted=Mark(kind, start, end))
        self._commands.edit(tr("Mark as {kind}").format(kind=mark_name(kind)), work)

    def toggle_second_look(self) -> None:
        """Flags the chosen lines, or the current one, as needing a second look; takes the flags away if all have it."""
        lines = self._lines()
        wanted = not all(line.second_look for line in lines)
        work = partial(edits.set_second_look, ids=tuple(line.id for line in lines), wanted=wanted)
        self._commands.edit(tr("Second look"), work)

    def show_history(self) -> None:
        """Opens the history of the current line beside the window."""
        line_id, page = self._transcript.current, self._desk.page
        if line_id is None or page is None:
            return
        self._close_history()
        self._transcript.flush()
        number = [line.id for line in page.lines].index(line_id) + 1
        self._history = dialog = HistoryDialog(line_id, number, self._models.titles, self._commands.window())
        dialog.taken.connect(self._take_text)
        dialog.finished.connect(partial(self._forget, dialog))
        dialog.show()
        self._look_up(dialog)

    def enabled(self) -> dict[str, bool]:
        """Which of these actions can work now, by name."""
        lines, current = self._lines(), self._transcript.current is not None
        self._actions["second_look"].setChecked(bool(lines) and all(line.second_look for line in lines))
        page = self._desk.page
        has_lines = page is not None and bool(page.lines)
        return dict.fromkeys(_NAMES, current) | {
            "second_look": bool(lines),
            "characters": has_lines,
            "key_sequence": has_lines,
            "by_disagreement": self._actions["by_disagreement"].isChecked() or (page is not None and _can_differ(page)),
        }

    def _show_characters(self, on: bool) -> None:
        characters = self._transcript.characters
        if on:
            self._before_characters = QApplication.focusWidget()
            characters.show()
            characters.focus_first()
            return
        there = characters.isAncestorOf(QApplication.focusWidget() or characters.window())
        characters.hide()
        before, self._before_characters = self._before_characters, None
        if there and before is not None and isValid(before) and before.isVisible():
            before.setFocus()
        elif there:
            self._transcript.focus_text()

    def _begin_sequence(self) -> None:
        self._transcript.focus_text()
        self._transcript.editor.text.sequence.begin()

    def _look_up_palette(self) -> None:
        self._desk.ask_archive(lambda archive: archive.palette(), self._transcript.show_palette)

    def _edit_palette(self) -> None:
        def then(palette: tuple[Character, ...]) -> None:
            dialog = PaletteDialog(palette, self._commands.window())
            dialog.chosen.connect(keep)
            dialog.open()

        def keep(palette: tuple[Character, ...]) -> None:
            self._desk.ask_archive(lambda archive: archive.keep_palette(palette), self._transcript.show_palette)

        self._desk.ask_archive(lambda archive: archive.palette(), then)

    def _lines(self) -> tuple[Line, ...]:
        """The chosen lines, otherwise the current one."""
        page = self._desk.page
        ids = self._commands.chosen().lines or tuple(filter(None, [self._transcript.current]))
        return tuple(line for line_id in ids if (line := page.line(line_id))) if page else ()

    def _write_note(self, line_id: str, note: str) -> None:
        def refused(error: AppError) -> bool:
            written = tr("You had written: “{text}”").format(text=note)
            self._desk.failed.emit(AppError(error.message, f"{error.hint} {written}".strip()))
            return True

        self._desk.edit(tr("Note"), partial(edits.set_note, line_id=line_id, note=note), refused=refused)

    def _take_text(self, line_id: str, text: str, marks: tuple[Mark, ...]) -> None:
        self._commands.edit(tr("Take text back"), partial(edits.take_text, line_id=line_id, text=text, marks=marks))

    def _on_edit(self, edit: PageEdit) -> None:
        dialog = self._history
        if dialog is not None and dialog.line_id in edit.diff.lines:
            self._look_up(dialog)

    def _look_up(self, dialog: HistoryDialog) -> None:
        """Reads the history in the background, after the edits that are under way."""

        def then(versions: tuple[TextVersion, ...]) -> None:
            if self._history is dialog:
                dialog.show_versions(versions)

        self._desk.ask_archive(lambda archive: archive.history(dialog.line_id), then)

    def _close_history(self) -> None:
        dialog, self._history = self._history, None
        if dialog is not None:
            dialog.close()

    def _forget(self, dialog: HistoryDialog, _: int) -> None:
        if self._history is dialog:
            self._history = None


def _marked_as_seen(page: Page, line_id: str, text: str, wanted: Mark) -> Page:
    """The line with the text that the person had before their eyes, and the mark where they put it."""
    after = edits.transcribe(page, line_id, text)
    kept = edits.need_line(after, line_id).text
    found = moved_marks(text, kept, [wanted])
    start, end = (found[0].start, found[0].end) if found else (wanted.start, wanted.start)
    return edits.mark_text(after, line_id, wanted.kind, start, end)


def _can_differ(page: Page) -> bool:
    """Whether two models have read a line of the page."""
    return any(len({reading.model for reading in line.readings}) > 1 for line in page.lines if len(line.readings) > 1)
