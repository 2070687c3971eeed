"""What runs in the background, as the window shows it: engine jobs, imports, exports and downloads alike."""

from dataclasses import dataclass, field, replace
from typing import Literal

import msgspec

from app.checkpoints import sentences
from app.checkpoints.state import Download
from app.edits import Edit
from app.jobs import FindLines, Job
from app.language import tr, trn

_MOST_OF_TITLE = 18
State = Literal["waiting", "running", "done", "cancelled", "failed"]


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing that runs, waits or has ended; a value, replaced as it goes.

    `total` 0 means that nobody knows how much there is. `offer` is an edit of `page` that the engine found but
    that was not applied, because the person changed the page meanwhile. `model` is the key of one in the window
    “Models” that this works on. `says` is the whole sentence where title and
    detail make none. What is `aside` may take hours, and the status line shows it when nothing else runs.
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

    @property
    def is_open(self) -> bool:
        """Whether it still waits or runs, and so can be cancelled."""
        return self.state in ("waiting", "running")

    @property
    def sentence(self) -> str:
        """The one line that says how it stands."""
        if self.says:
            return self.says
        if self.state == "waiting":
            return tr("{title}: waiting").format(title=self.title)
        if self.state == "cancelled":
            return tr("{title}: cancelled").format(title=self.title)
        if self.state == "done":
            return self.message or tr("{title}: done").format(title=self.title)
        if self.state == "failed":
            return f"{self.message} {self.hint}".strip()
        return f"{self.title}: {self.detail}" if self.detail else self.title


def of_job(job: Job, page_number: int) -> Activity:
    """An engine job as an activity; `page_number` is the number within the document that the person sees."""
    finds = isinstance(job.task, FindLines)
    title = tr("Finding lines on page {number}") if finds else tr("Reading page {number}")
    detail = ""
    if job.stage == "loading":
        detail = tr("getting ready")
    elif job.stage == "segmenting" and not finds:
        detail = tr("finding lines")
    elif job.stage == "recognising" and job.total:
        detail = tr("line {done} of {total}").format(done=min(job.done + 1, job.total), total=job.total)
    return Activity(
        id=job.id,
        title=title.format(number=page_number),
        state=job.state,
        detail=detail,
        done=job.done,
        total=job.total,
        message=_ended(job, page_number) if job.state == "done" else job.message,
        hint=job.hint,
        page=job.task.page,
        offer=job.offer,
    )


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


def _ended(job: Job, page_number: int) -> str:
    """What a job came to: how much it did, and what it left out."""
    if isinstance(job.task, FindLines):
        count = job.found
        did = trn("{count} line found on page {number}.", "{count} lines found on page {number}.", count)
    else:
        count = job.read
        did = trn("{count} line read on page {number}.", "{count} lines read on page {number}.", count)
    sentence = did.format(count=count, number=page_number)
    return f"{sentence} {job.message}" if job.message else sentence
