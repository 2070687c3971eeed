"""Memory that was freed and that the C library keeps: a page image leaves hundreds of megabytes of it."""

import ctypes
import sys
from collections.abc import Callable
from functools import cache


def give_back() -> None:
    """Gives freed memory back to the system where the C library has a call for that (glibc); any thread, a few ms."""
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):  # another C library, such as musl
        return None
