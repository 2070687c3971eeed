"""A download as it stands: a value that is replaced while it goes on, made by `app.checkpoints.download`."""

from dataclasses import dataclass
from typing import Literal

from app.checkpoints.plan import Plan

State = Literal["planned", "waiting", "running", "paused", "verifying", "installed", "failed"]
Step = Literal["", "downloading", "verifying", "opening"]


@dataclass(frozen=True, slots=True)
class Download:
    """One model on its way.

    `done` and `total` are bytes, and `done` never gets smaller while the program runs; `transferred` is what really
    came over the network in this run. `speed` is in bytes per second, `left` in seconds and None while nobody can
    know. `note` says what is odd while it runs, `message` and `hint` why it was paused or failed.
    """

    id: str
    plan: Plan
    state: State
    done: int = 0
    total: int = 0
    step: Step = ""
    speed: float = 0.0
    left: float | None = None
    transferred: int = 0
    note: str = ""
    message: str = ""
    hint: str = ""
