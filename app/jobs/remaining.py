"""What is left to do of a step that may have begun before: after a crash, a pause or a closed lid."""

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from app import checkpoints, geometry
from app.jobs import selection
from app.jobs.tasks import Choice, DrawnBox, Read, Task
from app.page import Line, Page

if TYPE_CHECKING:
    from app.archive import Archive


def remaining(task: Task, archive: "Archive", since: datetime) -> tuple[Task | None, int]:
    """The task without the lines that were read since its job began at `since`; None when these are all of them.

    Also returns how many they are. Lines and regions that were made of boxes stand for these, so that none is drawn
    twice. Finding lines and aligning are done again: they put the same in the place of the same. Raises `NotFound`
    and `BadModel` as the task itself would.
    """
    if not isinstance(task, Read):
        return task, 0
    page, model = archive.page(task.page), checkpoints.find(task.model)
    choice = _with_drawn(task.choice, page)
    meant = selection.drawn(page, choice)
    lines = () if meant.edits else selection.to_read(page, choice, meant, model.name)
    todo = tuple(line.id for line in lines if not _was_read(line, model.name, since))
    if len(todo) == len(lines):
        return msgspec.structs.replace(task, choice=choice), 0
    rest = msgspec.structs.replace(task, choice=Choice(todo)) if todo else None
    return rest, len(lines) - len(todo)


def _was_read(line: Line, model: str, since: datetime) -> bool:
    return any(
        reading.model == model and reading.created is not None and reading.created >= since for reading in line.readings
    )


def _with_drawn(choice: Choice, page: Page) -> Choice:
    """The choice with the lines and regions that were made of its boxes in place of these."""
    lines, regions = list(choice.lines), list(choice.regions)
    boxes: list[DrawnBox] = []
    for drawn in choice.boxes:
        boundary = geometry.clipped(drawn.box.polygon(), page.width, page.height)
        if line := next((line.id for line in page.lines if line.boundary == boundary), None):
            lines.append(line)
        elif region := next((region.id for region in page.regions if region.boundary == boundary), None):
            regions.append(region)
        else:
            boxes.append(drawn)
    return Choice(tuple(lines), tuple(regions), tuple(boxes), choice.below)
