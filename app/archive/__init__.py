"""The archive on disk: the folder a person works in, with its database, its scans and the history of every text.

What it takes and tells is imported at once; the archive itself when somebody asks for it, because SQLAlchemy takes a
fifth of a second, and the window is there before an archive is.
"""

from typing import TYPE_CHECKING

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
from app.lazily import names_from

if TYPE_CHECKING:
    from app.archive.job_rows import JobRows, jobs_beside
    from app.archive.store import Archive
else:
    __getattr__ = names_from(globals(), store=("Archive",), job_rows=("JobRows", "jobs_beside"))

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
