"""The catalogue that ships with the program, and what it recommends."""

import re

import pytest
from htrmopo.util import iso639_3_to_name, iso15924_to_name
from hypothesis import given
from hypothesis import strategies as st

from app.checkpoints import catalogue, sources
from app.checkpoints.catalogue import Entry, Writing
from app.errors import BadModel
from app.language import LANGUAGES, use_language

GIB = 1024**3
IDS = [
    "ppocrv6-medium", "catmus-print", "german-registers", "catmus-medieval", "ppocrv6-small", "ppocrv6-tiny",
    "surya-text-recognition", "blla-2026", "surya-text-detection",
]  # fmt: skip
HASHES = {"md5": 32, "sha1": 40, "sha256": 64}


def ids(entries: tuple[Entry, ...]) -> list[str]:
    return [entry.id for entry in entries]


def test_it_has_what_a_new_user_needs() -> None:
    assert ids(catalogue.entries()) == IDS


@pytest.mark.parametrize("entry", catalogue.entries(), ids=IDS)
def test_every_entry_is_whole_and_honest(entry: Entry) -> None:
    assert entry.references
    assert all(sources.is_known(reference) for reference in entry.references)
    assert not entry.checked
    assert "Could not be fetched or tried" in entry.note
    assert entry.about.cer is None or 0 < entry.about.cer < 0.2
    assert entry.about.memory == catalogue.memory_needed(entry.about.engine, entry.size)
    assert entry.pinned.size in {0, entry.size}
    for algorithm, digest in entry.pinned.hashes.items():
        assert re.fullmatch(rf"[0-9a-f]{{{HASHES[algorithm]}}}", digest)
    for address in filter(None, (entry.about.homepage, entry.about.licence_url)):
        assert address.startswith("https://")
    assert all(1 <= century <= 21 for century in entry.centuries)


@pytest.mark.parametrize("entry", catalogue.entries(), ids=IDS)
def test_scripts_and_languages_are_codes_that_exist(entry: Entry) -> None:
    assert all(iso15924_to_name(code) for code in entry.about.scripts)
    assert all(iso639_3_to_name(code) for code in entry.about.languages)


def test_texts_are_in_the_persons_language() -> None:
    told = {}
    for language in LANGUAGES:
        use_language(language)
        told[language] = [(entry.about.title, entry.about.summary) for entry in catalogue.entries()]
        assert all(title and summary for title, summary in told[language])
    use_language("en")
    for one, other in (("en", "de"), ("en", "es"), ("de", "es")):
        assert all(first[1] != second[1] for first, second in zip(told[one], told[other], strict=True))


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("german-registers", "german-registers"),
        ("zenodo:11673242", "german-registers"),
        ("hf:small-models-for-glam/kraken-blla-base/blla.mlmodel", "blla-2026"),
        ("hf:small-models-for-glam/kraken-blla-base/blla.mlmodel@0123456789ab", "blla-2026"),
        ("surya:text_detection/2025_05_07", "surya-text-detection"),
        ("zenodo:1167324", None),
        ("", None),
    ],
)
def test_an_entry_is_found_by_what_stands_for_it(reference: str, found: str | None) -> None:
    entry = catalogue.find(reference)
    assert (entry.id if entry else None) == found


def test_german_handwriting_gets_what_reads_it_first() -> None:
    found = ids(catalogue.recommended("Latn", "deu", "recognition", 16 * GIB, "handwriting"))
    assert found[:2] == ["ppocrv6-medium", "german-registers"]
    assert found[-1] == "surya-text-recognition"


def test_print_gets_what_reads_print_first() -> None:
    found = ids(catalogue.recommended("Latn", "fra", "recognition", 16 * GIB, "print"))
    assert found[:2] == ["ppocrv6-medium", "catmus-print"]
    assert found.index("german-registers") == len(found) - 1


def test_another_script_gets_no_model_of_latin_script() -> None:
    assert ids(catalogue.recommended("Arab", "ara", "recognition", 2 * GIB)) == [
        "ppocrv6-medium", "ppocrv6-small", "ppocrv6-tiny"
    ]  # fmt: skip


def test_a_small_machine_gets_what_fits() -> None:
    assert ids(catalogue.recommended("Arab", None, "recognition", 640 * 10**6)) == ["ppocrv6-tiny"]
    assert ids(catalogue.recommended(None, None, "segmentation", GIB)) == ["blla-2026"]
    assert ids(catalogue.recommended(None, None, "segmentation", 0)) == ["blla-2026", "surya-text-detection"]


@given(
    script=st.sampled_from([None, "Latn", "Arab", "Hebr", "Zzzz"]),
    language=st.sampled_from([None, "deu", "fra", "heb", "zzz"]),
    purpose=st.sampled_from(["recognition", "segmentation"]),
    memory=st.integers(0, 8 * GIB),
    writing=st.sampled_from([None, "handwriting", "print", "typewriting"]),
)
def test_what_is_recommended_can_work(
    script: str | None, language: str | None, purpose: str, memory: int, writing: Writing | None
) -> None:
    found = catalogue.recommended(script, language, purpose, memory, writing)  # type: ignore[arg-type]
    for entry in found:
        assert entry.about.purpose == purpose
        assert not script or not entry.about.scripts or script in entry.about.scripts
        assert not memory or entry.about.memory <= memory
    if language:
        known = [bool(entry.about.languages) and language in entry.about.languages for entry in found]
        assert known == sorted(known, reverse=True)


def test_more_weights_need_more_memory_and_unknown_ones_are_not_guessed() -> None:
    assert catalogue.memory_needed("kraken", 0) == 0
    assert catalogue.memory_needed("kraken", 10**9) > catalogue.memory_needed("kraken", 10**6) > 5 * 10**8
    assert catalogue.memory_needed("surya", 10**6) > catalogue.memory_needed("kraken", 10**6)


def test_without_its_file_a_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr("app.paths.resources_dir", lambda: tmp_path)
    catalogue._file.cache_clear()
    with pytest.raises(BadModel, match="catalogue of models is missing"):
        catalogue.entries()
    monkeypatch.undo()
    assert catalogue.entries()
