"""The queue of jobs in the archive's database: the only SQL for it.

A step is done when its row says so, in the transaction that counts what came of it. Which steps run just now is known
to the running program alone, so that what was running when it ended is simply not done yet.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, case, func, insert, select, true, update

from app.archive import migrate
from app.archive.database import engine_for, failures_told
from app.archive.schema import jobs, steps
from app.archive.values import Asked, JobRow, JobState, NewJob, StepRow
from app.errors import BadArchive, NotFound
from app.language import tr

_ENDED: tuple[JobState, ...] = ("done", "failed", "cancelled")
_IS_OPEN = jobs.c.state.not_in(_ENDED)
_SOON, _LATER = 0, 1
_counts = (
    select(
        steps.c.job,
        func.count().label("steps"),
        func.sum(case((steps.c.state == "waiting", 0), else_=1)).label("done"),
        func.sum(case((steps.c.state == "failed", 1), else_=0)).label("failed"),
        func.count(steps.c.page.distinct()).label("pages"),
        func.sum(steps.c.found).label("found"),
        func.sum(steps.c.read).label("read"),
    )
    .group_by(steps.c.job)
    .subquery("counts")
)
_JOBS = (
    select(jobs, *(column for column in _counts.c if column.name != "job"))
    .join(_counts, _counts.c.job == jobs.c.id)
    .order_by(jobs.c.seq)
)


class JobRows:
    """The jobs and their steps; each call is one transaction, callable from any thread."""

    def __init__(self, transaction: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._transaction = transaction
        self._seen: int | None = None

    def add(self, new: NewJob) -> tuple[StepRow, ...]:
        """Keeps a job that is to be done, and returns its steps."""
        row: dict[str, Any] = {"priority": _LATER if new.later else _SOON, "state": "waiting", "asked": "run"}
        row |= {"id": new.id, "title": new.title, "created": new.created}
        empty: dict[str, Any] = {"state": "waiting", "found": 0, "read": 0, "seconds": 0.0, "message": "", "hint": ""}
        with self._transaction() as connection:
            connection.execute(insert(jobs).values(**row))
            added = [empty | {"job": new.id, "page": page, "task": task} for page, task in new.steps]
            connection.execute(insert(steps), added)
            return _steps(connection, new.id)

    def open(self) -> tuple[JobRow, ...]:
        """The jobs that have not ended, oldest first."""
        with self._transaction() as connection:
            return _jobs(connection, _IS_OPEN)

    def newest(self, most: int) -> tuple[JobRow, ...]:
        """The jobs that have not ended and the newest of those that have, so many of these at most; oldest first."""
        ended = select(jobs.c.seq).where(jobs.c.state.in_(_ENDED)).order_by(jobs.c.seq.desc()).limit(most)
        chosen = _IS_OPEN | jobs.c.seq.in_(ended)
        with self._transaction() as connection:
            return _jobs(connection, chosen)

    def steps(self, job: str) -> tuple[StepRow, ...]:
        """All steps of a job, in order."""
        with self._transaction() as connection:
            return _steps(connection, job)

    def end_steps(self, ended: Iterable[StepRow], job: str, state: JobState) -> None:
        """Keeps how steps of a job ended, and how the job stands after that."""
        with self._transaction() as connection:
            for row in ended:
                values = msgspec.structs.asdict(row)
                known = {name: values[name] for name in ("state", "found", "read", "seconds", "message", "hint")}
                connection.execute(update(steps).where(steps.c.seq == row.seq).values(**known))
            _set_state(connection, job, state)

    def set_state(self, job: str, state: JobState, asked: Asked | None = None) -> None:
        """Keeps how a job stands, and what a person said of it here, if they did.

        Without `asked` that column is left alone: another program may have written it just now.
        """
        with self._transaction() as connection:
            if asked is not None:
                connection.execute(update(jobs).where(jobs.c.id == job).values(asked=asked))
            _set_state(connection, job, state)

    def ask(self, job: str | None, asked: Asked) -> tuple[str, ...]:
        """Says to whichever program runs them what is to become of a job, or of all that have not ended.

        Returns their ids; `NotFound` for a job that is not there or has ended. Writes nothing but that column.
        """
        named = true() if job is None else jobs.c.id == job
        statement = (
            update(jobs).where(_IS_OPEN, jobs.c.asked != "cancel", named).values(asked=asked).returning(jobs.c.id)
        )
        with self._transaction() as connection:
            told = tuple(connection.execute(statement).scalars())
        if job is not None and not told:
            raise NotFound(
                tr("There is no job “{job}” that has not ended.").format(job=job),
                tr("“lesepult jobs list” names the jobs of an archive."),
            )
        return told

    def asked_elsewhere(self) -> Mapping[str, Asked]:
        """What was said last of each job that has not ended; empty while no other program has written anything."""
        with self._transaction() as connection:
            version = connection.exec_driver_sql("PRAGMA data_version").scalar()
            if version == self._seen:
                return {}
            self._seen = version
            found = connection.execute(select(jobs.c.id, jobs.c.asked).where(_IS_OPEN))
            return {row.id: row.asked for row in found}


@contextmanager
def jobs_beside(folder: Path) -> Iterator[JobRows]:
    """The queue of an archive that may be open in another program, for a look and for `JobRows.ask` alone.

    Raises `BadArchive` when there is none, or when an older or newer version of the program made it.
    """
    file = folder / "archive.sqlite"
    if not file.is_file():
        raise BadArchive(
            tr("“{name}” is not an archive.").format(name=folder), tr("Choose the folder that holds archive.sqlite.")
        )
    newest = max(path.name[:4] for path in (migrate.FOLDER / "versions").glob("[0-9]*.py"))
    with failures_told(file), engine_for(file).connect() as connection:

        @contextmanager
        def transaction() -> Iterator[Connection]:
            with failures_told(file), connection.begin():
                yield connection

        with transaction():
            revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        if revision != newest:
            raise BadArchive(
                tr("“{name}” was made by another version of this program.").format(name=folder),
                tr("Open it once with the newest version."),
            )
        yield JobRows(transaction)


def _set_state(connection: Connection, job: str, state: JobState) -> None:
    ended = datetime.now(UTC) if state in _ENDED else None
    connection.execute(update(jobs).where(jobs.c.id == job).values(state=state, ended=ended))


def _steps(connection: Connection, job: str) -> tuple[StepRow, ...]:
    found = connection.execute(select(steps).where(steps.c.job == job).order_by(steps.c.seq)).mappings()
    return tuple(msgspec.convert(_named(row), StepRow) for row in found)


def _jobs(connection: Connection, which: ColumnElement[bool]) -> tuple[JobRow, ...]:
    found = connection.execute(_JOBS.where(which)).mappings()
    return tuple(msgspec.convert(_named(row) | {"later": row["priority"] == _LATER}, JobRow) for row in found)


def _named(row: RowMapping) -> dict[str, Any]:
    return {str(name): value for name, value in row.items()}  # SQLAlchemy's names are not quite str
