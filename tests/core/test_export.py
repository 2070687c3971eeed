"""An export is a folder of images and PAGE XML that belong together, whole or not there at all."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from PIL import Image

from app.archive import Archive, NewPage, PageInfo
from app.errors import AppError
from app.geometry import Box
from app.groundtruth import page_xml
from app.groundtruth.export import ExportReport, _key, _Names, export_pages
from app.page import Line, Page, Reading, Transcription, new_id
from app.scans import import_scans, page_image


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "archive") as made:
        yield made


def with_line(archive: Archive, page: PageInfo, text: str = "Liebe Mutter", *, reviewed: bool = True) -> None:
    """Puts a line with this text on a page."""
    box = Box(5, 5, page.width - 10, 20)
    line = Line(
        new_id("l"), ((5, 20), (page.width - 6, 20)), box.polygon(), transcription=Transcription(text, reviewed)
    )
    archive.edit(page.id, lambda now: Page(now.id, now.width, now.height, now.regions, (*now.lines, line)))


def imported(archive: Archive, *files: Path) -> tuple[PageInfo, ...]:
    pages = import_scans(archive, files).pages
    for page in pages:
        with_line(archive, page, f"Zeile von {page.title}")
    return pages


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_scans_are_copied_with_one_file_each_that_names_them(archive: Archive, shared: Path, tmp_path: Path) -> None:
    files = sorted((shared / "data/typewritten/german").glob("*.jpg"))[:3]
    pages = imported(archive, *files)
    told: list[tuple[int, int]] = []
    out = tmp_path / "out"
    report = export_pages(archive, pages, out, all_lines=False, progress=lambda *how_far: told.append(how_far))
    assert report == ExportReport(out, pages=3, lines=3, left_out=0)
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert names(out) == sorted([file.name for file in files] + [f"{file.stem}.xml" for file in files])
    for file in files:
        assert (out / file.name).read_bytes() == file.read_bytes()
        found = page_xml.read(out / f"{file.stem}.xml")
        assert (found.image_name, found.oddities) == (file.name, ())
        assert [line.text for line in found.page.lines] == [f"Zeile von {file.name}"]


@pytest.mark.filterwarnings("ignore")  # kraken's imports warn of many things that are not ours
def test_kraken_finds_the_lines_and_the_image_of_every_page(archive: Archive, tmp_path: Path) -> None:
    from kraken.lib.xml import XMLPage

    tiff = tmp_path / "Register: Nr. 1?.tif" if Path("/").anchor == "/" else tmp_path / "Register.tif"
    images = [Image.effect_noise((300, 200 + 10 * number), 50) for number in range(3)]
    images[0].save(tiff, save_all=True, append_images=images[1:])
    images[0].save(tmp_path / "diary.pdf", resolution=100)
    exif = Image.Exif()
    exif[0x0112] = 6
    images[0].save(tmp_path / "turned.jpg", exif=exif)
    pages = imported(archive, tiff, tmp_path / "diary.pdf", tmp_path / "turned.jpg")
    export_pages(archive, pages, tmp_path / "out", all_lines=False)
    files = sorted((tmp_path / "out").glob("*.xml"))
    assert len(files) == 5
    for file in files:
        read = XMLPage(file)
        with Image.open(read.imagename) as image:
            assert image.format == "PNG"
            assert image.size == read.image_size
        assert next(line.text for line in read.get_sorted_lines()).startswith("Zeile von ")


def test_what_is_not_upright_or_not_alone_in_its_file_is_exported_as_the_upright_page(
    archive: Archive, tmp_path: Path
) -> None:
    images = [Image.effect_noise((120, 80 + 10 * number), 50) for number in range(2)]
    images[0].save(tmp_path / "two.tif", save_all=True, append_images=images[1:])
    pages = imported(archive, tmp_path / "two.tif")
    export_pages(archive, pages, tmp_path / "out", all_lines=False)
    assert names(tmp_path / "out") == ["two (1).png", "two (1).xml", "two (2).png", "two (2).xml"]
    for page, image in zip(pages, images, strict=True):
        with Image.open(tmp_path / "out" / f"two ({page.number}).png") as exported:
            assert exported.tobytes() == image.tobytes()
            assert exported.tobytes() == page_image(archive.scan_file(page), page.index, 0).tobytes()


def test_pages_without_a_line_to_export_are_left_out_and_counted(archive: Archive, tmp_path: Path) -> None:
    for number in range(3):
        Image.new("L", (100, 80), number).save(tmp_path / f"{number}.png")
    pages = import_scans(archive, [tmp_path / f"{number}.png" for number in range(3)]).pages
    with_line(archive, pages[0])
    with_line(archive, pages[1], reviewed=False)
    assert export_pages(archive, pages, tmp_path / "truth", all_lines=False) == ExportReport(
        tmp_path / "truth", pages=1, lines=1, left_out=2
    )
    assert names(tmp_path / "truth") == ["0.png", "0.xml"]
    report = export_pages(archive, pages, tmp_path / "all", all_lines=True)
    assert (report.pages, report.lines, report.left_out) == (2, 2, 1)


def test_machine_text_is_exported_only_when_asked_for_and_marked(archive: Archive, tmp_path: Path) -> None:
    Image.new("L", (100, 80)).save(tmp_path / "a.png")
    (page,) = import_scans(archive, [tmp_path / "a.png"]).pages
    line = Line("l1", ((5, 20), (90, 20)), readings=(Reading("t1", "gelesen", 0.5, "kraken", "starter"),))
    archive.edit(page.id, lambda now: Page(now.id, now.width, now.height, (), (line,)))
    with pytest.raises(AppError, match="no line is reviewed"):
        export_pages(archive, [page], tmp_path / "truth", all_lines=False)
    assert not (tmp_path / "truth").exists()
    export_pages(archive, [page], tmp_path / "all", all_lines=True)
    root = etree.parse(tmp_path / "all/a.xml").getroot()
    assert [item.get("conf") for item in root.iterfind(".//{*}TextEquiv")] == ["0.5000"]
    assert page_xml.read(tmp_path / "all/a.xml").page.lines[0].state == "read"


def test_pages_of_one_name_and_names_that_no_file_may_have_get_names_of_their_own(
    archive: Archive, tmp_path: Path
) -> None:
    titles = [
        "a/../../b",
        "Brief",
        "BRIEF.jpg",
        "brief.",
        "CON",
        "nul.png",
        "..",
        'what: "x"?',
        "é",
        "e\u0301",
        "x" * 500,
    ]
    Image.new("L", (100, 80)).save(tmp_path / "scan.png")
    scan = archive.put_scan(tmp_path / "scan.png")
    _, pages = archive.add_document("d", [NewPage(title, scan, ".png", 0, 100, 80, 0) for title in titles])
    for page in pages:
        with_line(archive, page)
    report = export_pages(archive, pages, tmp_path / "out", all_lines=False)
    assert report.pages == len(titles)
    found = names(tmp_path / "out")
    assert len({name.casefold() for name in found}) == 2 * len(titles)
    assert {"a .. .. b.png", "Brief.png", "BRIEF (2).png", "brief (3).png", "_CON.png", "_nul.png", "page.png"} <= set(
        found
    )
    for file in (tmp_path / "out").glob("*.xml"):
        assert (tmp_path / "out" / page_xml.read(file).image_name).is_file()


@given(
    st.lists(st.one_of(st.text(), st.sampled_from(["con", "LPT1.txt", "a.jpg", "A", "a ", ".", "a (2)"])), max_size=8)
)
def test_export_names_are_safe_everywhere_and_never_collide(titles: list[str]) -> None:
    made = _Names()
    found = [made.unique(title) for title in titles]
    assert len({_key(name) for name in found}) == len(titles)
    for name in found:
        assert name == name.strip(" .") != ""
        assert name.isprintable()
        assert not set(name) & set('<>:"/\\|?*')
        assert name.partition(".")[0].strip().upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT1"}
        assert len(name.encode()) < 160


def test_a_folder_with_something_in_it_is_refused_and_stays_as_it_is(archive: Archive, tmp_path: Path) -> None:
    Image.new("L", (100, 80)).save(tmp_path / "a.png")
    pages = imported(archive, tmp_path / "a.png")
    out = tmp_path / "out"
    out.mkdir()
    report = export_pages(archive, pages, out, all_lines=False)
    assert names(report.folder) == ["a.png", "a.xml"]
    (out / "a.xml").write_text("mine", encoding="utf-8")
    for taken in (out, out / "a.xml"):
        with pytest.raises(AppError) as caught:
            export_pages(archive, pages, taken, all_lines=False)
        assert "exists already" in caught.value.message
        assert "another folder" in caught.value.hint
    assert (out / "a.xml").read_text(encoding="utf-8") == "mine"


def test_a_scan_that_is_gone_stops_the_export_and_nothing_of_it_stays(archive: Archive, tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        Image.new("L", (100, 80), len(name) + ord(name[0])).save(tmp_path / name)
    pages = imported(archive, tmp_path / "a.png", tmp_path / "b.png")
    archive.scan_file(pages[1]).unlink()
    before = names(tmp_path)
    with pytest.raises(AppError, match=r"The scan of “b\.png”, page 2, cannot be used"):
        export_pages(archive, pages, tmp_path / "out", all_lines=False)
    assert names(tmp_path) == before
