"""Whatever a person does to a page, the archive says what the value says, and undo leads back."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import edits
from app.archive import Archive, NewPage, PageEdit
from app.errors import Conflict
from app.geometry import Box
from app.page import Line, Page, Reading, Region, diff, new_id

_point = st.tuples(st.integers(0, 999), st.integers(0, 799))
_points = st.lists(_point, min_size=2, max_size=5)
_pick = st.integers(0, 99)
_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_step = st.one_of(
    st.tuples(st.just("draw_line"), _points),
    st.tuples(st.just("draw_box"), _point, _point),
    st.tuples(st.just("draw_region"), st.lists(_point, min_size=3, max_size=5)),
    st.tuples(st.just("reshape_line"), _pick, _points),
    st.tuples(st.just("move"), _pick, st.integers(-50, 50), st.integers(-50, 50)),
    st.tuples(st.just("split_line"), _pick, st.integers(0, 999)),
    st.tuples(st.just("join_lines"), _pick, _pick),
    st.tuples(st.just("delete"), _pick, _pick),
    st.tuples(st.just("reorder"), _pick, _pick),
    st.tuples(st.just("transcribe"), _pick, _text),
    st.tuples(st.just("review"), _pick, st.booleans()),
    st.tuples(st.just("add_reading"), _pick, _text, st.floats(0, 1)),
    st.tuples(st.just("segment"), st.lists(_points, max_size=4)),
    st.tuples(st.just("undo")),
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with Archive.create(tmp_path_factory.mktemp("properties") / "archive") as archive:
        yield archive


def perform(page: Page, step: tuple, undoable: list[PageEdit]) -> Page:
    """The step on the page, with lines chosen by their place; on a page without lines most steps do nothing."""
    name, *values = step
    if name == "undo":
        return edits.replay(page, undoable[-1].diff.inverse()) if undoable else page
    if name == "segment":
        region = Region(new_id("r"), ((0, 0), (999, 0), (999, 799), (0, 799)))
        lines = [Line(new_id("l"), tuple(points), tuple(points), region.id) for points in values[0]]
        return edits.segment(page, [region], lines)
    if name == "draw_box":
        (x1, y1), (x2, y2) = values
        return edits.draw_box(page, Box(min(x1, x2), min(y1, y2), abs(x1 - x2), abs(y1 - y2)))
    if name in ("draw_line", "draw_region"):
        return getattr(edits, name)(page, *values)
    items = [*page.lines, *page.regions] if name in ("move", "delete") else page.lines
    if not items:
        return page
    first, rest = items[values[0] % len(items)].id, values[1:]
    if name == "add_reading":
        return edits.add_reading(page, first, Reading(new_id("t"), rest[0], rest[1], "kraken", "m", (rest[1], 0.1)))
    if name in ("join_lines", "delete", "reorder"):
        return getattr(edits, name)(page, [first, items[rest[0] % len(items)].id])
    if name == "move":
        return edits.move(page, [first], *rest)
    return getattr(edits, name)(page, first, *rest)


def follow(history: dict[str, list[tuple[str, str]]], known: dict[str, Line], edit: PageEdit) -> None:
    """Notes the texts that an edit brought, as a person would who watches."""
    for key, change in edit.diff.lines.items():
        line = change.after
        if line is None:
            continue
        old = known.get(key)
        texts = history.setdefault(key, [])
        texts += [(item.text, "read") for item in line.readings[len(old.readings) if old else 0 :]]
        if line.transcription is None and old is not None and old.transcription is not None:
            texts.append(("", "withdrawn"))
        elif line.transcription is not None and (old is None or old.transcription != line.transcription):
            texts.append((line.transcription.text, line.state))
        known[key] = line


def bare(page: Page) -> Page:
    return replace(page, lines=tuple(replace(line, readings=()) for line in page.lines))


@settings(deadline=None, max_examples=60)
@given(steps=st.lists(_step, max_size=25))
def test_the_archive_says_what_the_value_says_and_undo_leads_back(archive: Archive, steps: list[tuple]) -> None:
    _, (info,) = archive.add_document("d", [NewPage("p", "0" * 64, ".jpg", 0, 1000, 800, 0)])
    value = archive.page(info.id)
    undoable: list[PageEdit] = []
    history: dict[str, list[tuple[str, str]]] = {}
    known: dict[str, Line] = {}
    revisions = itertools.count(1)
    for step in steps:
        try:
            wanted = perform(value, step, undoable)
        except Conflict:
            continue
        edit = archive.edit(info.id, lambda page, step=step, wanted=wanted: wanted if page == value else page)  # noqa: B023
        assert edit.before == value
        assert edit.diff == diff(edit.before, edit.after)
        assert bare(edit.after) == bare(wanted)
        if step[0] != "undo":  # a line that comes back brings readings that the diff did not know
            assert edit.after == wanted
        if edit.diff:
            assert edit.after.revision == next(revisions)
            follow(history, known, edit)
            if step[0] == "undo":
                undoable.pop()
            elif not edits.is_machine_only(edit.diff):
                undoable.append(edit)
        value = edit.after
    check(archive, info.id, value, history)
    for edit in reversed(undoable):
        archive.edit(info.id, lambda page, edit=edit: edits.replay(page, edit.diff.inverse()))
    archive._recent.clear()
    assert archive.page(info.id) == replace(value, regions=(), lines=())


def check(archive: Archive, page_id: str, value: Page, history: dict[str, list[tuple[str, str]]]) -> None:
    archive._recent.clear()
    assert archive.page(page_id) == value
    assert archive.page(page_id).revision == value.revision
    info = archive.page_info(page_id)
    assert info.lines == len(value.lines)
    assert info.read == sum(line.text != "" for line in value.lines)
    assert info.reviewed == sum(line.state == "reviewed" for line in value.lines)
    for line, texts in history.items():
        assert [(version.text, version.state) for version in archive.history(line)] == texts


def test_the_database_is_sound_after_all_of_this(archive: Archive, tmp_path: Path) -> None:
    with archive._transaction() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
