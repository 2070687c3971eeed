"""Error rates."""

from hypothesis import given
from hypothesis import strategies as st

from app.text import ErrorRate, cer, normalised, total, wer


def test_cer_counts_edits_over_the_reference() -> None:
    assert cer("Liebe Mutter", "Liebe Mvtter") == ErrorRate(1, 12)
    assert cer("abc", "").rate == 1
    assert cer("", "").rate == 0
    assert cer("", "x").rate == 1


def test_the_stated_normalisation_and_no_other() -> None:
    assert cer("für  uns ", "fu\u0308r uns").distance == 0
    assert cer("ſein", "sein").distance == 1
    assert cer("Sein", "sein").distance == 1


def test_wer_counts_words() -> None:
    assert wer("wir sind gut angekommen", "wir sind gvt angekommen") == ErrorRate(1, 4)


def test_a_total_weighs_lines_by_their_length() -> None:
    assert total([ErrorRate(1, 2), ErrorRate(0, 98)]).rate == 0.01


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_distance_is_symmetric_and_bounded(a: str, b: str) -> None:
    assert cer(a, b).distance == cer(b, a).distance <= max(len(normalised(a)), len(normalised(b)))
