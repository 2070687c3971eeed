"""The archive on disk: what goes in comes out, every text stays, and deleting is a move to the trash."""

import hashlib
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import event

from app import edits
from app.archive import Archive, NewPage, PageInfo, schema
from app.errors import AppError, BadArchive, BadScan, Conflict, NotFound
from app.page import Line, Page, PageDiff, Reading, Region, Transcription, diff, new_id

SCAN = "ab" * 32


def new_page(title: str = "1.jpg", width: int = 1000, height: int = 800) -> NewPage:
    return NewPage(title, SCAN, ".jpg", 0, width, height, 0)


def reading(text: str) -> Reading:
    return Reading(new_id("t"), text, 0.9, "kraken", "starter", (0.9, 0.1 + 0.2))


def found(page: Page, lines: int = 3) -> Page:
    region = Region(new_id("r"), ((0, 0), (900, 0), (900, 700)), "marginalia")
    made = [
        Line(new_id("l"), ((0, 50 * n), (800, 50 * n + 3)), ((0, 50 * n - 9), (800, 50 * n)), region.id)
        for n in range(1, lines + 1)
    ]
    return edits.segment(page, [region], made)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "archive") as archive:
        yield archive


@pytest.fixture
def info(archive: Archive) -> PageInfo:
    _, (info,) = archive.add_document("Letter 1", [new_page()])
    archive.edit(info.id, found)
    return info


def stored(archive: Archive, page_id: str) -> Page:
    """The page as the database has it, not as it is remembered."""
    archive._recent.clear()
    return archive.page(page_id)


# ---- the folder


def test_a_new_archive_is_one_database_and_empty(archive: Archive) -> None:
    assert archive.documents() == ()
    assert archive.pages() == ()
    assert (archive.folder / "archive.sqlite").is_file()


def test_an_archive_is_made_in_an_empty_folder_and_beside_hidden_files(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / ".DS_Store").touch()
    (tmp_path / "a" / ".archive.sqlite.0123.part").touch()
    Archive.create(tmp_path / "a").close()
    assert not (tmp_path / "a" / ".archive.sqlite.0123.part").exists()


def test_no_archive_is_made_where_something_is(tmp_path: Path, archive: Archive) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "1.txt").write_text("mine")
    archive.close()
    for folder in (tmp_path / "letters", archive.folder):
        before = sorted(path.name for path in folder.iterdir())
        with pytest.raises(BadArchive, match=f"{folder.name}” is not empty"):
            Archive.create(folder)
        assert sorted(path.name for path in folder.iterdir()) == before


def test_a_creation_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.archive.migrate.FOLDER", tmp_path / "missing")
    with pytest.raises(Exception, match="missing"):
        Archive.create(tmp_path / "archive")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_archive_is_not_opened(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(BadArchive, match="is not an archive") as told:
            Archive.open(folder)
        assert str(folder) in told.value.message
        assert "archive.sqlite" in told.value.hint


def test_a_closed_archive_is_whole_in_one_file(archive: Archive, info: PageInfo, tmp_path: Path) -> None:
    page = archive.page(info.id)
    archive.close()
    archive.close()
    assert sorted(path.name for path in archive.folder.iterdir()) == ["archive.lock", "archive.sqlite"]
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "archive.sqlite").write_bytes((archive.folder / "archive.sqlite").read_bytes())
    with Archive.open(tmp_path / "stick") as copy:
        assert copy.page(info.id) == page


def test_the_database_survives_a_power_cut_and_keeps_its_references(archive: Archive) -> None:
    def pragma(name: str) -> object:
        with archive._transaction() as connection:
            return connection.exec_driver_sql(f"PRAGMA {name}").scalar()

    assert pragma("journal_mode") == "wal"
    assert pragma("synchronous") == 2  # FULL
    assert pragma("foreign_keys") == 1
    assert pragma("busy_timeout") == 5000


def test_the_migrations_and_the_schema_agree(archive: Archive) -> None:
    with archive._transaction() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, schema.metadata) == []


# ---- documents and pages


def test_documents_and_pages_stand_in_the_order_made(archive: Archive) -> None:
    first, first_pages = archive.add_document("Letter", [new_page("a"), new_page("b")])
    second, second_pages = archive.add_document("Diary", [new_page("c")])
    assert archive.documents() == (first, second)
    assert (first.title, first.pages, second.pages) == ("Letter", 2, 1)
    assert archive.pages() == first_pages + second_pages
    assert archive.pages(second.id) == second_pages
    assert [(p.title, p.number, p.position) for p in archive.pages()] == [("a", 1, 1), ("b", 2, 2), ("c", 1, 3)]
    assert archive.page_info(second_pages[0].id) == second_pages[0]


def test_a_page_keeps_what_it_was_made_of(archive: Archive) -> None:
    given = NewPage("Akte.pdf, 3", "0f" * 32, ".pdf", 2, 2480, 3508, 300)
    _, (info,) = archive.add_document("Akte", [given])
    assert {name: getattr(info, name) for name in NewPage.__dataclass_fields__} == {
        name: getattr(given, name) for name in NewPage.__dataclass_fields__
    }
    page = archive.page(info.id)
    assert (page.id, page.width, page.height, page.lines, page.revision) == (info.id, 2480, 3508, (), 0)


def test_a_document_without_pages_is_a_document(archive: Archive) -> None:
    document, pages = archive.add_document("Empty", [])
    assert archive.documents() == (document,)
    assert pages == archive.pages(document.id) == ()


def test_the_counts_of_a_page_follow_its_lines(archive: Archive, info: PageInfo) -> None:
    one, two, three = (line.id for line in archive.page(info.id).lines)
    archive.edit(info.id, lambda page: edits.add_reading(page, one, reading("read")))
    archive.edit(info.id, lambda page: edits.add_reading(page, two, reading("")))
    archive.edit(info.id, lambda page: edits.transcribe(page, three, "written"))
    archive.edit(info.id, lambda page: edits.review(page, three))
    now = archive.page_info(info.id)
    assert (now.lines, now.read, now.reviewed) == (3, 2, 1)
    archive.edit(info.id, lambda page: edits.delete(page, [three]))
    now = archive.page_info(info.id)
    assert (now.lines, now.read, now.reviewed) == (2, 1, 0)


def test_what_is_not_there_is_named(archive: Archive) -> None:
    for ask in (
        archive.page,
        archive.page_info,
        archive.page_of_line,
        archive.page_of_region,
        archive.history,
        archive.trash_document,
        archive.restore_document,
        lambda page: archive.edit(page, found),
    ):
        with pytest.raises(NotFound, match="x123"):
            ask("x123")


def test_lines_and_regions_know_their_page(archive: Archive, info: PageInfo) -> None:
    page = archive.page(info.id)
    assert archive.page_of_line(page.lines[1].id) == archive.page_of_region(page.regions[0].id) == info.id
    archive.edit(info.id, lambda page: edits.delete(page, [page.lines[1].id, page.regions[0].id]))
    with pytest.raises(NotFound):
        archive.page_of_line(page.lines[1].id)
    with pytest.raises(NotFound):
        archive.page_of_region(page.regions[0].id)


# ---- edits


def test_an_edit_tells_what_it_did_and_the_page_says_so(archive: Archive, info: PageInfo) -> None:
    before = archive.page(info.id)
    edit = archive.edit(info.id, lambda page: edits.transcribe(page, page.lines[0].id, "Liebe Mutter"))
    assert edit.before == before
    assert edit.diff == diff(edit.before, edit.after)
    assert list(edit.diff.lines) == [before.lines[0].id]
    assert (edit.before.revision, edit.after.revision) == (1, 2)
    again = stored(archive, info.id)
    assert (again, again.revision) == (edit.after, 2)


def test_everything_of_a_page_comes_back_after_opening(archive: Archive, info: PageInfo) -> None:
    def everything(page: Page) -> Page:
        first, second, third = page.lines
        return replace(
            page,
            regions=(*page.regions, Region(new_id("r"), ((1, 2), (3, 4), (5, 9)), "heading", "person")),
            lines=(
                third,
                replace(first, readings=(reading("ſo"), reading("so\N{COMBINING DIAERESIS}")), made_by="person"),
                replace(second, transcription=Transcription("  Grüße\t𝔄 ", reviewed=True), boundary=(), region=None),
            ),
        )

    after = archive.edit(info.id, everything).after
    archive.close()
    with Archive.open(archive.folder) as again:
        assert again.page(info.id) == after


def test_a_page_in_memory_counts_only_in_the_revision_that_the_database_has(archive: Archive, info: PageInfo) -> None:
    archive.page(info.id)
    with closing(sqlite3.connect(archive.folder / "archive.sqlite")) as other, other:
        other.execute("UPDATE regions SET kind = 'heading'")
        other.execute("UPDATE pages SET revision = revision + 1")
    assert archive.page(info.id).regions[0].kind == "heading"


def test_an_edit_that_changes_nothing_is_none(archive: Archive, info: PageInfo) -> None:
    edit = archive.edit(info.id, lambda page: replace(page, width=1, id="other"))
    assert not edit.diff
    assert edit.after == edit.before == stored(archive, info.id)
    assert stored(archive, info.id).revision == 1


def test_an_edit_that_fails_changes_nothing(archive: Archive, info: PageInfo) -> None:
    before = archive.page(info.id)
    with pytest.raises(Conflict):
        archive.edit(info.id, lambda page: edits.join_lines(page, [page.lines[0].id]))
    assert stored(archive, info.id) == before
    assert stored(archive, info.id).revision == before.revision


def test_ids_that_belong_elsewhere_are_refused(archive: Archive, info: PageInfo) -> None:
    _, (other,) = archive.add_document("Letter 2", [new_page()])
    page = archive.page(info.id)
    with pytest.raises(ValueError, match=page.lines[0].id):
        archive.edit(other.id, lambda empty: replace(empty, lines=(replace(page.lines[0], region=None),)))
    with pytest.raises(ValueError, match=page.regions[0].id):
        archive.edit(other.id, lambda empty: replace(empty, regions=page.regions))
    with pytest.raises(ValueError, match="twice"):
        archive.edit(info.id, lambda page: replace(page, lines=page.lines + page.lines[:1]))
    assert stored(archive, info.id) == page
    assert stored(archive, other.id).lines == ()


def test_only_what_changed_is_written(archive: Archive, info: PageInfo) -> None:
    line = archive.page(info.id).lines[0].id
    written: list[str] = []

    @event.listens_for(archive._connection.engine, "before_cursor_execute")
    def note(_c: object, _k: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("SELECT", "BEGIN")):
            written.append(" ".join(statement.split()[:3]))

    archive.edit(info.id, lambda page: edits.transcribe(page, line, "Liebe Mutter"))
    assert written == ["INSERT INTO transcriptions", "UPDATE pages SET"]


def test_a_page_is_read_in_four_queries_by_index_however_many_lines_it_has(archive: Archive, info: PageInfo) -> None:
    archive.edit(info.id, lambda page: found(page, 60))
    archive.edit(
        info.id,
        lambda page: replace(page, lines=tuple(replace(line, readings=(reading("a"),)) for line in page.lines)),
    )
    asked: list[tuple[str, tuple[object, ...]]] = []

    @event.listens_for(archive._connection.engine, "before_cursor_execute")
    def note(_c: object, _k: object, statement: str, values: tuple[object, ...], *_rest: object) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, values))

    stored(archive, info.id)
    archive.history(archive.page(info.id).lines[0].id)
    assert len(asked) == 4 + 1 + 3  # the page; that it is unchanged; the history
    archive.pages()
    with archive._transaction() as connection:
        plans = [
            row.detail for each in asked for row in connection.exec_driver_sql("EXPLAIN QUERY PLAN " + each[0], each[1])
        ]
    large = [step for step in plans if {"regions", "lines", "readings", "transcriptions"} & set(step.split())]
    assert len(large) >= 8
    assert [step for step in large if not step.startswith("SEARCH") or "USING" not in step] == []


def test_threads_that_edit_at_once_lose_nothing(archive: Archive, info: PageInfo) -> None:
    lines = [line.id for line in archive.page(info.id).lines]
    start = threading.Barrier(4)

    def work(thread: int) -> None:
        start.wait()
        for number in range(20):
            archive.edit(info.id, partial(edits.add_reading, line_id=lines[0], reading=reading(f"{thread} {number}")))
            archive.edit(info.id, partial(edits.transcribe, line_id=lines[1], text=f"{thread} {number}"))
            archive.page(info.id)

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    page = stored(archive, info.id)
    every = sorted(f"{thread} {number}" for thread in range(4) for number in range(20))
    assert page.revision == 1 + 2 * 4 * 20
    assert sorted(item.text for item in page.lines[0].readings) == every
    assert sorted(version.text for version in archive.history(lines[1])) == every


# ---- texts, history, trash


def test_every_text_stays_in_the_history(archive: Archive, info: PageInfo) -> None:
    line = archive.page(info.id).lines[0].id
    for edit in (
        lambda page: edits.transcribe(page, line, "Liebe"),
        lambda page: edits.add_reading(page, line, reading("Lube")),
        lambda page: edits.transcribe(page, line, "Liebe Mutter"),
        lambda page: edits.transcribe(page, line, "Liebe Mutter"),
        lambda page: edits.review(page, line),
        lambda page: edits.transcribe(page, line, " "),
    ):
        archive.edit(info.id, edit)
    versions = archive.history(line)
    assert [(version.text, version.state) for version in versions] == [
        ("Liebe", "draft"),
        ("Lube", "read"),
        ("Liebe Mutter", "draft"),
        ("Liebe Mutter", "reviewed"),
        ("", "withdrawn"),
    ]
    assert [(version.engine, version.model) for version in versions][:2] == [("", ""), ("kraken", "starter")]
    assert all(version.at.utcoffset() is not None for version in versions)
    assert [version.at for version in versions] == sorted(version.at for version in versions)
    assert stored(archive, info.id).lines[0].transcription is None


def test_a_deleted_line_comes_back_with_all_it_had(archive: Archive, info: PageInfo) -> None:
    line = archive.page(info.id).lines[1].id
    archive.edit(info.id, lambda page: edits.add_reading(page, line, reading("Mutter")))
    archive.edit(info.id, lambda page: edits.transcribe(page, line, "Mutter,"))
    before = archive.page(info.id)
    deleted = archive.edit(info.id, lambda page: edits.delete(page, [line]))
    assert stored(archive, info.id).line(line) is None
    assert [version.text for version in archive.history(line)] == ["Mutter", "Mutter,"]
    archive.edit(info.id, lambda page: edits.replay(page, deleted.diff.inverse()))
    assert stored(archive, info.id) == before
    assert [version.text for version in archive.history(line)] == ["Mutter", "Mutter,"]


def test_a_line_drawn_again_by_redo_brings_the_readings_that_it_got_meanwhile(archive: Archive, info: PageInfo) -> None:
    drawn = archive.edit(info.id, lambda page: edits.draw_line(page, [(10, 600), (700, 600)], line_id="l1"))
    archive.edit(info.id, lambda page: edits.add_reading(page, "l1", reading("Ende")))
    archive.edit(info.id, lambda page: edits.replay(page, drawn.diff.inverse()))
    again = archive.edit(info.id, lambda page: edits.replay(page, drawn.diff))
    assert again.diff == diff(again.before, again.after)
    assert [line.text for line in again.after.lines if line.id == "l1"] == ["Ende"]
    assert stored(archive, info.id) == again.after


def test_no_edit_takes_a_reading_away(archive: Archive, info: PageInfo) -> None:
    line = archive.page(info.id).lines[0].id
    archive.edit(info.id, lambda page: edits.add_reading(page, line, reading("first")))

    def another(page: Page) -> Page:
        return replace(page, lines=(replace(page.lines[0], readings=(reading("second"),)), *page.lines[1:]))

    after = archive.edit(info.id, another).after
    assert [item.text for item in after.lines[0].readings] == ["first", "second"]
    assert stored(archive, info.id) == after


def test_a_line_that_comes_back_without_its_text_says_so_in_the_history(archive: Archive, info: PageInfo) -> None:
    line = archive.page(info.id).lines[0]
    archive.edit(info.id, lambda page: edits.transcribe(page, line.id, "Liebe"))
    archive.edit(info.id, lambda page: edits.delete(page, [line.id]))
    archive.edit(info.id, lambda page: replace(page, lines=(*page.lines, line)))
    assert stored(archive, info.id).lines[-1] == line
    assert [version.state for version in archive.history(line.id)] == ["draft", "withdrawn"]


def test_a_document_in_the_trash_is_out_of_sight_and_comes_back_whole(archive: Archive, info: PageInfo) -> None:
    _, (other,) = archive.add_document("Letter 2", [new_page()])
    page = archive.page(info.id)
    documents, pages = archive.documents(), archive.pages()
    archive.trash_document(info.document)
    assert archive.documents() == documents[1:]
    assert archive.pages() == (replace(other, position=1),)
    assert archive.pages(info.document) == ()
    for ask in (archive.page, archive.page_info):
        with pytest.raises(NotFound, match=info.id):
            ask(info.id)
    with pytest.raises(NotFound):
        archive.page_of_line(page.lines[0].id)
    archive.restore_document(info.document)
    assert (archive.documents(), archive.pages()) == (documents, pages)
    assert stored(archive, info.id) == page


# ---- scans


def test_a_scan_is_kept_once_and_unchanged(archive: Archive, tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    source, twin = tmp_path / "Brief 1.JPG", tmp_path / "copy.jpeg"
    source.write_bytes(content)
    twin.write_bytes(content)
    scan = archive.put_scan(source)
    assert scan == archive.put_scan(twin) == archive.put_scan(source) == hashlib.sha256(content).hexdigest()
    kept = [path for path in (archive.folder / "scans").rglob("*") if path.is_file()]
    assert kept == [archive.folder / "scans" / scan[:2] / f"{scan}.jpg"]
    assert kept[0].read_bytes() == source.read_bytes() == content
    _, (info,) = archive.add_document("Letter", [replace(new_page(), scan=scan, suffix=".jpeg")])
    assert archive.scan_file(info) == kept[0]


def test_a_scan_that_was_cut_short_is_put_in_anew(archive: Archive, tmp_path: Path) -> None:
    source = tmp_path / "a.png"
    source.write_bytes(b"whole scan")
    scan = archive.put_scan(source)
    kept = archive.folder / "scans" / scan[:2] / f"{scan}.png"
    kept.write_bytes(b"who")
    archive.put_scan(source)
    assert kept.read_bytes() == b"whole scan"


@pytest.mark.parametrize(("name", "suffix"), [("a.TIF", ".tif"), ("b", ""), ("c.j p:g", ".jpg"), ("d.ü", ".")])
def test_the_suffix_of_a_scan_is_plain(archive: Archive, tmp_path: Path, name: str, suffix: str) -> None:
    (tmp_path / name).write_bytes(name.encode())
    scan = archive.put_scan(tmp_path / name)
    assert (archive.folder / "scans" / scan[:2] / f"{scan}{suffix}").is_file()


def test_a_scan_that_cannot_be_read_is_named_and_leaves_nothing(archive: Archive, tmp_path: Path) -> None:
    for source in (tmp_path / "missing.jpg", tmp_path):
        with pytest.raises(BadScan, match=source.name):
            archive.put_scan(source)
    assert list((archive.folder / "scans").iterdir()) == []


def test_scans_that_cannot_be_written_are_told(archive: Archive, tmp_path: Path) -> None:
    (archive.folder / "scans").write_bytes(b"a file in its place")
    (tmp_path / "a.jpg").write_bytes(b"scan")
    with pytest.raises(AppError, match="scans"):
        archive.put_scan(tmp_path / "a.jpg")


def test_half_copied_scans_of_a_killed_program_go_at_the_next_opening(archive: Archive) -> None:
    archive.close()
    (archive.folder / "scans").mkdir()
    (archive.folder / "scans" / ".0123456789abcdef.part").write_bytes(b"half")
    Archive.open(archive.folder).close()
    assert list((archive.folder / "scans").iterdir()) == []


def test_a_scan_never_leads_out_of_the_archive(archive: Archive, info: PageInfo) -> None:
    with closing(sqlite3.connect(archive.folder / "archive.sqlite")) as other, other:
        other.execute("UPDATE pages SET scan = '../../etc/passwd', suffix = ''")
    with pytest.raises(BadArchive, match=r"archive\.sqlite"):
        archive.scan_file(archive.page_info(info.id))


def test_an_empty_diff_is_false(archive: Archive, info: PageInfo) -> None:
    assert archive.edit(info.id, lambda page: page).diff == PageDiff({}, {})
