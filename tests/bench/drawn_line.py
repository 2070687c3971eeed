"""A single drawn line, with a warm worker, from the request to its text: `python -m tests.bench.drawn_line [PAGE]`.

Prints the median in milliseconds over many lines, drawn as boxes, and its ratio to the time that a line takes when
the whole page is read.
"""

import sys
import threading
from functools import partial
from pathlib import Path
from statistics import median

from app import geometry
from app.archive import Archive
from app.jobs import Choice, DrawnBox, Listener, Read, Worker, run_one
from app.jobs.tasks import Task
from app.scans import import_scans
from tests.bench.measuring import MODEL, PAGE, own_home, seconds

LINES = 20


def main() -> None:
    """Measures and prints."""
    scan = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE
    with own_home() as folder, Archive.create(folder / "archive") as archive, Worker() as worker:
        found, drawn = (page.id for page in import_scans(archive, [scan, scan]).pages)

        def do(task: Task) -> None:
            run_one(task, archive, worker, listener=Listener(), cancelled=threading.Event())

        do(Read(found, model=str(MODEL)))
        lines = archive.page(found).lines
        whole = seconds(partial(do, Read(found, model=str(MODEL)))) / len(lines)
        took = []
        for line in lines[:LINES]:
            box = DrawnBox(geometry.box_of_line(line), one_line=True)
            took.append(seconds(partial(do, Read(drawn, Choice(boxes=(box,)), str(MODEL)))))
        read = sum(bool(line.text) for line in archive.page(drawn).lines)
    print(f"{read} of {len(took)} drawn lines read; from request to text {1000 * median(took):.0f} ms (median)")
    print(f"a line of a whole page of {len(lines)} lines that is read again: {1000 * whole:.0f} ms")
    print(f"ratio {median(took) / whole:.2f}")


if __name__ == "__main__":
    main()
