"""Readings keep NFC and one confidence a code point, whatever a model's alphabet does."""

import math
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from engines.readings import line_read


def test_joined_letters_share_their_confidence() -> None:
    read = line_read("j", "l", "fu\u0308r", [1.0, 0.5, 0.3, 0.8])
    assert read.text == "für"
    assert read.confidences == (1.0, 0.4, 0.8)
    assert read.confidence == 0.65


def test_a_line_break_is_no_part_of_a_line() -> None:
    assert line_read("j", "l", "a\nb", [1, 1, 1]).text == "a b"


@given(st.lists(st.tuples(st.characters(exclude_categories=["Cs"]), st.floats(width=32))))
def test_every_reading_fits_the_protocol(output: list[tuple[str, float]]) -> None:
    text = "".join(character for character, _ in output)
    read = line_read("j", "l", text, [value for _, value in output])
    assert unicodedata.is_normalized("NFC", read.text)
    assert len(read.text.splitlines()) <= 1
    assert len(read.confidences) == len(read.text)
    assert all(0 <= value <= 1 and math.isfinite(value) for value in (read.confidence, *read.confidences))


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1))
def test_confidences_that_do_not_fit_the_text_become_their_mean(text: str) -> None:
    read = line_read("j", "l", text, [0.5] * (len(text) + 1))
    assert set(read.confidences) <= {0.5}
    assert len(read.confidences) == len(read.text)
