"""Many pages against kraken's own command line: `python -m tests.bench.many_pages [PAGES [MODEL]]`.

Twelve pages of the shared data, or as many as are said, through `lesepult read` and through kraken's
`-I 'DIR/*.jpg' -o .txt segment -bl ocr -m MODEL`, with the same model; prints whether the text is the same line by
line, and ours as a share of kraken's time: with one core, two, four, up to all that the machine has. Each run is a
process of its own that starts from nothing, so libraries and models are loaded in all of them.
"""

import json
import os
import shutil
import subprocess
import sys
import unicodedata
from functools import partial
from pathlib import Path

import psutil

from tests.bench.measuring import MODEL, ROOT, SHARED, own_home, seconds, show

PAGES = 12


def main() -> None:
    """Measures and prints."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else PAGES
    model = Path(sys.argv[2]) if len(sys.argv) > 2 else MODEL
    with own_home() as folder:
        pages = _copied(count, folder / "pages")
        theirs = seconds(partial(_kraken, folder / "pages", model))
        expected = [_shown(page.with_suffix(".txt").read_text(encoding="utf-8").splitlines()) for page in pages]
        show(f"kraken, {len(pages)} pages, {sum(map(len, expected))} lines", theirs, theirs, "kraken")
        cores = len(psutil.Process().cpu_affinity() or [0])
        for number in _steps(cores):
            archive = folder / f"archive{number}"
            _lesepult(None, "new", archive)
            _lesepult(None, "import", archive, *pages)
            ours = seconds(partial(_lesepult, number, "read", archive, "--pages", "all", "--model", model))
            read = json.loads(_lesepult(None, "text", archive, "--json"))["lines"]
            texts = [_shown([line["text"] for line in read if line["page"] == at]) for at in range(1, len(pages) + 1)]
            same = sum(a == b for a, b in zip(texts, expected, strict=True))
            show(f"ours on {number} cores, the same text on {same} pages", ours, theirs, "kraken")
            print(f"{'':<44} {theirs / ours:8.2f} times as fast")


def _steps(cores: int) -> list[int]:
    steps = [1]
    while steps[-1] * 2 < cores:
        steps.append(steps[-1] * 2)
    return steps if cores == 1 else [*steps, cores]


def _copied(count: int, folder: Path) -> list[Path]:
    """So many shared pages of all collections in turn, under names that sort in that order."""
    folder.mkdir()
    collections = [sorted(part.rglob("*.jpg")) for part in sorted((SHARED / "data").iterdir()) if part.is_dir()]
    turns = [part[at] for at in range(count) for part in collections if at < len(part)]
    return [Path(shutil.copy(page, folder / f"{at:03}.jpg")) for at, page in enumerate(turns[:count])]


def _shown(lines: list[str]) -> list[str]:
    """The lines as they are compared, without those in which nothing was read."""
    return [unicodedata.normalize("NFC", line).strip() for line in lines if line.strip()]


def _kraken(folder: Path, model: Path) -> None:
    program = Path(sys.executable).with_name("kraken")
    command = [program, "-I", f"{folder}/*.jpg", "-o", ".txt", "segment", "-bl", "ocr", "-m", model]
    subprocess.run(list(map(str, command)), check=True, capture_output=True)


def _lesepult(cores: int | None, *arguments: object) -> str:
    command = [sys.executable, "-m", "app", *map(str, arguments)]
    if cores is not None and hasattr(os, "sched_setaffinity"):
        chosen = ",".join(map(str, sorted(os.sched_getaffinity(0))[:cores]))
        command = ["taskset", "-c", chosen, *command]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    return done.stdout


if __name__ == "__main__":
    main()
