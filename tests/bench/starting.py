"""From process start to the first painted window, and its memory: `python -m tests.bench.starting`.

Run it under a display of your own, or offscreen; a bare PySide6 window in the same run is what it is compared with.
"""

import os
import subprocess
import sys
from statistics import median

from tests.bench.measuring import own_home, show

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
_PAINTED = """
from PySide6.QtCore import QEvent, QObject
import psutil
class Watch(QObject):
    def eventFilter(self, target, event):
        if event.type() == QEvent.Type.Paint:
            app.removeEventFilter(self)
            process = psutil.Process()
            print(time.time() - process.create_time(), process.memory_info().rss, "torch" in sys.modules, flush=True)
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


def _start(script: str) -> tuple[float, float, bool]:
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    time, memory, torch = done.stdout.split()
    return float(time), float(memory), torch == "True"


if __name__ == "__main__":
    main()
