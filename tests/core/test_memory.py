"""Giving freed memory back: it may be asked for at any time, on every system."""

from app import memory


def test_it_can_be_asked_for_again_and_again() -> None:
    for _ in range(3):
        blocks = [bytes(100_000) for _ in range(50)]
        del blocks
        memory.give_back()
