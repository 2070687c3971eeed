"""Every screen and state of the window as pictures: `python -m tests.screens OUT`.

From an archive of the shared scans with their ground truth, or of the sample letter where those are missing: German,
English and Spanish, light and dark, at one and at two pixels a point. Each combination is a process of its own, because
Qt takes the scale and the program the language when it starts.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from app import geometry, language, paths
from app.archive import Archive
from app.groundtruth import page_xml
from app.page import Line, Page, Reading, Region, Transcription, new_id
from app.scans import import_scans

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
LANGUAGES = ("de", "en", "es")
THEMES = ("light", "dark", "contrast")
SCALES = (1, 2)
SIZE = (1400, 900)
_PALETTES = {
    "dark": {
        "Window": "#2b2b2b", "WindowText": "#eeeeee", "Base": "#1e1e1e", "AlternateBase": "#2b2b2b", "Text": "#eeeeee",
        "Button": "#3a3a3a", "ButtonText": "#eeeeee", "Highlight": "#3d7eb8", "HighlightedText": "#ffffff",
        "ToolTipBase": "#333333", "ToolTipText": "#eeeeee", "PlaceholderText": "#999999", "Mid": "#555555",
        "Dark": "#222222", "Light": "#555555", "Midlight": "#444444", "Link": "#7ab8f5",
    },
    "contrast": {
        "Window": "#000000", "WindowText": "#ffffff", "Base": "#000000", "AlternateBase": "#000000", "Text": "#ffffff",
        "Button": "#000000", "ButtonText": "#ffff00", "Highlight": "#1aebff", "HighlightedText": "#000000",
        "ToolTipBase": "#000000", "ToolTipText": "#ffffff", "PlaceholderText": "#ffffff", "Mid": "#ffffff",
        "Dark": "#ffffff", "Light": "#ffffff", "Midlight": "#ffffff", "Link": "#ffff00",
    },
}  # fmt: skip
"""The colours that a system gives a window, by theme; contrast as Windows has it. Light is Qt's own."""


def main() -> None:
    """Renders all of them, or the one combination that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--language", choices=LANGUAGES)
    parser.add_argument("--theme", choices=THEMES)
    parser.add_argument("--scale", type=int, choices=SCALES)
    parser.add_argument("--archive", type=Path, help="an archive made before, which is copied")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lesepult-screens-") as name:
        scratch = Path(name)
        os.environ["LESEPULT_HOME"] = str(scratch / "home")
        if asked.archive is None:
            asked.archive = make_archive(scratch / "made")
        if asked.language and asked.theme and asked.scale:
            os.environ.update(QT_QPA_PLATFORM="offscreen", QT_SCALE_FACTOR=str(asked.scale), LANGUAGE=asked.language)
            language.use_language(asked.language)
            render(asked.out, asked.archive, scratch, asked.theme)
            return
        for lang in [asked.language] if asked.language else LANGUAGES:
            for theme in [asked.theme] if asked.theme else THEMES:
                for scale in [asked.scale] if asked.scale else SCALES:
                    folder = asked.out / f"{lang}-{theme}-{scale}x"
                    one = ["--language", lang, "--theme", theme, "--scale", str(scale), "--archive", str(asked.archive)]
                    subprocess.run([sys.executable, "-m", "tests.screens", str(folder), *one], check=True)
                    print(f"{folder}: {len(list(folder.glob('*.png')))} pictures", flush=True)


def make_archive(folder: Path) -> Path:
    """An archive of a few real pages, their first lines in every state, and one page without lines."""
    sets = [sorted((SHARED / name).glob("*.jpg"))[:2] for name in ("celestine", "typewritten/german")]
    if not any(sets):
        sets = [[paths.resources_dir() / "sample" / "letter.jpg"]]
    with Archive.create(folder) as archive:
        for files in sets:
            report = import_scans(archive, files)
            for info, file in zip(report.pages, files, strict=True):
                truth = _truth(info.id, file)
                if info is not report.pages[-1] or len(files) == 1:
                    archive.edit(info.id, partial(in_all_states, truth=truth))
    return folder


def _truth(page_id: str, scan: Path) -> Page:
    """The ground truth beside a scan: PAGE, or ALTO as kraken reads it."""
    if not scan.is_relative_to(SHARED):
        return page_xml.read(scan.with_suffix(".xml")).page
    from kraken.lib.xml import XMLPage

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = XMLPage(scan.with_suffix(".xml"), linetype="baselines").to_container().lines
    lines = tuple(
        Line(
            new_id("l"),
            tuple((int(x), int(y)) for x, y in line.baseline),
            tuple((int(x), int(y)) for x, y in line.boundary),
            transcription=Transcription(" ".join((line.text or "").split())),
        )
        for line in found
    )
    region = Region("r", geometry.hull(line.boundary for line in lines))
    return Page(page_id, 1, 1, (region,), tuple(replace(line, region="r") for line in lines))


def in_all_states(page: Page, truth: Page) -> Page:
    """The page with its ground truth as if somebody were half through it."""
    lines = tuple(_in_state(line, at) for at, line in enumerate(truth.lines))
    names = {region.id: new_id("r") for region in truth.regions}
    regions = tuple(replace(region, id=names[region.id]) for region in truth.regions)
    return replace(page, regions=regions, lines=tuple(replace(line, region=names.get(line.region)) for line in lines))


def _in_state(line: Line, at: int) -> Line:
    """The first lines reviewed, then a draft with a note, then suggestions of two models, the last not read."""
    line = replace(line, id=new_id("l"))
    words = line.text or "…"
    if at < 3:
        return replace(line, transcription=Transcription(words, reviewed=True))
    if at == 3:
        return replace(line, transcription=Transcription(words), note="Seite 2 vergleichen", second_look=True)
    if at > 8:
        return replace(line, transcription=None)
    read = words.replace("e", "c", 1)
    sure = tuple(
        0.45 if here != there else 0.7 if there in "mn" else 0.99 for here, there in zip(words, read, strict=True)
    )
    readings = (
        Reading(new_id("t"), words.replace("n", "u", 1), 0.91, "surya", "surya:text_recognition/2025_09_23"),
        Reading(new_id("t"), read, 0.88, "kraken", "starter", confidences=sure),
    )
    return replace(line, transcription=None, readings=readings)


def render(out: Path, made: Path, scratch: Path, theme: str) -> None:
    """Renders every screen in this process."""
    from PySide6.QtWidgets import QApplication

    from widgets.start import make_application, make_window

    app = make_application()
    if theme in _PALETTES:
        app.setPalette(_palette(theme))
    out.mkdir(parents=True, exist_ok=True)
    window = make_window(app)
    window.resize(*SIZE)
    window.show()
    for number, (name, widget) in enumerate(_screens(window, made, scratch)):
        rest(0.25)
        widget.grab().save(str(out / f"{number:02}-{name}.png"))
        for dialog in QApplication.topLevelWidgets():
            if dialog is not window and dialog.isVisible():
                dialog.close()
    window.close()


def _palette(theme: str) -> object:
    from PySide6.QtGui import QColor, QPalette

    palette = QPalette()
    for name, colour in _PALETTES[theme].items():
        palette.setColor(QPalette.ColorRole[name], QColor(colour))
    for role in ("Text", "ButtonText", "WindowText"):
        palette.setColor(
            QPalette.ColorGroup.Disabled,
            QPalette.ColorRole[role],
            QColor("#3ff23f" if theme == "contrast" else "#888888"),
        )
    return palette


Screens = Iterator[tuple[str, object]]


def _screens(window: object, made: Path, scratch: Path) -> Screens:
    """The screens in the order in which a person comes by them; each is shown when it is yielded."""
    yield from _beginning(window, made, scratch)
    yield from _page_and_transcript(window)
    yield from _views(window)
    yield from _dialogs(window)
    yield from _trouble(window)


def _beginning(window: object, made: Path, scratch: Path) -> Screens:
    desk = window.desk
    rest(0.5)
    yield "welcome", window
    desk.create_archive(scratch / "Briefe der Familie")
    until(lambda: desk.archive is not None)
    yield "empty archive", window
    folder = scratch / "Nachlass"
    shutil.copytree(made, folder)
    window.open_archive(folder)
    until(lambda: desk.archive is not None and desk.archive.folder == folder and desk.image is not None)
    yield "page", window


def _page_and_transcript(window: object) -> Screens:
    do, page = window.actions_by_name, window.desk.page
    window.transcript.go_to(page.lines[4].id)
    yield "suggestion", window
    window.transcript.go_to(page.lines[3].id)
    yield "draft with note", window
    do["tool_points"].trigger()
    yield "editing points", window
    do["tool_select"].trigger()
    do["characters"].trigger()
    yield "characters", window
    window.transcript.characters.edit_button.click()
    rest(0.3)
    yield "palette", _dialog(window)
    do["characters"].trigger()
    do["find_text"].trigger()
    window.finding.words.setText("en")
    window.finding.other.setText("ẽ")
    window.finding.model.show_other("ẽ")
    rest(0.5)
    yield "find and replace", window
    window.finding.close_panel()
    if page.regions:
        window.page_view.select((page.regions[0].id,))
        yield "region chosen", window


def _views(window: object) -> Screens:
    from app.looks import AS_SCANNED, Look

    do, page = window.actions_by_name, window.desk.page
    window.transcript.go_to(page.lines[3].id)
    do["reading_zoom"].trigger()
    yield "reading zoom", window
    do["fit"].trigger()
    for name in ("show_order", "show_readings"):
        do[name].trigger()
    yield "overlays", window
    for name in ("show_order", "show_readings"):
        do[name].trigger()
    do["look"].trigger()
    yield "look", _dialog(window)
    window.view_commands.show_look(Look(flatten=True, contrast=20))
    window.page_view.turn(-2)
    do["magnifier"].trigger()
    rest(0.5)
    yield "evened out, turned, magnified", window
    do["magnifier"].trigger()
    window.page_view.turn(0)
    window.view_commands.show_look(AS_SCANNED)


def _dialogs(window: object) -> Screens:
    from PySide6.QtWidgets import QApplication

    from widgets.align_dialog import AlignDialog

    do, page = window.actions_by_name, window.desk.page
    window.page_view.select((page.lines[5].id,))
    for name, action in (
        ("history", "line_history"),
        ("shortcuts", "shortcuts"),
        ("about", "about"),
        ("export", "export"),
    ):
        do[action].trigger()
        rest(0.3)
        yield name, _dialog(window)
    AlignDialog(page, 1, window).open()
    yield "align", _dialog(window)
    if page.regions:
        window.page_view.select((page.regions[0].id,))
        do["region_type"].trigger()
        yield "region type", _dialog(window)
    do["models"].trigger()
    rest(1)
    yield "models", _dialog(window)
    for activity in _activities():
        window.desk.activity.emit(activity)
    yield "reading under way", window
    do["jobs"].trigger()
    yield "jobs", _dialog(window)
    for activity in _activities()[2:]:
        window.desk.activity.emit(replace(activity, state="cancelled"))
    for popup in QApplication.topLevelWidgets():
        if popup is not window and popup.isVisible():
            popup.close()
    for menu in do.menus:
        menu.popup(window.mapToGlobal(window.rect().center()))
        yield f"menu {menu.title().replace('&', '')}", menu


def _activities() -> tuple[object, ...]:
    """What runs, waits, is done and has failed; an engine is not started for pictures."""
    from app.language import tr
    from widgets.jobs.activity import Activity

    page = tr("page {number}").format(number=1)
    read = tr("Reading: {pages}").format(pages=page)
    no_lines = tr("No lines were found. Draw them with “Draw line”.")
    return (
        Activity("1", tr("Finding lines: {pages}").format(pages=page), "done", message=no_lines),
        Activity("2", read, "failed", message=tr("There is not enough memory for this page."), page="p"),
        Activity("3", tr("Reading the whole archive"), "paused", pausable=True, done=120, total=418),
        Activity("4", read, "running", tr("line {done} of {total}").format(done=14, total=54), done=13, total=54),
    )


def _trouble(window: object) -> Screens:
    from app.errors import AppError
    from app.language import tr
    from widgets import text_size

    desk, text = window.desk, window.transcript
    empty = tr("“{name}” is empty.").format(name="Brief 3.jpg")
    window.show_error(AppError(empty, tr("Copy it again from where it came.")))
    text.on_refused(desk.page.id, desk.page.lines[9].id, "zu Hause angekommen")
    text.go_to(desk.page.lines[9].id)
    text.on_refused(desk.page.id, desk.page.lines[10].id, "und denken oft an euch")
    yield "messages and unsaved texts", window
    text_size.apply(200)
    rest(0.5)
    yield "text twice as large", window
    text_size.apply(100)
    for line in desk.page.lines[9:11]:
        text.on_saved(desk.page.id, line.id)
    bare = next(info for info in desk.infos.values() if not info.lines) if len(desk.infos) > 1 else None
    if bare is not None:
        desk.open_page(bare.id)
        until(lambda: desk.page.id == bare.id and desk.image is not None)
        yield "page without lines", window


def _dialog(window: object) -> object:
    """The dialog that was opened last."""
    from PySide6.QtWidgets import QApplication

    shown = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible() and widget is not window]
    return shown[-1] if shown else window


def rest(seconds: float) -> None:
    """Lets the window work for a while."""
    end = time.monotonic() + seconds
    until(lambda: time.monotonic() > end)


def until(reached: Callable[[], object], most: float = 30) -> None:
    """Lets the window work until something is so."""
    from PySide6.QtWidgets import QApplication

    end = time.monotonic() + most
    while not reached():
        if time.monotonic() > end:
            raise TimeoutError("a screen did not come")
        QApplication.processEvents()
        time.sleep(0.002)


if __name__ == "__main__":
    main()
