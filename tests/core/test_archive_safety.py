"""The archive when things go wrong: two programs, a kill, a full disk, another version, a damaged file."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from app import edits
from app.archive import Archive, NewPage, PageInfo, migrate
from app.errors import AppError, BadArchive
from app.page import Line, Page

ROOT = Path(__file__).parents[2]
SECOND = '''
"""A column more."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Adds it."""
    with op.batch_alter_table("documents", recreate="always") as batch:
        batch.add_column(sa.Column("hand", sa.Text))
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A closed archive with one page of two lines."""
    with Archive.create(tmp_path / "archive") as archive:
        _, (info,) = archive.add_document("Letter", [NewPage("1.jpg", "ab" * 32, ".jpg", 0, 1000, 800, 0)])
        lines = [Line("l1", ((0, 50), (800, 50))), Line("l2", ((0, 90), (800, 90)))]
        archive.edit(info.id, lambda page: edits.segment(page, [], lines))
    return archive.folder


@contextmanager
def child(task: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that runs a task of `archive_child.py`, ended with the block."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "tests" / "archive_child.py"), task, str(folder)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def answer(task: str, folder: Path) -> str:
    """What a task prints, once it has ended."""
    with child(task, folder) as process:
        printed, _ = process.communicate(timeout=60)
    return printed.strip()


def first_page(archive: Archive) -> tuple[PageInfo, Page]:
    info = archive.pages()[0]
    return info, archive.page(info.id)


# ---- two programs


def test_a_second_program_is_told_who_has_the_archive_open(folder: Path) -> None:
    with child("hold", folder) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        with pytest.raises(BadArchive, match=f"process {process.pid}, since 20") as told:
            Archive.open(folder)
        assert str(folder) in told.value.message
        assert told.value.hint == "Close it there and try again."
        process.communicate("\n", timeout=60)
    Archive.open(folder).close()


def test_the_lock_dies_with_its_process(folder: Path) -> None:
    with child("hold", folder) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        process.kill()
        process.wait(timeout=60)
    assert (folder / "archive.lock.json").exists(), "the note stays, and must not block"
    Archive.open(folder).close()


def test_one_program_does_not_open_an_archive_twice(folder: Path) -> None:
    with Archive.open(folder):
        with pytest.raises(BadArchive, match=f"process {os.getpid()}"):
            Archive.open(folder)
        with pytest.raises(BadArchive, match="is not empty"):
            Archive.create(folder)
    Archive.open(folder).close()


@pytest.mark.parametrize("note", [b"", b"{", b'{"host": 1}', b'{"host": "' + b"x" * 9000])
def test_a_note_that_cannot_be_read_does_no_harm(folder: Path, note: bytes) -> None:
    with Archive.open(folder):
        (folder / "archive.lock.json").write_bytes(note)
        with pytest.raises(BadArchive, match="already open in another window"):
            Archive.open(folder)


# ---- a kill


def test_a_kill_costs_at_most_the_edit_under_way(folder: Path) -> None:
    with child("write", folder) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line == "25\n":
                break
        process.kill()
        told = [25, *map(int, process.stdout.read().split())]
    with Archive.open(folder) as archive:
        with archive._transaction() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        info, page = first_page(archive)
        saved = int(page.lines[0].text.removeprefix("text "))
        assert saved in (told[-1], told[-1] + 1)
        assert page.revision == saved + 2
        assert [version.text for version in archive.history("l1")] == [f"text {n}" for n in range(saved + 1)]
        archive.edit(info.id, lambda page: edits.transcribe(page, "l1", "on it goes"))


# ---- a full disk, a read-only place


def test_a_full_disk_is_told_and_nothing_is_half_written(folder: Path) -> None:
    with Archive.open(folder) as archive:
        info, before = first_page(archive)
        pages = archive._connection.exec_driver_sql("PRAGMA page_count").scalar()
        archive._connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        archive._connection.rollback()
        with pytest.raises(AppError, match=r"The disk is full: “.*archive\.sqlite”"):
            archive.edit(info.id, lambda page: edits.transcribe(page, "l1", "x" * 50_000))
        archive._recent.clear()
        assert archive.page(info.id) == before
        assert archive.page(info.id).revision == before.revision
        archive._connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        archive._connection.rollback()
        assert archive.edit(info.id, lambda page: edits.transcribe(page, "l1", "y")).after.lines[0].text == "y"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_files_that_may_not_grow_cost_the_edit_and_no_more(folder: Path) -> None:
    told, saved, text, revision, scan_told = json.loads(answer("fill", folder))
    assert "archive.sqlite" in told
    assert (text, revision) == (str(saved), saved + 2)
    assert saved > 1
    assert "scans" in scan_told
    assert [path for path in (folder / "scans").rglob("*") if path.is_file()] == []
    with Archive.open(folder) as archive:
        assert first_page(archive)[1].lines[0].text == "after"
        assert len(archive.history("l1")) == saved + 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
@pytest.mark.parametrize("most", [0, 100, 30_000], ids=["the note", "half the note", "the database"])
def test_an_archive_that_finds_no_room_is_not_made(tmp_path: Path, most: int) -> None:
    import resource

    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, limit[1]))
    try:
        with pytest.raises(AppError, match=r"disk is full|could not be written"):
            Archive.create(tmp_path / "new")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AppError, match="file/archive"):
        Archive.create(tmp_path / "file" / "archive")
    with pytest.raises(BadArchive, match="file/archive"):
        Archive.open(tmp_path / "file" / "archive")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no permission bits")
@pytest.mark.parametrize("what", ["folder", "file"])
def test_an_archive_that_cannot_be_written_is_named(folder: Path, what: str) -> None:
    with tempfile.TemporaryDirectory() as place:  # tmp_path is closed to the user that the child becomes
        Path(place).chmod(0o755)
        moved = Path(shutil.copytree(folder, Path(place) / "letters"))
        if what == "file":
            moved.chmod(0o777)
            (moved / "archive.lock").chmod(0o666)
            (moved / "archive.sqlite").chmod(0o444)
            named = moved / "archive.sqlite"
        else:
            moved.chmod(0o555)
            named = moved
        try:
            assert answer("unprivileged", moved) == f"“{named}” cannot be written."
        finally:
            moved.chmod(0o755)


# ---- another version, a damaged file


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program as it will be, with one migration more; `monkeypatch.undo()` brings today's back."""
    migrations = Path(shutil.copytree(migrate.FOLDER, tmp_path / "100% next"))
    (migrations / "versions" / "0005_hand.py").write_text(SECOND)
    monkeypatch.setattr(migrate, "FOLDER", migrations)
    return migrations


def revision_of(file: Path) -> str:
    with closing(sqlite3.connect(file)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def test_an_older_archive_is_copied_and_brought_up_to_date(folder: Path, next_version: Path) -> None:
    with Archive.open(folder) as archive:
        info, page = first_page(archive)
        assert [line.id for line in page.lines] == ["l1", "l2"]
        assert archive.documents()[0].title == "Letter"
        archive.edit(info.id, lambda page: edits.transcribe(page, "l1", "Liebe Mutter"))
    assert revision_of(folder / "archive.sqlite") == "0005"
    copy = folder / "archive-before-0005.sqlite"
    assert revision_of(copy) == "0004"
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT count(*) FROM lines").fetchone() == (2,)
        assert connection.execute("SELECT count(*) FROM transcriptions").fetchone() == (0,)
    assert [path.name for path in folder.iterdir() if path.name.endswith(".part")] == []


def test_a_migration_that_fails_leaves_the_archive_as_it_was(
    folder: Path, next_version: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (next_version / "versions" / "0005_hand.py").write_text(SECOND + "    op.execute('nonsense')\n")
    with pytest.raises(Exception, match="nonsense"):
        Archive.open(folder)
    assert revision_of(folder / "archive.sqlite") == "0004"
    monkeypatch.setattr(migrate, "FOLDER", Path(migrate.__file__).parent / "migrations")
    with Archive.open(folder) as archive:
        assert [line.id for line in first_page(archive)[1].lines] == ["l1", "l2"]


def test_an_archive_of_a_newer_version_is_refused_and_untouched(folder: Path) -> None:
    assert answer("newer", folder) == "done"
    before = {name: (folder / name).read_bytes() for name in ("archive.sqlite", "archive.sqlite-wal")}
    assert before["archive.sqlite-wal"], "the newer program left its WAL"
    with pytest.raises(BadArchive, match="newer version") as told:
        Archive.open(folder)
    assert str(folder) in told.value.message
    assert "Update the program" in told.value.hint
    assert {name: (folder / name).read_bytes() for name in before} == before


def test_what_the_next_version_made_is_refused_by_this_one(
    folder: Path, next_version: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Archive.open(folder).close()
    monkeypatch.setattr(migrate, "FOLDER", Path(migrate.__file__).parent / "migrations")
    before = (folder / "archive.sqlite").read_bytes()
    with pytest.raises(BadArchive, match="newer version"):
        Archive.open(folder)
    assert (folder / "archive.sqlite").read_bytes() == before
    assert not list(folder.glob("archive.sqlite-*"))


def foreign_database(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")


def torn(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(content)


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(b"not a database at all, " * 500),
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(file.read_bytes()[:5000]),
        torn,
        foreign_database,
    ],
    ids=["other", "empty", "short", "torn", "foreign"],
)
def test_a_damaged_database_is_named_with_what_to_do(folder: Path, damage: object) -> None:
    damage(folder / "archive.sqlite")
    before = (folder / "archive.sqlite").read_bytes()
    with pytest.raises(BadArchive, match=r"archive\.sqlite” is damaged") as told:
        Archive.open(folder)
    assert "backup" in told.value.hint
    assert (folder / "archive.sqlite").read_bytes() == before
    assert not list(folder.glob("archive.sqlite-*"))


def test_a_page_that_is_damaged_is_told_when_it_is_read(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "archive.sqlite")) as connection, connection:
        connection.execute("UPDATE lines SET baseline = '[[1, \"x\"]]' WHERE id = 'l1'")
    with Archive.open(folder) as archive, pytest.raises(BadArchive, match=r"archive\.sqlite” is damaged"):
        archive.page(archive.pages()[0].id)


@pytest.mark.parametrize(
    "change",
    [
        "pages SET width = 'wide'",
        "pages SET scan = x'00ff'",
        "lines SET made_by = 'alien'",
        "lines SET baseline = '[1]'",
    ],
)
def test_a_value_of_another_kind_is_told_as_damage(folder: Path, change: str) -> None:
    with closing(sqlite3.connect(folder / "archive.sqlite")) as connection, connection:
        connection.execute(f"UPDATE {change}")
    with Archive.open(folder) as archive, pytest.raises(BadArchive, match="damaged"):
        first_page(archive)


def test_another_program_that_writes_is_told_of(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.archive.database._BUSY_SECONDS", 0)
    with Archive.open(folder) as archive, closing(sqlite3.connect(folder / "archive.sqlite")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(AppError, match="in use by another program"):
            archive.documents()
        other.rollback()
        assert len(archive.documents()) == 1
