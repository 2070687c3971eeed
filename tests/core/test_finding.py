"""Finding words in the texts of lines, and putting others in their place."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import edits, finding
from app.archive import Archive, NewPage
from app.finding import Query, occurrences, replaced
from app.page import Line, Mark, Page, Reading, Transcription

BASE = ((0, 10), (90, 10))


def page_of(*texts: str, reviewed: bool = False) -> Page:
    lines = [Line(f"l{n}", BASE, transcription=Transcription(text, reviewed)) for n, text in enumerate(texts)]
    return Page("p", 100, 100, lines=tuple(lines))


@pytest.mark.parametrize(
    ("text", "query", "spans"),
    [
        ("Haus und Hausrat", Query("haus"), ((0, 4), (9, 13))),
        ("Haus und Hausrat", Query("haus", match_case=True), ()),
        ("Haus und Hausrat", Query("Haus", whole_words=True), ((0, 4),)),
        ("daſs das", Query("das"), ((0, 3), (5, 8))),
        ("daſs das", Query("dass"), ((0, 4),)),
        ("Straße", Query("strasse"), ()),  # ß and ss are two things
        ("dass daß daſs", Query("ss"), ((2, 4), (11, 13))),
        ("STRAẞE Straße", Query("ß"), ((4, 5), (11, 12))),
        ("STRAẞE Straße", Query("ß", match_case=True), ((11, 12),)),
        ("ﬁn", Query("f"), ()),  # half of a ligature is no character
        ("m\u0304 m", Query("m"), ((3, 4),)),  # the first has a line above it
        ("aaaa", Query("aa"), ((0, 2), (2, 4))),
        ("1⸗2", Query("⸗"), ((1, 2),)),
        ("Haus", Query("  "), ()),
        ("", Query("a"), ()),
    ],
)  # fmt: skip
def test_words_are_found(text: str, query: Query, spans: tuple[tuple[int, int], ...]) -> None:
    assert occurrences(text, query) == spans


def test_words_in_any_form_of_unicode_are_found() -> None:
    assert occurrences("Grüße", Query("gru\u0308")) == ((0, 3),)


@given(
    st.text(alphabet="aAſsß\u0304 b", max_size=30), st.text(alphabet="aAſsß b", min_size=1, max_size=3), st.booleans()
)
def test_what_is_found_is_what_was_asked_for(text: str, words: str, match_case: bool) -> None:
    query = Query(words, match_case)
    spans = occurrences(text, query)

    for start, end in spans:
        piece = text[start:end]
        assert piece == words if match_case else piece.casefold() == words.casefold()
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(spans))
    assert len(replaced(text, query, "")) == len(text) - sum(end - start for start, end in spans)


def test_a_place_that_would_stay_as_it_is_is_no_place() -> None:
    found = finding.in_page(page_of("dass, DAß und daß", "daß"), Query("daß"))

    assert [(each.line, each.spans) for each in finding.changing(found, "daß")] == [("l0", ((6, 9),))]
    assert [each.line for each in finding.changing(found, "")] == ["l0", "l1"]


def test_replacing_keeps_marks_and_review() -> None:
    page = page_of("das alte Haus", "das Dorf", reviewed=True)
    page = edits.mark_text(page, "l0", "underlined", 9, 13)

    after = finding.replace_in_page(page, ["l0", "l1", "gone"], Query("das"), "dieses")

    assert [line.text for line in after.lines] == ["dieses alte Haus", "dieses Dorf"]
    assert after.lines[0].marks == (Mark("underlined", 12, 16),)
    assert [line.state for line in after.lines] == ["reviewed", "reviewed"]


def test_replacing_in_a_suggestion_makes_a_draft_and_keeps_the_reading() -> None:
    line = Line("l", BASE, readings=(Reading("t", "das Dorf", 0.9, "kraken", "m"),))

    (after,) = finding.replace_in_page(Page("p", 9, 9, lines=(line,)), ["l"], Query("das"), "dies").lines

    assert (after.text, after.state) == ("dies Dorf", "draft")
    assert after.readings == line.readings


def test_only_named_lines_are_replaced_and_a_text_that_vanishes_takes_the_draft_back() -> None:
    after = finding.replace_in_page(page_of("das", "das"), ["l1"], Query("das"), "")

    assert [line.text for line in after.lines] == ["das", ""]
    assert after.lines[1].transcription is None


def test_the_lines_of_a_document_are_found_where_the_page_shows_them(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "archive") as archive:
        new = [NewPage(f"{n}", "a" * 64, ".jpg", n, 100, 100, 0) for n in range(2)]
        document, infos = archive.add_document("Letters", new)
        first, second = (info.id for info in infos)
        read = Line("r0", BASE, readings=(Reading("t0", "read first", 0.9, "kraken", "m"),
                                          Reading("t1", "read again", 0.9, "kraken", "m")))  # fmt: skip
        archive.edit(first, lambda page: edits.segment(page, (), [Line("a0", BASE), read]))
        archive.edit(second, lambda page: edits.segment(page, (), [Line("b0", BASE), Line("b1", ((0, 50), (90, 50)))]))
        archive.edit(second, lambda page: edits.transcribe(page, "b1", "typed"))
        archive.edit(first, lambda page: edits.transcribe(page, "r0", "mine"))
        archive.edit(first, lambda page: edits.transcribe(page, "r0", ""))
        archive.edit(second, lambda page: edits.delete(page, ["b0"]))
        shown = [
            (page_id, line.id, number, line.text)
            for page_id in (first, second)
            for number, line in enumerate(archive.page(page_id).lines, 1)
        ]

        assert [tuple(each) for each in archive.texts(document.id)] == shown
        assert "read again" in {text for *_, text in shown}
