"""Undo: one history of edits for each page, as diffs; the archive does the edit, the history only remembers it."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QUndoCommand, QUndoGroup, QUndoStack

from app.page import Change, Line, PageDiff

LIMIT = 500
NO_MERGE = -1


class EditCommand(QUndoCommand):
    """One edit of a page; commands with the same `go`, a number from 0 on, become one."""

    def __init__(self, label: str, diff: PageDiff, go: int = NO_MERGE) -> None:
        super().__init__(label)
        self.diff = diff
        self._go = go

    def id(self) -> int:
        """The number by which Qt finds out what may be merged."""
        return self._go

    def mergeWith(self, other: QUndoCommand) -> bool:  # noqa: N802 - Qt's name
        """Takes in the command that follows on this one."""
        if not isinstance(other, EditCommand):
            return False
        self.diff = _joined(self.diff, other.diff)
        self.setObsolete(not self.diff)
        return True


class History(QObject):
    """The pages' histories, of which one is active; the stacks move only once the archive has done the edit."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.group = QUndoGroup(self)
        self._stacks: dict[str, QUndoStack] = {}

    def show_page(self, page_id: str | None) -> None:
        """Offers this page's edits for undo, or none."""
        if page_id is None:
            self.group.setActiveStack(None)  # type: ignore[arg-type]
        else:
            self.group.setActiveStack(self._stack(page_id))

    def add(self, page_id: str, label: str, diff: PageDiff, go: int = NO_MERGE) -> None:
        """Remembers an edit that the archive has done."""
        self._stack(page_id).push(EditCommand(label, diff, go))

    def next_undo(self) -> EditCommand | None:
        """The edit that undo would take back on the active page."""
        return self._command(-1)

    def next_redo(self) -> EditCommand | None:
        """The edit that redo would do again on the active page."""
        return self._command(0)

    def went_back(self, page_id: str) -> None:
        """The archive has taken the page's newest edit back."""
        self._stack(page_id).undo()

    def went_forward(self, page_id: str) -> None:
        """The archive has done the page's next edit again."""
        self._stack(page_id).redo()

    def drop(self, page_id: str, command: EditCommand) -> None:
        """Forgets an edit that can no longer be undone or done again."""
        stack = self._stack(page_id)
        command.setObsolete(True)
        if stack.index() < stack.count() and stack.command(stack.index()) is command:
            stack.redo()
        else:
            stack.undo()

    def clear(self) -> None:
        """Forgets everything, because another archive is opened."""
        self.group.setActiveStack(None)  # type: ignore[arg-type]
        for stack in self._stacks.values():
            self.group.removeStack(stack)
            stack.deleteLater()
        self._stacks.clear()

    def _stack(self, page_id: str) -> QUndoStack:
        if page_id not in self._stacks:
            stack = QUndoStack(self.group)
            stack.setUndoLimit(LIMIT)
            self._stacks[page_id] = stack
        return self._stacks[page_id]

    def _command(self, offset: int) -> EditCommand | None:
        stack: QUndoStack | None = self.group.activeStack()
        if stack is None:
            return None
        at = stack.index() + offset
        command = stack.command(at) if 0 <= at < stack.count() else None
        return command if isinstance(command, EditCommand) else None


def _joined(first: PageDiff, second: PageDiff) -> PageDiff:
    """Two diffs of texts, one after the other, as one."""
    lines: dict[str, Change[Line]] = dict(first.lines)
    for key, change in second.lines.items():
        before = lines[key].before if key in lines else change.before
        if before == change.after:
            del lines[key]
        else:
            lines[key] = Change(before, change.after)
    return PageDiff(lines=lines, regions={})
