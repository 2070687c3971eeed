"""What several commands name: the archive, its pages, a box on one of them, the device."""

from pathlib import Path
from typing import Annotated

import typer

from app.archive import Archive, PageInfo
from app.errors import NotFound
from app.geometry import Box
from app.jobs.job import PageName
from app.language import tr, trn
from app.settings import Device

ArchiveFolder = Annotated[Path, typer.Argument(metavar="ARCHIVE", help=tr("The archive's folder."))]
Pages = Annotated[str | None, typer.Option("--pages", metavar="all|1-3,7", help=tr("Only these pages."))]
AsJson = Annotated[bool, typer.Option("--json", help=tr("Write JSON for a program to read."))]
OnDevice = Annotated[
    Device | None, typer.Option("--device", help=tr("The device to compute on; chosen by itself if not given."))
]


def pages_of(archive: Archive, spec: str | None) -> tuple[PageInfo, ...]:
    """The pages that `1-3,7` names by position; all of them for `all` and without a spec."""
    pages = archive.pages()
    if spec is None or spec == "all":
        return pages
    wanted: set[int] = set()
    for part in spec.split(","):
        first, _, last = part.strip().partition("-")
        try:
            span = range(int(first), int(last or first) + 1)
        except ValueError:
            raise typer.BadParameter(
                tr("“{spec}” names no pages; write for example 1-3,7.").format(spec=spec)
            ) from None
        if not span or span.start < 1 or span.stop - 1 > len(pages):
            raise NotFound(
                trn("The archive has {count} page.", "The archive has {count} pages.", len(pages)).format(
                    count=len(pages)
                ),
                tr("“{spec}” names pages that it does not have.").format(spec=part),
            )
        wanted |= set(span)
    return tuple(page for page in pages if page.position in wanted)


def box_of(archive: Archive, spec: str) -> tuple[str, Box]:
    """The page and the box that `PAGE:X,Y,W,H` names, as far as it lies on the page."""
    try:
        position, _, numbers = spec.partition(":")
        x, y, width, height = (int(number) for number in numbers.split(","))
        page = str(int(position))
    except ValueError:
        message = tr("“{spec}” is no box; write PAGE:X,Y,W,H, for example 1:120,300,900,80.").format(spec=spec)
        raise typer.BadParameter(message) from None
    (info,) = pages_of(archive, page)
    box = Box(x, y, width, height).within(info.width, info.height)
    if box.width < 2 or box.height < 2:
        raise NotFound(
            tr("The box {spec} lies outside the page.").format(spec=spec),
            tr("The page is {width} pixels wide and {height} high.").format(width=info.width, height=info.height),
        )
    return info.id, box


def page_names(archive: Archive) -> PageName:
    """What the pages are called on the command line: by their position in the archive."""
    positions = {page.id: page.position for page in archive.pages()}
    return lambda page: tr("page {number}").format(number=positions.get(page, "?"))
