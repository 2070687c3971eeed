"""A text put on the lines of a page: nothing lost, nothing twice, nothing invented, and the best there is."""

import itertools
from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app import edits
from app.jobs.align import EDIT, HINT, LEAST, MATCH, SKIP, UNSIGNED, LeftOver, Placement, place
from app.page import Line, Page, Reading, Transcription, diff
from app.text import tokens

WORDS = ("wir", "sind", "gut", "an", "ange-", "kommen", "angekommen", "–", "Groß", "gro\u0308ßer", "7", "\u0301")
words = st.sampled_from(WORDS) | st.text(st.characters(exclude_categories=("Cs",)), max_size=6)
readings = st.lists(st.lists(words, max_size=5).map(" ".join), max_size=6)
texts = st.lists(st.tuples(words, st.sampled_from([" ", "\n", "  ", "\u00a0"])), max_size=14).map(
    lambda parts: "".join(word + space for word, space in parts)
)


def put(text: str, *lines: str) -> dict[str, str]:
    """The texts by the readings of the lines."""
    placement = place(text, [(line, line) for line in lines])
    return {placed.line: placed.text for placed in placement.placed}


def left(text: str, *lines: str) -> list[str]:
    return [rest.text for rest in place(text, [(line, line) for line in lines]).left_over]


@given(texts, readings)
@example("angekommen wir", ["wir ange-", "kommen wir"])
@example("groß\u0301er\r\nwir", ["gro", "sser", "", "wir"])
def test_every_word_is_on_one_line_or_left_over_in_its_order(text: str, lines: list[str]) -> None:
    placement = place(text, [(f"l{at}", line) for at, line in enumerate(lines)])
    pieces = sorted([*placement.placed, *placement.left_over], key=lambda piece: piece.start)
    assert "".join("".join(piece.text.split()) for piece in pieces) == "".join(text.split())
    for piece in pieces:
        assert piece.text == " ".join(text[piece.start : piece.end].split()) != ""
    assert all(one.end <= other.start for one, other in itertools.pairwise(pieces))
    order = [int(placed.line[1:]) for placed in placement.placed]
    assert order == sorted(set(order))
    assert all(0 <= placed.similarity <= 1 for placed in placement.placed)


@given(texts, readings)
def test_a_word_is_cut_only_where_one_line_ends_and_the_next_begins(text: str, lines: list[str]) -> None:
    placement = place(text, [(f"l{at}", line) for at, line in enumerate(lines)])
    spans = {(placed.start, placed.end): int(placed.line[1:]) for placed in placement.placed}
    edges = {edge for piece in (*placement.placed, *placement.left_over) for edge in (piece.start, piece.end)}
    for word in tokens(text):
        for cut in (edge for edge in edges if word.start < edge < word.end):
            [above] = [line for (_, end), line in spans.items() if end == cut]
            [below] = [line for (start, _), line in spans.items() if start == cut]
            assert below == above + 1


def test_line_breaks_come_back_and_the_text_s_own_are_a_hint() -> None:
    lines = ("Liebe Mvtter, wir sind", "gvt angekomen.", "Viele Grvsse")
    want = ["Liebe Mutter, wir sind", "gut angekommen.", "Viele Grüße"]
    for text in (" ".join(want), "\n".join(want), "Liebe\nMutter, wir\nsind gut\r\nangekommen. Viele\n\nGrüße"):
        assert list(put(text, *lines).values()) == want
        assert left(text, *lines) == []
    # A word that neither reading has goes nowhere; a dash that costs as much on either line goes where the break is.
    assert put("ja so\n– nun gut", "ja so", "- nun gut")["ja so"] == "ja so"


def test_what_is_not_on_the_page_is_listed_with_its_place() -> None:
    text = "Abschrift! Liebe Mutter [Fleck, drei Wörter fehlen] wir sind da. Seite 12"
    placement = place(text, [("a", "Liebe Mvtter"), ("b", "wir sind da.")])
    assert [(placed.line, placed.text) for placed in placement.placed] == [("a", "Liebe Mutter"), ("b", "wir sind da.")]
    assert placement.left_over == (
        LeftOver("Abschrift!", 0, 10),
        LeftOver("[Fleck, drei Wörter fehlen]", 24, 51),
        LeftOver("Seite 12", 65, 73),
    )
    assert placement.sentence() == (
        "7 words could not be placed: “Abschrift!” (from character 1), “[Fleck, drei Wörter fehlen]” "
        "(from character 25), “Seite 12” (from character 66)."
    )
    assert Placement((), ()).sentence() == ""


@pytest.mark.parametrize("sign", ["-", "¬", "=", "⸗", "\u00ad", ""])
def test_a_word_is_cut_where_the_readings_cut_it_and_no_sign_is_added(sign: str) -> None:
    lines = (f"das sagte meine liebe Mut{sign}", "ter und ging fort")
    assert list(put("das sagte meine liebe Mutter und ging fort", *lines).values()) == [
        "das sagte meine liebe Mut",
        "ter und ging fort",
    ]


@pytest.mark.parametrize("pasted", ["Mut- ter", "Mut-\nter", "Mut-ter", "Mut¬ ter"])
def test_a_sign_that_was_pasted_stays(pasted: str) -> None:
    lines = ("das sagte meine liebe Mut-", "ter und ging fort")
    first, second = put(f"das sagte meine liebe {pasted} und ging fort", *lines).values()
    assert first == f"das sagte meine liebe {pasted[:4]}"
    assert second == "ter und ging fort"


def test_a_word_that_was_misread_at_the_end_of_a_line_is_not_cut() -> None:
    assert list(put("wir sind gut angekommen", "wir sind gu", "angekommen").values()) == ["wir sind gut", "angekommen"]


def test_lines_that_are_unlike_the_text_get_nothing() -> None:
    assert put("Der Zug fuhr sehr lange durch die Nacht.", "Liebe Mutter, ich bin", "12", "") == {}
    assert left("Der Zug fuhr.", "Liebe Mutter") == ["Der Zug fuhr."]
    assert left("", "Liebe Mutter") == left(" \n ", "Liebe Mutter") == []
    assert place("Liebe Mutter", []).left_over == (LeftOver("Liebe Mutter", 0, 12),)


def test_the_least_share_of_characters_that_must_agree() -> None:
    line, at = "abcdefghijklmnopqrst", round(20 * LEAST)
    assert put(line[: at + 2] + "." * (18 - at), line)
    assert not put(line[: at - 1] + "." * (21 - at), line)


def test_old_and_new_spelling_of_letters_find_each_other() -> None:
    assert put("DASS ES SO SEYN MÜSSE", "daſs es ſo seyn mu\u0308ſse")


def test_a_line_in_the_middle_of_a_long_text_finds_its_words() -> None:
    book = [f"Kapitel {number} handelt von der Reise nach Ort {number * 37}" for number in range(2000)]
    [placed] = place("\n".join(book), [("l", "Kapitel 1234 handelt von dor Reise nach Ort 45658")]).placed
    assert placed.text == book[1234]


def _worth(text: str, row: str, divided: bool, cut: bool) -> int:
    """What a run of text brings beside a row, by the plainest way to work it out."""

    @cache
    def best(i: int, j: int) -> int:
        if not i or not j:
            return -EDIT * (i + j)
        step = MATCH if text[i - 1] == row[j - 1] else -EDIT
        return max(best(i - 1, j - 1) + step, best(i - 1, j) - EDIT, best(i, j - 1) - EDIT)

    return best(len(text), len(row)) + (0 if not cut else EDIT if divided else -UNSIGNED)


def _value(text: str, lines: Sequence[str], spans: Sequence[tuple[int, int] | None]) -> int:
    """What a way to put spans of a text of one-space words on lines brings in all."""
    ends = {word.end for word in tokens(text)}
    value = at = 0
    for line, span in zip(lines, spans, strict=True):
        if span is None:
            continue
        start, end = span
        value += -SKIP if start > at + 1 or (start > at and at not in {0, *ends}) else 0
        value += HINT * ((start == 0) + (end == len(text)))
        value += _worth(text[start:end], line, line.endswith("-"), end not in ends)
        at = end
    return value


def _ways(text: str, lines: Sequence[str]) -> list[list[tuple[int, int] | None]]:
    """All ways to put runs of words on lines, with words cut between lines that follow one another."""
    words = tokens(text)
    starts, ends = {word.start for word in words}, {word.end for word in words}
    within = {place for word in words for place in range(word.start + 1, word.end)}

    def ways(line: int, at: int, cut: bool) -> list[list[tuple[int, int] | None]]:
        if line == len(lines):
            return [] if cut else [[]]
        found: list[list[tuple[int, int] | None]] = [] if cut else [[None, *rest] for rest in ways(line + 1, at, False)]
        if lines[line]:
            for start in {at} if cut else {place for place in starts if place >= at}:
                for end in (place for place in ends | within if place > start):
                    found += [[(start, end), *rest] for rest in ways(line + 1, end, end in within)]
        return found

    return ways(0, 0, False)


@given(
    st.lists(st.text("abc", min_size=1, max_size=5), min_size=1, max_size=3).map(" ".join),
    st.lists(st.lists(st.text("abc-", min_size=1, max_size=4), max_size=2).map(" ".join), min_size=1, max_size=3),
)
def test_no_other_way_to_put_the_words_is_better(text: str, lines: list[str]) -> None:
    placement = place(text, [(str(at), line) for at, line in enumerate(lines)])
    spans = {int(placed.line): (placed.start, placed.end) for placed in placement.placed}
    value = _value(text, lines, [spans.get(at) for at in range(len(lines))])
    assert value == max(_value(text, lines, way) for way in _ways(text, lines))


def _page() -> Page:
    lines = tuple(
        Line(key, ((10, 50 * at), (300, 50 * at)), transcription=own, readings=read)
        for at, (key, own, read) in enumerate(
            [
                ("a", None, ()),
                ("b", Transcription("mine"), ()),
                ("c", Transcription("checked", reviewed=True), ()),
                ("d", None, (Reading("t1", "Mvtter", 0.5, "kraken", "starter"),)),
            ],
            start=1,
        )
    )
    return Page("p", 400, 400, (), lines)


def test_aligned_texts_become_drafts_with_a_score_and_never_replace_a_person_s() -> None:
    page = _page()
    after = edits.put_aligned(page, dict.fromkeys(("a", "b", "c", "d", "gone"), ("grö\nßer ", 0.5)))
    draft = Transcription("grö ßer", score=0.5)
    assert [line.transcription for line in after.lines] == [
        draft, page.lines[1].transcription, page.lines[2].transcription, draft
    ]  # fmt: skip
    assert after.lines[3].readings == page.lines[3].readings
    assert not edits.is_machine_only(diff(page, after))
    assert edits.replay(after, diff(page, after).inverse()) == page
    assert edits.put_aligned(page, {"b": ("other", 1.0), "a": (" ", 1.0)}) is page
