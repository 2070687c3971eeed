"""Texts for rendered lines: sentences, words, invented words, numbers and signs, in three languages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from resources.make import phrases

Rng = np.random.Generator

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
ACCENTED = "ÄÖÜäöüßſÀÂÇÈÉÊËÎÏÔÙÛŒÆàâçèéêëîïôùûœæá"
SIGNS = ".,:;!?-–—_'’‘\"„“”«»‹›()[]/\\&%§°*+=#@$£½¼…†"
ALPHABET = frozenset(" " + LETTERS + ACCENTED + SIGNS)

_PAIRS = (('"', '"'), ("„", "“"), ("„", '"'), ("«", "»"), ("« ", " »"), ("»", "«"), ("“", "”"), ("(", ")"), ("[", "]"))
_MONTHS = ("Januar", "März", "April", "Mai", "Juli", "août", "février", "décembre", "March", "June", "October", "Sept.")
_UNITS = (
    "Mk.", "RM", "M.", "Pf.", "kg", "km", "%", "°", "fr.", "$", "£", "Uhr", "h.", "Std.", "St.", "m", "½", "¼", "#"
)  # fmt: skip


class TextMaker:
    """Makes lines of text; the same generator state and words give the same lines."""

    def __init__(self, rng: Rng, real_lines: Sequence[str]) -> None:
        """Takes the random generator and the training pages' own lines as further material."""
        self._rng = rng
        self._sentences = [
            *phrases.GERMAN_SENTENCES, *phrases.GERMAN_SENTENCES, *phrases.FRENCH_SENTENCES, *phrases.ENGLISH_SENTENCES
        ]  # fmt: skip
        self._real = [line for line in real_lines if len(line) > 12]
        found = Counter(re.findall(r"[^\W\d_]{2,}", " ".join(real_lines)))
        self._words = [*phrases.GERMAN_WORDS, *phrases.FRENCH_WORDS, *phrases.ENGLISH_WORDS, *sorted(found)]
        self._chains = self._learn(self._words)

    @staticmethod
    def _learn(words: Sequence[str]) -> dict[str, list[str]]:
        chains: dict[str, list[str]] = {}
        for word in words:
            padded = f"^^{word}$"
            for index in range(len(padded) - 2):
                chains.setdefault(padded[index : index + 2], []).append(padded[index + 2])
        return chains

    def _pick(self, items: Sequence[str]) -> str:
        return items[int(self._rng.integers(len(items)))]

    def _invented(self) -> str:
        state, word = "^^", ""
        while len(word) < 18:
            char = self._pick(self._chains[state])
            if char == "$":
                break
            word, state = word + char, state[1] + char
        return word or "und"

    def _number(self) -> str:
        n = self._rng.integers
        kind = int(n(10))
        forms = (
            f"{n(1, 32)}.{n(1, 13)}.{n(1850, 1960)}", f"{n(1, 32)}. {self._pick(_MONTHS)} {n(1800, 1960)}",
            f"{n(1, 9999)},{n(0, 100):02d} {self._pick(_UNITS)}", f"{n(1, 24)}.{n(0, 60):02d} Uhr",
            f"Nr. {n(1, 900)}/{n(10, 60)}", f"§ {n(1, 400)}", f"{n(1, 100)} {self._pick(_UNITS)}",
            f"{n(100, 100000)}", f"- {n(1, 300)} -", f"{n(1, 99)}{self._pick('/-+=:')}{n(1, 99)}",
        )  # fmt: skip
        return forms[kind]

    def _word(self) -> str:
        chance = self._rng.random()
        word = self._invented() if chance < 0.3 else self._number() if chance < 0.38 else self._pick(self._words)
        style = self._rng.random()
        if style < 0.10:
            word = word.capitalize()
        elif style < 0.16:
            word = word.upper()
        elif style < 0.18:
            word = "".join(self._pick(LETTERS + ACCENTED + SIGNS) for _ in range(int(self._rng.integers(1, 6))))
        return self._punctuated(word)

    def _punctuated(self, word: str) -> str:
        chance = self._rng.random()
        if chance < 0.04:
            left, right = _PAIRS[int(self._rng.integers(len(_PAIRS)))]
            return left + word + right
        if chance < 0.16:
            return word + self._pick(",,,...;:!?-…")
        if chance < 0.19:
            return word + self._pick((" -", " –", " —", " &", "'s", "’s", " ;", " !", " ?", " :", ".-", " +", "*", "/"))
        return word

    def line(self, shortest: int, longest: int) -> str:
        """One line of text with a length between the two numbers of characters, only characters of the alphabet."""
        length = int(self._rng.integers(shortest, longest + 1))
        chance = self._rng.random()
        if chance < 0.35 and self._real:
            source = self._pick(self._real)
        elif chance < 0.6:
            source = self._pick(self._sentences)
        else:
            source = self._word()
        while len(source) < length:
            source += " " + (self._word() if chance >= 0.35 else self._pick(self._sentences))
        words = source.split(" ")
        start = int(self._rng.integers(len(words))) if chance < 0.6 else 0
        text = " ".join(words[start:] + words[:start])
        text = text if len(text) <= length else text[:length].rsplit(" ", 1)[0]
        text = "".join(char for char in text if char in ALPHABET)
        return re.sub(r"\s+", " ", text).strip() or "und"


def with_long_s(text: str) -> str:
    """The text with the long s where old print sets it: everywhere but at the end of a word."""
    return re.sub(r"s(?=[^\W\d_])", "ſ", text)
