"""Large blocks of memory go back to the system, where the C library can be told so; garbage is looked for in less."""

import platform
import subprocess
import sys

import pytest

_CHILD = """
import psutil
from PIL import Image
from app import memory
assert memory.keep_large_blocks_apart()
process = psutil.Process()
for _ in range(3):
    image = Image.new("RGB", (6000, 6000), "white")
    most = process.memory_info().rss
    del image
left = process.memory_info().rss
print(most - left)
"""

_FROZEN = """
import gc
from app import memory
memory.pass_over_what_stays()
print(gc.get_freeze_count(), len(gc.get_objects()))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_an_image_that_is_gone_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", _CHILD], check=True, capture_output=True, text=True)
    assert int(done.stdout) > 100_000_000


def test_what_was_imported_is_passed_over() -> None:
    done = subprocess.run([sys.executable, "-c", _FROZEN], check=True, capture_output=True, text=True)
    stays, looked_at = map(int, done.stdout.split())
    assert looked_at < stays / 10
