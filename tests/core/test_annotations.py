"""What a line carries besides its text: marks that follow it, a note, a flag; as values, edits, and in the archive."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import edits
from app.archive import Archive, NewPage, migrate
from app.errors import Conflict
from app.page import STAND_IN, Line, Mark, Page, Reading, Transcription
from app.text import moved_marks, toggled_mark, word_at
from tests.strategies import edits_of, marks_of, pages, texts


def line(text: str = "", *marks: Mark, **others: object) -> Line:
    written = Transcription(text, marks=marks) if text else None
    return Line("l1", ((10, 50), (300, 50)), transcription=written, **others)  # type: ignore[arg-type]


def page(*lines: Line) -> Page:
    return Page("p1", 400, 600, lines=lines)


def marked(text: str, marks: tuple[Mark, ...]) -> list[tuple[str, str]]:
    return [(mark.kind, text[mark.start : mark.end]) for mark in marks]


# ---- marks follow the text


@given(st.data(), texts, texts)
def test_marks_stay_within_any_text_and_cover_something(data: st.DataObject, before: str, after: str) -> None:
    moved = moved_marks(before, after, data.draw(marks_of(before)))
    assert all(0 <= mark.start < mark.end <= len(after) for mark in moved)


@given(st.data(), texts)
def test_marks_of_the_same_text_stay_as_they_are(data: st.DataObject, text: str) -> None:
    marks = data.draw(marks_of(text))
    assert moved_marks(text, text, marks) == marks


@given(st.data())
def test_what_is_put_in_shifts_widens_or_leaves_a_mark(data: st.DataObject) -> None:
    text = "abcdefghij"
    start = data.draw(st.integers(0, 9))
    mark = Mark("unclear", start, data.draw(st.integers(start + 1, 10)))
    at, new = data.draw(st.integers(0, 10)), data.draw(st.text("XYZ", min_size=1, max_size=5))
    (moved,) = moved_marks(text, text[:at] + new + text[at:], [mark])
    if at <= mark.start:
        assert (moved.start, moved.end) == (mark.start + len(new), mark.end + len(new))
    elif at < mark.end:
        assert (moved.start, moved.end) == (mark.start, mark.end + len(new))
    else:
        assert moved == mark


@given(st.data())
def test_what_is_taken_out_shrinks_a_mark_and_all_of_it_removes_it(data: st.DataObject) -> None:
    text = "abcdefghij"
    start, at = data.draw(st.integers(0, 9)), data.draw(st.integers(0, 9))
    mark = Mark("added", start, data.draw(st.integers(start + 1, 10)))
    end = data.draw(st.integers(at + 1, 10))
    after = text[:at] + text[end:]
    left = "".join(sign for place, sign in enumerate(text) if mark.start <= place < mark.end and not at <= place < end)
    assert [words for _, words in marked(after, moved_marks(text, after, [mark]))] == ([left] if left else [])


def test_a_word_that_is_corrected_keeps_its_mark() -> None:
    before, after = "Liebe Muter und Vater", "Meine liebe Mutter und Vater"
    moved = moved_marks(before, after, [Mark("underlined", 6, 11), Mark("struck", 16, 21)])
    assert marked(after, moved) == [("underlined", "Mutter"), ("struck", "Vater")]


def test_a_very_long_paste_moves_marks_without_comparing_all_of_it() -> None:
    before = "a" * 5000 + "Mutter"
    after = "b" * 1_000_000 + "Mutter"
    assert marked(after, moved_marks(before, after, [Mark("unclear", 5000, 5006)])) == [("unclear", "Mutter")]


@given(st.data(), texts)
def test_a_mark_put_on_twice_is_off_again(data: st.DataObject, text: str) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    once = toggled_mark((), "unclear", start, end)
    assert once == ((Mark("unclear", start, end),) if start < end else ())
    assert toggled_mark(once, "unclear", start, end) == ()


def test_marks_of_one_kind_grow_together_and_are_cut() -> None:
    both = toggled_mark((Mark("unclear", 0, 3), Mark("added", 1, 2)), "unclear", 2, 6)
    assert both == (Mark("unclear", 0, 6), Mark("added", 1, 2))
    assert toggled_mark(both, "unclear", 2, 4) == (Mark("unclear", 0, 2), Mark("added", 1, 2), Mark("unclear", 4, 6))


@pytest.mark.parametrize(
    ("at", "word"), [(0, "Liebe"), (3, "Liebe"), (5, "Liebe"), (7, "Mutter,"), (13, "Mutter,"), (6, "")]
)
def test_the_word_at_a_place(at: int, word: str) -> None:
    text = "Liebe  Mutter," if at == 6 else "Liebe Mutter,"
    start, end = word_at(text, at)
    assert text[start:end] == word


# ---- edits


@given(st.data(), pages())
def test_after_any_edit_every_mark_lies_in_its_text(data: st.DataObject, before: Page) -> None:
    try:
        after = data.draw(edits_of(before))(before)
    except Conflict:
        return
    for item in after.lines:
        assert all(0 <= mark.start < mark.end <= len(item.text) for mark in item.marks)


def test_a_suggestion_that_is_marked_becomes_a_draft_with_the_reading_marks() -> None:
    reading = Reading("t1", "Liebe Mutter", 0.9, "surya", "m", marks=(Mark("underlined", 0, 5),))
    after = edits.mark_text(page(line(readings=(reading,))), "l1", "unclear", 6, 12).lines[0]
    assert after.state == "draft"
    assert marked(after.text, after.marks) == [("underlined", "Liebe"), ("unclear", "Mutter")]


def test_accepting_and_reviewing_take_the_marks_of_the_reading() -> None:
    reading = Reading("t1", "Liebe Mutter", 0.9, "surya", "m", marks=(Mark("struck", 0, 5),))
    before = page(line(readings=(reading,)))
    for edit in (edits.accept, edits.review):
        assert edit(before, "l1").lines[0].marks == reading.marks
    assert marked("Meine Mutter", edits.transcribe(before, "l1", "Mutter").lines[0].marks) == []


def test_a_reviewed_line_that_is_marked_or_flagged_is_still_reviewed() -> None:
    before = edits.review(page(line("Liebe")), "l1")
    after = edits.set_second_look(edits.mark_text(before, "l1", "added", 0, 5), ["l1"])
    assert (after.lines[0].state, after.lines[0].second_look) == ("reviewed", True)
    assert edits.set_second_look(after, ["l1"], wanted=False).lines[0].second_look is False


def test_where_there_is_nothing_a_sign_stands_for_what_is_illegible() -> None:
    after = edits.mark_text(page(line("Liebe  Mutter")), "l1", "illegible", 6, 6).lines[0]
    assert after.text == f"Liebe {STAND_IN} Mutter"
    assert marked(after.text, after.marks) == [("illegible", STAND_IN)]
    assert edits.mark_text(page(line()), "l1", "illegible", 0, 0).lines[0].text == STAND_IN
    with pytest.raises(Conflict, match="no text to mark"):
        edits.mark_text(page(line()), "l1", "unclear", 0, 0)


def test_typing_carries_marks_along() -> None:
    after = edits.transcribe(page(line("Liebe Mutter", Mark("unclear", 6, 12))), "l1", "Meine liebe Mutter").lines[0]
    assert marked(after.text, after.marks) == [("unclear", "Mutter")]


def test_a_note_is_one_line_and_an_empty_one_goes() -> None:
    noted = edits.set_note(page(line("Liebe")), "l1", " see\nthe register ")
    assert noted.lines[0].note == "see the register"
    assert edits.set_note(noted, "l1", "see the register") is noted
    assert edits.set_note(noted, "l1", " ").lines[0].note == ""


def test_joining_brings_marks_notes_and_flags_together() -> None:
    left = line("Liebe", Mark("unclear", 0, 5), note="blot")
    right = replace(line("Mutter", Mark("struck", 0, 6), note="hole", second_look=True), id="l2")
    right = replace(right, baseline=((310, 50), (390, 50)))
    joined = edits.join_lines(page(left, right), ["l2", "l1"]).lines[0]
    assert marked(joined.text, joined.marks) == [("unclear", "Liebe"), ("struck", "Mutter")]
    assert (joined.note, joined.second_look) == ("blot; hole", True)


def test_splitting_parts_marks_with_the_text_and_leaves_the_note_with_its_beginning() -> None:
    before = line("Liebe Mutter", Mark("unclear", 3, 8), Mark("struck", 6, 12), note="blot", second_look=True)
    first, second = edits.split_line(page(before), "l1", 150).lines
    assert marked(first.text, first.marks) == [("unclear", "be")]
    assert marked(second.text, second.marks) == [("unclear", "Mu"), ("struck", "Mutter")]
    assert (first.note, first.second_look) == ("blot", True)
    assert (second.note, second.second_look) == ("", False)


def test_an_engine_does_not_replace_a_line_with_a_note_or_a_flag() -> None:
    lines = (line(note="blot"), replace(line(second_look=True), id="l2"), replace(line(), id="l3"))
    assert [item.id for item in edits.segment(page(*lines), (), ()).lines] == ["l1", "l2"]


def test_an_older_text_is_taken_back_with_its_marks() -> None:
    taken = edits.take_text(edits.review(page(line("Liebe")), "l1"), "l1", "Lube", [Mark("unclear", 1, 4)])
    assert taken.lines[0].transcription == Transcription("Lube", marks=(Mark("unclear", 1, 4),))
    assert edits.take_text(taken, "l1", "").lines[0].transcription is None


# ---- the archive


def test_the_archive_keeps_notes_flags_and_marks(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "letters") as archive:
        _, (info,) = archive.add_document("d", [NewPage("p", "0" * 64, ".jpg", 0, 400, 600, 0)])
        kept = page(line("Liebe Mutter", Mark("unclear", 0, 5), note="blot", second_look=True))
        archive.edit(info.id, lambda now: replace(now, lines=(*kept.lines, replace(line(), id="l2"))))
        archive.edit(info.id, lambda now: edits.mark_text(now, "l1", "added", 6, 12))
        after = archive.page(info.id)
        assert [version.marks for version in archive.history("l1")] == [kept.lines[0].marks, after.lines[0].marks]
    with Archive.open(tmp_path / "letters") as archive:
        assert archive.page(info.id) == after
        assert after.lines[0].note == "blot"


def test_an_archive_without_notes_flags_and_marks_is_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "letters"
    newest = max(path.name[:4] for path in (migrate.FOLDER / "versions").glob("[0-9]*.py"))
    before = shutil.copytree(migrate.FOLDER, tmp_path / "before")
    for later in sorted((before / "versions").glob("[0-9]*.py"))[2:]:
        later.unlink()
    folder.mkdir()
    with monkeypatch.context() as then:
        then.setattr(migrate, "FOLDER", before)
        migrate.create(folder / "archive.sqlite")
    with closing(sqlite3.connect(folder / "archive.sqlite")) as old, old:
        old.executescript("""
            INSERT INTO documents (id, title, created) VALUES ('d1', 'Letter', '2026-01-01T00:00:00+00:00');
            INSERT INTO pages VALUES ('p1', 'd1', 1, 'one', 'ab', '.jpg', 0, 0, 400, 600, 3, 2, 1, 1);
            INSERT INTO lines VALUES ('l1', 'p1', 0, NULL, '[[10,50],[300,50]]', '[]', 'person', NULL, 0);
            INSERT INTO lines VALUES ('l2', 'p1', 1, NULL, '[[10,90],[300,90]]', '[]', 'engine', NULL, 1);
            INSERT INTO readings (id, line, revision, text, confidence, confidences, engine, model, created, marks)
                VALUES ('t1', 'l1', 2, 'Lube', 0.5, '[]', 'surya', 'm', '2026-01-01T00:00:00+00:00',
                        '[{"kind":"struck","start":0,"end":4}]');
            INSERT INTO transcriptions (line, revision, text, reviewed, withdrawn, created)
                VALUES ('l1', 3, 'Liebe', 1, 0, '2026-01-02T00:00:00+00:00');
        """)
    with Archive.open(folder) as archive:
        one, two = archive.page("p1").lines
        assert (one.text, one.state, one.note, one.second_look, one.marks) == ("Liebe", "reviewed", "", False, ())
        assert one.readings[0].marks == (Mark("struck", 0, 4),)
        assert (two.estimated, two.state) == (True, "unread")
        assert [version.text for version in archive.history("l1")] == ["Lube", "Liebe"]
        archive.edit("p1", lambda now: edits.mark_text(edits.set_note(now, "l2", "blot"), "l1", "unclear", 0, 5))
    with Archive.open(folder) as archive:
        assert [item.note for item in archive.page("p1").lines] == ["", "blot"]
        assert archive.page("p1").lines[0].marks == (Mark("unclear", 0, 5),)
    assert (folder / f"archive-before-{newest}.sqlite").is_file()
