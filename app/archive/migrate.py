"""Makes the database of a new archive, and brings that of an older program up to date.

A migration is a file in `migrations/versions` whose name begins with its four-digit revision. It runs in one
transaction, after the database was copied, so that it succeeds or changes nothing.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection

from app import paths
from app.archive.database import damaged, engine_for, failures_told
from app.archive.schema import APPLICATION_ID
from app.errors import BadArchive
from app.language import tr

FOLDER = Path(__file__).parent / "migrations"


def create(file: Path) -> None:
    """Makes an empty database of the newest revision, whole or not at all."""
    with failures_told(file), paths.staged(file) as staging:
        _upgrade(staging)


def bring_up_to_date(file: Path) -> None:
    """Migrates the database when it is older than this program.

    The copy made before is `archive-before-<revision>.sqlite` beside it, with the revision that it is brought to.
    Raises `BadArchive`, and leaves the file as it is, when it is newer than this program, damaged or not ours.
    """
    revisions = sorted(path.name[:4] for path in (FOLDER / "versions").glob("[0-9]*.py"))
    revision = _stored_revision(file)
    if revision not in revisions:
        raise BadArchive(
            tr("“{name}” comes from a newer version of this program.").format(name=file.parent),
            tr("Update the program to open it; nothing in it was changed."),
        )
    if revision != revisions[-1]:
        _back_up(file, file.with_name(f"{file.stem}-before-{revisions[-1]}{file.suffix}"))
        with failures_told(file):
            _upgrade(file)


def _stored_revision(file: Path) -> str:
    """The revision in the database, read without writing: not even what a crashed program left in the WAL moves."""
    name = file.as_posix()
    address = f"file://{quote(name if name.startswith('/') else '/' + name)}?mode=ro"
    helpers = [path for path in (file.with_name(file.name + end) for end in ("-wal", "-shm")) if not path.exists()]
    try:
        with failures_told(file), closing(sqlite3.connect(address, uri=True)) as connection:
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            if application != APPLICATION_ID:
                raise damaged(file)
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    finally:
        for made in helpers:  # SQLite makes them to read, and may not remove them when it may not write
            made.unlink(missing_ok=True)
    if row is None:
        raise damaged(file)
    return str(row[0])


def _back_up(file: Path, copy: Path) -> None:
    with (
        failures_told(copy),
        paths.staged(copy) as staging,
        closing(sqlite3.connect(file)) as source,
        closing(sqlite3.connect(staging)) as target,
    ):
        source.backup(target)


def _upgrade(file: Path) -> None:
    engine = engine_for(file, migrating=True)
    with engine.connect() as connection, connection.begin():
        _run_alembic(connection)
        if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise damaged(file)


def _run_alembic(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
