"""A page is a value: diffs, edits and undo, as properties."""

import itertools
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app import edits, layout
from app.errors import AppError, Conflict, NotFound
from app.geometry import Box
from app.page import Line, Page, Reading, Region, Transcription, apply, diff, new_id
from tests.strategies import edits_of, lines, pages, readings


@given(pages(), pages())
def test_a_diff_applied_gives_the_other_page(one: Page, other: Page) -> None:
    other = replace(other, id=one.id)
    assert apply(one, diff(one, other)) == other
    assert apply(other, diff(one, other).inverse()) == one
    assert not diff(one, one)


@given(st.data(), pages())
def test_undo_of_any_edit_is_the_identity_and_redo_does_it_again(data: st.DataObject, page: Page) -> None:
    edit = data.draw(edits_of(page))
    try:
        after = edit(page)
    except AppError:
        assume(False)
    change = diff(page, after)
    assume(not edits.is_machine_only(change))
    assert edits.replay(after, change.inverse()) == page
    assert edits.replay(page, change) == after


@given(st.data(), pages())
def test_many_edits_are_undone_one_after_the_other(data: st.DataObject, page: Page) -> None:
    steps = [page]
    for _ in range(data.draw(st.integers(1, 6))):
        try:
            after = data.draw(edits_of(steps[-1]))(steps[-1])
        except AppError:
            continue
        if not edits.is_machine_only(diff(steps[-1], after)):
            steps.append(after)
    now = steps[-1]
    for before, after in reversed(list(itertools.pairwise(steps))):
        now = edits.replay(now, diff(before, after).inverse())
    assert now == page


@given(st.data(), pages())
def test_an_edit_is_pure_and_keeps_ids_unique(data: st.DataObject, page: Page) -> None:
    edit = data.draw(edits_of(page))
    try:
        after = edit(page)
    except AppError:
        assume(False)
    ids = [line.id for line in after.lines] + [region.id for region in after.regions]
    assert len(ids) == len(set(ids))
    assert edit(page) == after
    for line in after.lines:
        assert all(0 <= x < page.width and 0 <= y < page.height for x, y in (*line.baseline, *line.boundary))
        assert line.region is None or after.region(line.region) or page.region(line.region) is None


@given(st.data(), pages(), readings())
def test_undo_keeps_a_reading_that_arrived_since(data: st.DataObject, page: Page, reading: Reading) -> None:
    assume(page.lines)
    line = data.draw(st.sampled_from(page.lines)).id
    after = edits.transcribe(page, line, "typed since")
    assume(after != page)
    with_reading = edits.add_reading(after, line, reading)
    undone = edits.replay(with_reading, diff(page, after).inverse())
    before = page.line(line)
    now = undone.line(line)
    assert before is not None
    assert now is not None
    assert now.transcription == before.transcription
    assert now.readings == (*before.readings, reading)


@given(st.data(), pages())
def test_an_engine_never_replaces_what_a_person_did(data: st.DataObject, page: Page) -> None:
    found = [Line(line.id, line.baseline, line.boundary) for line in data.draw(st.lists(lines(), max_size=6))]
    within = data.draw(st.sampled_from([None, *(region.id for region in page.regions)]))
    after = edits.segment(page, (), found, within)
    human = [line for line in page.lines if line.made_by == "person" or line.transcription]
    assert [line for line in after.lines if after.line(line.id) in human] == human
    new = [line.id for line in after.lines if page.line(line.id) is None]
    assert new == [line.id for line in found if line.id in new], "the engine's reading order stays too"


@given(st.data(), pages(), readings())
def test_a_reading_never_touches_a_transcription(data: st.DataObject, page: Page, reading: Reading) -> None:
    assume(page.lines)
    line = data.draw(st.sampled_from(page.lines))
    after = edits.add_reading(page, line.id, reading).line(line.id)
    assert after is not None
    assert after.transcription == line.transcription
    assert after.readings == (*line.readings, reading)


def _page(*texts: str) -> Page:
    made = tuple(
        Line(f"l{i}", ((10, 50 * i + 40), (300, 50 * i + 40)), Box(10, 50 * i + 10, 290, 40).polygon())
        for i, _ in enumerate(texts)
    )
    page = Page("p1", 400, 600, (), made)
    for line, text in zip(made, texts, strict=True):
        if text:
            page = edits.add_reading(page, line.id, Reading(new_id("t"), text, 0.9, "kraken", "starter"))
    return page


def test_typing_makes_a_draft_and_an_empty_text_takes_it_back() -> None:
    page = _page("Liebe Mvtter")
    typed = edits.transcribe(page, "l0", "Liebe Mutter")
    assert (typed.lines[0].state, typed.lines[0].text) == ("draft", "Liebe Mutter")
    assert edits.transcribe(typed, "l0", "  ") == page
    assert edits.transcribe(page, "l0", "Liebe Mvtter") is page, "what only repeats the reading is no draft"


def test_typed_text_is_kept_in_nfc_and_on_one_line() -> None:
    page = edits.transcribe(_page(""), "l0", "fu\u0308r\nuns")
    assert page.lines[0].text == "für uns"


def test_a_reviewed_line_that_is_typed_in_is_a_draft_again() -> None:
    page = edits.review(_page("Text"), "l0")
    assert page.lines[0].transcription == Transcription("Text", reviewed=True)
    assert edits.transcribe(page, "l0", "Text!").lines[0].state == "draft"


def test_a_line_without_text_cannot_be_reviewed() -> None:
    with pytest.raises(Conflict, match="no text yet"):
        edits.review(_page(""), "l0")


def test_a_line_that_is_not_there_is_named() -> None:
    with pytest.raises(NotFound, match="l9"):
        edits.transcribe(_page(""), "l9", "x")


def test_a_drawn_line_finds_its_place_in_the_reading_order() -> None:
    page = _page("a", "b", "c")
    drawn = edits.draw_line(page, [(10, 65), (200, 65)], line_id="lx")
    assert [line.id for line in drawn.lines] == ["l0", "lx", "l1", "l2"]
    assert drawn.lines[1].made_by == "person"
    assert drawn.lines[1].boundary == (), "an engine makes it from the writing, when it reads the line"


def test_a_drawn_region_takes_the_lines_inside_it() -> None:
    page = edits.draw_region(_page("a", "b", "c"), Box(0, 0, 390, 100).polygon(), region_id="rx")
    assert [line.region for line in page.lines] == ["rx", "rx", None]
    gone = edits.delete(page, ["rx"])
    assert [line.region for line in gone.lines] == [None, None, None]


HALVES = ("lx", "ly")


def test_split_and_join() -> None:
    page = edits.transcribe(_page("a"), "l0", "left right")
    split = edits.split_line(page, "l0", 150, HALVES)
    assert [line.id for line in split.lines] == ["lx", "ly"]
    assert split.lines[0].baseline[-1] == (150, 40) == split.lines[1].baseline[0]
    joined = edits.join_lines(edits.transcribe(split, "ly", "more"), ["ly", "lx"])
    assert [line.text for line in joined.lines] == ["left more"]
    with pytest.raises(Conflict, match="cannot be split"):
        edits.split_line(page, "l0", 5)


@pytest.mark.parametrize(
    ("text", "x", "texts"),
    [
        ("Liebe Mutter, wir sind gut angekommen", 110, ("Liebe Mutter,", "wir sind gut angekommen")),
        ("Liebe Mutter, wir sind gut angekommen", 12, ("Liebe", "Mutter, wir sind gut angekommen")),
        ("Liebe Mutter, wir sind gut angekommen", 298, ("Liebe Mutter, wir sind gut", "angekommen")),
        ("Mutter", 200, ("Mutter", "")),
        ("Mutter", 100, ("", "Mutter")),
        ("", 100, ("", "")),
    ],
)
def test_a_text_is_divided_between_words_where_its_line_is_cut(text: str, x: int, texts: tuple[str, str]) -> None:
    split = edits.split_line(edits.transcribe(_page(""), "l0", text), "l0", x)
    assert tuple(line.text for line in split.lines) == texts
    assert {line.state for line in split.lines} <= {"draft", "unread"}


def test_a_line_from_right_to_left_begins_at_its_right_half() -> None:
    page = edits.transcribe(_page(""), "l0", "one two three four")
    page = layout.reverse_lines(page, ["l0"])
    first, second = edits.split_line(page, "l0", 220, HALVES).lines
    assert (first.baseline, first.text) == (((300, 40), (220, 40)), "one")
    assert (second.baseline, second.text) == (((220, 40), (10, 40)), "two three four")
    assert min(x for x, _ in first.boundary) == 220 == max(x for x, _ in second.boundary)


def test_what_was_read_on_the_whole_line_is_of_neither_half() -> None:
    page = _page("left right")
    split = edits.split_line(page, "l0", 150, HALVES)
    assert [(line.state, line.readings) for line in split.lines] == [("unread", ()), ("unread", ())]
    assert edits.replay(split, diff(page, split).inverse()) == page


@given(lines(), st.integers(0, 399))
def test_splitting_loses_nothing_of_a_text(line: Line, x: int) -> None:
    page = Page("p1", 400, 600, lines=(line,))
    try:
        first, second = edits.split_line(page, line.id, x).lines
    except Conflict:
        assume(False)
    written = line.transcription.text if line.transcription else ""
    assert " ".join(f"{first.text} {second.text}".split()) == " ".join(written.split())

    def marked(*some: Line) -> list[tuple[str, str]]:
        """Each character that has a mark, without the spaces that the division may take."""
        found = [(mark.kind, char) for each in some for mark in each.marks for char in each.text[mark.start : mark.end]]
        return sorted(item for item in found if item[1].strip())

    assert marked(first, second) == marked(replace(line, readings=()))


def test_segmenting_a_region_replaces_its_lines_alone() -> None:
    page = edits.draw_region(_page("a", "b", "c"), Box(0, 60, 390, 60).polygon(), region_id="rx")
    found = [Line("n1", ((10, 80), (100, 80))), Line("n2", ((110, 95), (300, 95)))]
    after = edits.segment(page, (), found, within="rx")
    assert [line.id for line in after.lines] == ["l0", "n1", "n2", "l2"]
    assert {line.region for line in after.lines_in("rx")} == {"rx"}


def test_a_new_segmentation_keeps_drawn_and_written_lines() -> None:
    page = edits.transcribe(_page("a", "b", "c"), "l1", "mine")
    found = [Line("n0", ((10, 41), (300, 41))), Line("n1", ((10, 91), (300, 91))), Line("n2", ((10, 141), (300, 141)))]
    after = edits.segment(page, (Region("r1", Box(0, 0, 390, 300).polygon()),), found)
    assert [line.id for line in after.lines] == ["n0", "l1", "n2"]
    assert [region.id for region in after.regions] == ["r1"]


def test_a_new_segmentation_keeps_the_reading_order_that_a_person_made() -> None:
    page = _page("left 1", "left 2", "right 1")
    page = edits.reshape_line(page, "l2", [(310, 35), (390, 35)])
    for line in page.lines:
        page = edits.review(page, line.id)
    assert [line.id for line in edits.segment(page, (), ()).lines] == ["l0", "l1", "l2"]
    found = [Line("n0", ((10, 41), (300, 41))), Line("n9", ((10, 300), (300, 300)))]
    assert [line.id for line in edits.segment(page, (), found).lines] == ["l0", "l1", "l2", "n9"]


def test_a_line_that_a_person_drew_without_a_boundary_is_not_found_again() -> None:
    page = edits.reshape_line(_page("", ""), "l0", [(10, 45), (300, 45)])
    found = [Line("n0", ((10, 43), (300, 43))), Line("n1", ((10, 91), (300, 91)))]
    assert [line.id for line in edits.segment(page, (), found).lines] == ["l0", "n1"]


def test_the_halves_of_a_reviewed_line_are_no_longer_reviewed() -> None:
    page = edits.review(_page("left right"), "l0")
    split = edits.split_line(page, "l0", 150, HALVES)
    assert [(line.state, line.text) for line in split.lines] == [("draft", "left"), ("draft", "right")]
    assert edits.replay(split, diff(page, split).inverse()) == page


def test_a_boundary_made_for_a_reading_is_no_edit_and_undo_goes_past_it() -> None:
    page = _page("", "")
    drawn = edits.draw_line(page, [(10, 65), (200, 65)], line_id="lx")
    outline = ((10, 55), (200, 55), (200, 70), (10, 70))
    read = edits.add_reading(drawn, "lx", Reading("t1", "Liebe", 0.9, "kraken", "starter"), outline)
    assert edits.need_line(read, "lx").boundary == outline
    assert edits.is_machine_only(diff(drawn, read))
    assert edits.replay(read, diff(page, drawn).inverse()).line("lx") is None
    typed = edits.transcribe(drawn, "lx", "Liebe Mutter")
    late = edits.add_reading(typed, "lx", Reading("t2", "Lieber", 0.9, "kraken", "starter"), outline)
    back = edits.need_line(edits.replay(late, diff(drawn, typed).inverse()), "lx")
    assert (back.transcription, back.boundary, len(back.readings)) == (None, outline, 1)


def test_a_boundary_that_a_line_has_is_kept_whatever_an_engine_made() -> None:
    page = _page("")
    before = page.lines[0].boundary
    read = edits.add_reading(page, "l0", Reading("t1", "x", 0.9, "kraken", "starter"), ((0, 0), (9, 0), (9, 9)))
    assert before
    assert read.lines[0].boundary == before


def test_an_undo_that_no_longer_fits_is_refused() -> None:
    page = _page("a")
    change = diff(page, edits.transcribe(page, "l0", "one"))
    with pytest.raises(Conflict, match="no longer be undone"):
        edits.replay(edits.transcribe(page, "l0", "two"), change.inverse())


def test_reorder_moves_the_named_lines_within_their_places() -> None:
    page = edits.reorder(_page("a", "b", "c"), ["l2", "l0"])
    assert [line.id for line in page.lines] == ["l2", "l1", "l0"]


def test_moving_stops_at_the_edge_of_the_page() -> None:
    page = edits.move(_page("a"), ["l0"], -1000, 5000)
    assert page.lines[0].baseline == ((0, 589), (290, 589))


def test_an_edit_with_a_fixed_id_can_be_done_again() -> None:
    edit = partial(edits.draw_box, box=Box(20, 200, 300, 30), line_id="lz")
    page = _page("a")
    assert edit(page) == edit(page)
    assert edit(page).lines[1].baseline == ((20, 222), (320, 222))
