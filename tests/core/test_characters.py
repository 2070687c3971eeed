"""The palette: what can be kept in it, how sequences are found, and that each archive has its own."""

from pathlib import Path

import pytest

from app import language
from app.archive import Archive
from app.characters import MOST, USUAL, Character, beginning_with, checked, name, shown
from app.errors import Conflict


def test_the_usual_ones_can_be_kept_as_they_are() -> None:
    assert checked(USUAL) == USUAL
    assert {"ſ", "ẞ", "ꝛ", "⸗", "℔", "₰", "\u0304"} <= {entry.text for entry in USUAL}


@pytest.mark.parametrize(
    "palette",
    [
        [Character("a", "xx"), Character("b", "xx")],
        [Character("a", "x"), Character("b", "xy")],
        [Character("a\n")] * 2 + [Character("x" * 9)],
        [Character("a\0b")],
        [Character("a", "123456789")],
        [Character("a")] * (MOST + 1),
    ],
)
def test_what_cannot_work_is_refused_with_a_sentence(palette: list[Character]) -> None:
    with pytest.raises(Conflict) as refused:
        checked(palette)
    assert refused.value.hint


def test_entries_are_cleaned() -> None:
    assert checked([Character(" u\u0308 ", " ue "), Character("  ", "x"), Character("x")]) == (
        Character("ü", "ue"),
        Character("x"),
    )


def test_keys_are_found_as_they_are_typed() -> None:
    assert {entry.text for entry in beginning_with(USUAL, "p")} == {"₰", "ꝑ", "ꝓ"}
    assert [entry.text for entry in beginning_with(USUAL, "pf")] == ["₰"]
    assert beginning_with(USUAL, "pfx") == ()


def test_what_combines_is_seen_alone_and_everything_has_a_name() -> None:
    assert shown("\u0304") == "◌\u0304"
    assert shown("ſ") == "ſ"
    assert name("ſ") == "long s"
    assert name("ꝙ") == "U+A759 latin small letter q with diagonal stroke"
    assert name("\ue000") == "U+E000"


@pytest.mark.parametrize("code", ["de", "es"])
def test_each_usual_character_has_a_name_of_its_own_in_every_language(code: str) -> None:
    english = {name(entry.text) for entry in USUAL}
    language.use_language(code)
    try:
        names = {name(entry.text) for entry in USUAL}
    finally:
        language.use_language("en")
    assert len(english) == len(names) == len(USUAL)
    assert not [each for each in english | names if each.startswith("U+")]
    assert not english & names


def test_each_archive_keeps_its_own_and_can_go_back(tmp_path: Path) -> None:
    mine = (Character("ꝛ", "r"), Character("ſ"))
    with Archive.create(tmp_path / "one") as archive:
        assert archive.palette() == USUAL
        archive.keep_palette(mine)
    with Archive.open(tmp_path / "one") as archive, Archive.create(tmp_path / "two") as other:
        assert archive.palette() == mine
        assert other.palette() == USUAL
        with pytest.raises(Conflict):
            archive.keep_palette((Character("a", "x"), Character("b", "x")))
        assert archive.palette() == mine
        assert archive.keep_palette(()) == USUAL
        assert archive.palette() == USUAL
