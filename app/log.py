"""The program's own log: small files in `paths.log_dir()`, one for the window and one for commands."""

import contextlib
import logging
import logging.handlers
from typing import Literal

from app import paths


def start(name: Literal["window", "command"]) -> None:
    """Logs what happens to a file from now on; without one where the folder cannot be written."""
    with contextlib.suppress(OSError):
        paths.log_dir().mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            paths.log_dir() / f"{name}.log", maxBytes=1_000_000, backupCount=2, encoding="utf-8", delay=True
        )
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        logging.getLogger().addHandler(handler)
        logging.getLogger("app").setLevel(logging.INFO)
