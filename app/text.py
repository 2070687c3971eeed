"""Text: the Unicode policy, error rates with the normalisation stated, and where two texts of one line differ.

Policy: everything kept is NFC, one line without line breaks; nothing else is changed, a long s stays a long s.
Positions are code points of the text as it stands. A word is what white space parts, with its punctuation and its
combining marks.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import Levenshtein

from app.page import Line, Mark, MarkKind, Page, Reading

_WORD = re.compile(r"\S+")
_MOST_COMPARED = 4_000_000
"""The most pairs of characters that are compared to follow marks; beyond it, what changed counts as one piece."""
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


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text, from code point `start` to before `end`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Difference:
    """Words `start` to before `end` of a text, for which another text has `other`, its own words by its own range.

    Where one of them has nothing, its range is empty and stands at the end of the word before.
    """

    start: int
    end: int
    other_start: int
    other_end: int
    other: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A reading beside the one that is shown; the differences are the shown text's, this reading is the other."""

    reading: Reading
    differences: tuple[Difference, ...]


def tokens(text: str) -> tuple[Token, ...]:
    """The words of a text, in order."""
    return tuple(Token(found.group(), found.start(), found.end()) for found in _WORD.finditer(text))


def differing(text: str, other: str) -> tuple[Difference, ...]:
    """Where two texts differ, in whole words; words that differ side by side are one difference.

    Words are equal when their NFC is. The fewest words differ that can (Levenshtein over words).
    """
    ours, theirs = tokens(text), tokens(other)
    steps = Levenshtein.opcodes(_comparable(ours), _comparable(theirs))
    found = []
    for equal, run in itertools.groupby(steps, key=lambda step: step.tag == "equal"):
        if not equal:
            first, *_, last = [*(block := list(run)), block[-1]]
            start, end = _span(ours, first.src_start, last.src_end)
            other_start, other_end = _span(theirs, first.dest_start, last.dest_end)
            found.append(Difference(start, end, other_start, other_end, other[other_start:other_end]))
    return tuple(found)


def with_word(text: str, other: str, at: int) -> str | None:
    """The text with what another one has in place of the words that differ at a position, None where none do.

    At the very end of a text there is no word: the cursor stands there unless somebody moved it.
    """
    if at >= len(text):
        return None
    found = next((words for words in differing(text, other) if words.start <= at <= words.end), None)
    if found is None:
        return None
    before, after = text[: found.start], text[found.end :]
    if found.other and found.start == found.end:  # words that the text lacks stand after the word before
        return f"{before} {found.other}{after}" if before else f"{found.other} {after}"
    return before + found.other + after if found.other else before + after.lstrip()


def unsure(reading: Reading, below: float) -> tuple[tuple[int, int], ...]:
    """The stretches of a reading whose characters all have less than this confidence, 0 to 1."""
    low = [at for at, sure in enumerate(reading.confidences) if sure < below and at < len(reading.text)]
    runs = itertools.groupby(enumerate(low), key=lambda item: item[1] - item[0])
    return tuple((run[0][1], run[-1][1] + 1) for run in (list(items) for _, items in runs))


def distance(one: str, other: str) -> float:
    """How much two texts differ, 0 to 1: edit distance over the longer one's length, both as in `NORMALISATION`."""
    return float(Levenshtein.normalized_distance(normalised(one), normalised(other)))


def compared(line: Line) -> tuple[Compared, ...]:
    """The newest reading of every other reader (`Reading.origin`) beside the newest of all, the latest first."""
    shown, *others = _newest_by_origin(line) or (None,)
    if shown is None:
        return ()
    return tuple(Compared(reading, differing(shown.text, reading.text)) for reading in others)


def disagreement(line: Line) -> float | None:
    """The largest `distance` between the newest readings of two readers; None where fewer than two have read it."""
    pairs = itertools.combinations(_newest_by_origin(line), 2)
    return max((distance(one.text, other.text) for one, other in pairs), default=None)


def by_disagreement(page: Page) -> tuple[Line, ...]:
    """The lines, those first where readers differ most; last those with one reader; reading order among equals."""

    def key(line: Line) -> float:
        share = disagreement(line)
        return 1.0 if share is None else -share

    return tuple(sorted(page.lines, key=key))


def moved_marks(before: str, after: str, marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """The marks of a text as they stand after it was edited.

    What is put in before a mark shifts it, inside it belongs to it, beside it does not; what is taken out of it
    shrinks it, and it goes with its last character. A character that gives way to another hands its marks on.
    """
    marks = tuple(mark for mark in marks if 0 <= mark.start < mark.end <= len(before))
    if before == after or not marks:
        return marks
    places = _places(before, after)
    moved = []
    for mark in marks:
        kept = [at for at in places[mark.start : mark.end] if at is not None]
        if kept:
            moved.append(replace(mark, start=kept[0], end=kept[-1] + 1))
    return tuple(dict.fromkeys(moved))


def toggled_mark(marks: Sequence[Mark], kind: MarkKind, start: int, end: int) -> tuple[Mark, ...]:
    """The marks with one more of this kind on a range, or with none of this kind there where all of it has it."""
    others = [mark for mark in marks if mark.kind != kind]
    covered = {at for mark in marks if mark.kind == kind for at in range(mark.start, mark.end)}
    wanted = set(range(start, end))
    covered = covered - wanted if wanted <= covered else covered | wanted
    runs: list[Mark] = []
    for at in sorted(covered):
        if runs and runs[-1].end == at:
            runs[-1] = replace(runs[-1], end=at + 1)
        else:
            runs.append(Mark(kind, at, at + 1))
    return tuple(sorted([*others, *runs], key=lambda mark: (mark.start, mark.end, mark.kind)))


def word_at(text: str, at: int) -> tuple[int, int]:
    """The word that a position is in or beside, the one that begins there first; an empty range where there is none."""
    beside = [token for token in tokens(text) if token.start <= at <= token.end]
    return (beside[-1].start, beside[-1].end) if beside else (at, at)


def _places(before: str, after: str) -> list[int | None]:
    """For each code point of a text where it is in the other, None where it was taken out."""
    least = min(len(before), len(after))
    head = next((at for at in range(least) if before[at] != after[at]), least)
    least -= head
    tail = next((at for at in range(least) if before[-1 - at] != after[-1 - at]), least)
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    places: list[int | None] = [*range(head), *([None] * len(old)), *range(len(after) - tail, len(after))]
    if len(old) * len(new) <= _MOST_COMPARED:
        for step in Levenshtein.opcodes(old, new):
            if step.tag in ("equal", "replace"):
                for ahead in range(step.src_end - step.src_start):
                    places[head + step.src_start + ahead] = head + step.dest_start + ahead
    return places


def _newest_by_origin(line: Line) -> tuple[Reading, ...]:
    """The newest reading of each reader, the latest first."""
    newest: dict[tuple[str, str], Reading] = {}
    for reading in reversed(line.readings):
        newest.setdefault(reading.origin, reading)
    return tuple(newest.values())


def _comparable(words: Sequence[Token]) -> list[str]:
    return [unicodedata.normalize("NFC", word.text) for word in words]


def _span(words: Sequence[Token], first: int, end: int) -> tuple[int, int]:
    """The code points of words `first` to before `end`."""
    if first < end:
        return words[first].start, words[end - 1].end
    at = words[first - 1].end if first else 0
    return at, at
