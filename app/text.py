"""Text: the Unicode policy, and error rates with the normalisation stated.

Policy: everything kept is NFC, one line without line breaks; nothing else is changed, a long s stays a long s.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

NORMALISATION = "NFC, runs of white space as one space, none at the ends; letter case and punctuation count"


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """Edit distance over reference length; `distance` and `length` are in characters (CER) or words (WER)."""

    distance: int
    length: int

    @property
    def rate(self) -> float:
        """The share, 0 for two empty texts; it can exceed 1."""
        if not self.length:
            return float(self.distance > 0)
        return self.distance / self.length

    def __add__(self, other: "ErrorRate") -> "ErrorRate":
        return ErrorRate(self.distance + other.distance, self.length + other.length)


def normalised(text: str) -> str:
    """The text as error rates compare it; see `NORMALISATION`."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def cer(reference: str, read: str) -> ErrorRate:
    """The character error rate of a reading against a reference (Levenshtein over code points)."""
    a, b = normalised(reference), normalised(read)
    return ErrorRate(Levenshtein.distance(a, b), len(a))


def wer(reference: str, read: str) -> ErrorRate:
    """The word error rate of a reading against a reference; words are what white space parts."""
    a, b = normalised(reference).split(), normalised(read).split()
    return ErrorRate(Levenshtein.distance(a, b), len(a))


def total(rates: Iterable[ErrorRate]) -> ErrorRate:
    """The rate over many lines: all distances over all lengths, not the mean of the rates."""
    return sum(rates, ErrorRate(0, 0))
