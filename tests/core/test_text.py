"""Error rates, and where two texts differ."""

import itertools
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from app.text import Difference, ErrorRate, Token, cer, differing, distance, normalised, tokens, total, wer


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


words = st.lists(st.text("aäb\u0308.,", min_size=1, max_size=3), max_size=8)


@given(st.text(max_size=40))
def test_tokens_are_the_words_with_their_places(text: str) -> None:
    found = tokens(text)
    assert [token.text for token in found] == text.split()
    assert all(text[token.start : token.end] == token.text for token in found)


def test_punctuation_and_combining_marks_belong_to_their_word() -> None:
    assert tokens(" fu\u0308r\u00a0uns, („ja“)") == (
        Token("fu\u0308r", 1, 5),
        Token("uns,", 6, 10),
        Token("(„ja“)", 11, 17),
    )


def test_the_words_that_differ_and_where() -> None:
    assert differing("wir sind gvt da", "wir sind gut da") == (Difference(9, 12, 9, 12, "gut"),)
    assert differing("wir sind gut", "wir gut") == (Difference(4, 8, 3, 3, ""),)
    assert differing("gut", "wir gut") == (Difference(0, 0, 0, 3, "wir"),)
    assert differing("wir", "") == (Difference(0, 3, 0, 0, ""),)
    assert differing("fu\u0308r  uns", "für uns") == ()
    assert differing("Sein.", "sein") == (Difference(0, 5, 0, 4, "sein"),)


def test_words_that_differ_side_by_side_are_one_difference() -> None:
    assert differing("die Ver waltung der Stadt", "die Verwaltung der Stadt") == (
        Difference(4, 15, 4, 14, "Verwaltung"),
    )


@given(words, words)
def test_the_differences_lead_from_one_text_to_the_other(one: list[str], other: list[str]) -> None:
    text, target = " ".join(one), "  ".join(other)
    found = differing(text, target)
    changed = text
    for difference in reversed(found):
        assert target[difference.other_start : difference.other_end] == difference.other
        changed = f"{changed[: difference.start]} {difference.other} {changed[difference.end :]}"
    assert unicodedata.normalize("NFC", changed).split() == unicodedata.normalize("NFC", target).split()
    assert all(a.end < b.start for a, b in itertools.pairwise(found))


def test_a_very_long_text_is_compared_too() -> None:
    text = " ".join(f"w{number}" for number in range(20_000))
    [difference] = differing(text, text.replace(" w777 ", " x "))
    assert (text[difference.start : difference.end], difference.other) == ("w777", "x")
    unlike = " ".join(f"v{number}" for number in range(20_000))
    assert differing(text, unlike) == (Difference(0, len(text), 0, len(unlike), unlike),)


def test_a_distance_is_a_share_of_the_longer_text() -> None:
    assert distance("Mvtter", "Mutter ") == 1 / 6
    assert distance("", "") == 0
    assert distance("", "abc") == distance("abc", "") == 1


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_distance_is_symmetric(one: str, other: str) -> None:
    assert 0 <= distance(one, other) == distance(other, one) <= 1
    assert (distance(one, other) == 0) == (normalised(one) == normalised(other))
