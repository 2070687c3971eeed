"""What two readers make of the same line, and the order that it gives."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.page import Line, Page, Reading, new_id
from app.text import Difference, by_disagreement, compared, differing, disagreement, distance, unsure, with_word
from tests.strategies import pages


def line(*readings: tuple[str, str, str]) -> Line:
    """A line with readings, oldest first: engine, model, text."""
    made = tuple(Reading(new_id("t"), text, 0.9, engine, model) for engine, model, text in readings)
    return Line(new_id("l"), ((0, 0), (9, 0)), readings=made)


def test_the_newest_reading_of_each_reader_stands_beside_the_newest_of_all() -> None:
    read = line(
        ("kraken", "starter", "wir sind alt"),
        ("kraken", "print", "wir sind gvt"),
        ("surya", "surya", "wir gut"),
        ("kraken", "starter", "wir sind gut"),
    )
    found = compared(read)
    assert [(other.reading.origin, other.reading.text) for other in found] == [
        (("surya", "surya"), "wir gut"),
        (("kraken", "print"), "wir sind gvt"),
    ]
    assert found[0].differences == (Difference(4, 8, 3, 3, ""),)
    assert found[1].differences == (Difference(9, 12, 9, 12, "gvt"),)


def test_one_reader_alone_agrees_with_nobody() -> None:
    for read in (
        line(),
        line(("kraken", "starter", "a")),
        line(("kraken", "starter", "a"), ("kraken", "starter", "b")),
    ):
        assert compared(read) == ()
        assert disagreement(read) is None


def test_the_disagreement_is_the_largest_between_any_two() -> None:
    read = line(("a", "m", "Mutter"), ("b", "m", "Mvtter"), ("c", "m", "Mvttor"))
    assert disagreement(read) == distance("Mutter", "Mvttor") == 2 / 6
    assert disagreement(line(("a", "m", "x  y"), ("b", "m", "x y"))) == 0
    assert disagreement(line(("a", "m", ""), ("b", "m", "x"))) == 1


def test_a_page_by_disagreement() -> None:
    alone, same = line(("a", "m", "x")), line(("a", "m", "abcd"), ("b", "m", "abcd"))
    half, other_half = (line(("a", "m", "ab"), ("b", "m", "ac")) for _ in range(2))
    all_of_it = line(("a", "m", "ab"), ("b", "m", "cd"))
    page = Page("p", 9, 9, (), (alone, same, half, other_half, all_of_it))
    assert by_disagreement(page) == (all_of_it, half, other_half, same, alone)


@given(pages())
def test_sorting_keeps_every_line_once(page: Page) -> None:
    assert sorted(found.id for found in by_disagreement(page)) == sorted(found.id for found in page.lines)


@pytest.mark.parametrize(
    ("text", "other", "at", "taken"),
    [
        ("das Hans am See", "das Haus am See", 6, "das Haus am See"),
        ("das Hans am Sec", "das Haus am See", 5, "das Haus am Sec"),
        ("das Hans am See", "das Haus am See", 1, None),
        ("das Haus am See", "das am See", 6, "das am See"),
        ("das am See", "das Haus am See", 3, "das Haus am See"),
        ("Haus am See", "das Haus am See", 0, "das Haus am See"),
        ("das Haus am Sec", "das Haus am See", 15, None),
        ("", "das", 0, None),
    ],
)
def test_a_word_of_another_reading_is_taken_at_the_cursor(text: str, other: str, at: int, taken: str | None) -> None:
    assert with_word(text, other, at) == taken


@given(st.text("ab ", max_size=20), st.text("ab ", max_size=20))
def test_taking_word_for_word_ends_at_the_other_reading(text: str, other: str) -> None:
    wanted = " ".join(other.split())
    for _ in range(len(text) + len(other) + 1):
        places = [found.start for found in differing(text, wanted) if found.start < len(text)]
        if not places:
            break
        text = with_word(text, wanted, places[0]) or ""
    assert wanted.startswith(" ".join(text.split())) or text.strip() == ""


def test_stretches_of_low_confidence_are_told_by_code_points() -> None:
    read = Reading("t", "aſ🙂bc", 0.7, "kraken", "hand", confidences=(0.9, 0.4, 0.3, 0.95, 0.79))
    assert unsure(read, 0.8) == ((1, 3), (4, 5))
    assert unsure(read, 0.5) == ((1, 3),)
    assert unsure(replace(read, confidences=()), 0.8) == ()
