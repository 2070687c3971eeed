"""How soon a page can be read: `python -m tests.bench.page_open`.

A real scan at 12, 40 and 100 megapixels, opened in the whole window: until something readable is there (a preview, or
the whole image of a small scan), and until the whole image is. Cold is the first time after the import, warm every time
after, and lost is without what the import left in the cache. Beside it labelme's load of the same image with the same
number of polygons, in an environment of its own that is made for this and removed.
"""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from PIL import Image

from app import edits, paths
from app.archive import Archive
from app.geometry import Box
from app.page import Line, Page
from app.scans import import_scans
from tests.bench.measuring import PAGE, ROOT, own_home, show

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
Image.MAX_IMAGE_PIXELS = None
SIZES = (12, 40, 100)
"""In megapixels."""
LINES = 50
VISITED = 200
ROUNDS = 5

LABELME = """
import json, sys, time
from PyQt5 import QtWidgets
from labelme.app import MainWindow

app = QtWidgets.QApplication([])
window = MainWindow()
window.resize(1400, 900)
window.show()
took = {}
for name in sys.argv[1:]:
    rounds = []
    for _ in range(5):
        start = time.perf_counter()
        window._load_file(name)
        app.processEvents()
        window.grab()
        rounds.append(time.perf_counter() - start)
    took[name] = sorted(rounds)[2]
print(json.dumps(took))
"""


def main() -> None:
    """Prints both times for each size, cold and warm, labelme's, and the memory after many pages."""
    with own_home() as folder:
        scans = [_scan(folder, size) for size in SIZES]
        rival = _labelme(folder, scans)
        with Archive.create(folder / "archive") as archive:
            for info in import_scans(archive, scans).pages:
                archive.edit(info.id, _with_lines)
        _measure(folder / "archive", rival)


def _scan(folder: Path, megapixels: int) -> Path:
    """The shared page scaled to so many pixels."""
    target = folder / f"scan-{megapixels}.jpg"
    with Image.open(PAGE) as page:
        by = (megapixels * 1e6 / (page.width * page.height)) ** 0.5
        page.convert("RGB").resize((round(page.width * by), round(page.height * by))).save(target, quality=85)
    return target


def _labelme(folder: Path, scans: list[Path]) -> dict[str, float]:
    """The middle of five rounds in seconds, by megapixels; nothing where it cannot be had."""
    uv, env = [str(ROOT / ".venv" / "bin" / "uv")], folder / "labelme"
    offline = subprocess.run([*uv, "venv", "-q", "--python", sys.executable, str(env)], check=False).returncode
    python = str(env / "bin" / "python")
    if offline or subprocess.run([*uv, "pip", "install", "-q", "--python", python, "labelme"], check=False).returncode:
        print("labelme could not be installed here; the ratios are to our own readable page")
        return {}
    names = {}
    for size, scan in zip(SIZES, scans, strict=True):
        names[str(_annotated(scan))] = str(size)
    script = folder / "rival.py"
    script.write_text(LABELME)
    child = dict(os.environ, HOME=str(folder / "labelme-home"))
    ran = subprocess.run([python, str(script), *names], check=True, capture_output=True, text=True, env=child)
    took = json.loads(ran.stdout.splitlines()[-1])
    return {size: took[name] for name, size in names.items()}


def _annotated(scan: Path) -> Path:
    """What labelme keeps beside an image: the same polygons that our page has."""
    with Image.open(scan) as image:
        page = _with_lines(Page("p", *image.size))
    shapes = [
        {"label": "line", "points": line.boundary, "group_id": None, "shape_type": "polygon", "flags": {}}
        for line in page.lines
    ]
    target = scan.with_suffix(".json")
    facts = {"version": "5.0.0", "flags": {}, "shapes": shapes, "imagePath": scan.name, "imageData": None}
    target.write_text(json.dumps({**facts, "imageHeight": page.height, "imageWidth": page.width}))
    return target


def _with_lines(page: Page) -> Page:
    step = page.height // (LINES + 2)
    lines = [
        Line(f"l{page.id}{at}", ((100, step * at + step), (page.width - 100, step * at + step)),
             Box(100, step * at + 9, page.width - 200, step - 9).polygon())
        for at in range(LINES)
    ]  # fmt: skip
    return edits.segment(page, (), lines)


def _previews() -> Path:
    return paths.cache_dir() / "previews"


def _measure(archive: Path, rival: dict[str, float]) -> None:
    from widgets.start import make_application, make_window

    imported = {file.name: file.read_bytes() for file in _previews().glob("*.jpg")}
    app = make_application()
    window = make_window(app)
    window.show()
    window.open_archive(archive)
    _until(app, lambda: len(window.desk.infos) == len(SIZES) and window.desk.image is not None)
    ids = list(window.desk.infos)
    for size, page_id in zip(SIZES, ids, strict=True):
        for kind in ("cold", "warm", "cache lost"):
            kept = {"cold": imported, "warm": None, "cache lost": {}}[kind]
            readable, whole = _best(app, window, ids, page_id, kept)
            base = rival.get(str(size), 0.0) or readable
            against = "labelme" if rival else "this"
            show(f"{size} megapixels, {kind}, readable", readable, base, against)
            show(f"{size} megapixels, {kind}, whole", whole, base, against)
        if rival:
            show(f"{size} megapixels, labelme", rival[str(size)], rival[str(size)], "labelme")
    most = 0.0
    for number in range(VISITED):
        window.desk.open_page(ids[number % 2])
        _until(app, lambda number=number: _shown(window, ids[number % 2]))
        most = max(most, _resident())
    _until(app, lambda: _whole(window, ids[(VISITED - 1) % 2]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"resident after {VISITED} pages of {SIZES[0]} and {SIZES[1]} megapixels: {_resident():.0f} MB")
    print(f"while turning {most:.0f} MB at most, with the page of {SIZES[2]} megapixels {peak:.0f} MB")
    window.close()


def _best(
    app: object, window: object, ids: list[str], page_id: str, previews: dict[str, bytes] | None
) -> tuple[float, float]:
    """The middle of a few rounds: seconds until the page is readable, and until its whole image is there.

    With `previews` the cache holds these and no others each time.
    """
    found = []
    other = next(each for each in ids if each != page_id)
    for _ in range(ROUNDS):
        window.desk.open_page(other)  # type: ignore[attr-defined]
        _until(app, lambda: _whole(window, other))
        if previews is not None:
            for kept in _previews().glob("*.jpg"):
                kept.unlink()
            for name, data in previews.items():
                (_previews() / name).write_bytes(data)
        start = time.perf_counter()
        window.desk.open_page(page_id)  # type: ignore[attr-defined]
        _until(app, lambda: _shown(window, page_id))
        window.page_view.grab()  # type: ignore[attr-defined]
        readable = time.perf_counter() - start
        _until(app, lambda: _whole(window, page_id))
        window.page_view.grab()  # type: ignore[attr-defined]
        found.append((readable, time.perf_counter() - start))
    return sorted(first for first, _ in found)[ROUNDS // 2], sorted(last for _, last in found)[ROUNDS // 2]


def _shown(window: object, page_id: str) -> bool:
    desk = window.desk  # type: ignore[attr-defined]
    return desk.page is not None and desk.page.id == page_id and desk.image is not None


def _whole(window: object, page_id: str) -> bool:
    desk = window.desk  # type: ignore[attr-defined]
    return _shown(window, page_id) and desk.image.width == desk.page.width


def _until(app: object, condition: object, most: float = 60) -> None:
    end = time.perf_counter() + most
    while not condition():  # type: ignore[operator]
        app.processEvents()  # type: ignore[attr-defined]
        if time.perf_counter() > end:
            raise TimeoutError


def _resident() -> float:
    """What this process holds in memory now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


if __name__ == "__main__":
    main()
