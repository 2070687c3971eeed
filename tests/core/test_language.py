"""Every text for people is there in every language, and the compiled catalogues are those of the sources."""

import re

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo

from app import language
from resources.make import translations


@pytest.mark.parametrize("code", translations.TRANSLATED)
def test_every_text_is_translated(code: str) -> None:
    catalogue = translations.catalogue(code)
    known = {message.id: message.string for message in catalogue if message.id}
    wanted = [message.id for message in translations.collected() if message.id]
    missing = [text for text in wanted if not known.get(text) or not all(_all(known[text]))]
    assert not missing
    assert len(known) == len(wanted), "a text that the source no longer has stays in the catalogue"


@pytest.mark.parametrize("code", translations.TRANSLATED)
def test_a_translation_has_the_same_places_to_fill(code: str) -> None:
    for message in translations.catalogue(code):
        if message.id:
            expected = _places(_all(message.id)[-1])
            for text in _all(message.string):
                assert _places(text) == expected, text


@pytest.mark.parametrize("code", translations.TRANSLATED)
def test_the_compiled_catalogue_is_up_to_date(code: str) -> None:
    with translations.po_file(code).with_suffix(".mo").open("rb") as file:
        compiled = read_mo(file)
    # Without the header, which names the version of Babel that wrote it.
    assert _texts(compiled) == _texts(translations.catalogue(code))


def test_the_system_decides_and_a_choice_overrides_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "es_ES:de")
    assert language.use_language() == "es"
    assert language.tr("Find lines") != "Find lines"
    assert language.use_language("de") == "de"
    monkeypatch.setenv("LANGUAGE", "fr")
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(name, "C")
    assert language.use_language() == "en"
    assert language.tr("Find lines") == "Find lines"


def _all(texts: object) -> tuple[str, ...]:
    return tuple(texts) if isinstance(texts, (tuple, list)) else (str(texts or ""),)


def _texts(catalogue: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    return {_all(message.id): _all(message.string) for message in catalogue if message.id}


def _places(text: str) -> set[str]:
    return set(re.findall(r"\{\w*\}", text))


def test_no_language_has_the_texts_of_another() -> None:
    """Texts without a word of a language, such as names and formats, may be the same."""
    german, spanish = (translations.catalogue(code) for code in ("de", "es"))
    words = re.compile(r"(?<!\{)\b[^\W\d_]{4,}\b(?!\})")
    same = [
        message.id
        for message in german
        if message.id and message.string == spanish[message.id].string and words.search(str(message.string))
    ]
    assert set(same) <= {"Hugging Face hub, {name}", "page: PAGE XML 2019-07-15."}


@pytest.mark.parametrize("code", translations.TRANSLATED)
def test_what_goes_on_ends_in_one_character(code: str) -> None:
    """A text ends in `…` where the English one does, as in menus; never in three full stops, nor after a space."""
    for message in translations.catalogue(code):
        for text in _all(message.string):
            assert "..." not in text
            assert not text.endswith((" …", " ...")), text
            if message.id:
                assert text.endswith("…") == _all(message.id)[-1].endswith("…"), text


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("de", r"Musterbrief|Region(en)?\b|Lese-Engine|\b[Dd]u\b|\b[Dd]ein"),
        ("es", r"carta de prueba|trabajos?\b|motor de lectura|\btú\b|ordenador"),
    ],
)
def test_one_thing_has_one_word(code: str, words: str) -> None:
    texts = [text for message in translations.catalogue(code) for text in _all(message.string) if message.id]
    assert [text for text in texts if re.search(words, text)] == []
