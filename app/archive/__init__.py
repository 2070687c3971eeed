"""The archive on disk: the folder a person works in, with its database, its scans and the history of every text."""

from app.archive.job_rows import JobRows, jobs_beside
from app.archive.store import Archive
from app.archive.values import (
    Asked,
    DocumentInfo,
    JobRow,
    JobState,
    LineText,
    NewJob,
    NewPage,
    PageEdit,
    PageInfo,
    StepRow,
    TextVersion,
)

__all__ = [
    "Archive",
    "Asked",
    "DocumentInfo",
    "JobRow",
    "JobRows",
    "JobState",
    "LineText",
    "NewJob",
    "NewPage",
    "PageEdit",
    "PageInfo",
    "StepRow",
    "TextVersion",
    "jobs_beside",
]
