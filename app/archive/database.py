"""How the database is opened, and what a person is told when SQLite fails."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from app import paths
from app.errors import AppError, BadArchive
from app.language import tr

_BUSY_SECONDS = 5


def engine_for(file: Path, *, migrating: bool = False) -> Engine:
    """An engine whose connections may be used from any thread and are closed with `Connection.close()`.

    Every transaction takes the write lock when it begins, so that none fails half-way because another program
    writes. Migrations leave foreign keys off, because SQLite changes a table by making it anew.
    """

    def connect() -> sqlite3.Connection:
        # isolation_level None: SQLAlchemy's event below begins the transactions, not Python's sqlite3.
        connection = sqlite3.connect(file, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA synchronous = FULL")  # what was saved survives a power cut
            connection.execute("PRAGMA trusted_schema = OFF")  # an archive may come from somebody else
            if not migrating:
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def failures_told(file: Path) -> Iterator[None]:
    """Raises what SQLite could not do as `AppError` or `BadArchive`; what is a bug of ours goes through as it is."""
    try:
        yield
    except DBAPIError as error:
        sentence = _sentence(error.orig, file)
        if sentence is None:
            raise
        raise sentence from error
    except sqlite3.Error as error:
        sentence = _sentence(error, file)
        if sentence is None:
            raise
        raise sentence from error
    except msgspec.DecodeError as error:
        raise damaged(file) from error


def damaged(file: Path) -> BadArchive:
    """The sentence for a database that is damaged or not ours."""
    return BadArchive(
        tr("“{name}” is damaged, or it is not the database of an archive.").format(name=file),
        tr("Put back a copy of this file from your backup; the scans beside it are not affected."),
    )


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _sentence(error: BaseException | None, file: Path) -> AppError | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the higher bits say more than a person needs
    failures = {
        sqlite3.SQLITE_FULL: errno.ENOSPC,
        sqlite3.SQLITE_READONLY: errno.EACCES,
        sqlite3.SQLITE_CANTOPEN: errno.EACCES,
        sqlite3.SQLITE_IOERR: errno.EIO,
    }
    if code in failures:
        return paths.unwritable(file, OSError(failures[code], os.strerror(failures[code])))
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return AppError(
            tr("“{name}” is in use by another program.").format(name=file),
            tr("Close that program and try again; nothing that was saved is lost."),
        )
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return damaged(file)
    return None
