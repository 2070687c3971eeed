"""An import makes one document, reports what is bad, and leaves nothing half-done however it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from app import paths, scans
from app.archive import Archive
from app.errors import BadScan
from app.scans import import_scans


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "archive") as made:
        yield made


@pytest.fixture
def letters(tmp_path: Path) -> list[Path]:
    """Three different scans in one folder."""
    folder = tmp_path / "Letters 1917"
    folder.mkdir()
    files = [folder / f"letter {number}.jpg" for number in range(1, 4)]
    for number, file in enumerate(files):
        Image.new("L", (200 + number, 300), 90 * number).save(file)
    return files


def stored(archive: Archive) -> list[Path]:
    return [path for path in (archive.folder / "scans").rglob("*") if path.is_file()]


def test_files_become_one_document_of_their_folders_name(archive: Archive, letters: list[Path]) -> None:
    told: list[tuple[int, int, Path]] = []
    report = import_scans(archive, letters, progress=lambda *how_far: told.append(how_far))
    assert report.document is not None
    assert (report.document.title, report.document.pages) == ("Letters 1917", 3)
    assert archive.documents() == (report.document,)
    assert [(page.title, page.width, page.height, page.dpi) for page in archive.pages()] == [
        ("letter 1.jpg", 200, 300, 0),
        ("letter 2.jpg", 201, 300, 0),
        ("letter 3.jpg", 202, 300, 0),
    ]
    assert archive.pages() == report.pages
    for page, file in zip(report.pages, letters, strict=True):
        assert archive.scan_file(page).read_bytes() == file.read_bytes()
    assert told == [(1, 3, letters[0]), (2, 3, letters[1]), (3, 3, letters[2])]


def test_one_file_gives_its_name_to_the_document_and_its_pages_are_numbered(archive: Archive, tmp_path: Path) -> None:
    pages = [Image.new("1", (100 + 10 * number, 80)) for number in range(3)]
    pages[0].save(tmp_path / "Register v. 2.tif", save_all=True, append_images=pages[1:])
    report = import_scans(archive, [tmp_path / "Register v. 2.tif"])
    assert report.document is not None
    assert report.document.title == "Register v. 2"
    assert [(page.title, page.index, page.width) for page in report.pages] == [
        ("Register v. 2.tif (1)", 0, 100),
        ("Register v. 2.tif (2)", 1, 110),
        ("Register v. 2.tif (3)", 2, 120),
    ]
    assert len(stored(archive)) == 1
    for page in report.pages:
        image = scans.page_image(archive.scan_file(page), page.index, page.dpi)
        assert image.size == (page.width, page.height)


def test_a_pdf_keeps_the_resolution_that_its_pages_were_measured_at(archive: Archive, tmp_path: Path) -> None:
    Image.new("L", (300, 200), 128).save(tmp_path / "diary.pdf", resolution=100)
    (page,) = import_scans(archive, [tmp_path / "diary.pdf"]).pages
    assert (page.title, page.dpi, page.width, page.height) == ("diary.pdf", 300, 900, 600)
    assert scans.page_image(archive.scan_file(page), page.index, page.dpi).size == (900, 600)


def test_files_from_several_folders_take_the_name_of_the_folder_around_them(archive: Archive, tmp_path: Path) -> None:
    for name in ("Estate/box 1", "Estate/box 2"):
        (tmp_path / name).mkdir(parents=True)
        Image.new("L", (40, 30), len(name)).save(tmp_path / name / "1.png")
    files = [tmp_path / "Estate/box 1/1.png", tmp_path / "Estate/box 2/1.png"]
    report = import_scans(archive, files)
    assert report.document is not None
    assert report.document.title == "Estate"


def test_bad_files_are_reported_and_the_rest_goes_on(archive: Archive, letters: list[Path]) -> None:
    broken = letters[1]
    broken.write_bytes(broken.read_bytes()[:300])
    missing = letters[0].with_name("gone.jpg")
    report = import_scans(archive, [*letters, missing, letters[0].parent])
    assert [page.title for page in report.pages] == ["letter 1.jpg", "letter 3.jpg"]
    assert all(isinstance(problem, BadScan) for problem in report.problems)
    assert ["letter 2.jpg" in report.problems[0].message, "gone.jpg" in report.problems[1].message] == [True, True]
    assert "is a folder" in report.problems[2].message
    assert len(stored(archive)) == 2


def test_without_a_good_file_no_document_is_made(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no scan", encoding="utf-8")
    report = import_scans(archive, [tmp_path / "notes.txt"])
    assert (report.document, report.pages, len(report.problems)) == (None, (), 1)
    assert import_scans(archive, []).document is None
    assert archive.documents() == ()
    assert stored(archive) == []


def test_the_same_content_twice_is_one_file_and_two_pages(archive: Archive, letters: list[Path]) -> None:
    again = letters[0].with_name("copy.jpeg")
    again.write_bytes(letters[0].read_bytes())
    report = import_scans(archive, [letters[0], again])
    assert [page.title for page in report.pages] == ["letter 1.jpg", "copy.jpeg"]
    assert len({page.scan for page in report.pages}) == len(stored(archive)) == 1
    for page in report.pages:
        assert archive.scan_file(page).exists()


def test_what_was_imported_before_cancelling_stays_as_a_document(archive: Archive, letters: list[Path]) -> None:
    done: list[Path] = []
    report = import_scans(
        archive, letters, progress=lambda _done, _all, file: done.append(file), cancelled=lambda: len(done) == 2
    )
    assert [page.title for page in report.pages] == ["letter 1.jpg", "letter 2.jpg"]
    assert report.document is not None
    assert report.document.pages == 2
    assert len(stored(archive)) == 2


def test_thumbnails_are_made_on_the_way(archive: Archive, letters: list[Path]) -> None:
    report = import_scans(archive, letters)
    made = sorted(path for path in (paths.cache_dir() / "thumbnails").rglob("*") if path.is_file())
    times = [path.stat().st_mtime_ns for path in made]
    asked = sorted(scans.thumbnail(archive.scan_file(page), page.scan, page.index, page.dpi) for page in report.pages)
    assert asked == made
    assert [path.stat().st_mtime_ns for path in made] == times
    for path in made:
        with Image.open(path) as image:
            assert max(image.size) <= 360


def test_a_cache_that_cannot_be_written_does_not_stop_an_import(archive: Archive, letters: list[Path]) -> None:
    paths.cache_dir().mkdir(parents=True)
    (paths.cache_dir() / "thumbnails").write_bytes(b"in the way")
    assert len(import_scans(archive, letters).pages) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_names_that_are_no_text_can_be_kept(archive: Archive, letters: list[Path]) -> None:
    odd = letters[0].with_name(os.fsdecode(b"br\xff\nief.jp\xff"))
    letters[0].rename(odd)
    report = import_scans(archive, [odd])
    assert report.document is not None
    assert [document.title.isprintable() for document in archive.documents()] == [True]
    assert archive.scan_file(report.pages[0]).exists()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_full_disk_ends_the_import_with_what_was_there_and_leaves_no_half_file(
    archive: Archive, letters: list[Path]
) -> None:
    import resource

    Image.effect_noise((1500, 1500), 90).save(letters[1], quality=95)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, limit[1]))
    try:
        report = import_scans(archive, letters)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    (problem,) = report.problems
    assert not isinstance(problem, BadScan)
    assert problem.message.startswith("The import stopped at “letter 2.jpg”. The disk is full: ")
    assert [page.title for page in archive.pages()] == ["letter 1.jpg"]
    assert stored(archive) == [archive.scan_file(archive.pages()[0])]
    assert len(import_scans(archive, letters).pages) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_program_killed_in_the_middle_leaves_no_half_document(tmp_path: Path, letters: list[Path]) -> None:
    folder = tmp_path / "archive"
    program = """
import os, signal, sys
from pathlib import Path
from app.archive import Archive
from app.scans import import_scans
archive = Archive.create(Path(sys.argv[1]))
kill = lambda done, total, file: os.kill(os.getpid(), signal.SIGKILL) if done == 2 else None
import_scans(archive, [Path(name) for name in sys.argv[2:]], progress=kill)
"""
    root = Path(__file__).resolve().parents[2]
    run = subprocess.run(
        [sys.executable, "-c", program, folder, *letters], cwd=root, env=dict(os.environ), check=False, timeout=60
    )
    assert run.returncode == -signal.SIGKILL
    with Archive.open(folder) as archive:
        assert archive.documents() == ()
        assert len(stored(archive)) == 2
        assert all(path.suffix == ".jpg" for path in stored(archive))
        assert len(import_scans(archive, letters).pages) == 3
        assert len(stored(archive)) == 3
