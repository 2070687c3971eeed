"""Model cards as publishers write them, and as nobody should."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.checkpoints.sources import published
from app.checkpoints.sources.published import Card

V1 = """---
summary: Reads <b>letters</b>
license: other-open
license_name: House licence
license_link: https://example.org/licence
software_name: Kraken
language:
- deu
- no
script: Latn
tags: [kurrent]
keywords: [letters]
model_type: [Recognition, reading order]
metrics: {cer: 4.5, wer: 12}
obsoleted_by: [https://doi.org/10.5281/zenodo.2]
---
# Title

Text with --- in it.
"""


def readme(head: str) -> Card | None:
    return published.read_card("README.md", f"---\n{head}\n---\n".encode())


def test_a_card_of_the_newer_schema() -> None:
    assert published.read_card("README.md", V1.encode()) == Card(
        summary="Reads letters",
        licence="House licence",
        licence_url="https://example.org/licence",
        software="kraken",
        scripts=("Latn",),
        languages=("deu",),
        keywords=("letters", "kurrent"),
        does=("recognition", "reading order"),
        cer=0.045,
        obsolete=True,
    )
    assert published.read_card("README.md", V1.replace("\n", "\r\n").encode()) is not None


def test_a_card_of_the_older_schema() -> None:
    fields = {"summary": "CATMuS", "accuracy": 94.3, "license": "CC-BY-4.0", "script": ["Latn"], "graphemes": ["a"]}
    card = published.read_card("metadata.json", json.dumps(fields).encode())
    assert card == Card(summary="CATMuS", licence="CC-BY-4.0", scripts=("Latn",), does=("recognition",), cer=0.057)


@pytest.mark.parametrize(("metrics", "cer"), [("4", 0.04), ("100", 1.0), ("0.04", None), ("true", None), ("-3", None),
                                              ("1e9", None), (".nan", None), ("four", None)])  # fmt: skip
def test_an_error_rate_is_told_only_when_it_is_clear(metrics: str, cer: float | None) -> None:
    card = readme(f"metrics: {{cer: {metrics}}}")
    assert card is not None
    assert card.cer == cer


@pytest.mark.parametrize(
    "head",
    [
        "just text",
        "- a\n- list",
        "a: [",
        "a: !!python/object/apply:os.getcwd []",
        "a: &a [x]\nsummary: *a",
        "a: &a {x: y}\nsummary: {<<: *a}",
        "a: " + "[" * 30_000,
        "a: " + "x" * published.MOST_HEAD,
        "\x00",
        "2026-99-99: 2026-99-99",
    ],
)
def test_a_head_that_makes_no_sense_is_no_card(head: str) -> None:
    assert readme(head) is None


@pytest.mark.parametrize("body", [b"", b"# no head", b"---\n", b"\xff\xfe\x00", b"[1]", b"[" * 100_000])
def test_a_file_without_a_card_is_none(body: bytes) -> None:
    assert published.read_card("README.md", body) is None
    assert published.read_card("metadata.json", body) is None


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
                    | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8))  # fmt: skip
def test_whatever_a_field_holds_the_card_is_one(value: object) -> None:
    names = (
        "summary",
        "license",
        "license_link",
        "software_name",
        "language",
        "script",
        "tags",
        "model_type",
        "metrics",
    )
    card = published.card_of(dict.fromkeys((*names, "accuracy", "obsoleted_by"), value))
    assert all(text.isprintable() for text in (card.summary, card.licence, *card.keywords, *card.does))
    assert card.cer is None or 0 <= card.cer <= 1


def test_a_text_is_one_line_that_can_be_seen() -> None:
    assert published.plain("<p>One &lt;b&gt;two\n\u202ethree\u200b</p>&nbsp;four") == "One two three four"
    assert published.plain("word " * 100, 10) == "word word…"


@pytest.mark.parametrize(
    ("card", "hints", "purpose"),
    [
        (Card(does=("segmentation",)), ("reader",), "segmentation"),
        (Card(does=("reading order", "recognition")), (), "recognition"),
        (Card(does=("reading order",)), (), None),
        (Card(), ("A Segmenter", ""), "segmentation"),
        (Card(keywords=("segmentation",)), (), "segmentation"),
        (Card(), ("reads letters",), "recognition"),
    ],
)
def test_what_a_model_does(card: Card, hints: tuple[str, ...], purpose: str | None) -> None:
    assert published.purpose(card, *hints) == purpose
