"""surya's tokens as plain text: on its own tokenizer's numbers, nothing lost and nothing made up."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.protocol import Mark
from engines.readings import line_read
from engines.surya_text import Alphabet, Spelling, spelled

TAGS = [
    "<b>",
    "</b>",
    "<u>",
    "</u>",
    "<del>",
    "</del>",
    "<sup>",
    "</sup>",
    "<mark>",
    "</mark>",
    "<br>",
    "<td>",
    "</td>",
]
SILENT = ["<SCRIPT-LATIN>", "<NO-MATH>"]
MATH = ["\\frac"]
NUMBERS = {name: 70_000 + number for number, name in enumerate([*MATH, *SILENT, *TAGS])}
ALPHABET = Alphabet(
    names={number: name for name, number in NUMBERS.items()}, silent=frozenset(NUMBERS[name] for name in SILENT)
)


def units(text: str) -> list[int]:
    data = text.encode("utf-16-le", "surrogatepass")
    return [int.from_bytes(data[at : at + 2], "little") for at in range(0, len(data), 2)]


def tokens(*parts: str) -> list[int]:
    """Each part is a token that has a name, or a piece of text."""
    return [token for part in parts for token in ([NUMBERS[part]] if part in NUMBERS else units(part))]


def spell(*parts: str) -> Spelling:
    numbers = tokens(*parts)
    return spelled(numbers, [0.5] * len(numbers), [(10 * n, 0, 10, 20) for n in range(len(numbers))], ALPHABET)


def test_text_without_tags_is_as_it_stands_and_has_no_raw_form() -> None:
    line = spell("<SCRIPT-LATIN>", "a < b & c > d <u> &amp; <br")
    assert line.text == "a < b & c > d <u> &amp; <br"
    assert (line.marks, line.raw) == ([], "")
    assert line.confidences == [0.5] * len(line.text)
    assert line.boxes[:2] == [(10, 0, 10, 20), (20, 0, 10, 20)]


def test_tags_become_marks_and_stay_in_the_raw_form() -> None:
    line = spell("the ", "<u>", "3", "<sup>", "rd", "</sup>", "</u>", " of ", "<del>", "May")
    assert line.text == "the 3rd of May"
    assert sorted(line.marks, key=lambda mark: mark.start) == [
        Mark(kind="underlined", start=4, end=7),
        Mark(kind="superscript", start=5, end=7),
        Mark(kind="struck", start=11, end=14),
    ]
    assert line.raw == "the <u>3<sup>rd</sup></u> of <del>May"


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (("one", "<br>", "two"), "one two"),
        (("one ", "<br>", "two"), "one two"),
        (("<br>", "one", "<br>"), "one"),
        (("<td>", "a", "</td>", "<td>", "b", "</td>"), "a b"),
        (("wo", "<mark>", "r", "</mark>", "d"), "word"),
        (("one\ntwo",), "one\ntwo"),
        (("a", "\\frac", "b"), "a\\fracb"),
        (("</u>", "one"), "one"),
        (("<u>", "</u>"), ""),
    ],
)
def test_what_parts_words_leaves_one_space_and_what_has_no_meaning_none(parts: tuple[str, ...], text: str) -> None:
    line = spell(*parts)
    assert line.text == text
    assert len(line.confidences) == len(line.boxes) == len(text)
    assert line.raw == ("" if text == "".join(parts) else "".join(parts))
    assert line.marks == []


def test_line_breaks_within_a_line_are_folded() -> None:
    line = spell("one\ntwo")
    assert line_read("j", "l", line.text, line.confidences, boxes=line.boxes).text == "one two"


def test_a_pair_of_units_is_one_character_and_a_half_of_one_is_shown_as_missing() -> None:
    assert spell("\U0001d11e!").text == "\U0001d11e!"
    assert len(spell("\U0001d11e!").boxes) == 2
    for broken in ("a\ud834b", "a\udd1eb", "a\ud834", "a\x00b", "a\uffffb", "a\x1bb"):
        assert spell(broken).text == broken[0] + "\ufffd" + broken[2:]


def test_what_no_alphabet_knows_is_shown_as_missing() -> None:
    line = spelled([97, 99_999], [1.0, 0.5], [(0, 0, 1, 1)] * 2, ALPHABET)
    assert line.text == "a\ufffd"


@given(st.lists(st.sampled_from(TAGS) | st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=5)))
def test_no_text_is_ever_lost(parts: list[str]) -> None:
    line = spell(*parts)
    kept = "".join(part for part in parts if part not in TAGS)
    assert line.text.replace(" ", "") == kept.replace(" ", "")
    assert (line.raw or line.text) == "".join(parts)
    assert len(line.confidences) == len(line.boxes) == len(line.text)
    assert all(0 <= mark.start < mark.end <= len(line.text) for mark in line.marks)


@given(st.text(st.sampled_from("aeos\u0301\u0308\u0323 ﬁ한ㅎ"), max_size=12))
def test_places_and_marks_follow_their_text_through_nfc(text: str) -> None:
    line = spell("<u>", text, "</u>")
    read = line_read("j", "l", line.text, line.confidences, boxes=line.boxes, marks=line.marks, raw=line.raw)
    assert read.text == unicodedata.normalize("NFC", text)
    assert len(read.confidences) == len(read.boxes) == len(read.text)
    assert [(mark.start, mark.end) for mark in read.marks] == ([(0, len(read.text))] if text else [])
    assert all(left[0] <= right[0] for left, right in pairwise(read.boxes))
