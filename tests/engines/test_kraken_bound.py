"""kraken makes boundaries around baselines: of the writing on them, without a model, also between other lines."""

import threading

from app import geometry
from app.jobs.worker import Worker
from app.protocol import Bound, Event, LineBounded, LineRead, LineShape, PageLines, Warned
from tests.engines.conftest import Setup, finish


def bound(kraken: Setup, worker: Worker, *lines: LineShape) -> tuple[dict[str, LineBounded], list[Event]]:
    others = tuple(line.baseline for line in kraken.lines)
    events: list[Event] = []
    request = Bound(job="j", page=PageLines(image=kraken.image, lines=lines, others=others))
    worker.run(request, events.append, threading.Event())
    return {event.line: event for event in events if isinstance(event, LineBounded)}, events


def bare(line: LineShape) -> LineShape:
    return LineShape(id=line.id, baseline=line.baseline)


def test_a_boundary_holds_the_writing_and_not_the_lines_beside_it(kraken: Setup, warm_kraken: Worker) -> None:
    asked = kraken.lines[3:9]
    made, _ = bound(kraken, warm_kraken, *map(bare, asked))

    assert list(made) == [line.id for line in asked]
    for line in asked:
        boundary = made[line.id].boundary
        known, box = geometry.box_of(line.boundary), geometry.box_of(boundary)
        assert abs(box.x - known.x) < 20
        assert abs(box.right - known.right) < 20
        assert 0.4 * known.height < box.height < 2 * known.height
        middle = geometry.midpoint(line.baseline)
        assert geometry.contains(boundary, (middle[0], middle[1] - 4))
        for other in kraken.lines:
            if other.id != line.id:
                assert not geometry.contains(boundary, geometry.midpoint(other.baseline))


def test_it_is_the_boundary_with_which_the_line_would_be_read(kraken: Setup, warm_kraken: Worker) -> None:
    line = bare(kraken.lines[5])
    made, _ = bound(kraken, warm_kraken, line)
    others = tuple(each.baseline for each in kraken.lines)
    request = kraken.recognise(lines=(line,))
    page = PageLines(image=kraken.image, lines=(line,), others=others)
    _, events = finish(warm_kraken, type(request)(job="j", pages=(page,), model=request.model))
    read = next(event for event in events if isinstance(event, LineRead))
    assert made[line.id].boundary == read.boundary


def test_a_line_that_is_hopeless_is_reported_and_the_others_come(kraken: Setup, warm_kraken: Worker) -> None:
    made, events = bound(kraken, warm_kraken, LineShape(id="none", baseline=()), bare(kraken.lines[4]))
    assert list(made) == [kraken.lines[4].id]
    assert [event.line for event in events if isinstance(event, Warned)] == ["none"]
