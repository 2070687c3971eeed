"""Previews of pages: readable, upright, soon, from the cache where they were seen before."""

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from app import paths, scans
from app.archive import Archive
from app.errors import BadScan
from app.scans import images, previews

SCAN = "ab" * 32
WIDE, HIGH = 4800, 3600


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LESEPULT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def jpeg(tmp_path: Path) -> Path:
    """A large scan that lies on its side: EXIF says to turn it, and then its dark corner is at the top right."""
    image = Image.new("RGB", (WIDE, HIGH), "white")
    ImageDraw.Draw(image).rectangle((0, 0, 600, 600), fill="black")
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(tmp_path / "scan.jpg", exif=exif)
    return tmp_path / "scan.jpg"


def corner(image: Image.Image) -> str:
    """Which corner is dark."""
    grey, (right, bottom) = image.convert("L"), (image.width - 5, image.height - 5)
    places = {"top left": (5, 5), "top right": (right, 5), "bottom left": (5, bottom), "bottom right": (right, bottom)}
    (found,) = [name for name, at in places.items() if int(grey.getpixel(at)) < 60]  # type: ignore[arg-type]
    return found


def test_a_jpeg_is_decoded_small_and_turned_once(jpeg: Path) -> None:
    small = scans.preview(jpeg, SCAN, 0, 0)
    assert small is not None
    assert (small.width, small.height) == (HIGH // 2, WIDE // 2)
    assert corner(small) == corner(scans.page_image(jpeg, 0, 0)) == "top right"


def test_what_was_seen_before_comes_from_the_cache_also_where_the_format_gives_none(jpeg: Path, tmp_path: Path) -> None:
    png = tmp_path / "scan.png"
    whole = scans.page_image(jpeg, 0, 0)
    whole.save(png)
    assert scans.preview(png, SCAN, 0, 0) is None
    scans.keep_preview(whole, SCAN, 0, 0)
    small = scans.preview(png, SCAN, 0, 0)
    assert small is not None
    assert scans.PREVIEW <= max(small.size) < 2 * scans.PREVIEW
    assert corner(small) == "top right"


def test_a_damaged_preview_is_removed_and_made_again(jpeg: Path) -> None:
    scans.keep_preview(scans.page_image(jpeg, 0, 0), SCAN, 0, 0)
    (kept,) = (paths.cache_dir() / "previews").iterdir()
    kept.write_bytes(kept.read_bytes()[:2000])
    small = scans.preview(jpeg, SCAN, 0, 0)
    assert small is not None
    assert corner(small) == "top right"
    assert not kept.exists()


def test_the_oldest_give_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previews, "KEPT", 3)
    for number in range(5):
        scans.keep_preview(Image.new("L", (50, 50)), f"{number}" * 64, 0, 0)
    assert len(list((paths.cache_dir() / "previews").glob("*.jpg"))) == 3


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".pdf"])
def test_an_import_leaves_previews_of_its_large_pages(suffix: str, jpeg: Path, tmp_path: Path) -> None:
    scan = tmp_path / f"large{suffix}"
    whole = scans.page_image(jpeg, 0, 0)
    whole.save(scan, resolution=300)
    small = tmp_path / "small.png"
    whole.resize((600, 800)).save(small)
    with Archive.create(tmp_path / "archive") as archive:
        large, _ = scans.import_scans(archive, [scan, small]).pages
    (kept,) = (paths.cache_dir() / "previews").iterdir()
    with Image.open(kept) as preview:
        assert max(preview.size) == scans.PREVIEW
        assert corner(preview) == "top right"
    tmp_path.joinpath("gone").touch()  # not even looked at
    from_cache = scans.preview(tmp_path / "gone", large.scan, large.index, large.dpi)
    assert from_cache is not None


def test_a_jpeg_that_is_decoded_small_soon_gets_its_preview_when_it_is_seen(
    jpeg: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "_SLOW", WIDE * HIGH)
    with Archive.create(tmp_path / "archive") as archive:
        scans.import_scans(archive, [jpeg])
    assert not (paths.cache_dir() / "previews").exists()


def test_an_import_of_many_makes_previews_of_its_first_pages(
    jpeg: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "OF_AN_IMPORT", 2)
    files = []
    for number in range(3):
        files.append(tmp_path / f"{number}.jpg")
        files[-1].write_bytes(jpeg.read_bytes() + bytes([number]))
    with Archive.create(tmp_path / "archive") as archive:
        pages = scans.import_scans(archive, files).pages
    kept = {file.name[:64] for file in (paths.cache_dir() / "previews").iterdir()}
    assert kept == {page.scan for page in pages[:2]}


def test_a_cache_that_cannot_be_written_is_none(jpeg: Path) -> None:
    paths.cache_dir().mkdir(parents=True, exist_ok=True)
    (paths.cache_dir() / "previews").write_text("in the way")
    scans.keep_preview(Image.new("L", (50, 50)), SCAN, 0, 0)
    assert scans.preview(jpeg, SCAN, 0, 0) is not None


def test_a_scan_that_is_gone_or_damaged_is_told_by_name(jpeg: Path) -> None:
    jpeg.write_bytes(jpeg.read_bytes()[:3000])
    with pytest.raises(BadScan, match=r"scan\.jpg"):
        scans.preview(jpeg, SCAN, 0, 0)
    jpeg.unlink()
    with pytest.raises(BadScan, match=r"scan\.jpg"):
        scans.preview(jpeg, SCAN, 0, 0)
