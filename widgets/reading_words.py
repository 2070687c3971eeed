"""What is said of a reading before it begins: how much is read and with which model, and what stays as it is."""

from collections.abc import Iterable, Sequence

from app.archive import PageInfo
from app.jobs import Choice
from app.jobs.selection import Drawn, to_read
from app.language import tr, trn
from app.page import Line, Page
from widgets.model_chooser import ModelChoice

UNSURE_BELOW = 0.8
"""A reading that is less sure than this, 0 to 1, is worth a second model's."""


def of_page(page: Page, choice: Choice, model: ModelChoice) -> str:
    """The sentence for one page; empty where there is nothing to read."""
    if choice.boxes:
        return tr("Reads the marked part with “{model}”.").format(model=model.title)
    if choice.regions:
        return tr("Finds lines in the chosen regions and reads them with “{model}”.").format(model=model.title)
    if not page.lines:
        return tr("Finds the lines of the page and reads them with “{model}”.").format(model=model.title)
    lines = to_read(page, choice, Drawn((), frozenset(choice.lines), ()), model.name)
    untouched = lines if choice else page.lines
    reading = trn("Reads {count} line with “{model}”", "Reads {count} lines with “{model}”", len(lines))
    return _with_reviewed(reading.format(count=len(lines), model=model.title), _reviewed(untouched)) if lines else ""


def of_pages(infos: Sequence[PageInfo], model: ModelChoice) -> str:
    """The sentence for many pages."""
    reading = trn("Reads {count} page with “{model}”", "Reads {count} pages with “{model}”", len(infos))
    text = reading.format(count=len(infos), model=model.title)
    return _with_reviewed(text, sum(info.reviewed for info in infos))


def nothing(choice: Choice) -> str:
    """Why there is nothing to read."""
    if choice.below is None:
        return tr("Nothing to read: all these lines are reviewed. Choose a line itself to read it again.")
    return tr("Nothing to read: no other model was less than {percent} % sure of a line.").format(
        percent=round(choice.below * 100)
    )


def _reviewed(lines: Iterable[Line]) -> int:
    return sum(line.state == "reviewed" for line in lines)


def _with_reviewed(reading: str, reviewed: int) -> str:
    if not reviewed:
        return f"{reading}."
    stays = trn("{count} reviewed line stays as it is", "{count} reviewed lines stay as they are", reviewed)
    return f"{reading}; {stays.format(count=reviewed)}."
