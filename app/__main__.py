"""`lesepult`: without arguments the desk opens, with arguments it is the command line; each imports only its own."""

import os
import sys


def main() -> int:
    """Starts the window or the command line, in the person's language; 130 when Ctrl+C comes before that."""
    try:
        return _start()
    except KeyboardInterrupt:
        return 130


def _start() -> int:
    from pathlib import Path

    from app import language, paths, settings

    chosen = settings.load()
    language.use_language(chosen.language)
    if Path(chosen.storage).is_absolute():
        paths.use_storage(Path(chosen.storage))
    paths.sweep_jobs()
    if len(sys.argv) > 1:
        from app import cli

        return cli.main(sys.argv[1:])
    return _open_desk()


def _open_desk() -> int:
    """Opens the window, or says in one sentence why there can be none here."""
    from app.language import tr

    if sys.platform.startswith("linux") and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):
        sys.stderr.write(
            tr("There is no screen here to open a window on. “lesepult --help” shows the commands.") + "\n"
        )
        return 1
    try:
        from widgets.start import run
    except ImportError as error:
        sys.stderr.write(tr("The window cannot open: {reason}.").format(reason=error) + "\n")
        return 1
    return run()


if __name__ == "__main__":
    raise SystemExit(main())
