"""How fast the desk answers a hand: `python -m tests.bench.desk_frames`.

On a page of 1,000 lines over a scan of 40 megapixels, at one and at two pixels a point, each in a process of its own:
frames of panning and zooming (the 95th of 100), the same with a look that evens out the paper, and from a key in the
current line to its paint. On 20,000 lines: until they are shown, and the same key. Ratios are to the same window's
frame without any line, or to the 16 ms in which a key must show.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PIL import Image

from app import edits
from app.archive import Archive
from app.geometry import Box
from app.page import Line, Page, Reading, Transcription
from app.scans import import_scans
from tests.bench.measuring import PAGE, own_home

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
FRAMES = 100
KEY = 0.016
WORDS = "Liebe Mutter, wir sind gut angekommen und denken oft an euch zu Hause"


def main() -> None:
    """Makes the pages once and measures each scale in a process of its own."""
    if len(sys.argv) > 1:
        measure(Path(sys.argv[1]))
        return
    with own_home() as folder:
        scan = folder / "scan.jpg"
        with Image.open(PAGE) as page:
            page.convert("RGB").resize((5500, 7300)).save(scan, quality=85)
        with Archive.create(folder / "archive") as archive:
            infos = import_scans(archive, [scan, scan, scan]).pages
            archive.edit(infos[0].id, partial(_with_lines, columns=10, rows=100))
            archive.edit(infos[1].id, partial(_with_lines, columns=40, rows=500))
        for scale in ("1", "2"):
            child = dict(os.environ, QT_SCALE_FACTOR=scale)
            subprocess.run(
                [sys.executable, "-m", "tests.bench.desk_frames", str(folder / "archive")], check=True, env=child
            )


def _with_lines(page: Page, columns: int, rows: int) -> Page:
    wide, high = page.width // columns, page.height // (rows + 1)
    lines = []
    for at in range(columns * rows):
        column, row = divmod(at, rows)
        x, y = column * wide, (row + 1) * high
        box = Box(x + wide // 20, y - high + 1, wide - wide // 10, high - 2)
        name = f"{page.id}-{at}"
        reading = Reading(f"t{name}", WORDS, 0.9, "kraken", "starter")
        written = Transcription(WORDS, reviewed=at % 4 == 0) if at % 2 == 0 else None
        lines.append(Line(f"l{name}", ((box.x, y - 4), (box.right, y - 4)), box.polygon(), None, (reading,), written))
    return edits.segment(page, (), lines)


def measure(archive: Path) -> None:
    """Measures in this process, at the scale that Qt was told."""
    from PySide6.QtWidgets import QApplication

    from app.looks import Look
    from widgets.start import make_application, make_window

    app = make_application()
    window = make_window(app)
    window.resize(1600, 1000)
    window.show()
    window.open_archive(archive)
    desk, view = window.desk, window.page_view

    def ready(page_id: str) -> bool:
        return desk.page is not None and desk.page.id == page_id and desk.image is not None and desk.image.width > 5000

    until(lambda: bool(desk.infos))
    thousand, many, bare = desk.infos

    def go(page_id: str) -> float:
        start = time.perf_counter()
        desk.open_page(page_id)
        until(lambda: desk.page is not None and desk.page.id == page_id)
        window.grab()
        took = time.perf_counter() - start
        until(lambda: ready(page_id))
        rest(3)  # until what the desk prepares in the background is done
        return took

    at = f"at {window.devicePixelRatio():g}x"
    go(bare)
    base = {name: frames(partial(move, view)) for name, move in MOVES.items()}
    go(thousand)
    for name, move in MOVES.items():
        show(f"{name}, no lines, {at}", base[name], base[name], "this")
        show(f"{name}, 1,000 lines, {at}", frames(partial(move, view)), base[name], "no lines")
    window.view_commands.show_look(Look(flatten=True, contrast=20))
    rest(1)
    show(f"panning, evened out, {at}", frames(partial(MOVES["panning"], view)), base["panning"], "no lines")
    show(f"zooming, evened out, {at}", frames(partial(MOVES["zooming"], view)), base["zooming"], "no lines")
    window.view_commands.show_look(Look())
    view.fit_page()
    key, block = keys(window, 500)
    show(f"key to paint, 1,000 lines, {at}", key, KEY, "16 ms")
    show(f"longest block while typing, {at}", block, 0.05, "50 ms")
    show(f"opening 20,000 lines, {at}", go(many), 1.0, "1 s")
    show(f"panning, 20,000 lines, {at}", frames(partial(MOVES["panning"], view)), base["panning"], "no lines")
    key, block = keys(window, 10_000)
    show(f"key to paint, 20,000 lines, {at}", key, KEY, "16 ms")
    show(f"longest block while typing, {at}", block, 0.05, "50 ms")
    window.close()
    QApplication.processEvents()


def _pan(view: object, number: int) -> None:
    if number == 0:
        view.fit_page()  # type: ignore[attr-defined]
        for _ in range(5):
            view.zoom_in()  # type: ignore[attr-defined]
    bar = view.verticalScrollBar()  # type: ignore[attr-defined]
    bar.setValue(bar.value() + 17)


def _zoom(view: object, number: int) -> None:
    if number % 20 == 0:
        view.fit_page()  # type: ignore[attr-defined]
    view.zoom_at(view.viewport().rect().center(), 1.09)  # type: ignore[attr-defined]


MOVES: dict[str, Callable[[object, int], None]] = {"panning": _pan, "zooming": _zoom}


def frames(move: Callable[[int], None]) -> float:
    """The 95th of 100 frames in seconds: from the move to everything painted."""
    from PySide6.QtWidgets import QApplication

    took = []
    for number in range(FRAMES):
        QApplication.processEvents()
        start = time.perf_counter()
        move(number)
        QApplication.processEvents()
        took.append(time.perf_counter() - start)
    return sorted(took)[95 * FRAMES // 100]


def keys(window: object, row: int) -> tuple[float, float]:
    """The 95th of 100 keys in seconds, from the key in the middle of the list to its paint, and the longest block."""
    from PySide6.QtCore import QEvent, QObject
    from PySide6.QtTest import QTest

    text = window.transcript  # type: ignore[attr-defined]
    text.go_to(text.model.lines[row].id)
    rest(1)
    _longest()
    editor = text.editor.text
    painted: list[float] = []

    class Watch(QObject):
        def eventFilter(self, _target: QObject, event: QEvent) -> bool:  # noqa: N802
            if event.type() == QEvent.Type.Paint:
                painted.append(time.perf_counter())
            return False

    watch = Watch()
    editor.viewport().installEventFilter(watch)
    took = []
    for number in range(FRAMES):
        painted.clear()
        start = time.perf_counter()
        QTest.keyClick(editor, "abcdefgh "[number % 9])
        until(lambda: bool(painted))
        took.append(painted[-1] - start)
        rest(0.02)
    editor.viewport().removeEventFilter(watch)
    return sorted(took)[95 * FRAMES // 100], _longest()


_blocks: list[float] = []


def _longest() -> float:
    """For how long in seconds the window's thread was busy at most since this was asked last."""
    longest = max(_blocks, default=0.0)
    _blocks.clear()
    return longest


def show(name: str, value: float, base: float, against: str) -> None:
    """One row in milliseconds, with its ratio."""
    print(f"{name:<40} {value * 1000:8.1f} ms   {value / base:6.2f} of {against}", flush=True)


def rest(seconds: float) -> None:
    """Lets the window work for a while."""
    end = time.perf_counter() + seconds
    until(lambda: time.perf_counter() > end)


def until(reached: Callable[[], bool], most: float = 120) -> None:
    """Lets the window work until something is so."""
    from PySide6.QtWidgets import QApplication

    end = time.perf_counter() + most
    while not reached():
        began = time.perf_counter()
        QApplication.processEvents()
        _blocks.append(time.perf_counter() - began)
        if time.perf_counter() > end:
            raise TimeoutError


if __name__ == "__main__":
    main()
