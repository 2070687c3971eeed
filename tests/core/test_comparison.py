"""What two readers make of the same line, and the order that it gives."""

from hypothesis import given

from app.page import Line, Page, Reading, new_id
from app.text import Difference, by_disagreement, compared, disagreement, distance
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
