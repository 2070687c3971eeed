"""A job as window and command line see it: a value, and the sentences that say how it stands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.archive import JobState
from app.checkpoints.sentences import time_text
from app.edits import Edit
from app.jobs.listening import Stage
from app.jobs.tasks import Align, FindLines, MakeBoundaries, Task
from app.language import tr, trn

PageName = Callable[[str], str]
"""What a person calls the page with this id: "page 7"."""

_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong on a page (`failed`), or what was left out there; both texts are in the person's language."""

    page: str
    message: str
    hint: str = ""
    failed: bool = True


@dataclass(frozen=True, slots=True)
class Offer:
    """An edit of a page that was not done by itself, because it replaces lines or a person changed the page."""

    page: str
    edit: Edit = field(compare=False)


@dataclass(frozen=True, slots=True)
class Job:
    """One job as it stands; a value that is replaced while it goes on.

    A step is a task on a page. `stage`, `done` and `total` are of the lines that are worked on just now; `total` 0
    means that nobody can know how many there are. `left` is in seconds, None until a step has ended. `again` says that
    it was found unfinished when the archive was opened. `message` and `hint` are those of a job of one step, or say
    why all of it stopped.
    """

    id: str
    title: str
    tasks: tuple[Task, ...] = field(repr=False)
    later: bool = False
    again: bool = False
    state: JobState = "waiting"
    steps: int = 1
    steps_done: int = 0
    pages: int = 1
    pages_done: int = 0
    found: int = 0
    read: int = 0
    stage: Stage = "loading"
    done: int = 0
    total: int = 0
    left: float | None = None
    problems: tuple[Problem, ...] = field(default=(), repr=False)
    offers: tuple[Offer, ...] = field(default=(), repr=False)
    message: str = ""
    hint: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it has not ended: it waits, runs or is paused."""
        return self.state in ("waiting", "running", "paused")

    @property
    def only_bounds(self) -> bool:
        """Whether it makes boundaries and nothing else, which nobody asked for by a command."""
        return all(isinstance(task, MakeBoundaries) for task in self.tasks)

    @property
    def only_finds(self) -> bool:
        """Whether it finds lines and reads none."""
        return all(isinstance(task, FindLines) for task in self.tasks)


def title(job: Job, name: PageName) -> str:
    """What the job is, as the person who asked for it said it, or else by its tasks."""
    return job.title or named(job.tasks, name)


def named(tasks: Sequence[Task], name: PageName) -> str:
    """What these tasks are, by what they do and on which pages: "Reading: 12 pages"."""
    pages = dict.fromkeys(task.page for task in tasks)
    many = trn("{count} page", "{count} pages", len(pages)).format(count=len(pages))
    where = name(next(iter(pages))) if len(pages) == 1 else many
    if all(isinstance(task, FindLines) for task in tasks):
        return tr("Finding lines: {pages}").format(pages=where)
    if all(isinstance(task, MakeBoundaries) for task in tasks):
        return tr("Outlining lines: {pages}").format(pages=where)
    if all(isinstance(task, Align) for task in tasks):
        return tr("Placing a text: {pages}").format(pages=where)
    return tr("Reading: {pages}").format(pages=where)


def progress(job: Job) -> str:
    """How far a running job is: page, line and the time that is left, as far as they are known."""
    parts = []
    if job.pages > 1:
        at = min(job.pages_done + 1, job.pages)
        parts.append(tr("page {done} of {total}").format(done=at, total=job.pages))
    if job.stage == "recognising" and job.total:
        parts.append(tr("line {done} of {total}").format(done=min(job.done + 1, job.total), total=job.total))
    elif job.stage == "segmenting" and (job.pages > 1 or not job.only_finds):
        parts.append(tr("finding lines"))
    elif job.stage == "loading" and job.pages == 1:
        parts.append(tr("getting ready"))
    if job.left is not None:
        parts.append(tr("{time} left").format(time=time_text(job.left)))
    return ", ".join(parts)


def summary(job: Job, name: PageName) -> str:
    """What a job of several pages has come to: "12 pages read: 480 lines. 1 page could not be read: page 7."."""
    failed = tuple(dict.fromkeys(problem.page for problem in job.problems if problem.failed))
    well = max(job.pages_done - len(failed), 0)
    if job.only_finds:
        lines = trn("{count} line", "{count} lines", job.found).format(count=job.found)
        did = trn("Lines found on {count} page: {lines}.", "Lines found on {count} pages: {lines}.", well)
        not_done = trn(
            "On {count} page no lines could be looked for: {pages}.",
            "On {count} pages no lines could be looked for: {pages}.",
            len(failed),
        )
    else:
        lines = trn("{count} line", "{count} lines", job.read).format(count=job.read)
        did = trn("{count} page read: {lines}.", "{count} pages read: {lines}.", well)
        not_done = trn(
            "{count} page could not be read: {pages}.", "{count} pages could not be read: {pages}.", len(failed)
        )
    sentence = did.format(count=well, lines=lines)
    if not failed:
        return sentence
    named = ", ".join(name(page) for page in failed[:_MOST_NAMED])
    if len(failed) > _MOST_NAMED:
        named += ", …"
    return f"{sentence} {not_done.format(count=len(failed), pages=named)}"
