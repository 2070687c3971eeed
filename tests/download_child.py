"""A program of its own that downloads a model, and may be killed: `download_child.py PLAN.json [TASK [NUMBER]]`.

It prints a line of JSON for each new state or note, and one at the end of each run with what became of it.
"""

import json
import os
import signal
import sys
from pathlib import Path

import msgspec

from app.checkpoints.download import Fetch
from app.checkpoints.plan import Plan
from app.checkpoints.state import Download
from app.checkpoints.work import Patience
from app.errors import AppError

CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.truncate"}
"""The audit events of the calls by which folders change."""


def run(plan: Plan) -> None:
    """Fetches the model and says how it goes."""
    said = ("", "")

    def on_change(download: Download) -> None:
        nonlocal said
        if said != (download.state, download.note):
            said = (download.state, download.note)
            print(json.dumps({"state": download.state, "note": download.note}), flush=True)

    patience = Patience(stall=60.0, first=0.01, longest=0.02, tries=4)
    try:
        record = Fetch(plan, lambda _path, engine, _purpose: f"{engine} for tests", on_change, patience).run()
        end = {"end": "installed", "files": {file.name: file.sha256 for file in record.files}}
    except AppError as error:
        end = {"end": "error", "message": error.message, "hint": error.hint, "kind": getattr(error, "kind", "")}
    print(json.dumps(end), flush=True)


def die(plan: Plan, number: int) -> None:
    """Is killed in the moment before it changes a folder for the so-and-so-many-th time."""
    left = number

    def hook(event: str, _arguments: object) -> None:
        nonlocal left
        if event in CHANGES:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    run(plan)


def fill(plan: Plan, size: int) -> None:
    """Has a disk on which no file may be longer than this; then one with room again."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    run(plan)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    run(plan)


def refused(plan: Plan) -> None:
    """Runs where a security program forbids every connection."""

    def hook(event: str, _arguments: object) -> None:
        if event == "socket.connect":
            raise PermissionError(1, "Operation not permitted")

    sys.addaudithook(hook)
    run(plan)


if __name__ == "__main__":
    _, file, *task = sys.argv
    wanted = msgspec.json.decode(Path(file).read_bytes(), type=Plan)
    globals()[task[0] if task else "run"](wanted, *map(int, task[1:]))
