"""Jobs: finding lines, reading and opening models, on an engine worker, with progress and cancelling.

What arrives is kept at once.
"""

from app.jobs.job import Job, Offer, Problem
from app.jobs.listening import Listener, Outcome
from app.jobs.opening import open_once
from app.jobs.pipeline import run, run_one
from app.jobs.queue import JobQueue
from app.jobs.tasks import Align, Choice, DrawnBox, FindLines, MakeBoundaries, Read, Task
from app.jobs.worker import Worker

__all__ = [
    "Align",
    "Choice",
    "DrawnBox",
    "FindLines",
    "Job",
    "JobQueue",
    "Listener",
    "MakeBoundaries",
    "Offer",
    "Outcome",
    "Problem",
    "Read",
    "Task",
    "Worker",
    "open_once",
    "run",
    "run_one",
]
