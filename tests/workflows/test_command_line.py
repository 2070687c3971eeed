"""The main job from the command line: real processes, the real kraken, a real page."""

import json
import os
import re
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from lxml import etree
from PIL import Image

from app import edits
from app.archive import Archive
from app.page import Reading
from app.scans import import_scans

PAGE = "data/typewritten/german/EHRI-BF-19381105_DE_03.jpg"


def lesepult(*arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Runs one command in a process of its own and checks its exit code."""
    command = [sys.executable, "-m", "app", *map(str, arguments)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, encoding="utf-8", timeout=600)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done


def lines_of(archive: Path, *arguments: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(lesepult("text", archive, "--json", *arguments).stdout)["lines"]
    return rows


def test_a_real_page_the_whole_way(shared: Path, tmp_path: Path) -> None:
    archive, out = tmp_path / "Briefe", tmp_path / "out"
    lesepult("new", archive)
    imported = lesepult("import", archive, shared / PAGE)
    assert imported.stdout.startswith("document d")
    assert "page 1 p" in imported.stdout

    assert "lines found" in lesepult("segment", archive).stderr
    unread = lines_of(archive)
    assert len(unread) >= 10
    assert {row["state"] for row in unread} == {"unread"}

    # Guided OCR: only the line that is named is read.
    second = str(unread[1]["line"])
    lesepult("read", archive, "--lines", second)
    states = {row["line"]: row["state"] for row in lines_of(archive)}
    assert [line for line, state in states.items() if state == "read"] == [second]

    # A person writes and reviews; a reading of the page leaves that line alone.
    lesepult("transcribe", archive, second, "was hier wirklich steht", "--reviewed")
    lesepult("read", archive, "--pages", "1")
    rows = lines_of(archive, "--pages", "1")
    assert [row["line"] for row in rows] == [row["line"] for row in unread], "reading order is kept"
    own = next(row for row in rows if row["line"] == second)
    assert own == {
        "page": 1, "line": second, "state": "reviewed", "text": "was hier wirklich steht",
        "confidence": None, "engine": None, "model": None,
    }  # fmt: skip
    others = [row for row in rows if row["line"] != second and row["state"] == "read"]
    assert len(others) >= 8
    assert all(row["engine"] == "kraken" and row["model"] == "starter" for row in others)
    with Archive.open(archive) as opened:
        assert len(opened.page(opened.pages()[0].id).line(second).readings) == 1  # type: ignore[union-attr]

    # A box reads just what was drawn: one more line, nothing else is read again.
    with Archive.open(archive) as opened:
        before = {line.id: len(line.readings) for line in opened.page(opened.pages()[0].id).lines}
        top = min(y for line in opened.page(opened.pages()[0].id).lines for _, y in line.boundary)
    lesepult(
        "read",
        archive,
        "--box",
        f"1:100,{max(top - 60, 0)},900,50",
        "--model",
        shared / "models" / "catmus-print-fondue-tiny-2024-01-31.mlmodel",
    )
    with Archive.open(archive) as opened:
        after = {line.id: len(line.readings) for line in opened.page(opened.pages()[0].id).lines}
    assert {key: after[key] for key in before} == before
    assert len(after) == len(before) + 1

    # Export: the reviewed line alone, valid, with its scan, and kraken reads it back.
    lesepult("export", archive, "--format", "page", "--out", out)
    (xml,) = out.glob("*.xml")
    schema = etree.XMLSchema(file=str(shared / "data/schema/page/pagecontent-2019-07-15.xsd"))
    schema.assertValid(etree.parse(str(xml)))
    from kraken.lib.xml import XMLPage

    parsed = XMLPage(xml)
    assert [line.text for line in parsed.to_container().lines] == ["was hier wirklich steht"]
    assert Path(parsed.imagename).read_bytes() == (shared / PAGE).read_bytes()
    lesepult("export", archive, "--out", tmp_path / "all", "--all")
    with_all = XMLPage(next((tmp_path / "all").glob("*.xml"))).to_container()
    assert len(with_all.lines) == len(after)


def test_the_demo_states_its_error_rate_and_leaves_archive_and_export(tmp_path: Path) -> None:
    done = lesepult("demo", "--out", tmp_path / "letter")
    assert float(re.search(r"CER ([\d.]+) %", done.stdout)[1]) <= 2.5, "the starter model reads the sample letter"  # type: ignore[index]
    rows = lines_of(tmp_path / "letter" / "archive")
    assert len(rows) >= 15
    assert {row["state"] for row in rows} == {"reviewed"}
    assert len(list((tmp_path / "letter" / "export").glob("*.xml"))) == 1
    lesepult("demo", "--out", tmp_path / "letter", code=1)


def test_bad_files_are_named_and_the_rest_of_the_batch_goes_on(tmp_path: Path) -> None:
    archive = tmp_path / "a"
    lesepult("new", archive)
    good, text, empty = tmp_path / "good.png", tmp_path / "notes.jpg", tmp_path / "empty.tif"
    Image.new("L", (300, 200), 255).save(good)
    text.write_text("no image")
    empty.write_bytes(b"")
    done = lesepult("import", archive, text, good, empty, tmp_path / "nowhere.png", "--json", code=3)
    assert all(name in done.stderr for name in ("notes.jpg", "empty.tif", "nowhere.png"))
    assert len(done.stderr.strip().splitlines()) == 3
    assert [page["title"] for page in json.loads(done.stdout)["pages"]] == ["good.png"]
    lesepult("import", archive, text, code=1)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["text", "nowhere"], 1, "nowhere"),
        (["read", "{archive}", "--model", "nosuch"], 1, "nosuch"),
        (["read", "{archive}", "--lines", "l000"], 1, "l000"),
        (["read", "{archive}", "--pages", "7"], 1, "7"),
        (["read", "{archive}", "--pages", "x"], 2, "x"),
        (["read", "{archive}", "--box", "1:1,2"], 2, "1:1,2"),
        (["read", "{archive}", "--pages", "1", "--lines", "l000"], 2, "not both"),
        (["read", "{archive}", "--box", "1:9000,9000,5,5"], 1, "outside the page"),
        (["transcribe", "{archive}", "l000", "text"], 1, "l000"),
        (["new", "{archive}"], 1, "a"),
        (["frobnicate"], 2, "frobnicate"),
        (["export", "{archive}"], 2, "--out"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_an_exit_code(
    tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    archive = tmp_path / "a"
    with Archive.create(archive) as made:
        scan = tmp_path / "x.png"
        Image.new("L", (300, 200), 255).save(scan)
        import_scans(made, [scan])
    done = lesepult(*[argument.format(archive=archive) for argument in arguments], code=code)
    assert said in done.stderr


@pytest.fixture
def strange(tmp_path: Path) -> Path:
    """An archive from a stranger: its one line has a text that would steer a terminal and break a table."""
    scan = tmp_path / "x.png"
    Image.new("L", (300, 200), 255).save(scan)
    with Archive.create(tmp_path / "a") as made:
        (page,) = import_scans(made, [scan]).pages
        made.edit(page.id, partial(edits.draw_line, baseline=[(10, 90), (290, 90)], line_id="l1"))
        reading = Reading("t1", "\x1b]0;gone\x07 Maſſe\tund :a:", 0.9, "kraken", "starter")
        made.edit(page.id, partial(edits.add_reading, line_id="l1", reading=reading))
    return tmp_path / "a"


def test_what_a_stranger_wrote_does_not_steer_the_terminal(strange: Path, tmp_path: Path) -> None:
    shown = "\ufffd]0;gone\ufffd Maſſe\ufffdund :a:"
    assert lesepult("text", strange).stdout == f"1\tl1\tread\t{shown}\n"
    assert "\x1b" not in lesepult("transcribe", strange, "l1", "\x1b[31mrot").stdout
    assert "\x1b" not in lesepult("text", tmp_path / "\x1b[31m", code=1).stderr


def test_a_pipe_gets_utf_8_whatever_the_system_speaks(strange: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    assert "Maſſe" in lesepult("text", strange).stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("option", [[], ["--json"]])
def test_results_that_find_no_room_are_told_in_one_sentence(strange: Path, option: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "app", "text", str(strange), *option]
        done = subprocess.run(command, check=False, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("The disk is full: “standard output”")
    assert len(done.stderr.splitlines()) == 1


def test_a_damaged_page_of_a_tiff_is_one_sentence_and_nothing_else(tmp_path: Path) -> None:
    lesepult("new", tmp_path / "a")
    pages = [Image.effect_noise((300, 200), 20 + 20 * number) for number in range(3)]
    scan = tmp_path / "register.tif"
    pages[0].save(scan, save_all=True, append_images=pages[1:], compression="tiff_lzw")
    with Image.open(scan) as image:
        image.seek(1)
        at, size = image.tag_v2[273][0], image.tag_v2[279][0]  # type: ignore[attr-defined]
    content = bytearray(scan.read_bytes())
    content[at : at + size] = b"\xff" * size
    scan.write_bytes(content)
    done = lesepult("import", tmp_path / "a", scan, code=3)
    assert done.stderr.startswith("Page 2 of “register.tif” is damaged")
    assert len(done.stderr.splitlines()) == 1


def test_a_text_that_a_person_gives_is_theirs_and_an_empty_one_reviews_nothing(strange: Path) -> None:
    (row,) = lines_of(strange)
    lesepult("transcribe", strange, "l1", str(row["text"]))
    assert lines_of(strange)[0]["state"] == "draft"
    lesepult("transcribe", strange, "l1", "", "--reviewed", code=1)
    lesepult("transcribe", strange, "l1", "")
    assert lines_of(strange)[0]["state"] == "read"


def test_a_model_file_that_is_no_model_is_named(shared: Path, tmp_path: Path) -> None:
    archive, fake = tmp_path / "a", tmp_path / "fake.safetensors"
    fake.write_bytes(os.urandom(2000))
    lesepult("new", archive)
    scan = tmp_path / "x.png"
    Image.new("L", (300, 200), 255).save(scan)
    lesepult("import", archive, scan)
    done = lesepult("read", archive, "--box", "1:10,10,250,12", "--model", fake, code=1)
    assert "fake.safetensors" in done.stderr


def test_ctrl_c_cancels_and_keeps_what_had_arrived(shared: Path, tmp_path: Path) -> None:
    archive = tmp_path / "a"
    lesepult("new", archive)
    lesepult("import", archive, shared / PAGE)
    command = [sys.executable, "-m", "app", "segment", str(archive)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    lock = archive / "archive.sqlite-wal"
    while not lock.exists() and process.poll() is None:
        pass
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert lines_of(archive) == []


def test_doctor_knows_this_computer(tmp_path: Path) -> None:
    report = json.loads(lesepult("doctor", "--json").stdout)
    assert report["state"] == "well"
    assert "cpu" in report["devices"]
    assert report["engine"].startswith("kraken 7.1.1")
    assert all(folder["writable"] for folder in report["folders"])
    assert [model["name"] for model in report["models"]] == ["starter"]
    assert all(model["whole"] for model in report["models"])
