"""How many workers fit beside one another: found out from cores and memory whenever one more could be used."""

import os
from collections.abc import Sequence
from contextlib import suppress

from app.checkpoints import EngineName
from app.jobs.worker import Worker

MEMORY: dict[EngineName, int] = {"kraken": 2_000_000_000, "surya": 5_000_000_000}
"""Bytes of main memory that a worker may come to take.

kraken: the most that was seen while pages of 9 megapixels were segmented and read on a CPU (1.9 GB; 1.2 between
pages). surya: its published weights (1.4 GB, as half-precision numbers) twice over, a page and the libraries.
"""

CARD_MEMORY: dict[EngineName, int] = {"kraken": 3_000_000_000, "surya": 8_000_000_000}
"""Bytes of a graphics card's memory that a worker may come to take, where it computes there."""

STARTING = 2
"""How many workers may be there before the first has said how much memory a graphics card has."""


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def has_room(engine: EngineName, there: Sequence[tuple[EngineName, Worker]], more: int, *, on_card: bool) -> bool:
    """Whether so many more workers fit beside those that are there; the first of an engine always does.

    `on_card` says that they may compute on a graphics card. What workers have not taken yet but may still take counts
    as taken.
    """
    import psutil

    if all(other != engine for other, _ in there):
        return True
    if on_card and not _fits_card(engine, there, more):
        return False
    owed = sum(max(MEMORY[other] - _taken(worker), 0) for other, worker in there)
    return psutil.virtual_memory().available - owed >= more * MEMORY[engine]


def _fits_card(engine: EngineName, there: Sequence[tuple[EngineName, Worker]], more: int) -> bool:
    """By what the first worker found free on the card, before any had taken of it."""
    told = [worker.ready.memory for _, worker in there if worker.ready is not None]
    if not told:
        return len(there) < STARTING
    wanted = more * CARD_MEMORY[engine] + sum(CARD_MEMORY[other] for other, _ in there)
    return not max(told) or wanted <= max(told)


def _taken(worker: Worker) -> int:
    import psutil

    with suppress(psutil.Error):
        if worker.pid is not None:
            return int(psutil.Process(worker.pid).memory_info().rss)
    return 0
