"""What a screen reader says of the page: in words what a sighted person sees at a glance."""

from collections.abc import Sequence

from app.language import tr, trn
from app.page import Line, Page
from widgets import theme
from widgets.transcript import annotations


def spoken_selection(page: Page | None, chosen: Sequence[str]) -> str:
    """What is chosen on the page, by the ids of lines and regions."""
    if page is None or not chosen:
        return tr("Nothing is chosen.")
    if len(chosen) > 1:
        return trn("{count} item is chosen.", "{count} items are chosen.", len(chosen)).format(count=len(chosen))
    line, region = page.line(chosen[0]), page.region(chosen[0])
    if line is not None:
        return _spoken_line(page, line)
    return tr("Region, {kind}").format(kind=theme.region_name(region.kind if region else ""))


def _spoken_line(page: Page, line: Line) -> str:
    said = tr("Line {number} of {count}, {state}. {text}")
    number, state = page.lines.index(line) + 1, theme.state_name(line.state)
    spoken = said.format(number=number, count=len(page.lines), state=state, text=line.text).strip()
    estimated = tr("Its baseline is estimated.") if line.estimated else ""
    return " ".join(filter(None, [spoken, estimated, annotations.spoken(line)]))
