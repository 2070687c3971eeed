"""The errors that a person is meant to see; every other exception is a bug."""


class AppError(Exception):
    """Something went wrong that a person can understand: what it is, and what to do about it.

    Both texts are in the person's language already. `message` names the item (file, page, model);
    `hint` says what to do next and may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class BadScan(AppError):
    """A scan file, or one page of it, that cannot be used."""


class BadArchive(AppError):
    """A folder that cannot be opened as an archive, or not now."""


class BadModel(AppError):
    """A model file that cannot be used."""


class WorkerDied(AppError):
    """The engine's process ended in the middle of a job; what had arrived until then is kept."""


class NotFound(AppError):
    """A page, line or region was named that the archive does not hold."""


class Conflict(AppError):
    """An edit that no longer fits, because the page changed in between."""
