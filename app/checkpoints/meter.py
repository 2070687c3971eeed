"""How fast bytes come, and how fast they may."""

import threading
import time
from collections import deque

WINDOW = 8.0
"""The seconds over which the speed is an average."""


class Meter:
    """Counts bytes; called under the lock of its owner."""

    def __init__(self) -> None:
        self.total = 0
        self._samples: deque[tuple[float, int]] = deque()

    def count(self, size: int) -> None:
        """So many bytes have come."""
        now = time.monotonic()
        if not self._samples:
            self._samples.append((now, self.total))
        self.total += size
        if now - self._samples[-1][0] >= 0.1:
            self._samples.append((now, self.total))
        while len(self._samples) > 2 and now - self._samples[1][0] > WINDOW:
            self._samples.popleft()

    def speed(self) -> float:
        """Bytes per second over the last seconds; 0 until there is a second to speak of."""
        if not self._samples:
            return 0.0
        first, before = self._samples[0]
        elapsed = time.monotonic() - first
        return (self.total - before) / elapsed if elapsed >= 1 else 0.0


class Limit:
    """At most so many bytes per second over all who share it; 0 for no limit."""

    def __init__(self, bytes_per_second: int = 0) -> None:
        self._rate = bytes_per_second
        self._lock = threading.Lock()
        self._free_at = time.monotonic()

    def take(self, size: int, stopped: threading.Event) -> None:
        """Waits until so many bytes may have come, or until `stopped`."""
        if not self._rate:
            return
        with self._lock:
            now = time.monotonic()
            self._free_at = max(self._free_at, now) + size / self._rate
            wait = self._free_at - now
        stopped.wait(wait)
