"""What a job tells while it goes on, and how each of its tasks ends."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from app.archive import PageEdit
from app.edits import Edit
from app.errors import AppError

Stage = Literal["loading", "segmenting", "recognising"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a task ended: how many lines were found and read, a sentence where something was left out.

    `offer` is an edit that was not done by itself, because it replaces lines or a person changed the page meanwhile.
    """

    found: int = 0
    read: int = 0
    cancelled: bool = False
    message: str = ""
    offer: Edit | None = None


@dataclass(frozen=True)
class Listener:
    """Who is told while tasks are done, on the job's thread; `ended` gets a task's place among them and how it ended.

    `progress` counts the lines of all tasks that are read together.
    """

    progress: Callable[[Stage, int, int], None] = lambda _stage, _done, _total: None
    edited: Callable[[PageEdit], None] = lambda _edit: None
    ended: Callable[[int, Outcome | AppError], None] = lambda _at, _how: None
