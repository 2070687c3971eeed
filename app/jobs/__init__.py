"""Jobs: finding lines, reading and opening models, on an engine worker, with progress and cancelling.

What arrives is kept at once.
"""

from app.jobs.opening import open_once
from app.jobs.pipeline import Choice, FindLines, Outcome, Read, Task, run
from app.jobs.queue import Job, JobQueue
from app.jobs.worker import Worker

__all__ = ["Choice", "FindLines", "Job", "JobQueue", "Outcome", "Read", "Task", "Worker", "open_once", "run"]
