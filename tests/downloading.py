"""What the tests of downloads share: models that look like models, plans for them, and an eye on the progress."""

import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from app import paths
from app.checkpoints import store
from app.checkpoints.download import Fetch
from app.checkpoints.plan import About, EngineName, Plan, PlannedFile, Purpose
from app.checkpoints.staging import BLOCK
from app.checkpoints.state import Download
from app.checkpoints.work import Patience
from tests.servers.misbehaving import MisbehavingServer

QUICK = Patience(stall=20.0, first=0.01, longest=0.02, tries=4)
"""Waits hardly at all between tries, and long for a machine that is busy."""

SIZE = 3 * BLOCK + 12_345
CHILD = Path(__file__).resolve().parent / "download_child.py"


def weights(size: int = SIZE, seed: int = 1, header_size: int = 120) -> bytes:
    """A safetensors file of exactly so many bytes, with one tensor of random ones."""
    data = size - 8 - header_size
    header = json.dumps({"w": {"dtype": "U8", "shape": [data], "data_offsets": [0, data]}}).encode().ljust(header_size)
    return len(header).to_bytes(8, "little") + header + random.Random(seed).randbytes(data)


def plan_for(
    server: MisbehavingServer,
    files: Mapping[str, bytes],
    *,
    hashed: bool = True,
    sized: bool = True,
    connections: int = 1,
    name: str = "hand",
    **put: str | None,
) -> Plan:
    """Serves these files, and plans them as a model of kraken's that opens the first one."""
    planned = tuple(
        PlannedFile(
            name=file,
            url=server.put(f"/{name}/{file}", data, **put),
            size=len(data) if sized else None,
            hashes={"sha256": hashlib.sha256(data).hexdigest()} if hashed else {},
        )
        for file, data in files.items()
    )
    return Plan(
        name=f"zenodo:10.5281/zenodo.{name}",
        folder=f"kraken/{name}",
        reference="zenodo:10.5281/zenodo.1",
        about=About(title=f"The {name}", engine="kraken", purpose="recognition"),
        files=planned,
        weights=next(iter(files)),
        connections=connections,
    )


def opens(path: Path, engine: EngineName, purpose: Purpose) -> str:
    """An opener to which every file that is there is a model."""
    assert path.is_file()
    return f"{engine} for tests"


@dataclass
class Watch:
    """Everything that a download said of itself; it must never seem to go backwards."""

    told: list[Download] = field(default_factory=list)
    hook: Callable[[Download], object] = lambda _download: None

    def __call__(self, download: Download) -> None:
        if self.told:
            assert download.done >= self.told[-1].done, "the progress ran backwards"
        assert 0 <= download.done <= max(download.total, download.done)
        self.told.append(download)
        self.hook(download)

    @property
    def states(self) -> list[str]:
        """The states, each once for as long as it lasted."""
        return [
            now.state
            for before, now in zip([None, *self.told], self.told, strict=False)
            if now.state != getattr(before, "state", "")
        ]

    @property
    def notes(self) -> str:
        return " | ".join(dict.fromkeys(download.note for download in self.told if download.note))


def fetch(plan: Plan, watch: Watch | None = None, patience: Patience = QUICK, **options: object) -> Fetch:
    return Fetch(plan, opens, watch or Watch(), patience, **options)  # type: ignore[arg-type]


def check_installed(plan: Plan, files: Mapping[str, bytes]) -> None:
    """The model is there with exactly these bytes, whole, and no part of it is left."""
    model = store.by_name(plan.name)
    assert model is not None
    assert model.damaged == ()
    assert model.folder == paths.models_dir() / plan.folder
    there = {path.relative_to(model.folder).as_posix() for path in model.folder.rglob("*") if path.is_file()}
    assert there == {*files, "lesepult.json"}
    for name, data in files.items():
        assert (model.folder / name).read_bytes() == data, f"{name} has other bytes"
    recorded = {file.name: (file.size, file.sha256) for file in model.record.files}
    assert recorded == {name: (len(data), hashlib.sha256(data).hexdigest()) for name, data in files.items()}
    assert parts() == []


def parts() -> list[str]:
    """What lies in the staging folder beside the locks."""
    folder = paths.downloads_dir()
    return sorted(path.name for path in folder.iterdir() if path.name != "locks") if folder.is_dir() else []


def not_installed(plan: Plan) -> bool:
    """Whether neither a model nor anything that could be taken for one is there."""
    return store.by_name(plan.name) is None and not (paths.models_dir() / plan.folder).exists()


@contextmanager
def child(plan: Plan, *task: str) -> Iterator[subprocess.Popen[str]]:
    """A process that downloads; it says each new state and note on a line, and is killed with the block."""
    file = paths.config_dir() / "plan.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.encode(plan))
    process = subprocess.Popen(
        [sys.executable, str(CHILD), str(file), *task],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def lines(process: subprocess.Popen[str]) -> list[dict[str, str]]:
    """All that a child still says until it ends."""
    out, _ = process.communicate(timeout=120)
    return [json.loads(line) for line in out.splitlines()]
