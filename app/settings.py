"""The person's settings, typed, in one small file; a file that cannot be read counts as none."""

from pathlib import Path
from typing import Literal

import msgspec

from app import paths

Device = Literal["auto", "cpu", "cuda", "mps"]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a person chose; every field has a value that works without choosing.

    `surya_base` is the address of a mirror of surya's models, empty for surya's own; `storage` is a folder for what can
    be had again, empty for the system's cache folder; `download_limit` is in bytes per second, 0 for none; `text_size`
    is in percent of the system's size.
    """

    language: Literal["de", "en", "es"] | None = None
    device: Device = "auto"
    model: str = "starter"
    recent: tuple[str, ...] = ()
    offline: bool = False
    resume_downloads: bool = True
    download_limit: int = 0
    surya_base: str = ""
    storage: str = ""
    text_size: int = 100


def load() -> Settings:
    """The settings as they were saved, or the ones to begin with."""
    try:
        return msgspec.json.decode(_file().read_bytes(), type=Settings)
    except (OSError, msgspec.MsgspecError):
        return Settings()


def save(settings: Settings) -> None:
    """Writes the settings whole; raises `AppError` where they cannot be written."""
    with paths.staged(_file()) as staging:
        staging.write_bytes(msgspec.json.format(msgspec.json.encode(settings), indent=2))


def _file() -> Path:
    return paths.config_dir() / "settings.json"
