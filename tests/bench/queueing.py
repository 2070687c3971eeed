"""A queue of 10,000 pages, killed again and again: `python -m tests.bench.queueing [PAGES]`.

Every page has two lines and the same small scan, and is read by the tests' engine, which takes no time: what is
measured is the queue. Enqueuing is done here; then a program of its own does what waits, and is killed with SIGKILL,
workers and all, five times before it may end. Prints what enqueuing and going on cost, beside a queue of 100 pages,
and whether every line has exactly one reading.
"""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import psutil
from PIL import Image

from app import edits
from app.archive import Archive, NewPage
from app.geometry import Box
from app.jobs import JobQueue, Read, Task, Worker
from app.page import Line, Page, new_id
from app.scans import import_scans
from tests.bench.measuring import ROOT, own_home, seconds, show

FEW, MANY, KILLS = 100, 10_000, 5
CHILD = ROOT / "tests" / "queue_child.py"


def main() -> None:
    """Measures and prints."""
    many = int(sys.argv[1]) if len(sys.argv) > 1 else MANY
    with own_home() as folder:
        model = folder / "hand.model"
        model.write_bytes(b"FAKE MODEL")
        small, few_pages = _filled(folder / "small", FEW)
        large, many_pages = _filled(folder / "large", many)
        few, _ = _enqueued(small, few_pages, model)
        show(f"enqueuing {FEW} pages", few, few, f"{FEW} pages")
        much, asked = _enqueued(large, many_pages, model)
        show(f"enqueuing {many} pages", much, few, f"{FEW} pages")
        print(f"{'':<44} {asked * 1000:8.1f} ms that the caller waits")
        first = seconds(partial(_until, small, 1))
        show(f"going on, to the first page of {FEW}", first, first, f"{FEW} pages")
        show(f"going on, to the first page of {many}", seconds(partial(_until, large, 1)), first, f"{FEW} pages")
        for kill in range(1, KILLS + 1):
            _until(large, many * kill // (KILLS + 2) + random.randrange(10))
        last = seconds(partial(_until, large, None))
        show("the rest, a hundred pages", last / max(many * 2 // (KILLS + 2), 1) * 100, first, f"{FEW} pages' first")
        with Archive.open(large) as archive:
            readings = Counter(len(line.readings) for page in many_pages for line in archive.page(page).lines)
            [job] = archive.jobs.newest(1)
        print(
            f"{job.done} of {job.steps} steps, {job.failed} failed; lines by their number of readings: {dict(readings)}"
        )


def _filled(folder: Path, count: int) -> tuple[Path, list[str]]:
    """An archive of so many pages with two lines each, all of one scan, and the ids of these."""
    scan = folder.with_suffix(".png")
    Image.new("L", (100, 100), 255).save(scan)
    with Archive.create(folder) as archive:
        [page] = import_scans(archive, [scan]).pages
        new = [NewPage(f"{at}", page.scan, page.suffix, 0, 100, 100, page.dpi) for at in range(count)]
        pages = [info.id for info in archive.add_document("box", new)[1]]
        for id_ in pages:
            archive.edit(id_, _with_lines)
    return folder, pages


def _with_lines(page: Page) -> Page:
    lines = [Line(new_id("l"), ((10, y), (80, y)), Box(10, y - 15, 70, 20).polygon()) for y in (20, 50)]
    return edits.segment(page, (), lines)


def _enqueued(folder: Path, pages: Sequence[str], model: Path) -> tuple[float, float]:
    """Seconds until a job that reads these pages is in the archive, and until the call returned."""
    tasks: list[Task] = [Read(page, model=str(model)) for page in pages]
    asked = 0.0
    with Archive.open(folder) as archive:
        queue = JobQueue(archive, Worker, lambda _job: None, lambda _edit: None, goes_on=False)

        def enqueue() -> None:
            nonlocal asked
            asked = seconds(lambda: queue.pause(queue.submit(tasks, "box", later=True).id))
            while not archive.jobs.open():
                time.sleep(0.005)

        whole = seconds(enqueue)
        queue.close()
        [job] = archive.jobs.open()
        archive.jobs.ask(job.id, "run")
    return whole, asked


def _until(folder: Path, steps: int | None) -> None:
    """Has another program go on until so many pages are done, and kills it; None lets it come to its end."""
    child = psutil.Popen(
        [sys.executable, "-P", CHILD, folder],
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
    )
    for line in child.stdout:
        if steps is not None and int(line) >= steps:
            break
    processes = [*child.children(recursive=True), child]
    if steps is not None:
        for process in processes:
            process.kill()
    psutil.wait_procs(processes)
    child.stdout.close()


if __name__ == "__main__":
    main()
