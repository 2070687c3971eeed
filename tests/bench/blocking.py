"""How long the window blocks at most while it works: `python -m tests.bench.blocking`.

A timer of 5 ms runs in the window's thread; the longest gap between two of its ticks is how long a person's hand
would have waited. Printed as a share of the 50 ms that the window may take.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.bench.download_clients import bench_plan
from tests.bench.downloading import FOLDER, serving, write_weights
from tests.bench.measuring import SHARED, own_home
from widgets.start import make_application, make_window

ALLOWED = 0.050
SMALL = SHARED / "data" / "typewritten" / "german" / "EHRI-BF-19381105_DE_03.jpg"


class Gaps:
    """The longest time in seconds for which the GUI thread did not come round."""

    def __init__(self, app: QApplication) -> None:
        self._app = app
        self._last = time.perf_counter()
        self._longest = 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(5)

    def until(self, reached: Callable[[], object], seconds: float = 300) -> None:
        """Runs the window until something is so."""
        end = time.monotonic() + seconds
        while not reached():
            assert time.monotonic() < end, "it never came"
            self._app.processEvents()
            time.sleep(0.0005)

    def rest(self, seconds: float) -> None:
        """Runs the window for a while."""
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > end)

    def measure(self, name: str, work: Callable[[], object], reached: Callable[[], object] = lambda: True) -> None:
        """Does something and prints the longest gap until it is done and settled."""
        self.rest(0.3)
        self._last, self._longest = time.perf_counter(), 0.0
        work()
        self.until(reached)
        self.rest(1)
        print(
            f"{name:<34} longest gap {self._longest * 1000:4.0f} ms   {self._longest / ALLOWED:5.2f} of what is allowed"
        )

    def _tick(self) -> None:
        now = time.perf_counter()
        self._longest = max(self._longest, now - self._last)
        self._last = now


def main() -> None:
    """Goes through a day's work and prints a row for each part of it."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with own_home() as folder:
        many, large = _scans(folder)
        app = make_application()
        window = make_window(app)
        sys.excepthook = sys.__excepthook__  # what goes wrong here is to be seen; the log goes with the folder
        window.resize(1600, 1000)
        window.show()
        desk, gaps = window.desk, Gaps(app)

        def shown(page: str) -> bool:
            return desk.page is not None and desk.page.id == page and desk.image is not None

        gaps.measure("creating an archive", lambda: desk.create_archive(folder / "a"), lambda: desk.archive is not None)
        gaps.measure("importing 50 pages", lambda: desk.import_scans([many]), lambda: desk.image is not None)
        first = next(iter(desk.infos))
        gaps.measure("importing 9000 x 7000 pixels", lambda: desk.import_scans([large]), lambda: len(desk.infos) > 50)
        last = list(desk.infos)[-1]
        gaps.until(lambda: shown(last))
        gaps.measure("opening a small page", lambda: desk.open_page(first), lambda: shown(first))
        gaps.measure("opening the large page", lambda: desk.open_page(last), lambda: shown(last))
        gaps.measure(
            "zooming the large page", lambda: [(window.page_view.zoom_in(), gaps.rest(0.05)) for _ in range(8)]
        )
        gaps.measure("back to the small page", lambda: desk.open_page(first), lambda: shown(first))
        idle = lambda: window.activities.running is None  # noqa: E731
        gaps.measure("finding lines", window.read_commands.find_lines, lambda: idle() and desk.page and desk.page.lines)
        gaps.measure("reading the page", window.read_commands.read_page, lambda: idle() and desk.page.lines[0].readings)
        window.transcript.go_to(desk.page.lines[0].id)
        editor = window.transcript.editor.text
        keys = "wir sind gut angekommen und denken an euch"
        gaps.measure("typing", lambda: [(QTest.keyClicks(editor, key), gaps.rest(0.03)) for key in keys])
        gaps.measure(
            "stepping through lines", lambda: [(window.transcript.step(1), gaps.rest(0.05)) for _ in range(12)]
        )
        model = folder / "full.safetensors"
        sha256 = write_weights(model, 1 << 30)
        with serving(folder) as url:
            downloads = window.model_commands.manager
            plan = bench_plan(f"{url}{FOLDER}/{model.name}", sha256, 1 << 30)
            gaps.measure(
                "downloading and checking 1 GiB",
                lambda: downloads._core.add(plan),
                lambda: any(one.state in {"installed", "failed"} for one in downloads._core.all()),
            )
        window.close()


def _scans(folder: Path) -> tuple[Path, Path]:
    """A folder of 50 small pages, and one page of 63 million pixels."""
    many, large = folder / "many", folder / "large.jpg"
    many.mkdir()
    with Image.open(SMALL) as scan:
        page = scan.convert("RGB")
    for number in range(50):
        page.crop((number, 0, page.width, page.height)).save(many / f"{number}.jpg", quality=80)
    page.resize((9000, 7000)).save(large, quality=85)
    return many, large


if __name__ == "__main__":
    main()
