"""What surya put out for a line, as plain text: its tokens spelled, its tags taken out, nothing lost.

Tokens below 65536 are UTF-16 units; above come the pieces of formulas, and then the tags and signs. A "<" that stands
on the page is a unit and no tag, and surya escapes nothing, so nothing is unescaped here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from app.protocol import CharBox, Mark, MarkKind

MARKS: dict[str, MarkKind] = {
    "u": "underlined",
    "del": "struck",
    "s": "struck",
    "strike": "struck",
    "sup": "superscript",
    "sub": "subscript",
    "b": "bold",
    "i": "italic",
}
"""The tags that say something about the writing."""

_INLINE = {*MARKS, "mark", "small", "math"}
"""Tags within a word; any other one (a line break, a cell, an item) parts words."""

_TAG = re.compile(r"<(/?)([A-Za-z]+)")
_UNITS = 0x10000
_HIGH, _LOW = range(0xD800, 0xDC00), range(0xDC00, 0xE000)
_UNSPEAKABLE = {*range(0x09), *range(0x0E, 0x1C), 0x1F, *_HIGH, *_LOW, 0xFFFE, 0xFFFF}
"""Units that are no character, which no file could hold; a mark of replacement takes their place."""


@dataclass(frozen=True, slots=True)
class Alphabet:
    """What the tokens above the units stand for; those of `silent` steer the network and are no text."""

    names: dict[int, str]
    silent: frozenset[int]

    @classmethod
    def of(cls, tokenizer: Any) -> Self:
        """The alphabet of surya's tokenizer."""
        inner = tokenizer.ocr_tokenizer
        kinds = inner.special_tokens
        silent = {name for kind in ("system", "script", "reserved") for name in kinds.get(kind, ())}
        return cls(
            names=inner.math_absid_to_token | inner.absid_to_special,
            silent=frozenset(number for number, name in inner.absid_to_special.items() if name in silent),
        )


@dataclass(slots=True)
class Spelling:
    """A line's text with a confidence and a box for each code point, and what its tags meant, in code points of it.

    `raw` is the text with its tags, where it had any.
    """

    text: str = ""
    confidences: list[float] = field(default_factory=list)
    boxes: list[CharBox] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    raw: str = ""

    def add(self, text: str, confidence: float, box: CharBox) -> None:
        """Puts characters that share a confidence and a box at the end."""
        self.text += text
        self.confidences += [confidence] * len(text)
        self.boxes += [box] * len(text)


def spelled(tokens: Sequence[int], scores: Sequence[float], boxes: Sequence[CharBox], alphabet: Alphabet) -> Spelling:
    """Spells the tokens of a line; `boxes` are one a token, in any pixels."""
    line, tags = Spelling(), _Tags()
    at = 0
    while at < len(tokens):
        token, score, box = tokens[at], scores[at], boxes[at]
        at += 1
        if token < _UNITS:
            text = _character(token)
            if token in _HIGH and at < len(tokens) and tokens[at] in _LOW:
                text = chr(0x10000 + ((token - _HIGH.start) << 10) + tokens[at] - _LOW.start)
                score = (score + scores[at]) / 2
                at += 1
            line.add(text, score, box)
            line.raw += text
        elif token not in alphabet.silent:
            name = alphabet.names.get(token, "\ufffd")
            line.raw += name
            if tag := _TAG.match(name):
                tags.take(line, tag[2].lower(), closing=bool(tag[1]), score=score)
            else:
                line.add(name, score, box)
    tags.end(line)
    if line.raw == line.text:
        line.raw = ""
    return line


class _Tags:
    """The tags that are open on a line."""

    def __init__(self) -> None:
        self._open: dict[MarkKind, int] = {}
        self._parted = 0

    def take(self, line: Spelling, name: str, *, closing: bool, score: float) -> None:
        """Opens or closes what a tag means, or parts two words with a space that has the tag's confidence."""
        if kind := MARKS.get(name):
            if closing:
                self._close(line, kind)
            else:
                self._open.setdefault(kind, len(line.text))
        elif name not in _INLINE and line.text and not line.text[-1].isspace():
            line.add(" ", score, line.boxes[-1])
            self._parted = len(line.text)

    def end(self, line: Spelling) -> None:
        """Takes back a space after the last word, and closes what is still open, as far as the text goes."""
        if line.text and self._parted == len(line.text):
            line.text = line.text[:-1]
            del line.confidences[-1], line.boxes[-1]
        for kind in list(self._open):
            self._close(line, kind)

    def _close(self, line: Spelling, kind: MarkKind) -> None:
        start = self._open.pop(kind, len(line.text))
        if start < len(line.text):
            line.marks.append(Mark(kind=kind, start=start, end=len(line.text)))


def _character(unit: int) -> str:
    return "\ufffd" if unit in _UNSPEAKABLE else chr(unit)
