"""How well a text fits a line, by the real kraken on a real page; and a pasted text put on all lines of it."""

import random
import threading
import unicodedata
from pathlib import Path

import pytest
from lxml import etree
from PIL import Image

from app import geometry
from app.jobs import align
from app.jobs.worker import Worker
from app.protocol import Align, AlignedLine, LineAligned, LineShape, PageImage, Warned
from tests.engines.conftest import PAGE, Setup, finish, texts


@pytest.fixture(scope="module")
def truth(shared: Path) -> dict[str, str]:
    """What the page says, by the ids of the setup's lines."""
    tree = etree.parse(str(shared / f"{PAGE}.xml"))
    return {
        f"l{n}": " ".join(part.get("CONTENT") for part in line.iterfind("{*}String"))
        for n, line in enumerate(tree.iterfind(".//{*}TextLine"))
    }


def request(kraken: Setup, *lines: tuple[LineShape, str]) -> Align:
    asked = tuple(AlignedLine(shape=shape, text=text) for shape, text in lines)
    return Align(job="j", image=kraken.image, model=str(kraken.model), lines=asked)


def fits(worker: Worker, asked: Align) -> list[LineAligned]:
    return [event for event in finish(worker, asked)[1] if isinstance(event, LineAligned)]


def test_a_right_text_scores_high_a_wrong_one_low_and_a_half_one_half(
    kraken: Setup, warm_kraken: Worker, truth: dict[str, str]
) -> None:
    shape = kraken.lines[3]
    own, other = truth["l3"], truth["l8"]
    half = own[: len(own) // 2]
    asked = request(kraken, *((shape, text) for text in (own, other, half, f"{own} und noch viel mehr", own.upper())))
    right, wrong, part, more, capitals = [aligned.score for aligned in fits(warm_kraken, asked)]
    assert right > 0.95
    assert wrong < 0.5
    assert part == pytest.approx(right / 2, abs=0.05)
    assert wrong < more < right
    assert capitals < 0.5


def test_each_character_has_its_place_on_the_line(kraken: Setup, warm_kraken: Worker, truth: dict[str, str]) -> None:
    shape, text = kraken.lines[3], truth["l3"]
    [aligned] = fits(warm_kraken, request(kraken, (shape, text)))
    assert len(aligned.boxes) == len(text)
    around = geometry.box_of(shape.boundary)
    for x, y, width, height in aligned.boxes:
        assert around.x <= x <= x + width <= around.right
        assert around.y <= y <= y + height <= around.bottom
    middles = [x + width / 2 for x, _, width, _ in aligned.boxes]
    assert middles == sorted(middles)
    assert middles[0] < around.x + around.width / 20
    assert middles[-1] > around.right - around.width / 10


def test_letters_that_the_model_writes_otherwise_are_found_and_unknown_ones_are_not_seen(
    kraken: Setup, warm_kraken: Worker, truth: dict[str, str]
) -> None:
    line, text = next((key, text) for key, text in truth.items() if "ü" in text and "s" in text)
    shape = kraken.lines[int(line[1:])]
    long_s = text.replace("s", "ſ")
    taken_apart = unicodedata.normalize("NFD", text)
    strange = text.replace("s", "☃")
    asked = request(kraken, *((shape, said) for said in (text, long_s, taken_apart, strange, "☃☃☃")))
    plain, old, apart, partly, nothing = fits(warm_kraken, asked)
    assert plain.score > 0.9
    assert old.score == pytest.approx(plain.score)
    assert apart.score == pytest.approx(plain.score, abs=0.02)
    assert partly.score == pytest.approx(plain.score - text.count("s") / len(text), abs=0.02)
    assert [len(found.boxes) for found in (plain, old, apart, partly, nothing)] == [
        len(text), len(text), len(taken_apart), len(text), 0
    ]  # fmt: skip
    assert nothing.score == 0


def test_a_line_that_cannot_be_looked_at_is_reported_and_the_others_are_done(
    kraken: Setup, warm_kraken: Worker, truth: dict[str, str], tmp_path: Path
) -> None:
    shape, text = kraken.lines[3], truth["l3"]
    lines = (
        (LineShape(id="point", baseline=((5, 5), (5, 5))), text),
        (LineShape(id="crammed", baseline=shape.baseline, boundary=shape.boundary), text * 9),
        (LineShape(id="bare", baseline=shape.baseline), text),
    )
    _, events = finish(warm_kraken, request(kraken, *lines))
    assert {event.line for event in events if isinstance(event, Warned)} == {"point", "crammed"}
    [bare] = [event for event in events if isinstance(event, LineAligned)]
    assert bare.line == "bare"
    assert bare.score > 0.8
    Image.new("RGB", (600, 400), "white").save(tmp_path / "blank.png")
    image = PageImage(path=str(tmp_path / "blank.png"), width=600, height=400)
    blank = LineShape(id="blank", baseline=((20, 90), (500, 90)), boundary=((20, 60), (500, 60), (500, 99), (20, 99)))
    asked = Align(job="j", image=image, model=str(kraken.model), lines=(AlignedLine(shape=blank, text=text),))
    _, events = finish(warm_kraken, asked)
    assert [event.line for event in events if isinstance(event, Warned)] == ["blank"]


def test_aligning_leaves_the_reading_of_the_next_job_as_it_was(
    kraken: Setup, warm_kraken: Worker, truth: dict[str, str]
) -> None:
    _, before = finish(warm_kraken, kraken.recognise(lines=kraken.lines[:2]))
    fits(warm_kraken, request(kraken, (kraken.lines[3], truth["l3"])))
    _, after = finish(warm_kraken, kraken.recognise(lines=kraken.lines[:2]))
    assert [event for event in after if event in before] == before


@pytest.fixture(scope="module")
def read(kraken: Setup, warm_kraken: Worker) -> list[tuple[str, str]]:
    """The readings of all lines of the page, in order."""
    _, events = finish(warm_kraken, kraken.recognise())
    found = texts(events)
    return [(line.id, found[line.id]) for line in kraken.lines]


def test_a_pasted_text_without_line_breaks_finds_every_line(read: list[tuple[str, str]], truth: dict[str, str]) -> None:
    placement = align.place(" ".join(truth.values()), read)
    assert {placed.line: placed.text for placed in placement.placed} == truth
    assert placement.left_over == ()
    assert placement.sentence() == ""


def test_words_that_are_not_on_the_page_are_listed_and_the_lines_are_right(
    read: list[tuple[str, str]], truth: dict[str, str]
) -> None:
    noise = [
        "Stadtarchiv, Abschrift von 1951",
        "[unleserlich, vielleicht ein Name]",
        "Blatt 17 der Akte",
        "gez. Xylander",
    ]
    given = list(truth.values())
    at = sorted(random.Random(4).sample(range(5, len(given) - 5), 2), reverse=True)
    for place, words in zip(at, noise[1:3], strict=True):
        given.insert(place, words)
    placement = align.place(" ".join([noise[0], *given, noise[3]]), read)
    assert {placed.line: placed.text for placed in placement.placed} == truth
    assert [rest.text for rest in placement.left_over] == [noise[0], noise[2], noise[1], noise[3]]
    assert all(words in placement.sentence() for words in noise)


def test_a_missing_line_stays_empty(read: list[tuple[str, str]], truth: dict[str, str]) -> None:
    given = {key: text for key, text in truth.items() if key not in {"l7", "l8", "l20"}}
    placement = align.place("\n".join(given.values()), read)
    assert {placed.line: placed.text for placed in placement.placed} == given


def test_the_scores_are_kraken_s_and_where_it_has_none_the_similarity(
    kraken: Setup, warm_kraken: Worker, read: list[tuple[str, str]], truth: dict[str, str]
) -> None:
    first = read[1:6]
    placement = align.place(" ".join(truth[line] for line, _ in first), first)
    shapes = {line.id: line for line in kraken.lines[1:6]}
    shapes["l2"] = LineShape(id="l2", baseline=((5, 5), (5, 5)))

    def asked(lines: tuple[AlignedLine, ...]) -> Align:
        return Align(job="j", image=kraken.image, model=str(kraken.model), lines=lines)

    found = align.scores(placement, shapes, warm_kraken, asked, threading.Event())
    similarity = {placed.line: placed.similarity for placed in placement.placed}
    assert found.keys() == similarity.keys() == shapes.keys()
    assert found["l2"] == similarity["l2"]
    assert all(found[line] != similarity[line] and found[line] > 0.8 for line in shapes if line != "l2")


def test_nothing_placed_asks_no_engine(warm_kraken: Worker) -> None:
    def never(_lines: tuple[AlignedLine, ...]) -> Align:
        raise AssertionError("it was asked")

    placement = align.place("ganz etwas anderes", [("l1", "")])
    assert align.scores(placement, {}, warm_kraken, never, threading.Event()) == {}
    assert [rest.text for rest in placement.left_over] == ["ganz etwas anderes"]
