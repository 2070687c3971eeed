"""Giving freed memory back: where the C library can, and without a word where it cannot."""

import platform

from app import memory


def test_it_is_asked_of_glibc_and_of_nothing_else() -> None:
    assert (memory._trim() is not None) == (platform.libc_ver()[0] == "glibc")
    memory.give_back()
    memory.give_back()
