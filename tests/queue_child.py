"""A program that does what waits in an archive's queue: `queue_child.py FOLDER MODEL`; it prints a line a step."""

import sys
import threading
from pathlib import Path

from app.archive import Archive
from app.checkpoints import EngineName
from app.jobs import Job, JobQueue, Worker

FAKE = Path(__file__).parent / "engines" / "fake_engine.py"


def main(folder: Path) -> None:
    """Goes on with everything, and ends when nothing is open any more."""
    over = threading.Event()
    told = {"steps": -1}

    def on_job(job: Job) -> None:
        if job.steps_done != told["steps"]:
            told["steps"] = job.steps_done
            print(job.steps_done, flush=True)
        if not job.is_open:
            over.set()

    def make_worker(engine: EngineName) -> Worker:
        return Worker(engine, (sys.executable, "-P", str(FAKE)))

    with Archive.open(folder) as archive:
        queue = JobQueue(archive, make_worker, on_job, lambda _edit: None)
        over.wait()
        queue.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
