"""surya's jobs in our worker, with the small trained models: the shared page is read exactly, odd lines are defined."""

import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from PIL import Image, ImageDraw

from app import geometry
from app.errors import AppError, BadModel
from app.jobs.worker import Worker
from app.page import Point
from app.protocol import (
    CheckModel,
    Done,
    Event,
    LineRead,
    LineShape,
    PageImage,
    PageLines,
    PageSegmented,
    Recognise,
    Segment,
    Warned,
)
from tests.engines.conftest import Run, finish, texts
from tests.engines.surya_page import SuryaPage, tool

SOMEBODY_S = {"FOUNDATION_MAX_TOKENS": "3", "DETECTOR_TEXT_THRESHOLD": "0.99", "TORCH_DEVICE": "cuda"}
"""What a person may have set for a surya of their own."""


@pytest.fixture(scope="module")
def page(shared: Path) -> SuryaPage:
    return SuryaPage(shared)


@pytest.fixture(scope="module")
def surya(page: SuryaPage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """One process for all tests, because importing surya takes its time."""
    with pytest.MonkeyPatch.context() as patch, Worker("surya") as worker:
        for name, value in SOMEBODY_S.items():
            patch.setenv(name, value)
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setenv("LESEPULT_HOME", str(tmp_path_factory.mktemp("surya")))
        finish(worker, CheckModel(job="start", model=str(page.recognition)))
        patch.undo()
        yield worker


def read(worker: Worker, page: SuryaPage, *parts: PageLines, model: Path | None = None) -> list[Event]:
    done, events = finish(worker, Recognise(job="j", pages=parts, model=str(model or page.recognition)))
    assert done == Done(job="j")
    assert len(texts(events)) == sum(isinstance(event, LineRead) for event in events)
    return events


def found(worker: Worker, page: SuryaPage, image: PageImage, within: tuple[Point, ...] = ()) -> PageSegmented:
    done, events = finish(worker, Segment(job="s", image=image, model=str(page.detection), within=within))
    assert done == Done(job="s")
    (result,) = (event for event in events if isinstance(event, PageSegmented))
    return result


def warned(events: list[Event]) -> dict[str | None, str]:
    return {event.line: event.code for event in events if isinstance(event, Warned)}


def overlap(one: geometry.Box, other: geometry.Box) -> float:
    width = min(one.right, other.right) - max(one.x, other.x)
    height = min(one.bottom, other.bottom) - max(one.y, other.y)
    return max(width, 0) * max(height, 0) / max(one.width * one.height, 1)


def test_known_lines_are_read_exactly_with_a_box_for_every_character(surya: Worker, page: SuryaPage) -> None:
    events = read(surya, page, PageLines(image=page.image, lines=page.lines))
    assert texts(events) == page.texts
    assert warned(events) == {}
    around = {line.id: geometry.box_of(line.boundary) for line in page.lines}
    for event in events:
        if isinstance(event, LineRead):
            assert len(event.boxes) == len(event.confidences) == len(event.text)
            assert min(event.confidences) > 0.5
            assert (event.marks, event.raw, event.boundary) == ((), "", ())
            assert all(overlap(geometry.Box(*box), around[event.line]) == 1 for box in event.boxes)
            assert [box[0] for box in event.boxes] == sorted(box[0] for box in event.boxes)


def test_found_lines_stand_in_order_and_are_read_exactly(surya: Worker, page: SuryaPage) -> None:
    result = found(surya, page, page.image)
    assert result.regions == ()
    assert len(result.lines) == len(page.lines)
    for line, known in zip(result.lines, page.lines, strict=True):
        assert line.estimated
        assert len(line.boundary) == 4
        assert overlap(geometry.box_of(known.boundary), geometry.box_of(line.boundary)) > 0.8
        assert abs(geometry.midpoint(line.baseline)[1] - geometry.midpoint(known.baseline)[1]) < 8
    got = texts(read(surya, page, PageLines(image=page.image, lines=result.lines)))
    assert [got[line.id] for line in result.lines] == list(page.texts.values())


def test_within_a_polygon_only_its_lines_are_found_and_read(surya: Worker, page: SuryaPage) -> None:
    result = found(surya, page, page.image, ((30, 275), (560, 275), (560, 500), (30, 500)))
    assert result.regions == ()
    got = texts(read(surya, page, PageLines(image=page.image, lines=result.lines)))
    assert [got[line.id] for line in result.lines] == list(page.texts.values())[3:6]
    assert found(surya, page, page.image, ((600, 20), (780, 20), (780, 1480), (600, 1480))).lines == ()


@pytest.mark.parametrize("turn", [Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270])
def test_lines_on_their_side_or_head_are_read_exactly(
    surya: Worker, page: SuryaPage, tmp_path: Path, turn: Image.Transpose
) -> None:
    with Image.open(page.image.path) as image:
        there = image.transpose(turn)
    there.save(tmp_path / "page.png")
    width, height = page.image.width, page.image.height
    moves: dict[Image.Transpose, Callable[[int, int], Point]] = {
        Image.Transpose.ROTATE_90: lambda x, y: (y, width - x),
        Image.Transpose.ROTATE_180: lambda x, y: (width - x, height - y),
        Image.Transpose.ROTATE_270: lambda x, y: (height - y, x),
    }
    move = moves[turn]
    lines = tuple(
        LineShape(
            id=line.id,
            baseline=tuple(move(*point) for point in line.baseline),
            boundary=tuple(move(*point) for point in line.boundary),
        )
        for line in page.lines
    )
    turned = PageImage(path=str(tmp_path / "page.png"), width=there.width, height=there.height)
    events = read(surya, page, PageLines(image=turned, lines=lines))
    assert texts(events) == page.texts
    for event in events:
        if isinstance(event, LineRead):
            around = geometry.box_of(next(line.boundary for line in lines if line.id == event.line))
            assert all(overlap(geometry.Box(*box), around) == 1 for box in event.boxes)


def test_a_line_with_a_baseline_alone_gets_kraken_s_boundary(surya: Worker, page: SuryaPage) -> None:
    line = msgspec.structs.replace(page.lines[2], boundary=())
    others = tuple(other.baseline for other in page.lines if other.id != line.id)
    events = read(surya, page, PageLines(image=page.image, lines=(line,), others=others))
    (event,) = (event for event in events if isinstance(event, LineRead))
    known = geometry.box_of(page.lines[2].boundary)
    assert overlap(geometry.box_of(event.boundary), known.grown(12)) == 1
    assert overlap(known, geometry.box_of(event.boundary)) > 0.6


def odd_lines(page: SuryaPage) -> dict[str, LineShape]:
    """Lines that hold nothing that could be read, one of each kind."""
    shapes: dict[str, tuple[Point, ...]] = {
        "one pixel high": geometry.Box(56, 60, 340, 1).polygon(),
        "no area": geometry.Box(56, 60, 340, 0).polygon(),
        "a slope": ((56, 52), (200, 70), (396, 91)),
        "beside the page": geometry.Box(5000, 5000, 300, 40).polygon(),
        "before the page": geometry.Box(-500, -90, 300, 40).polygon(),
    }
    return {name: LineShape(id=name, baseline=((56, 80), (396, 80)), boundary=shape) for name, shape in shapes.items()}


def test_what_cannot_be_read_is_reported_and_costs_no_other_line(surya: Worker, page: SuryaPage) -> None:
    odd = odd_lines(page)
    odd |= {"nothing": LineShape(id="nothing", baseline=()), "a point": LineShape(id="a point", baseline=((9, 9),))}
    mixed = [line for pair in zip(odd.values(), page.lines, strict=False) for line in pair]
    events = read(surya, page, PageLines(image=page.image, lines=tuple(mixed)))
    refused = {line for line, code in warned(events).items() if code == "line_unreadable"}
    assert refused >= odd_lines(page).keys()
    assert refused | texts(events).keys() == {line.id for line in mixed}
    assert {line: text for line, text in texts(events).items() if line in page.texts} == {
        line.id: page.texts[line.id] for line in mixed if line.id in page.texts
    }
    alone = read(surya, page, PageLines(image=page.image, lines=tuple(odd_lines(page).values())))
    assert texts(alone) == {}


def test_very_long_and_very_thin_lines_are_read_within_bounds(surya: Worker, page: SuryaPage, tmp_path: Path) -> None:
    image = Image.new("L", (20_000, 300), 255)
    ImageDraw.Draw(image).text((100, 100), "a very long line", fill=0)
    image.save(tmp_path / "long.png")
    size = PageImage(path=str(tmp_path / "long.png"), width=20_000, height=300)
    shapes = {"long": geometry.Box(0, 0, 20_000, 300), "thin": geometry.Box(0, 100, 20_000, 3)}
    lines = tuple(
        LineShape(id=name, baseline=geometry.baseline_of_box(box), boundary=box.polygon())
        for name, box in shapes.items()
    )
    events = read(surya, page, PageLines(image=size, lines=lines))
    assert texts(events).keys() == set(shapes)
    for event in events:
        if isinstance(event, LineRead):
            assert all(overlap(geometry.Box(*box), geometry.Box(0, 0, 20_000, 300)) == 1 for box in event.boxes)


def test_batches_go_across_pages(surya: Worker, page: SuryaPage, tmp_path: Path) -> None:
    """Twenty pages with a line each."""
    parts = []
    for number in range(20):
        copy = tmp_path / f"{number}.png"
        shutil.copyfile(page.image.path, copy)
        line = msgspec.structs.replace(page.lines[number % 18], id=f"p{number}")
        parts.append(PageLines(image=msgspec.structs.replace(page.image, path=str(copy)), lines=(line,)))
    got = texts(read(surya, page, *parts))
    assert got == {f"p{n}": page.texts[f"l{n % 18}"] for n in range(20)}


def test_a_cancel_ends_the_job_and_the_next_one_reads_exactly(surya: Worker, page: SuryaPage) -> None:
    pid = surya.pid
    lines = tuple(msgspec.structs.replace(line, id=f"{line.id}-{turn}") for turn in range(300) for line in page.lines)
    run = Run(surya, Recognise(job="c", pages=(PageLines(image=page.image, lines=lines),), model=str(page.recognition)))
    run.wait_for(LineRead)
    run.cancelled.set()
    run.end(timeout=30)
    assert run.done == Done(job="c", cancelled=True)
    assert len(texts(run.events)) < len(lines)
    assert texts(read(surya, page, PageLines(image=page.image, lines=page.lines))) == page.texts
    assert surya.pid == pid


def test_a_random_model_s_endless_lines_are_reported_as_cut_off(
    surya: Worker, page: SuryaPage, shared: Path, tmp_path: Path
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch

        made = tool(shared)
        torch.manual_seed(0)
        config = made.rec_config()
        made.write_recognition(tmp_path / "model", config, made.build_rec_model(config).state_dict())
    lines = page.lines[:3]
    events = read(surya, page, PageLines(image=page.image, lines=lines), model=tmp_path / "model")
    assert warned(events) == {line.id: "line_cut_off" for line in lines}
    for event in events:
        if isinstance(event, LineRead):
            assert len(event.boxes) == len(event.confidences) == len(event.text)


@pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json", "model.safetensors"])
def test_a_damaged_model_is_named_when_it_is_needed_for_work(
    surya: Worker, page: SuryaPage, tmp_path: Path, name: str
) -> None:
    pid = surya.pid
    (tmp_path / "model").mkdir()
    for file in page.detection.iterdir():
        shutil.copyfile(file, tmp_path / "model" / file.name)
    (tmp_path / "model" / name).unlink()
    with pytest.raises(BadModel, match=f"its file “{name}”"):
        finish(surya, Segment(job="s", image=page.image, model=str(tmp_path / "model")))
    assert surya.pid == pid


def test_without_a_model_it_finds_no_lines(surya: Worker, page: SuryaPage) -> None:
    with pytest.raises(AppError):
        finish(surya, Segment(job="s", image=page.image))


def test_an_empty_page_has_no_lines_and_a_huge_one_is_looked_at(surya: Worker, page: SuryaPage, tmp_path: Path) -> None:
    for size in ((300, 400), (6000, 200), (60, 9000)):
        Image.new("L", size, 255).save(tmp_path / "empty.png")
        image = PageImage(path=str(tmp_path / "empty.png"), width=size[0], height=size[1])
        result = found(surya, page, image)
        for line in result.lines:
            assert geometry.clipped(line.boundary, *size) == line.boundary
