"""The downloaders that are compared, each in a process of its own: `python -m tests.bench.download_clients NAME ...`.

Prints one line: seconds for the download alone, and the megabytes that the process grew by at its peak meanwhile.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.checkpoints.plan import Plan


def bench_plan(url: str, sha256: str, size: int, connections: int = 4) -> "Plan":
    """A plan for one file."""
    from app.checkpoints.plan import About, Plan, PlannedFile

    name = url.rsplit("/", 1)[1]
    return Plan(
        name="bench",
        folder="kraken/bench",
        reference="hf:bench",
        about=About(title="Bench", engine="kraken", purpose="recognition"),
        files=(PlannedFile(name=name, url=url, size=size, hashes={"sha256": sha256}),),
        weights=name,
        connections=connections,
    )


def ours(url: str, _out: Path) -> Callable[[], object]:
    """The model manager, from plan to installed: hashed, synced, renamed; opening is left out."""
    from app.checkpoints import connection, hashing, http, store  # noqa: F401 - imported before the clock starts
    from app.checkpoints.download import Fetch

    size, connections = int(os.environ["LESEPULT_BENCH_SIZE"]), int(os.environ["LESEPULT_BENCH_CONNECTIONS"])
    return Fetch(bench_plan(url, os.environ["LESEPULT_BENCH_SHA256"], size, connections), lambda *_: "nothing").run


def hub(url: str, out: Path) -> Callable[[], object]:
    """huggingface_hub's own plain download of a file."""
    from huggingface_hub.file_download import http_get

    def work() -> None:
        with out.open("wb") as file:
            http_get(url, file, expected_size=int(os.environ["LESEPULT_BENCH_SIZE"]))

    return work


def surya(url: str, out: Path) -> Callable[[], object]:
    """surya's own download of a checkpoint folder."""
    base, _, folder = url.rsplit("/", 1)[0].partition("/models/")
    os.environ["S3_BASE_URL"] = f"{base}/models"
    from surya.common.s3 import download_directory

    out.mkdir(parents=True, exist_ok=True)
    return lambda: download_directory(folder, str(out))


def curl(url: str, out: Path) -> Callable[[], object]:
    """curl to a file."""
    return lambda: subprocess.run(["curl", "-s", "-o", str(out), url], check=True)


def main() -> None:
    """Runs one of them."""
    name, url, out = sys.argv[1:4]
    work = {"ours": ours, "hub": hub, "surya": surya, "curl": curl}[name](url, Path(out))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"{seconds:.3f} {grown / 1000:.1f}", flush=True)


if __name__ == "__main__":
    main()
