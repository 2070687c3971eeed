"""What is to be done of one job: which steps may begin, which run, and what has come of it so far.

Everything here is memory; `app.jobs.queue` calls it under its lock and keeps what it says in the archive.
"""

import heapq
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec

from app.archive import Asked, JobState, StepRow
from app.checkpoints import EngineName
from app.errors import AppError, BadModel
from app.jobs.job import Job, Offer, Problem
from app.jobs.listening import Outcome, Stage
from app.jobs.tasks import FindLines, MakeBoundaries, Task, decode, engine_of
from app.language import tr


@dataclass(frozen=True, order=True)
class Step:
    """A task that waits or runs; `row` is how the archive has it."""

    seq: int
    row: StepRow = field(compare=False)
    task: Task = field(compare=False)
    engine: EngineName = field(compare=False)


@dataclass(eq=False)
class Run:
    """Steps of one job that a worker has been given; `stop` ends them soon."""

    agenda: "Agenda"
    steps: list[Step]
    stop: threading.Event = field(default_factory=threading.Event)
    began: float = field(default_factory=time.monotonic)


@dataclass
class Plan:
    """The steps of a job as the archive has them: by page those that wait, and those that have ended.

    `impossible` are steps of which it is known that they cannot be done, and why.
    """

    tasks: list[Task] = field(default_factory=list)
    chains: dict[str, deque[Step]] = field(default_factory=lambda: defaultdict(deque))
    left: Counter[str] = field(default_factory=Counter)
    done: list[StepRow] = field(default_factory=list)
    impossible: list[tuple[StepRow, AppError]] = field(default_factory=list)


def planned(rows: Sequence[StepRow]) -> Plan:
    """What is to be done of these steps; asks for the engines of their models, which looks at the disk."""
    plan = Plan()
    engines: dict[str, EngineName | AppError] = {}
    for row in rows:
        task = _decoded(row)
        if isinstance(task, Task):
            plan.tasks.append(task)
        if row.state != "waiting":
            plan.done.append(row)
            continue
        plan.left[row.page] += 1
        engine = task if isinstance(task, AppError) else _engine(task, engines)
        if isinstance(engine, AppError):
            plan.impossible.append((ended_row(row, engine, 0.0), engine))
        elif isinstance(task, Task):
            plan.chains[row.page].append(Step(row.seq, row, task, engine))
    return plan


class Agenda:
    """One job. Of the steps on one page each may begin when the one before it has ended."""

    def __init__(self, job: Job, created: datetime, asked: Asked = "run") -> None:
        """`adopt` brings the steps, when they are in the archive."""
        self.job = job
        self.created = created
        self.asked: Asked = asked
        self.planned = False
        self.runs: dict[Run, None] = {}
        self.halted = False
        self.told: Job | None = None
        self._chains: dict[str, deque[Step]] = {}
        self._ready: dict[EngineName, list[Step]] = {"kraken": [], "surya": []}
        self._left: Counter[str] = Counter()
        self._active = 0.0
        self._since = 0.0
        self._ended_here = 0

    def adopt(self, plan: Plan) -> None:
        """Takes in the steps, which are in the archive now; they may begin."""
        self._chains, self._left = plan.chains, plan.left
        for chain in plan.chains.values():
            heapq.heappush(self._ready[chain[0].engine], chain[0])
        job = self.job
        self.job = replace(
            job,
            pages_done=job.pages - len(plan.left),
            steps_done=len(plan.done),
            found=sum(row.found for row in plan.done),
            read=sum(row.read for row in plan.done),
            problems=tuple(filter(None, (_problem(row, job.steps) for row in plan.done))),
        )
        self.planned = True
        self._settle()

    def waiting(self, engine: EngineName) -> Sequence[Step]:
        """The steps that a worker with this engine may begin, were their pages free; in no order."""
        return self._ready[engine] if self.planned and self.asked == "run" else ()

    def take(self, engine: EngineName, busy: Collection[str], most: int) -> list[Step]:
        """The next steps for a worker, none of a page that is busy."""
        taken: list[Step] = []
        passed: list[Step] = []
        while self.waiting(engine) and len(taken) < most:
            step = heapq.heappop(self._ready[engine])
            (passed if step.row.page in busy else taken).append(step)
        for step in passed:
            heapq.heappush(self._ready[engine], step)
        return taken

    def begin(self, run: Run) -> None:
        """Notes that a worker has steps."""
        if not self.runs:
            self._since = run.began
        self.runs[run] = None
        self._settle()

    def report(self, run: Run, stage: Stage, done: int, total: int) -> None:
        """Notes how far a worker is; the job tells of the worker that has been at it longest."""
        if next(iter(self.runs), run) is run and self.job.state == "running":
            self.job = replace(self.job, stage=stage, done=done, total=total)

    def end_step(self, row: StepRow, how: Outcome | AppError) -> None:
        """Notes how a step has ended: `row` is how the archive has it now."""
        chain = self._chains.get(row.page)
        if chain and chain[0].seq == row.seq:
            chain.popleft()
            if chain:
                heapq.heappush(self._ready[chain[0].engine], chain[0])
        self._left[row.page] -= 1
        if not self._left[row.page]:
            del self._left[row.page]
        self._ended_here += 1
        self._count(row, how)
        pages_done = self.job.pages - len(self._left)
        self.job = replace(self.job, pages_done=pages_done, left=self._time_left())
        self._settle()

    def end_run(self, run: Run, unfinished: Iterable[Step]) -> None:
        """Notes that a worker has stopped; steps that have not ended wait again."""
        for step in unfinished:
            heapq.heappush(self._ready[step.engine], step)
        self.runs.pop(run, None)
        if not self.runs:
            self._active += time.monotonic() - self._since
        self._settle()

    def ask(self, asked: Asked) -> None:
        """Takes in what a person says; what runs is told to stop unless it is to go on."""
        if asked == "run" and self.halted:
            self.job = replace(self.job, message="", hint="")
        self.asked, self.halted = asked, False
        if asked != "run":
            self.stop()
        self._settle()

    def stop(self) -> None:
        """Ends what runs, soon; its steps wait again."""
        for run in self.runs:
            run.stop.set()

    def refuse(self, error: AppError) -> None:
        """Ends a job that could not be kept in the archive, and so never began."""
        self.job = replace(self.job, state="failed", message=error.message, hint=error.hint)

    def halt(self, error: AppError) -> None:
        """Pauses the job here, because what comes of it cannot be kept; the archive knows nothing of that."""
        self.ask("pause")
        self.halted = True
        self.job = replace(self.job, message=error.message, hint=error.hint)

    def state_after(self, rows: Sequence[StepRow] = ()) -> JobState:
        """How the job stands when these steps have ended too."""
        job = self.job
        if self.planned and job.steps_done + len(rows) == job.steps:
            failed = sum(problem.failed for problem in job.problems) + sum(row.state == "failed" for row in rows)
            return "failed" if failed == job.steps else "done"
        if self.asked == "cancel":
            return "running" if self.runs else "cancelled"
        if self.asked == "pause":
            return "paused"
        return "running" if self.runs else "waiting"

    def _settle(self) -> None:
        state = self.state_after()
        if state != "running":
            self.job = replace(self.job, state=state, stage="loading", done=0, total=0)
        elif self.job.state != state:
            self.job = replace(self.job, state=state)

    def _count(self, row: StepRow, how: Outcome | AppError) -> None:
        job = self.job
        problem, alone = _problem(row, job.steps), job.steps == 1
        offers = job.offers
        if isinstance(how, Outcome) and how.offer is not None:
            offers = (*offers, Offer(row.page, how.offer))
        self.job = replace(
            job,
            steps_done=job.steps_done + 1,
            found=job.found + row.found,
            read=job.read + row.read,
            problems=(*job.problems, problem) if problem else job.problems,
            offers=offers,
            message=row.message if alone else job.message,
            hint=row.hint if alone else job.hint,
        )

    def _time_left(self) -> float | None:
        """By the time that the steps ended in this session took, all workers together; what was paused is not in it."""
        active = self._active + (time.monotonic() - self._since if self.runs else 0)
        todo = self.job.steps - self.job.steps_done
        return active / self._ended_here * todo if todo and active else None


def ended_row(row: StepRow, how: Outcome | AppError, seconds: float, before: int = 0) -> StepRow:
    """The row of a step that has ended; `before` is how many of its lines were read before it began this time."""
    if isinstance(how, AppError):
        return msgspec.structs.replace(row, state="failed", seconds=seconds, message=how.message, hint=how.hint)
    found, read = how.found, how.read + before
    return msgspec.structs.replace(row, state="done", seconds=seconds, found=found, read=read, message=how.message)


def _problem(row: StepRow, steps: int) -> Problem | None:
    """What is to be told of a step that has ended; what a job of one step left out is its message."""
    if row.message and (row.state == "failed" or steps > 1):
        return Problem(row.page, row.message, row.hint, row.state == "failed")
    return None


def _decoded(row: StepRow) -> Task | AppError:
    try:
        return decode(row.task)
    except msgspec.MsgspecError:
        return AppError(
            tr("This step was kept by another version of Lesepult."), tr("Ask for it again in this version.")
        )


def _engine(task: Task, known: dict[str, EngineName | AppError]) -> EngineName | AppError:
    """The engine that does a task, or why there is none; `known` keeps what was found out of models."""
    if isinstance(task, FindLines | MakeBoundaries):
        return engine_of(task)
    if task.model not in known:
        try:
            known[task.model] = engine_of(task)
        except BadModel as error:
            known[task.model] = error
    return known[task.model]
