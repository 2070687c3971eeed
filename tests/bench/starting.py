"""From process start to the first painted window, and its memory: `python -m tests.bench.starting`.

Run it under a display of your own, or offscreen; a bare PySide6 window in the same run is what it is compared with.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from PIL import Image

from app.archive import Archive, NewPage
from tests.bench.measuring import PAGE, own_home, show

ROUNDS = 5
_BARE = """
import sys, time
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication(sys.argv)
window = QMainWindow()
"""
_DESK = """
import sys, time
from widgets.start import make_application, make_window
app = make_application()
window = make_window(app)
"""
_MANY = """
import sys, time
from pathlib import Path
import psutil
from PySide6.QtCore import QEventLoop
from widgets.start import make_application, make_window
app = make_application()
window = make_window(app)
window.show()
window.open_archive(Path(sys.argv[2]))
process = psutil.Process()
shown = 0.0
while window.desk.image is None:
    # Waiting, as the program does: a loop that spins would take every second turn from the threads.
    app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    if not shown and window.library.isVisible() and window.library.model.rowCount():
        window.grab()
        shown = time.monotonic() - float(sys.argv[1])
window.grab()
took = time.monotonic() - float(sys.argv[1])
print(shown, took, process.memory_info().rss, "torch" in sys.modules, flush=True)
window.close()
"""
PAGES = 10_000
_PAINTED = """
from PySide6.QtCore import QEvent, QObject
import psutil
class Watch(QObject):
    def eventFilter(self, target, event):
        if event.type() == QEvent.Type.Paint:
            app.removeEventFilter(self)
            process = psutil.Process()
            print(time.monotonic() - float(sys.argv[1]), process.memory_info().rss, "torch" in sys.modules, flush=True)
            app.quit()
        return False
watch = Watch()
app.installEventFilter(watch)
window.show()
app.exec()
"""


def main() -> None:
    """Starts both in turn and prints the medians."""
    with own_home():
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        bare, desk = [], []
        for _ in range(ROUNDS):
            bare.append(_start(_BARE + _PAINTED))
            desk.append(_start(_DESK + _PAINTED))
    base = median(time for time, *_ in bare)
    show("a bare PySide6 window, first paint", base, base, "a bare window")
    show("the desk, first paint", median(time for time, *_ in desk), base, "a bare window")
    memory, own = (median(rss for _, rss, _ in runs) / 1e6 for runs in (bare, desk))
    print(f"resident memory: bare {memory:.0f} MB, desk {own:.0f} MB ({own / memory:.2f})")
    print(f"torch imported: {'YES' if any(torch for *_, torch in desk) else 'no'}")
    with own_home() as folder:
        _make_many(folder / "archive")
        many = [_start(_MANY, str(folder / "archive")) for _ in range(ROUNDS)]
    show(f"the desk with {PAGES} pages listed", median(shown for shown, *_ in many), base, "a bare window")
    show("the same with its first page to read", median(whole for _, whole, *_ in many), base, "a bare window")
    print(f"torch imported: {'YES' if any(torch for *_, torch in many) else 'no'}")


def _make_many(folder: Path) -> None:
    """An archive of one document with so many pages, all of one scan."""
    with Archive.create(folder) as archive:
        scan = archive.put_scan(PAGE)
        with Image.open(PAGE) as image:
            pages = [NewPage(f"{at}", scan, ".jpg", 0, *image.size, 0) for at in range(PAGES)]
        archive.add_document("Register", pages)


def _start(script: str, *arguments: str) -> tuple[float, ...]:
    """The figures that a script prints, seconds first and last whether torch was imported."""
    # Linux, macOS and Windows count the monotonic clock for all processes together; when a process began is told in
    # hundredths of a second since a start of the machine that is known to the second.
    began = [sys.executable, "-c", script, str(time.monotonic()), *arguments]
    done = subprocess.run(began, check=True, capture_output=True, text=True)
    *figures, torch = done.stdout.split()
    return *map(float, figures), float(torch == "True")


if __name__ == "__main__":
    main()
