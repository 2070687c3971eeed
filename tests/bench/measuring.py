"""What the benchmarks share: the shared scans, a home of their own, timing and the printed row."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
PAGE = SHARED / "data" / "typewritten" / "german" / "EHRI-BF-19380111_DE_01.jpg"
MODEL = SHARED / "models" / "catmus-print-fondue-tiny-2024-01-31.mlmodel"


@contextmanager
def own_home() -> Iterator[Path]:
    """A temporary folder that holds everything the program writes while it is open."""
    with tempfile.TemporaryDirectory(prefix="lesepult-bench-") as folder:
        os.environ["LESEPULT_HOME"] = str(Path(folder) / "home")
        yield Path(folder)


def seconds(work: Callable[[], object]) -> float:
    """How long a piece of work takes by the wall clock."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def show(name: str, value: float, base: float, against: str) -> None:
    """One row: a figure in seconds, and its ratio to what it is compared with."""
    print(f"{name:<44} {value:8.2f} s   {value / base:6.2f} of {against}")
