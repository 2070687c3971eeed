"""From what a person chose to what is read, on pages as values."""

from dataclasses import replace

from app import edits
from app.geometry import Box
from app.jobs import Choice, DrawnBox
from app.jobs.selection import drawn, to_read
from app.page import Line, Page, Reading, Region, Transcription

BOX = Box(20, 20, 300, 200)


def line(number: int, y: int, *readings: Reading, text: str = "", reviewed: bool = False, region: str = "") -> Line:
    written = Transcription(text, reviewed) if text else None
    boundary = Box(10, y - 15, 350, 20).polygon()
    return Line(f"l{number}", ((10, y), (360, y)), boundary, region or None, readings, written)


def reading(model: str, confidence: float) -> Reading:
    return Reading(f"t{model}{confidence}", "x", confidence, "kraken", model)


PAGE = Page("p1", 400, 600, (Region("r1", Box(0, 0, 400, 200).polygon()),), (
    line(0, 40, region="r1"),
    line(1, 90, reading("starter", 0.95), region="r1"),
    line(2, 140, reading("starter", 0.6), text="gelesen", reviewed=True, region="r1"),
    line(3, 300, reading("starter", 0.7)),
    line(4, 350, reading("starter", 0.7), reading("other", 0.9)),
))  # fmt: skip


def chosen(choice: Choice, model: str = "other", page: Page = PAGE) -> list[str]:
    meant = drawn(page, choice)
    for edit in meant.edits:
        page = edit(page)
    return [line.id for line in to_read(page, choice, meant, model)]


def test_a_page_is_read_but_for_what_is_reviewed() -> None:
    assert chosen(Choice()) == ["l0", "l1", "l3", "l4"]


def test_what_is_named_is_read_in_reading_order_whatever_state_it_is_in() -> None:
    assert chosen(Choice(lines=("l3", "l2"))) == ["l2", "l3"]
    assert chosen(Choice(lines=("l3",), regions=("r1",))) == ["l0", "l1", "l3"]


def test_what_another_model_read_below_a_confidence_is_read() -> None:
    assert chosen(Choice(below=0.8), "surya") == ["l3"], "the newest reading of another counts"
    assert chosen(Choice(below=0.8), "other") == ["l3", "l4"]
    assert chosen(Choice(below=0.8), "starter") == [], "its own confidence does not count"
    assert chosen(Choice(below=0.8, regions=("r1",)), "other") == []


def test_a_box_is_what_its_shape_says_unless_the_person_says_so() -> None:
    flat, high = Box(20, 400, 300, 20), BOX
    by_rule = drawn(PAGE, Choice(boxes=(DrawnBox(flat),)))
    assert len(by_rule.edits) == len(by_rule.lines) == 1
    said = drawn(PAGE, Choice(boxes=(DrawnBox(high, one_line=True),)))
    [edit] = said.edits
    [made] = said.lines
    assert edits.need_line(edit(PAGE), made).boundary == high.polygon()
    several = drawn(PAGE, Choice(boxes=(DrawnBox(flat, one_line=False),)))
    [edit] = several.edits
    assert edit(PAGE).regions[-1].id == several.regions[0]


def test_a_box_around_lines_that_are_known_means_these() -> None:
    assert chosen(Choice(boxes=(DrawnBox(Box(0, 0, 400, 200)),))) == ["l0", "l1"], "a reviewed line stays as it is"
    line = PAGE.lines[0]
    (x, y), (right, _) = line.baseline[0], line.baseline[-1]
    flat = Box(x, y - 10, right - x, 20)
    assert chosen(Choice(boxes=(DrawnBox(flat),))) == [line.id], "a flat box, too: no second line is put over it"
    empty = replace(PAGE, lines=())
    assert len(drawn(empty, Choice(boxes=(DrawnBox(BOX),))).regions) == 1
