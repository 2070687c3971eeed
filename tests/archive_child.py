"""A program of its own beside a test of the archive: `archive_child.py TASK FOLDER`, told to go on by a line."""

import itertools
import json
import os
import sqlite3
import sys
from pathlib import Path

from app import edits
from app.archive import Archive
from app.errors import AppError


def hold(folder: Path) -> None:
    """Keeps the archive open until it is told to go on."""
    with Archive.open(folder):
        print("open", flush=True)
        sys.stdin.readline()


def write(folder: Path) -> None:
    """Writes "text 0", "text 1" ... to the first line, and prints each number when it is saved."""
    archive = Archive.open(folder)
    page = archive.pages()[0].id
    line = archive.page(page).lines[0].id
    for number in itertools.count():
        archive.edit(page, lambda page, number=number: edits.transcribe(page, line, f"text {number}"))
        print(number, flush=True)


def fill(folder: Path) -> None:
    """Types until files may grow no more, then once more when they may; prints what happened."""
    import resource

    archive = Archive.open(folder)
    info = archive.pages()[0]
    line = archive.page(info.id).lines[0].id
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    told, saved = "", -1
    for number in range(100):
        try:
            archive.edit(info.id, lambda page, number=number: edits.transcribe(page, line, f"{number} " + "x" * 9_000))
        except AppError as error:
            told = error.message
            break
        saved = number
    scan = folder.parent / "big.jpg"
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    scan.write_bytes(os.urandom(300_000))
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        archive.put_scan(scan)
        scan_told = ""
    except AppError as error:
        scan_told = error.message
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    now = archive.page(info.id)
    archive.edit(info.id, lambda page: edits.transcribe(page, line, "after"))
    archive.close()
    print(json.dumps([told, saved, now.lines[0].text.split()[0], now.revision, scan_told]), flush=True)


def unprivileged(folder: Path) -> None:
    """Opens the archive as a user whom the permission bits bind, and prints what that user is told."""
    if os.getuid() == 0:
        os.setuid(65534)
    try:
        Archive.open(folder).close()
        print("opened", flush=True)
    except AppError as error:
        print(error.message, flush=True)


def newer(folder: Path) -> None:
    """Stands for a newer program that was killed: its revision is in the WAL only."""
    connection = sqlite3.connect(folder / "archive.sqlite")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    print("done", flush=True)
    os._exit(0)


if __name__ == "__main__":
    globals()[sys.argv[1]](Path(sys.argv[2]))
