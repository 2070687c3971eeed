"""What runs in the background, as the window shows it: engine jobs, imports, exports and downloads alike."""

from dataclasses import dataclass, field, replace
from typing import Literal

import msgspec

from app.checkpoints import sentences
from app.checkpoints.state import Download
from app.edits import Edit
from app.jobs import Job
from app.jobs import job as jobs
from app.jobs.job import PageName
from app.language import tr, trn

_MOST_OF_TITLE = 18
State = Literal["waiting", "running", "paused", "done", "cancelled", "failed"]


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing that runs, waits or has ended; a value, replaced as it goes.

    `total` 0 means that nobody knows how much there is. `offer` is an edit of `page` that the engine found but
    that was not applied by itself. `pausable` says that it can wait and go on. `model` is the key of one in the window
    “Models” that this works on. `says` is the whole sentence where title and detail make none. What is `aside` may
    take hours, and the status line shows it when nothing else runs. What is `quiet` nobody asked for by a command: its
    end is not told. `reads` says that it brought readings.
    """

    id: str
    title: str
    state: State
    detail: str = ""
    done: int = 0
    total: int = 0
    message: str = ""
    hint: str = ""
    page: str = ""
    model: str = ""
    offer: Edit | None = field(default=None, compare=False)
    says: str = ""
    aside: bool = False
    pausable: bool = False
    quiet: bool = False
    reads: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it still waits or runs, and so can be cancelled."""
        return self.state in ("waiting", "running", "paused")

    @property
    def sentence(self) -> str:
        """The one line that says how it stands."""
        names_it = self.state == "failed" or (self.state == "done" and self.message)
        if self.says or names_it or not self.standing:
            return self.standing or self.title
        return f"{self.title}: {self.standing}"

    @property
    def standing(self) -> str:
        """How it stands, for where its title is beside; empty when there is nothing to say."""
        states = {
            "waiting": tr("waiting"),
            "running": self.detail,
            "paused": tr("paused"),
            "cancelled": self.message or tr("cancelled"),
            "done": self.message or tr("done"),
            "failed": f"{self.message} {self.hint}".strip(),
        }
        return self.says or states[self.state]


def of_job(job: Job, name: PageName) -> Activity:
    """A job as an activity; `name` is what the person calls a page."""
    offer = job.offers[-1] if job.offers else None
    several = job.steps > 1
    return Activity(
        id=job.id,
        title=jobs.title(job, name),
        state=job.state,
        detail=jobs.progress(job),
        done=job.steps_done if several else job.done,
        total=job.steps if several else job.total,
        message=_message(job, name),
        hint=job.hint,
        page=offer.page if offer else job.tasks[0].page,
        offer=offer.edit if offer else None,
        pausable=several,
        quiet=job.only_bounds,
        reads=job.read > 0,
    )


def _message(job: Job, name: PageName) -> str:
    if job.state == "done":
        return _ended(job, name)
    if job.state == "cancelled":
        return "" if job.only_finds else tr("cancelled; what has arrived stays")
    return job.message


def of_download(download: Download) -> Activity:
    """A download as an activity; one that is paused counts as ended until it goes on."""
    states: dict[str, State] = {
        "planned": "waiting", "waiting": "waiting", "running": "running", "verifying": "running",
        "paused": "cancelled", "installed": "done", "failed": "failed",
    }  # fmt: skip
    failed = download.state == "failed"
    return Activity(
        id=f"model-{download.id}",
        title=tr("Downloading “{title}”").format(title=download.plan.about.title),
        state=states[download.state],
        done=1000 * download.done // download.total if download.total else 0,
        total=1000,
        message=download.message,
        hint=download.hint,
        says="" if failed else sentences.sentence(_shortly_named(download)),
        aside=True,
    )


def _shortly_named(download: Download) -> Download:
    """The download with a title that leaves room for the numbers in one line; the activity has the whole one."""
    about = download.plan.about
    if len(about.title) <= _MOST_OF_TITLE:
        return download
    short = msgspec.structs.replace(about, title=f"{about.title[: _MOST_OF_TITLE - 1].rstrip()}…")
    return replace(download, plan=msgspec.structs.replace(download.plan, about=short))


def _ended(job: Job, name: PageName) -> str:
    """What a job came to: how much it did, and what it left out or could not do, page by page."""
    if job.steps > 1:
        problems = [f"{name(problem.page)}: {problem.message} {problem.hint}".strip() for problem in job.problems]
        return " ".join(filter(None, [jobs.summary(job, name), job.message, *problems]))
    if job.only_finds:
        did = trn("{count} line found on {page}.", "{count} lines found on {page}.", job.found)
        sentence = did.format(count=job.found, page=name(job.tasks[0].page))
    else:
        did = trn("{count} line read on {page}.", "{count} lines read on {page}.", job.read)
        sentence = did.format(count=job.read, page=name(job.tasks[0].page))
    return f"{sentence} {job.message}".strip()
