"""The window's process: what it must not import, and what it says without a screen."""

import os
import re
import subprocess
import sys
from pathlib import Path

import msgspec
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication

from app import language, settings
from widgets import start

_OPEN = """
import sys
from pathlib import Path
from widgets.start import make_application, make_window
app = make_application()
window = make_window(app)
window.show()
app.processEvents()
window.close()
heavy = {"torch", "kraken", "surya", "transformers", "scipy", "skimage", "cv2", "lightning"}
print(sorted(heavy & {name.partition(".")[0] for name in sys.modules}))
"""


def test_the_window_imports_no_engine() -> None:
    done = subprocess.run([sys.executable, "-c", _OPEN], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_call_into_qt_costs_no_reference_to_none(qapp: QApplication) -> None:
    # PySide6 6.12.0 on Python 3.11 lost one a call, which ended the process after some thousands.
    before = sys.getrefcount(None)
    for _ in range(500):
        qapp.processEvents()
    assert sys.getrefcount(None) - before > -100


def test_the_archive_that_was_open_last_is_open_again(tmp_path: Path) -> None:
    there, gone = tmp_path / "there", tmp_path / "gone"
    there.mkdir()
    assert start.archive_to_open(None) is None
    settings.save(msgspec.structs.replace(settings.load(), recent=(str(there), str(gone))))
    assert start.archive_to_open(None) == there
    assert start.archive_to_open(gone) == gone, "what is named is opened, and says itself that it is not there"
    settings.save(msgspec.structs.replace(settings.load(), recent=(str(gone), str(there))))
    assert start.archive_to_open(None) is None, "another than the last would not be what somebody expects"


def test_no_widget_overrides_event() -> None:
    # PySide6 6.11 ends the process when, under an override that calls on, a handler meets an error that C code raised,
    # such as that of an index: see `widgets.page_zoom.ZoomView.eventFilter`.
    source = Path(start.__file__).parent
    overrides = re.compile(r"^    def (event|viewportEvent|notify)\(", re.MULTILINE)
    assert [file.name for file in source.rglob("*.py") if overrides.search(file.read_text(encoding="utf-8"))] == []


def test_without_a_screen_one_sentence_is_said() -> None:
    env = {key: value for key, value in os.environ.items() if key not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    env.pop("QT_QPA_PLATFORM", None)
    done = subprocess.run([sys.executable, "-m", "app"], capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 1
    assert "no screen" in done.stderr
    assert "Traceback" not in done.stderr


def test_keys_are_called_what_stands_on_them(qapp: QApplication) -> None:
    keys = QKeySequence("Ctrl+Return")
    names = start._KeyNames()
    language.use_language("de")
    try:
        qapp.installTranslator(names)
        assert keys.toString(QKeySequence.SequenceFormat.NativeText) == "Strg+Eingabe"
        before = sys.getrefcount(None)
        for _ in range(500):
            assert QCoreApplication.translate("QShortcut", "Tab") == "Tab"
        assert sys.getrefcount(None) > before - 250
    finally:
        qapp.removeTranslator(names)
        language.use_language("en")
