"""Many pages: a queue that is kept in the archive, goes on after anything, and does nothing twice."""

import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image

from app import checkpoints
from app.archive import Archive, jobs_beside
from app.checkpoints import EngineName
from app.errors import NotFound
from app.jobs import Choice, FindLines, Job, JobQueue, Read, Task, Worker, workers
from app.jobs.job import summary
from app.scans import import_scans

ROOT = Path(__file__).resolve().parents[2]
FAKE = ROOT / "tests" / "engines" / "fake_engine.py"
CHILD = ROOT / "tests" / "queue_child.py"


class Box:
    """An archive with a box of letters: so many pages, and a model that the fake engine takes."""

    def __init__(self, folder: Path, pages: int) -> None:
        self.folder = folder / "archive"
        self.model = folder / "hand.model"
        self.model.write_bytes(b"FAKE MODEL")
        scans = []
        for number in range(pages):
            scans.append(folder / f"{number:03}.png")
            Image.new("L", (100, 100), number).save(scans[-1])
        with Archive.create(self.folder) as archive:
            self.pages = tuple(page.id for page in import_scans(archive, scans).pages)

    def tasks(self) -> list[Task]:
        return [Read(page, model=str(self.model)) for page in self.pages]


class Running:
    """A queue under way, and what it told."""

    def __init__(self, archive: Archive, mode: str = "") -> None:
        self.archive = archive
        self.jobs: dict[str, Job] = {}
        self.done: list[str] = []
        self.workers: list[Worker] = []
        self._news = threading.Condition()
        self._mode = mode
        self.queue = JobQueue(archive, self._make, self._on_job, lambda _edit: None)

    def until(self, reached: Callable[[], bool]) -> None:
        with self._news:
            assert self._news.wait_for(reached, timeout=60)

    def _make(self, engine: EngineName) -> Worker:
        self.workers.append(Worker(engine, (sys.executable, "-P", str(FAKE), self._mode)))
        return self.workers[-1]

    def _on_job(self, job: Job) -> None:
        with self._news:
            before = self.jobs.get(job.id)
            if before is None or before.steps_done != job.steps_done:
                self.done += [job.title] * (job.steps_done - (before.steps_done if before else 0))
            self.jobs[job.id] = job
            self._news.notify_all()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Opens the archive of a box and begins its queue; ended after the test."""
    opened: list[Running] = []

    def begin(box: Box, mode: str = "") -> Running:
        opened.append(Running(Archive.open(box.folder), mode))
        return opened[-1]

    yield begin
    for each in opened:
        each.queue.close()
        each.archive.close()


def readings(folder: Path, pages: tuple[str, ...]) -> Counter[int]:
    """How many lines have how many readings."""
    with Archive.open(folder) as archive:
        return Counter(len(line.readings) for page in pages for line in archive.page(page).lines)


def test_a_queue_that_is_killed_again_and_again_loses_nothing_and_does_nothing_twice(tmp_path: Path) -> None:
    box = Box(tmp_path, 24)
    with Archive.open(box.folder) as archive:
        begun = Running(archive)
        job = begun.queue.submit(box.tasks(), "A box of letters", later=True)
        begun.until(lambda: begun.jobs[job.id].steps_done >= 2)
        begun.queue.close()
    for steps in (6, 12, 18):
        child = psutil.Popen(
            [sys.executable, "-P", str(CHILD), str(box.folder)], stdout=-1, text=True, env=_environment()
        )
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) >= steps:
                break
        processes = [*child.children(recursive=True), child]
        for process in processes:
            process.kill()
        psutil.wait_procs(processes, timeout=30)
        child.stdout.close()
    with Archive.open(box.folder) as archive:
        last = Running(archive)
        last.until(lambda: job.id in last.jobs and not last.jobs[job.id].is_open)
        ended = last.jobs[job.id]
        last.queue.close()
    assert (ended.state, ended.steps_done, ended.pages_done, ended.again) == ("done", 24, 24, True)
    assert readings(box.folder, box.pages) == {1: 48}, "two lines a page, each read exactly once"
    assert ended.read == 48


def test_what_a_person_asks_for_just_now_goes_first(tmp_path: Path, run: Callable[..., Running]) -> None:
    box = Box(tmp_path, 40)
    running = run(box)
    running.queue.submit(box.tasks()[:39], "later", later=True)
    running.until(lambda: "later" in running.done)
    running.queue.submit([box.tasks()[39]], "now")
    running.until(lambda: len(running.done) == 40)
    assert running.done.index("now") < 20, "it did not wait for the rest of the box"
    assert readings_of(running, box) == {1: 80}


def test_a_bad_page_does_not_stop_the_rest_and_is_named_at_the_end(tmp_path: Path, run: Callable[..., Running]) -> None:
    box = Box(tmp_path, 4)
    tasks = box.tasks()
    tasks[1] = Read(box.pages[1], Choice(lines=("nosuch",)), str(box.model))
    running = run(box)
    job = running.queue.submit(tasks, "box", later=True)
    running.until(lambda: not running.jobs[job.id].is_open)
    ended = running.jobs[job.id]
    assert (ended.state, ended.steps_done, ended.read) == ("done", 4, 6)
    [problem] = ended.problems
    assert (problem.page, problem.failed) == (box.pages[1], True)
    assert "nosuch" in problem.message
    said = summary(ended, lambda page: f"page {box.pages.index(page) + 1}")
    assert said == "3 pages read: 6 lines. 1 page could not be read: page 2."


def test_another_program_pauses_goes_on_and_cancels(tmp_path: Path, run: Callable[..., Running]) -> None:
    box = Box(tmp_path, 3)
    running = run(box, "hang")
    job = running.queue.submit(box.tasks(), "box", later=True)
    running.until(lambda: running.jobs[job.id].state == "running")
    with jobs_beside(box.folder) as rows:
        assert rows.ask(None, "pause") == (job.id,)
        running.until(lambda: running.jobs[job.id].state == "paused")
        [row] = rows.open()
        assert (row.id, row.asked, row.steps, row.done) == (job.id, "pause", 3, 0)
        rows.ask(job.id, "run")
        running.until(lambda: running.jobs[job.id].state == "running")
        rows.ask(job.id, "cancel")
        running.until(lambda: running.jobs[job.id].state == "cancelled")
        running.queue.close()  # how it stands is written a moment after it is told
        with pytest.raises(NotFound, match="no job"):
            rows.ask(job.id, "run")
        [row] = rows.newest(5)
        assert row.state == "cancelled"


def test_both_engines_take_a_page_one_after_the_other(
    tmp_path: Path, run: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Box(tmp_path, 2)
    second = tmp_path / "second.model"
    second.write_bytes(b"FAKE MODEL")
    find = checkpoints.find

    def as_surya(name: str) -> checkpoints.Checkpoint:
        found = find(name)
        return found if name == str(box.model) else checkpoints.Checkpoint(found.name, "", found.path, "surya")

    monkeypatch.setattr(checkpoints, "find", as_surya)
    running = run(box)
    tasks = [Read(page, model=str(model)) for page in box.pages for model in (box.model, second)]
    job = running.queue.submit(tasks, "both", later=True)
    running.until(lambda: not running.jobs[job.id].is_open)
    for page in box.pages:
        for line in running.archive.page(page).lines:
            assert [reading.model for reading in line.readings] == ["hand.model", "second.model"]
    assert {worker.engine for worker in running.workers} == {"kraken", "surya"}


def test_as_many_workers_as_fit_and_the_first_always_does(monkeypatch: pytest.MonkeyPatch) -> None:
    there = [("kraken", Worker("kraken"))]
    monkeypatch.setattr(workers, "MEMORY", {"kraken": 1, "surya": 1})
    assert workers.has_room("kraken", there, 1, on_card=False)  # type: ignore[arg-type]
    monkeypatch.setattr(workers, "MEMORY", {"kraken": 10**15, "surya": 10**15})
    assert not workers.has_room("kraken", there, 1, on_card=False)  # type: ignore[arg-type]
    assert workers.has_room("kraken", [], 1, on_card=False)
    assert workers.has_room("surya", there, 1, on_card=False)  # type: ignore[arg-type]


def test_finding_lines_in_a_job_that_goes_on_finds_them_once(tmp_path: Path, run: Callable[..., Running]) -> None:
    box = Box(tmp_path, 3)
    running = run(box)
    job = running.queue.submit([FindLines(page) for page in box.pages], later=True)
    running.until(lambda: not running.jobs[job.id].is_open)
    assert running.jobs[job.id].found == 6
    assert [len(running.archive.page(page).lines) for page in box.pages] == [2, 2, 2]


def readings_of(running: Running, box: Box) -> Counter[int]:
    lines = [line for page in box.pages for line in running.archive.page(page).lines]
    return Counter(len(line.readings) for line in lines)


def _environment() -> dict[str, str]:
    return dict(os.environ, PYTHONPATH=str(ROOT))
