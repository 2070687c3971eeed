"""Starting the window: the application, the log, Qt's own texts, and what happens after a fault."""

import logging
import sys
import threading
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QLibraryInfo, QObject, QTranslator, Signal
from PySide6.QtWidgets import QApplication

from app import log, memory, paths, settings
from app.errors import AppError
from app.language import current_language, tr
from widgets import text_size
from widgets.main_window import MainWindow
from widgets.outlines import use_outlines

_log = logging.getLogger("lesepult")


class Faults(QObject):
    """Takes every exception that nobody caught, on any thread: logs it, and tells the person one sentence."""

    told = Signal(object)
    """An `AppError`, on the GUI thread."""

    def install(self) -> None:
        """Takes them from now on."""
        sys.excepthook = self.take
        threading.excepthook = self._take_from_thread

    def take(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Logs an exception and tells of it; an interrupt from the keyboard ends the program as ever."""
        if issubclass(kind, KeyboardInterrupt):
            QApplication.exit(130)
            return
        _log.error("an exception that nobody caught", exc_info=(kind, error, trace))
        self.told.emit(
            AppError(
                tr("Something went wrong inside Lesepult. What was saved is safe."),
                tr("The log says more: {folder}").format(folder=paths.log_dir()),
            )
        )

    def _take_from_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self.take(args.exc_type, args.exc_value, args.exc_traceback)


class _KeyNames(QTranslator):
    """Calls keys what stands on them and in our texts: Qt says "Return" in German, and "Control" in Spanish."""

    def isEmpty(self) -> bool:  # noqa: N802 - Qt's name
        """Qt would not use an empty one."""
        return False

    def translate(
        self,
        context: str,
        sourceText: str,  # noqa: N803 - Qt's name
        disambiguation: str | None = None,  # noqa: ARG002 - Qt's signature
        n: int = -1,  # noqa: ARG002 - Qt's signature
    ) -> str | None:
        """The names of these keys, and of nothing else."""
        names = {"Return": tr("Enter"), "Enter": tr("Enter"), "Ctrl": tr("Ctrl"), "Esc": tr("Esc")}
        return names.get(sourceText) if context == "QShortcut" else None


def run(folder: Path | None = None) -> int:
    """Opens the window with the archive in `folder`, or else the one that was open last; returns when it is closed."""
    app = make_application()
    window = make_window(app)
    window.show()
    if (wanted := archive_to_open(folder)) is not None:
        window.open_archive(wanted)
    return app.exec()


def archive_to_open(folder: Path | None) -> Path | None:
    """The archive to begin with: the one that was named, or else the one that was open last, if it is there."""
    last = settings.load().recent[:1]
    return folder or next((Path(name) for name in last if Path(name).is_dir()), None)


def make_application() -> QApplication:
    """The application, with its log and Qt's own texts in the person's language."""
    memory.keep_large_blocks_apart()
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Lesepult")
    app.setDesktopFileName("lesepult")
    use_outlines(app)
    log.start("window")
    text_size.apply(settings.load().text_size)
    translator = QTranslator(app)
    if translator.load(f"qtbase_{current_language()}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        app.installTranslator(translator)
    app.installTranslator(_KeyNames(app))
    return app


def make_window(app: QApplication) -> MainWindow:
    """The window, which is told of every fault from now on."""
    faults = Faults(app)
    faults.install()
    window = MainWindow()
    faults.told.connect(window.show_error)
    memory.pass_over_what_stays()
    return window
