"""The queue of jobs: kept in the archive, done by as many warm workers as fit, going on where it was (ADR 15).

One thread conducts: it writes what is new to the archive, starts workers, and looks what another program asked. Each
worker has a thread of its own, which takes steps, and ends with the worker when there was none for a while.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app import paths, settings
from app.archive import Asked, JobState, NewJob, PageEdit, StepRow
from app.checkpoints import EngineName
from app.errors import AppError
from app.jobs import workers
from app.jobs.agenda import Agenda, Run, Step, ended_row, planned
from app.jobs.job import Job
from app.jobs.listening import Listener, Outcome, Stage
from app.jobs.pipeline import run
from app.jobs.remaining import remaining
from app.jobs.tasks import MOST_TOGETHER, Task, encode
from app.jobs.worker import Worker
from app.language import tr
from app.settings import Device

if TYPE_CHECKING:
    from app.archive import Archive

_log = logging.getLogger(__name__)

IDLE_SECONDS = 600.0
"""How long a worker stays warm without a step; it holds the engine's memory meanwhile."""

LOOK_SECONDS = 1.0
"""How often it is looked whether another program has asked something of a job."""

_ENGINES: tuple[EngineName, ...] = ("kraken", "surya")


class JobQueue:
    """Does the jobs of an archive; `on_job` and `on_edit` are called on its threads, one call of `on_job` at a time.

    What was waiting or running when the archive was open last goes on by itself, unless `goes_on` is false; what is
    closed here goes on at the next start. Every method may be called from any thread, and only `close` waits. A
    worker that dies costs the steps that it had.
    """

    def __init__(
        self,
        archive: "Archive",
        make_worker: Callable[[EngineName], Worker],
        on_job: Callable[[Job], None],
        on_edit: Callable[[PageEdit], None],
        *,
        device: Device | None = None,
        goes_on: bool = True,
    ) -> None:
        """`device` is used in place of the one in the settings."""
        self._archive = archive
        self._make_worker = make_worker
        self._on_job = on_job
        self._on_edit = on_edit
        self._device = device
        self._wake = threading.Condition()
        self._telling = threading.RLock()
        self._writing = threading.Lock()
        self._agendas: dict[str, Agenda] = {}
        self._kept: dict[str, tuple[Asked, JobState]] = {}
        self._busy: set[str] = set()
        self._hands: list[_Hand] = []
        self._news = True
        self._closing = False
        self._conductor = threading.Thread(target=self._conduct, args=[goes_on], name="jobs", daemon=True)
        self._conductor.start()

    def submit(self, tasks: Sequence[Task], title: str = "", *, later: bool = False) -> Job:
        """Queues a job of one step or many; what may wait for what a person asks for just now is `later`.

        Nothing of it begins before all of it is in the archive.
        """
        pages = len({task.page for task in tasks})
        job = Job(secrets.token_hex(6), title, tuple(tasks), later=later, steps=len(tasks), pages=pages)
        agenda = Agenda(job, datetime.now(UTC))
        with self._wake:
            self._agendas[job.id] = agenda
            self._notify()
        self._tell(agenda)
        return job

    def pause(self, job_id: str) -> None:
        """Has what runs of a job stop soon; nothing that has arrived is lost."""
        self._ask(job_id, "pause")

    def resume(self, job_id: str) -> None:
        """Goes on with a job that is paused."""
        self._ask(job_id, "run")

    def cancel(self, job_id: str) -> None:
        """Ends a job; what has arrived is kept."""
        self._ask(job_id, "cancel")

    def jobs(self) -> tuple[Job, ...]:
        """The jobs of this session and those that were unfinished before it, oldest first."""
        with self._wake:
            return tuple(agenda.job for agenda in self._agendas.values())

    def close(self) -> None:
        """Stops what runs, ends the workers and waits for that; no call arrives afterwards."""
        with self._wake:
            self._closing = True
            for agenda in self._agendas.values():
                agenda.stop()
            self._notify()
        self._conductor.join()
        for hand in tuple(self._hands):
            hand.thread.join()
        try:
            self._keep_asked()
        except AppError:  # then it says that jobs run, and they go on all the same
            _log.exception("the jobs of %s", self._archive.folder)

    # ---- the conductor

    def _conduct(self, goes_on: bool) -> None:
        try:
            if goes_on:
                self._restore()
        except AppError:
            _log.exception("the jobs of %s", self._archive.folder)
        while True:
            with self._wake:
                is_open = any(agenda.job.is_open for agenda in self._agendas.values())
                self._wake.wait_for(lambda: self._news, LOOK_SECONDS if is_open else None)
                self._news, closing = False, self._closing
            try:
                self._keep_new()
                self._keep_asked()
                self._look_elsewhere()
            except AppError:  # it stays news until it can be written
                _log.exception("the jobs of %s", self._archive.folder)
            if closing:
                break
            self._staff()

    def _restore(self) -> None:
        """Takes in what the archive has that is not done."""
        for row in self._archive.jobs.open():
            plan = planned(self._archive.jobs.steps(row.id))
            tasks = tuple(plan.tasks)
            job = Job(row.id, row.title, tasks, later=row.later, again=True, steps=row.steps, pages=row.pages)
            agenda = Agenda(job, row.created, row.asked)
            with self._wake:
                agenda.adopt(plan)
                self._agendas[row.id] = agenda
                self._kept[row.id] = row.asked, row.state
            self._tell(agenda)
            self._end(agenda, plan.impossible)

    def _keep_new(self) -> None:
        """Writes jobs that were submitted, and lets their steps begin."""
        with self._wake:
            new = [agenda for agenda in self._agendas.values() if not agenda.planned and agenda.job.is_open]
        for agenda in new:
            job = agenda.job
            try:
                steps = tuple((task.page, encode(task)) for task in job.tasks)
                plan = planned(self._archive.jobs.add(NewJob(job.id, job.title, job.later, agenda.created, steps)))
            except AppError as error:
                with self._wake:
                    agenda.refuse(error)
                self._tell(agenda)
                continue
            with self._wake:
                agenda.adopt(plan)
                self._kept[job.id] = "run", "waiting"
                self._notify()  # a worker that has nothing to do may take it now
            self._end(agenda, plan.impossible)

    def _keep_asked(self) -> None:
        """Writes what a person said, and how jobs stand; what was halted for want of room is not written."""
        with self._wake:
            agendas = [agenda for agenda in self._agendas.values() if agenda.planned and not agenda.halted]
        for agenda in agendas:
            with self._writing:
                job, asked, state = agenda.job.id, agenda.asked, agenda.job.state
                if self._kept[job] != (asked, state):
                    self._archive.jobs.set_state(job, state, asked if asked != self._kept[job][0] else None)
                    self._kept[job] = asked, state

    def _look_elsewhere(self) -> None:
        """Obeys what another program asked of these jobs."""
        for job, asked in self._archive.jobs.asked_elsewhere().items():
            known = self._kept.get(job)
            if known is not None and known[0] != asked:
                self._kept[job] = asked, known[1]
                self._ask(job, asked)

    def _staff(self) -> None:
        """Starts workers where there is more to do than those that are there take at once, as far as there is room.

        As many as there are cores do everything; one more may be there for what a person asks for just now, so that
        it waits for no whole page, and room is left for it.
        """
        on_card = self._chosen_device() != "cpu"
        for engine in _ENGINES:
            while (extra := self._wanted(engine)) is not None:
                with self._wake:
                    there = [(hand.engine, hand.worker) for hand in self._hands]
                if not workers.has_room(engine, there, 1 if extra else 2, on_card=on_card):
                    break
                hand = _Hand(engine, self._make_worker(engine), extra, self._work)
                with self._wake:
                    self._hands.append(hand)
                hand.thread.start()

    def _wanted(self, engine: EngineName) -> bool | None:
        """Whether the worker that is wanted is the extra one; None when none is."""
        with self._wake:
            if self._closing:  # a worker would leave at once, and be wanted again
                return None
            hands = [hand for hand in self._hands if hand.engine == engine and not hand.leaving]
            usual = sum(not hand.extra for hand in hands)
            extra = usual >= (workers.cores() if engine == "kraken" else 1)
            if extra and usual < len(hands):
                return None
            spare = sum(hand.run is None for hand in hands)
            pages: set[str] = set()
            for agenda in self._agendas.values():
                if agenda.job.later and extra:
                    continue
                for step in agenda.waiting(engine):
                    pages |= {step.row.page} - self._busy
                    if len(pages) > spare:
                        return extra
        return None

    # ---- a worker's thread

    def _work(self, hand: "_Hand") -> None:
        with hand.worker:
            while (taken := self._next(hand)) is not None:
                self._do(hand, taken)
        with self._wake:
            self._hands.remove(hand)

    def _next(self, hand: "_Hand") -> Run | None:
        """Waits for steps; None when the worker is to be put down."""
        until = time.monotonic() + IDLE_SECONDS
        with self._wake:
            while not self._closing:
                hand.run = self._taken(hand)
                if hand.run is not None:
                    return hand.run
                if time.monotonic() >= until:
                    break
                self._wake.wait(until - time.monotonic())
            hand.leaving = True
            return None

    def _taken(self, hand: "_Hand") -> Run | None:
        """The next steps for this worker, of what a person asks for just now before the rest, oldest first."""
        for agenda in sorted(self._agendas.values(), key=lambda agenda: agenda.job.later):
            if hand.extra and agenda.job.later:
                break
            steps = agenda.take(hand.engine, self._busy, MOST_TOGETHER if hand.engine == "surya" else 1)
            if steps:
                self._busy |= {step.row.page for step in steps}
                taken = Run(agenda, steps)
                agenda.begin(taken)
                self._notify()
                return taken
        return None

    def _do(self, hand: "_Hand", taken: Run) -> None:
        agenda, left = taken.agenda, dict.fromkeys(taken.steps)
        self._tell(agenda)
        try:
            self._run(hand, taken, left)
        except AppError as error:
            with self._wake:
                agenda.halt(error)
        except Exception:  # noqa: BLE001  # a bug must cost these steps, not the desk
            _log.exception("job %s", agenda.job.id)
            fault = AppError(
                tr("The job stopped because of a fault in Lesepult."),
                tr("What had arrived is kept. The log says more: {folder}").format(folder=paths.log_dir()),
            )
            if self._end(agenda, [(ended_row(step.row, fault, 0.0), fault) for step in left]):
                left.clear()
        with self._wake:
            agenda.end_run(taken, left)
            self._busy -= {step.row.page for step in taken.steps}
            hand.run = None
            self._notify()
        self._tell(agenda)

    def _run(self, hand: "_Hand", taken: Run, left: dict[Step, None]) -> None:
        """Has the steps done; those that have ended leave `left`."""
        agenda, since = taken.agenda, time.monotonic()
        tasks: list[tuple[Step, Task, int]] = []

        def end(step: Step, how: Outcome | AppError, before: int) -> None:
            nonlocal since
            row = ended_row(step.row, how, time.monotonic() - since, before)
            since = time.monotonic()
            if self._end(agenda, [(row, how)]):
                del left[step]

        def ended(at: int, how: Outcome | AppError) -> None:
            step, _, before = tasks[at]
            if isinstance(how, AppError) or not how.cancelled:
                end(step, how, before)

        def progress(stage: Stage, done: int, total: int) -> None:
            with self._wake:
                agenda.report(taken, stage, done, total)
            self._tell(agenda)

        for step in taken.steps:
            try:
                task, before = remaining(step.task, self._archive, agenda.created)
            except AppError as error:
                end(step, error, 0)
                continue
            if task is None:
                end(step, Outcome(), before)
            else:
                tasks.append((step, task, before))
        if tasks:
            todo, listener = [task for _, task, _ in tasks], Listener(progress, self._on_edit, ended)
            run(
                todo,
                self._archive,
                hand.worker,
                listener=listener,
                cancelled=taken.stop,
                device=self._chosen_device(),
                cores=self._share_of_cores(),
            )

    def _share_of_cores(self) -> int:
        """How many cores each of the workers that are busy just now may use."""
        with self._wake:
            busy = sum(hand.run is not None for hand in self._hands)
        return max(workers.cores() // max(busy, 1), 1)

    # ---- shared

    def _end(self, agenda: Agenda, ends: Sequence[tuple[StepRow, Outcome | AppError]]) -> bool:
        """Keeps how steps have ended, all of them or none; when that cannot be kept, the job is halted."""
        if not ends:
            return True
        rows, job = [row for row, _ in ends], agenda.job.id
        with self._writing:
            with self._wake:
                state = agenda.state_after(rows)
            try:
                self._archive.jobs.end_steps(rows, job, state)
            except AppError as error:
                with self._wake:
                    agenda.halt(error)
                return False
            with self._wake:
                for row, how in ends:
                    agenda.end_step(row, how)
                self._kept[job] = self._kept[job][0], state
                self._notify()
        self._tell(agenda)
        return True

    def _ask(self, job_id: str, asked: Asked) -> None:
        with self._wake:
            agenda = self._agendas.get(job_id)
            if agenda is None or not agenda.job.is_open:
                return
            agenda.ask(asked)
            self._notify()
        self._tell(agenda)

    def _tell(self, agenda: Agenda) -> None:
        """Tells how a job stands now, once; never an older value after a newer one."""
        with self._telling:
            if agenda.job != agenda.told:
                agenda.told = agenda.job
                self._on_job(agenda.job)

    def _notify(self) -> None:
        self._news = True
        self._wake.notify_all()

    def _chosen_device(self) -> Device:
        return self._device or settings.load().device


class _Hand:
    """A worker and the thread that gives it steps; an `extra` one does only what a person asks for just now."""

    def __init__(self, engine: EngineName, worker: Worker, extra: bool, work: "Callable[[_Hand], None]") -> None:
        self.engine = engine
        self.worker = worker
        self.extra = extra
        self.leaving = False
        self.run: Run | None = None
        self.thread = threading.Thread(target=work, args=[self], name=f"jobs-{engine}", daemon=True)
