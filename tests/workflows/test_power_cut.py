"""`kill -9` of the real desk while somebody types: at most the last second is lost, never the archive."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from app import edits
from app.archive import Archive
from app.scans import import_scans

LAST_SECOND = 1.0
TO_THE_DISK = 0.5
"""What a busy machine may take from the moment a text is handed over until it is on the disk."""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize("turn", range(4))
def test_a_killed_desk_loses_at_most_the_last_second_of_typing(tmp_path: Path, turn: int) -> None:
    scan, folder = tmp_path / "letter.png", tmp_path / "archive"
    Image.new("L", (600, 800), 230).save(scan)
    with Archive.create(folder) as archive:
        page = import_scans(archive, [scan]).pages[0].id
        archive.edit(page, partial(edits.draw_line, baseline=[(50, 100), (500, 100)], line_id="l0"))
    command = [sys.executable, str(Path(__file__).with_name("typing_desk.py")), str(folder)]
    env = dict(os.environ, PYTHONPATH=str(Path(__file__).resolve().parents[2]))
    desk = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env, start_new_session=True)
    assert desk.stdout is not None
    typed: list[tuple[float, str]] = []
    enough = threading.Event()

    def watch() -> None:
        assert desk.stdout is not None
        for row in desk.stdout:
            typed.append((time.monotonic(), row.rstrip("\n")))
            if typed[-1][0] - typed[0][0] > 2 + random.Random(turn).random() * 1.5:
                enough.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    assert enough.wait(60)
    killed = time.monotonic()
    os.kill(desk.pid, signal.SIGKILL)
    desk.wait()
    watcher.join()
    desk.stdout.close()

    with closing(sqlite3.connect(folder / "archive.sqlite")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with Archive.open(folder) as archive:
        saved = archive.page(page).lines[0].text
        history = [version.text for version in archive.history("l0")]
    due = [text for at, text in typed if at < killed - LAST_SECOND - TO_THE_DISK][-1].strip()
    assert len(due) > 10
    assert saved.startswith(due), "what was typed more than a second before the kill is in the archive"
    assert typed[-1][1].startswith(saved), "and nothing else is"
    assert history[-1] == saved
