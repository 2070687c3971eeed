"""Hypothesis strategies for pages and for sequences of edits."""

from collections.abc import Callable
from functools import partial
from typing import get_args

from hypothesis import strategies as st

from app import edits
from app.edits import Edit
from app.geometry import Box
from app.page import Line, Mark, MarkKind, Page, Reading, Region, Transcription, new_id

WIDTH, HEIGHT = 400, 600
points = st.tuples(st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1))
texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)


mark_kinds: st.SearchStrategy[MarkKind] = st.sampled_from(get_args(MarkKind))


@st.composite
def marks_of(draw: st.DrawFn, text: str) -> tuple[Mark, ...]:
    """Up to three marks of a text, which may overlap."""
    spans = st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))
    found = draw(st.lists(st.tuples(mark_kinds, spans), max_size=3, unique=True))
    return tuple(Mark(kind, *sorted(span)) for kind, span in found if span[0] != span[1])


@st.composite
def transcriptions(draw: st.DrawFn) -> Transcription:
    """What a person wrote, with marks, draft or reviewed."""
    text = draw(texts.map(str.strip).filter(bool))
    return Transcription(text, draw(st.booleans()), marks=draw(marks_of(text)))


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    """A reading of any text."""
    text = draw(texts)
    share = draw(st.floats(0, 1))
    return Reading(new_id("t"), text, share, "kraken", "starter", (share,) * len(text), marks=draw(marks_of(text)))


@st.composite
def lines(draw: st.DrawFn, regions: tuple[str, ...] = ()) -> Line:
    """A line from left to right, with any number of readings and perhaps a transcription."""
    y = draw(st.integers(20, HEIGHT - 20))
    left = draw(st.integers(0, WIDTH // 2))
    right = draw(st.integers(left + 5, WIDTH - 1))
    return Line(
        new_id("l"),
        ((left, y), ((left + right) // 2, y + draw(st.integers(-3, 3))), (right, y)),
        Box(left, y - 15, right - left, 20).polygon(),
        draw(st.sampled_from([None, *regions])),
        tuple(draw(st.lists(readings(), max_size=2))),
        draw(st.none() | transcriptions()),
        draw(st.sampled_from(["person", "engine"])),
        note=draw(st.sampled_from(["", "see the register"])),
        second_look=draw(st.booleans()),
    )


@st.composite
def pages(draw: st.DrawFn) -> Page:
    """A page with up to three regions and six lines."""
    regions = tuple(
        Region(
            new_id("r"),
            Box(10 * i, 100 * i, 350, 90).polygon(),
            "paragraph",
            draw(st.sampled_from(["person", "engine"])),
        )
        for i in range(draw(st.integers(0, 3)))
    )
    ids = tuple(region.id for region in regions)
    return Page(new_id("p"), WIDTH, HEIGHT, regions, tuple(draw(st.lists(lines(ids), max_size=6))))


@st.composite
def edits_of(draw: st.DrawFn, page: Page) -> Edit:
    """Any edit of the page, with its arguments fixed, so that it can be done again."""
    choices: list[Callable[[], Edit]] = [
        lambda: partial(
            edits.draw_line, baseline=draw(st.lists(points, min_size=2, max_size=4, unique=True)), line_id=new_id("l")
        ),
        lambda: partial(
            edits.draw_box,
            box=Box(*draw(points), draw(st.integers(2, 200)), draw(st.integers(2, 90))),
            line_id=new_id("l"),
        ),
        lambda: partial(
            edits.draw_region,
            boundary=Box(*draw(points), draw(st.integers(3, 200)), draw(st.integers(3, 200))).polygon(),
            region_id=new_id("r"),
        ),
        lambda: _segmented(draw(st.lists(lines(), max_size=4))),
    ]
    if page.lines:
        line = draw(st.sampled_from(page.lines)).id
        some = draw(st.lists(st.sampled_from([item.id for item in page.lines]), min_size=1, unique=True))
        choices += [
            lambda: partial(edits.transcribe, line_id=line, text=draw(texts)),
            lambda: partial(edits.accept, line_id=line),
            lambda: partial(edits.review, line_id=line, reviewed=draw(st.booleans())),
            lambda: partial(edits.delete, ids=some),
            lambda: partial(edits.join_lines, ids=some),
            lambda: partial(edits.reorder, ids=some),
            lambda: partial(
                edits.split_line, line_id=line, x=draw(st.integers(0, WIDTH)), new_ids=(new_id("l"), new_id("l"))
            ),
            lambda: partial(
                edits.reshape_line, line_id=line, baseline=draw(st.lists(points, min_size=2, max_size=3, unique=True))
            ),
            lambda: partial(edits.move, ids=some, dx=draw(st.integers(-500, 500)), dy=draw(st.integers(-500, 500))),
            lambda: partial(edits.add_reading, line_id=line, reading=draw(readings())),
            lambda: partial(edits.set_note, line_id=line, note=draw(texts)),
            lambda: partial(edits.set_second_look, ids=some, wanted=draw(st.booleans())),
            lambda: partial(edits.take_text, line_id=line, text=draw(texts)),
            lambda: partial(
                edits.mark_text,
                line_id=line,
                kind=draw(mark_kinds),
                start=draw(st.integers(0, 12)),
                end=draw(st.integers(0, 12)),
            ),
        ]
    if page.regions:
        region = draw(st.sampled_from(page.regions)).id
        choices += [
            lambda: partial(edits.delete, ids=[region]),
            lambda: partial(edits.move, ids=[region], dx=draw(st.integers(-90, 90)), dy=draw(st.integers(-90, 90))),
            lambda: partial(edits.reshape_region, region_id=region, boundary=Box(*draw(points), 20, 20).polygon()),
            lambda: _segmented(draw(st.lists(lines(), max_size=4)), region),
        ]
    return draw(st.sampled_from(choices))()


def _segmented(found: list[Line], within: str | None = None) -> Edit:
    fresh = [Line(line.id, line.baseline, line.boundary) for line in found]
    return partial(edits.segment, regions=(), lines=fresh, within=within)
