"""Edits of a page's layout: turned lines, types of regions, split regions, a layout that is copied."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import layout
from app.errors import Conflict, NotFound
from app.geometry import Box, box_of
from app.page import Line, Page, Reading, Region, Transcription, diff
from tests.strategies import pages

READ = (Reading("t1", "wir", 0.9, "kraken", "starter"),)


def line(number: int, **more: object) -> Line:
    y = 100 * number
    made = Line(f"l{number}", ((10, y), (400, y)), ((10, y - 40), (400, y - 40), (400, y + 10)), "r1", READ)
    return replace(made, **more)  # type: ignore[arg-type]


PAGE = Page("p", 1000, 800, (Region("r1", Box(0, 0, 500, 800).polygon(), "heading"),), (line(1), line(2), line(3)))


def test_a_line_is_turned_and_turned_back() -> None:
    turned = layout.reverse_lines(PAGE, ["l2"])
    assert set(diff(PAGE, turned).lines) == {"l2"}
    assert turned.lines[1].baseline == ((400, 200), (10, 200))
    assert layout.reverse_lines(turned, ["l2"]).lines[1].baseline == PAGE.lines[1].baseline
    with pytest.raises(NotFound):
        layout.reverse_lines(PAGE, ["gone"])


def test_a_region_takes_a_type_of_page_or_one_of_the_person_s_own() -> None:
    assert layout.retype_regions(PAGE, ["r1"], "marginalia").regions[0].kind == "marginalia"
    assert layout.retype_regions(PAGE, ["r1"], "  my \n own ").regions[0].kind == "my own"
    assert layout.retype_regions(PAGE, ["r1"], "heading") == PAGE
    with pytest.raises(Conflict, match="no name"):
        layout.retype_regions(PAGE, ["r1"], " ")


def test_a_region_is_split_and_each_line_goes_where_its_middle_lies() -> None:
    after = layout.split_region(PAGE, "r1", (0, 250), (500, 250), "r2")
    assert [(region.id, region.kind) for region in after.regions] == [("r1", "heading"), ("r2", "heading")]
    assert [box_of(region.boundary) for region in after.regions] == [Box(0, 0, 500, 250), Box(0, 250, 500, 550)]
    assert [one.region for one in after.lines] == ["r1", "r1", "r2"]
    for start, end in (((600, 0), (600, 9)), ((5, 5), (5, 5))):
        with pytest.raises(Conflict, match="cannot be split"):
            layout.split_region(PAGE, "r1", start, end)


@given(pages(), st.data())
def test_splitting_loses_no_line_and_touches_no_text(page: Page, data: st.DataObject) -> None:
    if not page.regions:
        return
    point = st.tuples(st.integers(0, page.width - 1), st.integers(0, page.height - 1))
    region = data.draw(st.sampled_from(page.regions))
    try:
        after = layout.split_region(page, region.id, data.draw(point), data.draw(point), "rnew")
    except Conflict:
        return
    assert [replace(one, region=None) for one in after.lines] == [replace(one, region=None) for one in page.lines]
    assert {one.region for one in after.lines} <= {None, *(each.id for each in after.regions)}


def test_a_layout_is_copied_without_texts_and_to_scale() -> None:
    written = replace(PAGE, lines=(replace(PAGE.lines[0], transcription=Transcription("wir", reviewed=True)),))
    after = layout.copy_layout(Page("q", 500, 400), written)
    [region], [made] = after.regions, after.lines
    assert (region.kind, box_of(region.boundary)) == ("heading", Box(0, 0, 250, 399))
    assert made.baseline == ((5, 50), (200, 50))
    assert (made.region, made.text, made.readings, made.state) == (region.id, "", (), "unread")
    assert made.id != "l1"
    with pytest.raises(Conflict, match="already"):
        layout.copy_layout(after, written)
