"""How Python looks for garbage, and how the C library deals with the large blocks of page images."""

import ctypes
import gc
import platform

_M_MMAP_THRESHOLD = -3
_LARGE = 4 * 1024 * 1024


def keep_large_blocks_apart() -> bool:
    """Has glibc take every block of 4 MiB and more from the system and give it back when it is freed; once, at start.

    By itself it goes over to recycling the 16 MiB blocks of which Pillow makes an image. Pillow then has to clear them
    by hand, with Python's lock held: the window stood still for 0.2 s whenever a page of 100 megapixels was decoded,
    and hundreds of megabytes stayed in the process. Does nothing, and says so, where the library is another.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    return bool(ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE))


def pass_over_what_stays() -> None:
    """Has the search for garbage pass over all that is there now; for when modules were imported, which stay.

    Otherwise it looks at each of a hundred thousand objects again, and the window stood still for 70 ms.
    """
    gc.freeze()
