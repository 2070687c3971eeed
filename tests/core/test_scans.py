"""Scan files are told by their content, shown upright, and refused in a sentence when they cannot be used."""

import hashlib
import os
import struct
import sys
import threading
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from app import scans
from app.errors import AppError, BadScan
from app.scans import read_scan

UPRIGHT_FROM = {  # how a camera that is held in each way stores an upright picture
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def picture(width: int = 120, height: int = 80, mode: str = "L") -> Image.Image:
    """A picture without any symmetry."""
    image = Image.linear_gradient("L").resize((width, height))
    draw = ImageDraw.Draw(image)
    draw.rectangle((5, 5, width // 2, height // 4), fill=255)
    draw.line((0, height - 1, width // 3, height // 2), fill=0, width=3)
    return image.convert(mode)


def same(one: Image.Image, other: Image.Image, tolerance: int = 0) -> bool:
    assert (one.mode, one.size) == (other.mode, other.size)
    return all(abs(a - b) <= tolerance for a, b in zip(one.tobytes(), other.tobytes(), strict=True))


def raw_tiff(pages: Sequence[dict[int, int]], data: Sequence[bytes], order: str = "<", big: bool = False) -> bytes:
    """A TIFF with these tags (all of them whole numbers) and one uncompressed strip a page."""
    start = (b"II" if order == "<" else b"MM") + struct.pack(order + "H", 43 if big else 42)
    out = start + (struct.pack(order + "HHQ", 8, 0, 16) if big else struct.pack(order + "I", 8))
    for at, (tags, strip) in enumerate(zip(pages, data, strict=True)):
        size = 8 + 20 * (len(tags) + 2) + 8 if big else 2 + 12 * (len(tags) + 2) + 4
        strip_at = len(out) + size
        entries = sorted({**tags, 273: strip_at, 279: len(strip)}.items())
        block = struct.pack(order + ("Q" if big else "H"), len(entries))
        for tag, value in entries:
            block += struct.pack(order + ("HHQQ" if big else "HHII"), tag, 16 if big else 4, 1, value)
        following = strip_at + len(strip) if at + 1 < len(pages) else 0
        out += block + struct.pack(order + ("Q" if big else "I"), following) + strip
    return out


def tags(width: int, height: int, bits: int, photometric: int = 1, **more: int) -> dict[int, int]:
    named = {"subfile": 254, "orientation": 274}
    extra = {named[name]: value for name, value in more.items()}
    return {256: width, 257: height, 258: bits, 259: 1, 262: photometric, 277: 1, 278: height, **extra}


def pdf(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of these objects, the first of which is its catalogue."""
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    table += b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, len(out))
    return out + table + end


def pdf_with_pages(*boxes: str) -> bytes:
    kids = b" ".join(b"%d 0 R" % (number + 3) for number in range(len(boxes)))
    pages = [b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] >>" % box.encode() for box in boxes]
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(boxes), kids),
            *pages,
        ]
    )


def rc4(key: bytes, data: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def protected_pdf(password: bytes) -> bytes:
    """A PDF of one empty page that opens with this password only (PDF 1.4, 3.5: RC4 with 40 bits)."""
    pad = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
    padded = (password + pad)[:32]
    identity, rights = b"0123456789abcdef", -4
    owner = rc4(hashlib.md5(padded).digest()[:5], padded)
    key = hashlib.md5(padded + owner + struct.pack("<i", rights) + identity).digest()[:5]
    encrypt = b"/Encrypt << /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P %d >> /ID [<%s> <%s>]" % (
        owner.hex().encode(),
        rc4(key, pad).hex().encode(),
        rights,
        identity.hex().encode(),
        identity.hex().encode(),
    )
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>"
    return pdf([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>", page], encrypt)


def png_header(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"IDAT" + zlib.compress(b"\0" * 100)
    chunks = [
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in (header, data)
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def refused(path: Path) -> BadScan:
    """The sentence for a file that cannot be used: it names the file and says what to do."""
    with pytest.raises(BadScan) as caught:
        read_scan(path)
    assert path.name in caught.value.message
    assert str(path.parent) not in str(caught.value)
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("orientation", UPRIGHT_FROM)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "TIFF LZW"])
def test_every_orientation_gives_the_same_upright_page(tmp_path: Path, orientation: int, kind: str) -> None:
    upright = picture()
    turn = UPRIGHT_FROM[orientation]
    stored = upright.transpose(turn) if turn is not None else upright
    path = tmp_path / "page.scan"
    form, _, compression = kind.partition(" ")
    exif = Image.Exif()
    exif[0x0112] = orientation
    more = {"compression": "tiff_lzw"} if compression else {"quality": 100} if form == "JPEG" else {}
    stored.save(path, form, exif=exif, **more)
    assert [(page.width, page.height) for page in read_scan(path).pages] == [upright.size]
    assert scans.image_size(path) == upright.size
    tolerance = 6 if form == "JPEG" else 0
    assert same(scans.page_image(path, 0, 0), upright, tolerance)
    with Image.open(scans.page_image_file(path, 0, 0, tmp_path)) as image:
        assert same(image.convert("L"), upright, tolerance)
    with Image.open(scans.thumbnail(path, "0" * 64, 0, 0)) as image:
        assert image.size == upright.size


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow warns of an EXIF block that it cannot read
@pytest.mark.parametrize("exif", [b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0", b"garbage"])
def test_an_exif_block_that_makes_no_sense_counts_as_upright(tmp_path: Path, exif: bytes) -> None:
    path = tmp_path / "page.jpg"
    picture().save(path, exif=exif)
    assert read_scan(path).pages == (scans.ScanPage(0, 120, 80),)
    assert scans.page_image_file(path, 0, 0, tmp_path) == path


def test_the_second_picture_that_a_camera_puts_into_a_jpeg_is_no_page(tmp_path: Path) -> None:
    path = tmp_path / "page.jpg"
    picture().save(path, "MPO", save_all=True, append_images=[picture(60, 40)])
    assert read_scan(path).pages == (scans.ScanPage(0, 120, 80),)
    assert scans.page_image(path, 0, 0).size == (120, 80)


@pytest.mark.parametrize(
    ("form", "mode"),
    [(form, mode) for form in ("PNG", "TIFF") for mode in ("1", "L", "RGB", "P", "LA", "RGBA")] + [("TIFF", "CMYK")],
)
def test_every_kind_of_colour_becomes_grey_or_rgb(tmp_path: Path, form: str, mode: str) -> None:
    path = tmp_path / "page"
    image = picture(mode=mode)
    image.save(path, form)
    expected = image.convert("L" if mode in {"1", "L", "LA"} else "RGB")
    assert read_scan(path).pages == (scans.ScanPage(0, 120, 80),)
    assert same(scans.page_image(path, 0, 0), expected)


def test_a_jpeg_in_cmyk_is_read_in_its_colours_and_not_in_their_negative(tmp_path: Path) -> None:
    path = tmp_path / "page.jpg"
    picture(mode="CMYK").save(path, quality=100)
    assert same(scans.page_image(path, 0, 0), picture(mode="RGB"), tolerance=12)
    assert scans.page_image_file(path, 0, 0, tmp_path).suffix == ".png"


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (40, 30), (200, 0, 0, 0))
    clear.paste((0, 0, 90, 255), (0, 0, 20, 30))
    clear.save(tmp_path / "clear.png")
    palette = Image.new("P", (40, 30), 1)
    palette.putpalette([0, 0, 0, 90, 0, 0])
    palette.save(tmp_path / "palette.png", transparency=1)
    Image.new("L", (40, 30), 7).save(tmp_path / "grey.png", transparency=7)
    image = scans.page_image(tmp_path / "clear.png", 0, 0)
    assert (image.getpixel((5, 5)), image.getpixel((35, 5))) == ((0, 0, 90), (255, 255, 255))
    assert scans.page_image(tmp_path / "palette.png", 0, 0).getpixel((5, 5)) == (255, 255, 255)
    assert scans.page_image(tmp_path / "grey.png", 0, 0).getpixel((5, 5)) == 255


@pytest.mark.parametrize(
    ("bits", "order", "photometric", "highest"),
    [(16, "<", 1, 65535), (16, ">", 1, 65535), (16, "<", 0, 65535), (12, "<", 1, 4095)],
)
def test_grey_of_more_than_8_bits_keeps_its_shades(
    tmp_path: Path, bits: int, order: str, photometric: int, highest: int
) -> None:
    shades = [round(highest * x / 31) for x in range(32)]
    if bits == 16:
        row = struct.pack(f"{order}32H", *shades)
    else:
        number = 0
        for shade in shades:
            number = number << 12 | shade
        row = number.to_bytes(48, "big")
    path = tmp_path / "deep.tif"
    path.write_bytes(raw_tiff([tags(32, 16, bits, photometric)], [row * 16], order))
    image = scans.page_image(path, 0, 0)
    expected = [round(255 * x / 31) for x in range(32)]
    read = list(image.crop((0, 3, 32, 4)).getdata())
    assert image.mode == "L"
    assert read == (expected if photometric else [255 - value for value in expected])


def test_grey_of_16_bits_in_a_png_keeps_its_shades(tmp_path: Path) -> None:
    image = Image.new("I;16", (32, 16))
    for x in range(32):
        for y in range(16):
            image.putpixel((x, y), round(65535 * x / 31))
    image.save(tmp_path / "deep.png")
    read = scans.page_image(tmp_path / "deep.png", 0, 0)
    assert list(read.crop((0, 3, 32, 4)).getdata()) == [round(255 * x / 31) for x in range(32)]


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_a_tiff_of_several_pages_gives_each_of_them(tmp_path: Path, compression: str | None) -> None:
    pages = [picture(100, 60, "1"), picture(90, 70), picture(50, 200, "RGB")]
    path = tmp_path / "register.tif"
    pages[0].save(path, save_all=True, append_images=pages[1:], compression=compression)
    assert [(page.index, page.width, page.height) for page in read_scan(path).pages] == [
        (0, 100, 60),
        (1, 90, 70),
        (2, 50, 200),
    ]
    for index, page in enumerate(pages):
        assert same(scans.page_image(path, index, 0), page.convert("L" if index < 2 else "RGB"))


def test_a_fax_tiff_and_a_jpeg_in_a_tiff_are_read(tmp_path: Path) -> None:
    fax = picture(300, 200, "1")
    fax.save(tmp_path / "fax.tif", compression="group4")
    assert same(scans.page_image(tmp_path / "fax.tif", 0, 0), fax.convert("L"))
    picture(300, 200, "RGB").save(tmp_path / "photo.tif", compression="jpeg", quality=95)
    assert same(scans.page_image(tmp_path / "photo.tif", 0, 0), picture(300, 200, "RGB"), tolerance=30)


@pytest.mark.parametrize(("order", "big"), [("<", False), (">", False), ("<", True)])
def test_reduced_copies_in_a_tiff_are_no_pages(tmp_path: Path, order: str, big: bool) -> None:
    path = tmp_path / "scanner.tif"
    directories = [tags(40, 30, 8), tags(20, 20, 8, subfile=1), tags(30, 40, 8, subfile=2, orientation=1)]
    path.write_bytes(raw_tiff(directories, [b"\x10" * 1200, b"\x20" * 400, b"\x30" * 1200], order, big))
    assert [(page.index, page.width, page.height) for page in read_scan(path).pages] == [(0, 40, 30), (1, 30, 40)]
    assert scans.page_image(path, 1, 0).getpixel((3, 3)) == 0x30


def test_a_tiff_whose_pages_lead_back_to_the_first_ends_there(tmp_path: Path) -> None:
    content = bytearray(raw_tiff([tags(40, 30, 8)], [b"\x10" * 1200]))
    end = content.index(b"\x10" * 1200)
    content[end - 4 : end] = struct.pack("<I", 8)
    path = tmp_path / "loop.tif"
    path.write_bytes(content)
    assert len(read_scan(path).pages) == 1


@pytest.mark.parametrize("broken", [0, 1, 2])
def test_the_good_pages_of_a_tiff_are_used_and_the_broken_one_is_named(tmp_path: Path, broken: int) -> None:
    path = tmp_path / "register.tif"
    pages = [Image.effect_noise((90, 70), 60) for _ in range(3)]
    pages[0].save(path, save_all=True, append_images=pages[1:], compression="tiff_adobe_deflate")
    with Image.open(path) as image:
        image.seek(broken)
        (strip,) = image.tag_v2[273]  # type: ignore[attr-defined]
    content = bytearray(path.read_bytes())
    content[strip : strip + 40] = b"\xff" * 40
    path.write_bytes(content)
    report = read_scan(path)
    assert [page.index for page in report.pages] == [index for index in range(3) if index != broken]
    assert [f"Page {broken + 1} of “register.tif”" in problem.message for problem in report.problems] == [True]
    for page in report.pages:
        assert same(scans.page_image(path, page.index, 0), pages[page.index])
    with pytest.raises(BadScan, match=f"Page {broken + 1} "):
        scans.page_image(path, broken, 0)


def test_a_tiff_that_ends_after_its_first_page_gives_that_page(tmp_path: Path) -> None:
    content = raw_tiff([tags(40, 30, 8), tags(40, 30, 8)], [b"\x10" * 1200, b"\x20" * 1200])
    path = tmp_path / "cut.tif"
    path.write_bytes(content[: content.index(b"\x10" * 1200) + 1204])
    report = read_scan(path)
    assert [page.index for page in report.pages] == [0]
    assert [problem.message for problem in report.problems] == [
        "Page 2 of “cut.tif” is damaged, incomplete or of an unusual kind."
    ]


def test_a_tiff_of_an_unusual_kind_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "lab.tif"
    Image.new("LAB", (40, 30)).save(path, "TIFF")
    assert "LAB" in refused(path).message
    floats = tmp_path / "floats.tif"
    Image.new("F", (40, 30)).save(floats, "TIFF")
    assert "colours" in refused(floats).message


def test_more_pages_than_the_limit_are_left_out_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.scans.report.MAX_PAGES", 3)
    pages = [Image.new("1", (20, 20)) for _ in range(5)]
    pages[0].save(tmp_path / "long.tif", save_all=True, append_images=pages[1:])
    (tmp_path / "long.pdf").write_bytes(pdf_with_pages(*["0 0 100 100"] * 5))
    for name in ("long.tif", "long.pdf"):
        report = read_scan(tmp_path / name)
        assert len(report.pages) == 3
        assert [f"“{name}” has more than 3 pages" in problem.message for problem in report.problems] == [True]


def test_a_pdf_is_rendered_upright_at_300_dpi(tmp_path: Path) -> None:
    path = tmp_path / "letter.pdf"
    picture(600, 400, "RGB").save(path, resolution=150)
    report = read_scan(path)
    assert [(page.width, page.height, page.dpi) for page in report.pages] == [(1200, 800, 300)]
    letter = tmp_path / "a letter.pdf"
    letter.write_bytes(pdf_with_pages("0 0 612 792"))
    assert read_scan(letter).pages == (scans.ScanPage(0, 2550, 3300, 300),)
    image = scans.page_image(path, 0, 300)
    assert (image.mode, image.size) == ("RGB", (1200, 800))
    assert same(image.resize((600, 400)), picture(600, 400, "RGB"), tolerance=90)
    assert scans.page_image(path, 0, 150).size == (600, 400)


def test_a_huge_pdf_page_is_rendered_at_the_resolution_that_it_has_room_for(tmp_path: Path) -> None:
    path = tmp_path / "map.pdf"
    path.write_bytes(pdf_with_pages("0 0 14400 14400", "0 0 612 792", "0 0 2 2"))
    report = read_scan(path)
    huge, letter = report.pages
    assert huge.width * huge.height <= scans.MAX_PIXELS < (huge.width * (huge.dpi + 1) / huge.dpi) ** 2
    assert letter.dpi == 300
    assert "Page 3 of “map.pdf” is too small" in report.problems[0].message


def test_a_turned_pdf_page_is_as_a_viewer_shows_it(tmp_path: Path) -> None:
    path = tmp_path / "turned.pdf"
    path.write_bytes(pdf_with_pages("0 0 200 100] /Rotate 90 /Ignored ["))
    page = read_scan(path).pages[0]
    assert page.width * 2 == pytest.approx(page.height, abs=3)
    assert scans.page_image(path, 0, page.dpi).size == (page.width, page.height)


def test_a_pdf_with_a_password_says_to_take_it_off(tmp_path: Path) -> None:
    path = tmp_path / "secret.pdf"
    path.write_bytes(protected_pdf(b"geheim"))
    document = pypdfium2.PdfDocument(path, password="geheim")
    assert len(document) == 1
    document.close()
    problem = refused(path)
    assert "password" in problem.message
    assert "without the password" in problem.hint
    path.write_bytes(protected_pdf(b""))
    assert len(read_scan(path).pages) == 1


def test_a_pdf_without_pages_and_a_broken_one_are_told_apart(tmp_path: Path) -> None:
    secret, empty, broken = (tmp_path / name for name in ("secret.pdf", "empty.pdf", "broken.pdf"))
    secret.write_bytes(protected_pdf(b"geheim"))
    empty.write_bytes(pdf_with_pages())
    broken.write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 8)
    for _ in range(2):  # what PDFium said of the last file must not leak into the next
        assert "password" in refused(secret).message
        assert refused(empty).message == "“empty.pdf” has no pages."
        assert "damaged" in refused(broken).message


def test_pdfs_can_be_rendered_from_many_threads(tmp_path: Path) -> None:
    path = tmp_path / "letter.pdf"
    pages = [picture(200, 100 + 10 * number, "RGB") for number in range(4)]
    pages[0].save(path, save_all=True, append_images=pages[1:], resolution=100)
    sizes: list[tuple[int, ...]] = []

    def render(index: int) -> None:
        sizes.extend((index, *scans.page_image(path, index, 100).size) for _ in range(5))

    threads = [threading.Thread(target=render, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sizes) == 20
    assert all(height == 100 + 10 * index for index, _, height in sizes)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
def test_a_truncated_jpeg_is_noticed(shared: Path, tmp_path: Path, share: float) -> None:
    whole = (shared / "data/peraire/test/test_B.3.pologne-urss1_0007.jpg").read_bytes()
    path = tmp_path / "cut.jpg"
    path.write_bytes(whole[: int(len(whole) * share)])
    assert "damaged, incomplete" in refused(path).message


@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
@pytest.mark.parametrize("name", ["cut.png", "cut.tif"])
def test_a_truncated_png_or_tiff_is_noticed(tmp_path: Path, name: str, share: float) -> None:
    path = tmp_path / name
    Image.effect_noise((300, 200), 80).save(path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    assert "damaged, incomplete" in refused(path).message


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.jpg", b"Dear Mother, we have arrived."),
        ("page.webp", b"RIFF\0\0\0\0WEBPVP8 "),
        ("page.gif", b"GIF89a" + b"\0" * 40),
        ("empty.tif", b""),
    ],
)
def test_what_is_no_scan_is_refused_whatever_its_name(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert ("empty" if not content else "not a scan") in refused(path).message


def test_the_content_decides_and_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "page.pdf"
    picture().save(path, "PNG")
    assert len(read_scan(path).pages) == 1
    assert scans.usual_suffix(path) == ".png"


def test_a_missing_file_a_folder_and_a_pipe_are_refused_without_hanging(tmp_path: Path) -> None:
    assert refused(tmp_path / "gone.jpg").message == "“gone.jpg” is not there."
    folder = tmp_path / "folder.jpg"
    folder.mkdir()
    assert "is a folder" in refused(folder).message
    if sys.platform != "win32":
        pipe = tmp_path / "pipe.jpg"
        os.mkfifo(pipe)
        assert "not a scan" in refused(pipe).message
        loop = tmp_path / "loop.jpg"
        loop.symlink_to(loop)
        assert "could not be read" in refused(loop).message


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="needs a file that this user may not read")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "locked.jpg"
    picture().save(path)
    path.chmod(0)
    assert "may not be read" in refused(path).message


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_links_and_odd_names_are_fine_and_are_shown_so_that_they_deceive_nobody(tmp_path: Path) -> None:
    for raw in (b"with space.jpg", b"br\xff.jpg", "gpj.\N{RIGHT-TO-LEFT OVERRIDE}x.jpg".encode(), b"line\nbreak.jpg"):
        path = tmp_path / os.fsdecode(raw)
        picture().save(path, "JPEG")
        assert len(read_scan(path).pages) == 1
        shown = scans.shown_name(path)
        assert shown.isprintable()
        shown.encode("utf-8")
    link = tmp_path / "link.jpg"
    link.symlink_to(tmp_path / "with space.jpg")
    assert len(read_scan(link).pages) == 1


@pytest.mark.parametrize("size", [(1, 1), (15, 4000), (4000, 15)])
def test_an_absurdly_small_image_is_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "dot.png"
    Image.new("L", size).save(path)
    assert f"too small: {size[0]} × {size[1]} pixels" in refused(path).message


def test_a_header_of_400_million_pixels_is_refused_without_allocating(tmp_path: Path) -> None:
    photo = tmp_path / "huge.jpg"
    picture().save(photo)
    content = bytearray(photo.read_bytes())
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", 20000, 20000)
    photo.write_bytes(content)
    (tmp_path / "huge.png").write_bytes(png_header(20000, 20000))
    first = raw_tiff([tags(20000, 20000, 8)], [b"\0" * 100])
    (tmp_path / "huge.tif").write_bytes(first)
    for name in ("huge.jpg", "huge.png", "huge.tif"):
        before = Image.core.get_stats()["new_count"]
        assert "too large: 20000 × 20000 pixels" in refused(tmp_path / name).message
        assert Image.core.get_stats()["new_count"] == before
        with pytest.raises(BadScan, match="too large"):
            scans.page_image(tmp_path / name, 0, 0)
    later = tmp_path / "later.tif"
    later.write_bytes(raw_tiff([tags(40, 30, 8), tags(20000, 20000, 8)], [b"\0" * 1200, b"\0" * 100]))
    report = read_scan(later)
    assert len(report.pages) == 1
    assert "Page 2 of “later.tif” is too large" in report.problems[0].message


@pytest.mark.parametrize("size", [(7016, 9921), (9500, 9500), (15000, 14000)])
def test_a_large_page_is_accepted(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "a3.tif"
    Image.new("1", size).save(path, compression="group4")
    assert read_scan(path).pages == (scans.ScanPage(0, *size),)


def test_only_a_plain_upright_image_is_handed_on_as_it_is(tmp_path: Path) -> None:
    plain = {"grey.jpg": "L", "colour.jpg": "RGB", "grey.png": "L", "colour.png": "RGB", "fax.png": "1"}
    made = {"cmyk.jpg": "CMYK", "clear.png": "RGBA", "palette.png": "P", "deep.png": "I;16", "page.tif": "L"}
    for name, mode in (plain | made).items():
        (Image.new(mode, (40, 30)) if mode == "I;16" else picture(mode=mode)).save(tmp_path / name)
    scratch = tmp_path / "scratch"
    for name in plain:
        assert scans.page_image_file(tmp_path / name, 0, 0, scratch) == tmp_path / name
    for name in made:
        file = scans.page_image_file(tmp_path / name, 0, 0, scratch)
        assert file.parent == scratch
        with Image.open(file) as image:
            assert same(image, scans.page_image(tmp_path / name, 0, 0))


def test_a_thumbnail_is_made_again_when_the_cache_was_cleared(tmp_path: Path) -> None:
    path = tmp_path / "page.tif"
    picture(1600, 800, "RGB").save(path)
    first = scans.thumbnail(path, "ab" * 32, 0, 0)
    with Image.open(first) as image:
        assert (image.format, image.size) == ("JPEG", (360, 180))
    made = first.stat().st_mtime_ns
    assert scans.thumbnail(path, "ab" * 32, 0, 0).stat().st_mtime_ns == made
    first.unlink()
    assert scans.thumbnail(path, "ab" * 32, 0, 0).exists()


def test_the_resolution_of_every_problem_is_a_sentence_in_two_parts(tmp_path: Path) -> None:
    path = tmp_path / "dot.png"
    Image.new("L", (1, 1)).save(path)
    problem = refused(path)
    assert isinstance(problem, AppError)
    assert problem.message.endswith(".")
    assert problem.hint.endswith(".")


def _samples(folder: Path) -> list[bytes]:
    """Small files of every kind."""
    makers: list[Callable[[Path], None]] = [
        lambda path: picture(40, 30, "RGB").save(path, "JPEG"),
        lambda path: picture(40, 30, "P").save(path, "PNG"),
        lambda path: picture(40, 30, "1").save(path, "TIFF", compression="group4"),
        lambda path: picture(40, 30).save(path, "TIFF", save_all=True, append_images=[picture(30, 40)]),
        lambda path: picture(40, 30).save(path, "TIFF", compression="tiff_lzw", tiffinfo={274: 6}),
        lambda path: picture(40, 30).save(path, "PDF"),
    ]
    contents = []
    for maker in makers:
        maker(folder / "sample")
        contents.append((folder / "sample").read_bytes())
    return contents


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow warns of bytes that make no sense
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_the_bytes_the_answer_is_pages_or_a_sentence(tmp_path: Path, data: st.DataObject) -> None:
    if not (tmp_path / "sample").exists():
        _SAMPLES[:] = _samples(tmp_path)
    content = bytearray(data.draw(st.sampled_from(_SAMPLES)))
    for place, value in data.draw(
        st.lists(st.tuples(st.integers(8, len(content) - 1), st.integers(0, 255)), max_size=6)
    ):
        content[place] = value
    path = tmp_path / "hostile.scan"
    path.write_bytes(content[: data.draw(st.integers(9, len(content)))])
    try:
        report = read_scan(path)
    except BadScan:
        return
    for page in report.pages:
        image = scans.page_image(path, page.index, page.dpi)
        assert (image.mode in {"L", "RGB"}, image.size) == (True, (page.width, page.height))


_SAMPLES: list[bytes] = []


def test_a_preview_is_made_before_anybody_asks_and_only_once(tmp_path: Path) -> None:
    for name, options in (("scan.jpg", {"quality": 80}), ("scan.tif", {})):
        path = tmp_path / name
        Image.new("RGB", (3600, 2400), "white").save(path, **options)
        scans.make_preview(path, name, 0, 0)
        made = scans.preview(path, name, 0, 0)
        assert made is not None
        assert made.size == (1600, 1067)
        path.write_bytes(b"no scan any more")
        scans.make_preview(path, name, 0, 0)
        assert scans.preview(path, name, 0, 0) is not None


@pytest.mark.parametrize(("size", "wanted"), [((3000, 4000), (1500, 2000)), ((5480, 7300), (1370, 1825))])
def test_a_preview_is_decoded_as_small_as_its_longer_side_allows(
    tmp_path: Path, size: tuple[int, int], wanted: tuple[int, int]
) -> None:
    path = tmp_path / "scan.jpg"
    Image.new("RGB", size, "white").save(path, quality=40)
    made = scans.preview(path, "scan", 0, 0)
    assert made is not None
    assert made.size == wanted
