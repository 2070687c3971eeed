"""A text that exists put on a page, and two readers compared, on the command line: real processes, real kraken."""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from lxml import etree

from app import edits
from app.archive import Archive
from app.page import Reading
from app.scans import import_scans

PAGE = "data/typewritten/german/EHRI-ET-WL1375B307_03"
LINES = 6


def lesepult(*arguments: object, code: int = 0, given: bytes | None = None) -> subprocess.CompletedProcess[str]:
    """Runs one command in a process of its own and checks its exit code."""
    command = [sys.executable, "-m", "app", *map(str, arguments)]
    done = subprocess.run(command, check=False, capture_output=True, input=given, timeout=600)
    out, err = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == code, (done.returncode, out, err)
    assert "Traceback" not in err
    return subprocess.CompletedProcess(command, code, out, err)


@pytest.fixture
def truth(shared: Path) -> list[tuple[str, list[tuple[int, int]], list[tuple[int, int]]]]:
    """Text, baseline and boundary of some lines of a page."""
    lines = etree.parse(str(shared / f"{PAGE}.xml")).findall(".//{*}TextLine")[1 : LINES + 1]
    return [
        (
            " ".join(part.get("CONTENT") for part in line.iterfind("{*}String")),
            _points(line.get("BASELINE")),
            _points(line.find("{*}Shape/{*}Polygon").get("POINTS")),
        )
        for line in lines
    ]


def _points(text: str) -> list[tuple[int, int]]:
    numbers = [int(number) for number in text.split()]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


@pytest.fixture
def archive(
    shared: Path, truth: list[tuple[str, list[tuple[int, int]], list[tuple[int, int]]]], tmp_path: Path
) -> Path:
    """An archive with the page and these lines; one of them a person has written."""
    with Archive.create(tmp_path / "a") as made:
        (page,) = import_scans(made, [shared / f"{PAGE}.jpg"]).pages
        for number, (_, baseline, boundary) in enumerate(truth):
            drawn = partial(edits.draw_line, baseline=baseline, boundary=boundary, line_id=f"l{number}")
            made.edit(page.id, drawn)
        made.edit(page.id, partial(edits.transcribe, line_id="l2", text=truth[2][0].upper()))
    return tmp_path / "a"


def test_a_pasted_text_gets_its_line_breaks_back_as_drafts(
    archive: Path, truth: list[tuple[str, list[tuple[int, int]], list[tuple[int, int]]]], shared: Path
) -> None:
    pasted = "Blatt siebzehn der Akte. " + " ".join(text for text, *_ in truth)
    model = shared / "models" / "catmus-print-fondue-tiny-2024-01-31.mlmodel"
    done = lesepult(
        "align", archive, "--page", "1", "--text", "-", "--model", model, "--json", given=pasted.encode(), code=3
    )
    assert "4 words could not be placed: “Blatt siebzehn der Akte.” (from character 1)." in done.stderr
    said = json.loads(done.stdout)
    assert said["message"] == done.stderr.strip().splitlines()[-1]
    want = {f"l{number}": text for number, (text, *_) in enumerate(truth) if number != 2}
    assert {row["line"]: row["text"] for row in said["lines"]} == want
    assert all(row["score"] > 0.8 for row in said["lines"])
    with Archive.open(archive) as opened:
        lines = opened.page(opened.pages()[0].id).lines
    assert {line.id: line.text for line in lines if line.id != "l2"} == want
    assert [line.state for line in lines] == ["draft"] * LINES
    own = lines[2].transcription
    assert own is not None
    assert (own.text, own.score) == (truth[2][0].upper(), None), "what a person wrote stays"


@pytest.mark.parametrize(
    ("content", "arguments", "code", "said"),
    [
        (b"text", ["--page", "2"], 1, "2"),
        (b"text", ["--page", "1", "--model", "nosuch"], 1, "nosuch"),
        (b"text", ["--page", "one"], 2, "--page"),
        (b"gr\xfc\xdfe", ["--page", "1"], 1, "old.txt"),
        (b" \n ", ["--page", "1"], 1, "old.txt"),
        (None, ["--page", "1"], 1, "old.txt"),
    ],
)
def test_a_text_that_cannot_be_used_is_named(
    archive: Path, tmp_path: Path, content: bytes | None, arguments: list[str], code: int, said: str
) -> None:
    text = tmp_path / "old.txt"
    if content is not None:
        text.write_bytes(content)
    done = lesepult("align", archive, "--text", text, *arguments, code=code)
    assert said in done.stderr


def test_the_lines_on_which_two_readers_differ(archive: Path) -> None:
    assert "No line was read by two readers yet." in lesepult("compare", archive).stderr
    with Archive.open(archive) as opened:
        page = opened.pages()[0].id
        for line, model, text in (
            ("l0", "starter", "wir sind gut da"),
            ("l0", "print", "wir sind gut da"),
            ("l3", "starter", "wir gvt da"),
            ("l3", "print", "wir sind gut da"),
            ("l4", "print", "allein"),
        ):
            reading = Reading(f"t{line}{model}", text, 0.9, "kraken", model)
            opened.edit(page, partial(edits.add_reading, line_id=line, reading=reading))
    assert lesepult("compare", archive).stdout.splitlines() == [
        "1\tl3\t40 %",
        "\tkraken print\twir [sind gut] da",
        "\tkraken starter\twir [gvt] da",
        "1\tl0\t0 %",
        "\tkraken print\twir sind gut da",
        "\tkraken starter\twir sind gut da",
    ]
    first, second = json.loads(lesepult("compare", archive, "--pages", "1", "--json").stdout)["lines"]
    assert (first["line"], first["disagreement"], second["disagreement"]) == ("l3", 0.4, 0.0)
    [other] = first["others"]
    assert other["text"] == "wir gvt da"
    assert other["differences"] == [{"start": 4, "end": 12, "other_start": 4, "other_end": 7, "other": "gvt"}]
