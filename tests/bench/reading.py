"""Segment and read one page against kraken's own command line: `python -m tests.bench.reading [PAGE [MODEL]]`.

Prints whether the text is the same line by line, what the first page costs (a new worker) and what each further one
costs (the warm worker), as shares of kraken's time. The runs alternate, so that a busy machine slows all alike.
"""

import subprocess
import sys
import threading
import unicodedata
from functools import partial
from pathlib import Path
from statistics import median

from app.archive import Archive
from app.jobs import Listener, Read, Worker, run_one
from app.scans import import_scans
from tests.bench.measuring import MODEL, PAGE, own_home, seconds, show

ROUNDS = 3


def main() -> None:
    """Measures and prints."""
    page = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE
    model = Path(sys.argv[2]) if len(sys.argv) > 2 else MODEL
    with own_home() as folder:
        theirs, first, further = [], [], []
        texts: list[list[str]] = []
        for turn in range(ROUNDS):
            out = folder / f"kraken{turn}.txt"
            theirs.append(seconds(partial(_kraken, page, model, out)))
            with Archive.create(folder / f"archive{turn}") as archive, Worker() as worker:
                one, two = import_scans(archive, [page, page]).pages
                first.append(seconds(partial(_read, archive, worker, one.id, model)))
                further.append(seconds(partial(_read, archive, worker, two.id, model)))
                texts += [[line.text for line in archive.page(p.id).lines] for p in (one, two)]
        expected = out.read_text(encoding="utf-8").splitlines()
    same = all(_shown(text) == _shown(expected) for text in texts)
    print(f"{len(expected)} lines, the same text line by line: {'yes' if same else 'NO'}")
    base = median(theirs)
    show("kraken -i PAGE OUT segment -bl ocr -m MODEL", base, base, "kraken")
    show("first page, new worker (at most 1.1)", median(first), base, "kraken")
    show("further page, warm worker (at most 0.75)", median(further), base, "kraken")


def _shown(lines: list[str]) -> list[str]:
    return [unicodedata.normalize("NFC", line).strip() for line in lines]


def _kraken(page: Path, model: Path, out: Path) -> None:
    program = Path(sys.executable).with_name("kraken")
    command = [program, "-i", page, out, "segment", "-bl", "ocr", "-m", model]
    subprocess.run(list(map(str, command)), check=True, capture_output=True)


def _read(archive: Archive, worker: Worker, page: str, model: Path) -> None:
    run_one(Read(page, model=str(model)), archive, worker, listener=Listener(), cancelled=threading.Event())


if __name__ == "__main__":
    main()
