"""How the window stood when it was closed, in one small file; one that cannot be read counts as none.

Nothing here was chosen by the person, see `app.settings` for that; losing it loses no work.
"""

from pathlib import Path
from typing import Literal

import msgspec

from app import paths

Fit = Literal["page", "width", "reading", ""]
MOST_PLACES = 50


class Place(msgspec.Struct, frozen=True):
    """Where somebody was in an archive: page, current line, and what of the page was seen.

    `fit` says what the page was fitted to, "" that it was not; then `scale` is pixels of the screen for one of the
    page, and (`x`, `y`) the middle of what was seen, in pixels of the page.
    """

    page: str
    line: str | None = None
    fit: Fit = "page"
    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """The window's geometry and columns, as Qt writes them, which columns show, and the place in each archive."""

    geometry: bytes = b""
    columns: bytes = b""
    library: bool = True
    transcript: bool = True
    places: dict[str, Place] = {}

    def with_place(self, folder: str, place: Place) -> "Session":
        """The session with this place in the archive of that folder; of many archives the oldest is forgotten."""
        others = {name: known for name, known in self.places.items() if name != folder}
        kept = dict(list(others.items())[-MOST_PLACES + 1 :])
        return msgspec.structs.replace(self, places=kept | {folder: place})


def load() -> Session:
    """The session as it was kept, or a new one."""
    try:
        return msgspec.json.decode(_file().read_bytes(), type=Session)
    except (OSError, msgspec.MsgspecError):
        return Session()


def save(session: Session) -> None:
    """Writes the session whole; raises `AppError` where it cannot be written."""
    with paths.staged(_file()) as staging:
        staging.write_bytes(msgspec.json.encode(session))


def _file() -> Path:
    return paths.config_dir() / "session.json"
