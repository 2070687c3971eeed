"""Jobs: guided OCR, what is kept, what is offered, and what a dead worker costs; a fake engine in a real process."""

import hashlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from app import edits
from app.archive import Archive, PageEdit
from app.errors import AppError, WorkerDied
from app.geometry import Box
from app.jobs import Choice, DrawnBox, FindLines, Job, JobQueue, Listener, Outcome, Read, Task, Worker, run, run_one
from app.jobs.listening import Stage
from app.page import Line, Page, Reading
from app.scans import import_scans

FAKE = Path(__file__).resolve().parent.parent / "engines" / "fake_engine.py"


class Desk:
    """An archive with one page of 400 x 300 pixels, a worker, and a model that the fake engine takes."""

    def __init__(self, folder: Path, mode: str) -> None:
        scan = folder / "letter.png"
        Image.new("L", (400, 300), 230).save(scan)
        self.model = folder / "hand.model"
        self.model.write_bytes(b"FAKE MODEL")
        self.archive = Archive.create(folder / "archive")
        self.id = import_scans(self.archive, [scan]).pages[0].id
        self.worker = Worker(command=[sys.executable, str(FAKE), mode])
        self.cancelled = threading.Event()

    @property
    def page(self) -> Page:
        return self.archive.page(self.id)

    def edit(self, edit: edits.Edit) -> PageEdit:
        return self.archive.edit(self.id, edit)

    def run(self, task: Task, listener: Listener | None = None) -> Outcome:
        return run_one(task, self.archive, self.worker, listener=listener or Listener(), cancelled=self.cancelled)

    def read(self, *, listener: Listener | None = None, **choice: tuple[object, ...]) -> Outcome:
        return self.run(Read(self.id, Choice(**choice), str(self.model)), listener)  # type: ignore[arg-type]

    def draw(self, line_id: str, y: int) -> None:
        self.edit(partial(edits.draw_line, baseline=[(10, y), (300, y)], line_id=line_id))


@pytest.fixture
def make_desk(tmp_path: Path) -> Iterator[Callable[[str], Desk]]:
    made: list[Desk] = []

    def make(mode: str = "") -> Desk:
        made.append(Desk(tmp_path, mode))
        return made[-1]

    yield make
    for desk in made:
        desk.worker.stop()
        desk.archive.close()


def test_reading_a_page_without_lines_finds_them_first(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    stages: list[Stage] = []
    told: list[PageEdit] = []
    outcome = desk.read(listener=Listener(lambda stage, _done, _total: stages.append(stage), told.append))
    assert (outcome.found, outcome.read, outcome.message) == (2, 2, "")
    assert [line.text for line in desk.page.lines] == [line.id for line in desk.page.lines]
    assert {(r.engine, r.model) for line in desk.page.lines for r in line.readings} == {("fake", "hand.model")}
    assert list(dict.fromkeys(stages)) == ["loading", "segmenting", "recognising"]
    assert len(told) == 3, "one edit for the lines, then one for each line as it came"


def test_only_what_is_chosen_is_read(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    for number in range(3):
        desk.draw(f"l{number}", 40 + 60 * number)
    desk.read(lines=("l1",))
    assert [line.state for line in desk.page.lines] == ["unread", "read", "unread"]
    desk.edit(partial(edits.draw_region, boundary=Box(0, 120, 390, 100).polygon(), region_id="r1"))
    desk.read(regions=("r1",))
    assert [line.state for line in desk.page.lines] == ["unread", "read", "read"]


def test_a_reviewed_line_is_left_alone_unless_it_is_named(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    desk.draw("l0", 40)
    desk.draw("l1", 100)
    desk.edit(partial(edits.transcribe, line_id="l0", text="was da steht"))
    desk.edit(partial(edits.review, line_id="l0"))
    desk.read()
    assert [len(line.readings) for line in desk.page.lines] == [0, 1]
    desk.read(lines=("l0",))
    line = desk.page.lines[0]
    assert len(line.readings) == 1
    assert (line.text, line.state) == ("was da steht", "reviewed"), "a reading never touches a transcription"
    desk.edit(partial(edits.review, line_id="l1"))
    assert "reviewed" in desk.read().message


def test_a_box_around_one_line_becomes_that_line_and_nothing_else_is_read(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    desk.draw("l0", 40)
    desk.read(boxes=(DrawnBox(Box(20, 200, 300, 10)),))
    first, drawn = desk.page.lines
    assert (first.state, drawn.state, drawn.made_by) == ("unread", "read", "person")
    assert drawn.boundary == Box(20, 200, 300, 10).polygon()


def test_a_box_around_several_lines_becomes_a_region_in_which_lines_are_found(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    outcome = desk.read(boxes=(DrawnBox(Box(20, 20, 300, 200)),))
    assert len(desk.page.regions) == 1
    assert "No lines were found" in outcome.message, "the fake engine finds none within a region"


def test_in_a_region_with_lines_others_are_offered_and_a_persons_stay(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk("inside")
    found = Line("l1", ((10, 160), (300, 160)), Box(10, 140, 290, 25).polygon(), "r1")
    desk.edit(partial(edits.draw_region, boundary=Box(0, 60, 390, 200).polygon(), region_id="r1"))
    desk.draw("l0", 110)
    desk.edit(lambda page: replace(page, lines=(*page.lines, found)))
    outcome = desk.read(regions=("r1",))
    assert [(line.id, line.state) for line in desk.page.lines] == [("l0", "read"), ("l1", "read")]
    assert "Other lines were found" in outcome.message
    assert outcome.offer
    offered = outcome.offer(desk.page)
    assert [line.id for line in offered.lines if line.made_by == "person"] == ["l0"], "what a person drew stays"
    assert len(offered.lines) == 2
    assert offered.line("l1") is None


def test_what_is_offered_for_two_regions_is_offered_together(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk("inside")
    for number, y in enumerate((20, 160)):
        region, found = f"r{number}", Box(10, y + 60, 290, 25).polygon()
        desk.edit(partial(edits.draw_region, boundary=Box(0, y, 390, 120).polygon(), region_id=region))
        line = Line(f"l{number}", ((10, y + 80), (300, y + 80)), found, region)
        desk.edit(lambda page, line=line: replace(page, lines=(*page.lines, line)))
    offer = desk.read(regions=("r0", "r1")).offer
    assert offer
    offered = offer(desk.page)
    assert [line.region for line in offered.lines] == ["r0", "r1"]
    assert not {"l0", "l1"} & {line.id for line in offered.lines}, "both were replaced"


def test_a_second_reader_reads_the_lines_of_a_region_as_they_were_found(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk("inside")
    desk.edit(partial(edits.draw_region, boundary=Box(0, 60, 390, 200).polygon(), region_id="r1"))
    task = Read(desk.id, Choice(regions=("r1",)), str(desk.model), as_found=True)
    assert desk.run(task).found == 1, "where there are none they are looked for"
    [line] = desk.page.lines
    assert len(line.boundary) == 5, "as the engine found it, point by point"
    assert desk.run(task).found == 0
    assert [(again.id, len(again.readings)) for again in desk.page.lines] == [(line.id, 2)]


def test_a_line_drawn_without_a_boundary_gets_the_one_that_it_was_read_with(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk("boundary")
    desk.draw("l0", 40)
    assert desk.page.lines[0].boundary == ()
    assert desk.read().read == 1
    [line] = desk.page.lines
    assert line.boundary == ((10, 20), (300, 20), (300, 45), (10, 45))
    assert line.text == "l0"


def test_a_reading_says_where_it_came_from(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    desk.draw("l0", 40)
    desk.read()
    [reading] = desk.page.lines[0].readings
    assert (reading.engine, reading.version, reading.model) == ("fake", "1", "hand.model")
    assert reading.checkpoint == hashlib.sha256(b"FAKE MODEL").hexdigest()
    assert reading.settings == {"device": "cpu"}
    assert reading.created
    desk.archive.close()
    with Archive.open(desk.archive.folder) as archive:
        assert archive.page(desk.id).lines[0].readings == (reading,)
        assert archive.page(desk.id).lines[0].readings[0].created == reading.created


def several(desk: Desk, heights: tuple[int, ...]) -> tuple[list[str], dict[int, Outcome | AppError]]:
    """Reads pages of these heights together; their ids, and how each ended."""
    scans = []
    for number, height in enumerate(heights):
        scans.append(desk.archive.folder.parent / f"{number}.png")
        Image.new("L", (400, height), 200 + number).save(scans[-1])
    ids = [page.id for page in import_scans(desk.archive, scans).pages]
    ends: dict[int, Outcome | AppError] = {}

    def ended(at: int, how: Outcome | AppError) -> None:
        assert at not in ends, "each ends once"
        ends[at] = how

    tasks = [Read(page, model=str(desk.model)) for page in ids]
    run(tasks, desk.archive, desk.worker, listener=Listener(ended=ended), cancelled=desk.cancelled)
    return ids, ends


def test_several_pages_are_read_in_one_request(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    ids, ends = several(desk, (200, 300, 250))
    assert [ends[at] for at in range(3)] == [Outcome(found=2, read=2)] * 3
    assert all(line.text == line.id for page in ids for line in desk.archive.page(page).lines)
    log = desk.worker.log.read_text()
    assert log.count("Recognise") == 1, "one request for all pages"


def test_a_page_that_ends_the_worker_costs_itself_alone(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk("dies")
    ids, ends = several(desk, (200, 100, 250))
    assert [isinstance(ends[at], WorkerDied) for at in range(3)] == [False, True, False]
    assert [desk.archive.page_info(page).read for page in ids] == [2, 0, 2]


def test_a_box_around_lines_that_are_known_reads_these_whatever_region_they_are_in(
    make_desk: Callable[..., Desk],
) -> None:
    desk = make_desk()
    for number in range(4):
        desk.draw(f"l{number}", 40 + 60 * number)
    desk.edit(partial(edits.draw_region, boundary=Box(0, 0, 400, 300).polygon(), region_id="r1"))
    desk.edit(partial(edits.transcribe, line_id="l2", text="was da steht"))
    desk.edit(partial(edits.review, line_id="l2"))
    outcome = desk.read(boxes=(DrawnBox(Box(0, 80, 390, 110)),))
    assert (outcome.found, outcome.read) == (0, 1)
    assert [line.state for line in desk.page.lines] == ["unread", "read", "reviewed", "unread"]
    assert [region.id for region in desk.page.regions] == ["r1"]


def test_a_reading_of_nothing_leaves_the_older_one_in_sight(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk("blank")
    desk.draw("l0", 40)
    desk.edit(partial(edits.add_reading, line_id="l0", reading=Reading("t0", "Liebe", 0.9, "kraken", "starter")))
    outcome = desk.read()
    assert (outcome.read, outcome.message) == (0, "In 1 line nothing could be read.")
    assert desk.page.lines[0].text == "Liebe"


def test_a_worker_that_lies_can_overwrite_nothing_and_leaves_a_sound_page(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk("liar")
    desk.draw("l0", 40)
    desk.edit(partial(edits.transcribe, line_id="l0", text="von Hand"))
    mine = desk.page.lines[0]
    assert desk.run(FindLines(desk.id)).found == 2
    desk.read()
    first, *found = desk.page.lines
    assert first.transcription == mine.transcription
    assert (first.baseline, first.boundary, first.made_by) == (mine.baseline, mine.boundary, "person")
    assert [line.baseline for line in found] == [((0, 150), (399, 150)), ((20, 250), (300, 250))]
    assert all(0 <= x < 400 and 0 <= y < 300 for line in found for x, y in line.boundary)
    assert [region.boundary for region in desk.page.regions] == [((0, 0), (399, 0), (399, 299))]
    assert [len(line.readings) for line in desk.page.lines] == [1, 1, 1]


def test_a_line_that_was_changed_while_it_was_read_keeps_no_reading(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    desk.draw("l0", 40)
    desk.draw("l1", 100)
    moved = partial(edits.move, ids=["l1"], dx=0, dy=40)
    outcome = desk.read(listener=Listener(edited=lambda _edit: desk.edit(moved) and None))
    assert outcome.read == 1
    assert "changed while it was being read" in outcome.message
    assert [line.state for line in desk.page.lines] == ["read", "unread"]


def test_lines_found_for_a_page_that_was_changed_are_offered_not_applied(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()

    def draw_meanwhile(stage: Stage, _done: int, _total: int) -> None:
        if stage == "segmenting" and not desk.page.lines:
            desk.draw("l0", 200)

    outcome = desk.run(FindLines(desk.id), Listener(draw_meanwhile))
    assert [line.id for line in desk.page.lines] == ["l0"]
    assert outcome.offer is not None
    after = desk.edit(outcome.offer).after
    assert len(after.lines) == 3
    assert after.line("l0") is not None


def test_a_cancelled_job_keeps_what_had_arrived(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk("hang")
    desk.draw("l0", 40)
    desk.draw("l1", 100)
    outcome = desk.read(listener=Listener(edited=lambda _edit: desk.cancelled.set()))
    assert outcome.cancelled
    assert [line.state for line in desk.page.lines] == ["read", "unread"]


class Watch:
    """Waits for what a queue tells."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.edits: list[PageEdit] = []
        self._news = threading.Condition()

    def on_job(self, job: Job) -> None:
        with self._news:
            self.jobs[job.id] = job
            self._news.notify_all()

    def on_edit(self, edit: PageEdit) -> None:
        with self._news:
            self.edits.append(edit)
            self._news.notify_all()

    def until(self, reached: Callable[[], bool]) -> None:
        with self._news:
            assert self._news.wait_for(reached, timeout=60)


def test_a_worker_killed_in_the_middle_costs_its_job_and_nothing_that_had_arrived(
    make_desk: Callable[..., Desk],
) -> None:
    desk, watch = make_desk("hang"), Watch()
    desk.draw("l0", 40)
    desk.draw("l1", 100)
    queue = JobQueue(desk.archive, lambda _engine: desk.worker, watch.on_job, watch.on_edit)
    job = queue.submit([Read(desk.id, model=str(desk.model))])
    watch.until(lambda: bool(watch.edits))
    first = desk.worker.pid
    assert first is not None
    os.kill(first, signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
    watch.until(lambda: watch.jobs[job.id].state == "failed")
    failed = watch.jobs[job.id]
    assert "stopped in the middle" in failed.message
    assert "kept" in failed.hint
    assert [line.state for line in desk.page.lines] == ["read", "unread"]
    again = queue.submit([Read(desk.id, Choice(lines=("l1",)), str(desk.model))])
    watch.until(lambda: watch.jobs[again.id].state == "done")
    assert desk.worker.pid not in {None, first}
    assert [line.state for line in desk.page.lines] == ["read", "read"]
    queue.close()


def test_a_job_is_cancelled_while_it_waits_and_while_it_runs(make_desk: Callable[..., Desk]) -> None:
    desk, watch = make_desk("hang"), Watch()
    queue = JobQueue(desk.archive, lambda _engine: desk.worker, watch.on_job, watch.on_edit)
    running, waiting = queue.submit([FindLines(desk.id)]), queue.submit([FindLines(desk.id)])
    watch.until(lambda: watch.jobs[running.id].stage == "segmenting")
    queue.cancel(waiting.id)
    queue.cancel(running.id)
    watch.until(lambda: {job.state for job in watch.jobs.values()} == {"cancelled"})
    queue.close()
    assert desk.worker.pid is None


def test_a_fault_of_ours_costs_one_job(make_desk: Callable[..., Desk], caplog: pytest.LogCaptureFixture) -> None:
    desk, watch = make_desk(), Watch()

    def faulty(_edit: PageEdit) -> None:
        raise ZeroDivisionError

    queue = JobQueue(desk.archive, lambda _engine: desk.worker, watch.on_job, faulty)
    job = queue.submit([FindLines(desk.id)])
    watch.until(lambda: watch.jobs[job.id].state == "failed")
    assert "fault in Lesepult" in watch.jobs[job.id].message
    assert "ZeroDivisionError" in caplog.text
    again = queue.submit([Read(desk.id, Choice(lines=("nosuch",)), str(desk.model))])
    watch.until(lambda: watch.jobs[again.id].state == "failed")
    assert "nosuch" in watch.jobs[again.id].message
    queue.close()


def test_what_is_closed_goes_on_when_the_queue_begins_again(make_desk: Callable[..., Desk]) -> None:
    desk, watch, later = make_desk("hang"), Watch(), Watch()
    queue = JobQueue(desk.archive, lambda _engine: desk.worker, watch.on_job, watch.on_edit)
    job = queue.submit([FindLines(desk.id)])
    watch.until(lambda: watch.jobs[job.id].stage == "segmenting")
    queue.close()
    assert watch.jobs[job.id].is_open
    assert desk.worker.pid is None
    healthy = Worker(command=[sys.executable, str(FAKE)])
    again = JobQueue(desk.archive, lambda _engine: healthy, later.on_job, later.on_edit)
    later.until(lambda: job.id in later.jobs and later.jobs[job.id].state == "done")
    again.close()
    assert later.jobs[job.id].again
    assert len(desk.page.lines) == 2
