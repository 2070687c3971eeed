"""Opening an archive of 10,000 pages, and one edit in it: `python -m tests.bench.opening`."""

from functools import partial

from app import edits
from app.archive import Archive, NewPage
from app.geometry import Box
from app.page import Line, Page, Reading, new_id
from tests.bench.measuring import own_home, seconds, show

PAGES, LINES = 10_000, 20


def main() -> None:
    """Makes an archive of 10,000 pages with 200,000 lines, then opens it beside one of one page."""
    with own_home() as folder:
        for name, pages in (("small", 1), ("large", PAGES)):
            with Archive.create(folder / name) as archive:
                _fill(archive, pages)
        small = seconds(lambda: Archive.open(folder / "small").close())
        large = seconds(lambda: Archive.open(folder / "large").close())
        with Archive.open(folder / "large") as archive:
            listing = seconds(archive.pages)
            info = archive.pages()[PAGES // 2]
            reading = seconds(lambda: archive.page(info.id))
            line = archive.page(info.id).lines[3].id
            typing = seconds(
                lambda: archive.edit(info.id, partial(edits.transcribe, line_id=line, text="Liebe Mutter"))
            )
    show("opening and closing, 1 page", small, small, "opening 1 page")
    show(f"opening and closing, {PAGES} pages", large, small, "opening 1 page")
    show("listing all pages with their counts", listing, small, "opening 1 page")
    show("reading one page", reading, small, "opening 1 page")
    show("saving one typed line", typing, small, "opening 1 page")


def _fill(archive: Archive, pages: int) -> None:
    new = [NewPage(f"page {i}", "0" * 64, ".jpg", 0, 2000, 3000, 0) for i in range(pages)]
    _, infos = archive.add_document("bench", new)
    for info in infos:
        archive.edit(info.id, _with_lines)


def _with_lines(page: Page) -> Page:
    lines = [
        Line(
            new_id("l"),
            ((100, 100 * i + 80), (1900, 100 * i + 85)),
            Box(100, 100 * i + 20, 1800, 80).polygon(),
            readings=(Reading(new_id("t"), "Wir sind gut angekommen und", 0.9, "kraken", "starter", (0.9,) * 27),),
        )
        for i in range(LINES)
    ]
    return edits.segment(page, (), lines)


if __name__ == "__main__":
    main()
