"""What can be asked of an engine for one page; a job is one or many of them, and the archive keeps them as text."""

import msgspec

from app import checkpoints
from app.checkpoints.plan import EngineName
from app.geometry import Box


class DrawnBox(msgspec.Struct, frozen=True):
    """A box that a person drew to have it read; `one_line` is what they said of it, None when they said nothing."""

    box: Box
    one_line: bool | None = None


class Choice(msgspec.Struct, frozen=True):
    """What a person chose to have read; nothing chosen means the page.

    A line that is named is read even when it is reviewed; regions, boxes and the page leave reviewed lines out.
    `below` keeps of a page, or of a region, only what another model than the chosen one read with less than this
    confidence, 0 to 1.
    """

    lines: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    boxes: tuple[DrawnBox, ...] = ()
    below: float | None = None

    def __bool__(self) -> bool:
        return bool(self.lines or self.regions or self.boxes)


class FindLines(msgspec.Struct, frozen=True, tag="find"):
    """Find the regions and lines of a page, or the lines of one of its regions, with an engine."""

    page: str
    region: str | None = None
    engine: EngineName = "kraken"


class Read(msgspec.Struct, frozen=True, tag="read"):
    """Read what was chosen on a page; lines are found first where there are none, by the same engine.

    In a region they are looked for even where some are, unless these are to be read `as_found`, by a second reader.
    """

    page: str
    choice: Choice = Choice()
    model: str = checkpoints.STARTER
    as_found: bool = False


class Align(msgspec.Struct, frozen=True, tag="align"):
    """Put a text that a person brought on the lines of a page as drafts; `model` reads those that nobody has read."""

    page: str
    text: str
    model: str = checkpoints.STARTER


class MakeBoundaries(msgspec.Struct, frozen=True, tag="bound"):
    """Make the boundaries of lines that have none, from the writing around their baselines."""

    page: str
    lines: tuple[str, ...]


Task = FindLines | Read | Align | MakeBoundaries

MOST_TOGETHER = 16
"""How many pages surya is given at once, so that lines of several fill its batches."""

_decoder: msgspec.json.Decoder[Task] = msgspec.json.Decoder(Task)


def engine_of(task: Task) -> EngineName:
    """The engine that does a task; `BadModel` where the task's model is none."""
    if isinstance(task, MakeBoundaries):
        return "kraken"
    return task.engine if isinstance(task, FindLines) else checkpoints.find(task.model).engine


def encode(task: Task) -> str:
    """The task as text, for the queue that the archive keeps."""
    return msgspec.json.encode(task).decode()


def decode(text: str) -> Task:
    """The task in a text; raises `msgspec.MsgspecError` when it is none."""
    return _decoder.decode(text)
