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


def run(folder: Path | None = None) -> int:
    """Opens the window, with the archive in `folder` if one is given; returns when the window is closed."""
    app = make_application()
    window = make_window(app)
    window.show()
    if folder is not None:
        window.open_archive(folder)
    return app.exec()


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
    return app


def make_window(app: QApplication) -> MainWindow:
    """The window, which is told of every fault from now on."""
    faults = Faults(app)
    faults.install()
    window = MainWindow()
    faults.told.connect(window.show_error)
    memory.pass_over_what_stays()
    return window
