"""Puts a text that a person brought on the lines of a page, by what is known to stand there (ADR 16).

One alignment over characters, all readings in reading order against the whole text: a line takes a run of words
where more than `LEAST` of the characters agree, words between lines are passed over, and the sum over all lines is
the best there is. Letters are compared without case and accents. Nothing is added, and no word is used twice.
"""

import itertools
import threading
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.jobs.worker import Worker
from app.language import tr, trn
from app.protocol import Align, AlignedLine, Event, LineAligned, LineShape
from app.text import Token, distance, tokens

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.int64]

MATCH, EDIT = 3, 2
"""What a character that agrees brings, and what one that differs, is missing or too many costs."""

LEAST = EDIT / (MATCH + EDIT)
"""The share of characters that must agree for a line to get anything; two unrelated lines reach about a quarter."""

SKIP = 4 * MATCH
"""What it costs to pass over words between two lines, however many: a text of something else does so at every line."""

HINT = 1
"""What a line brings for each of its two ends where the text has a line break too: it decides only between equals."""

UNSIGNED = 2 * MATCH
"""What it costs to cut a word at the end of a line whose reading shows no sign of it."""

SIGNS = "-=¬\u00ad\u2010\u2011\u2013\u2e17\u2e40"
"""The signs by which writers and transcribers divide a word at the end of a line."""

_NEVER = -(1 << 58)


@dataclass(frozen=True, slots=True)
class Placed:
    """What a line got: the text from code point `start` to before `end`.

    `similarity` is how far it agrees with what was known to stand there, 0 to 1: one less `app.text.distance`.
    """

    line: str
    text: str
    similarity: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class LeftOver:
    """Words that stand side by side, code points `start` to before `end` of the text, and were put on no line."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a text went; `placed` in reading order, which is the text's order, and `left_over` in the text's order."""

    placed: tuple[Placed, ...]
    left_over: tuple[LeftOver, ...]

    def sentence(self) -> str:
        """What could not be placed, for the person; empty when everything was."""
        if not self.left_over:
            return ""
        count = sum(len(rest.text.split()) for rest in self.left_over)
        said = trn("{count} word could not be placed: {words}.", "{count} words could not be placed: {words}.", count)
        where = tr("“{words}” (from character {number})")
        words = ", ".join(where.format(words=rest.text, number=rest.start + 1) for rest in self.left_over)
        return said.format(count=count, words=words)


def place(text: str, lines: Sequence[tuple[str, str]]) -> Placement:
    """The words of a text on lines, given in reading order as id and what is known to stand there; needs no worker.

    Every word goes whole to one line, to the left-over words, or is cut between two lines that follow one another.
    Takes time as the characters of the text times those of all lines: 0.1 s for a page, seconds for a whole book.
    """
    words = tokens(text)
    if not words:
        return Placement((), ())
    search = _Search(_Columns(text, words))
    for _, reading in lines:
        search.add(_Row.of(reading))
    spans = search.spans()
    placed = tuple(
        Placed(line, span := " ".join(text[start:end].split()), 1 - distance(span, reading), start, end)
        for (line, reading), (start, end) in ((lines[at], spans[at]) for at in sorted(spans))
    )
    return Placement(placed, tuple(_left_over(words, placed)))


def scores(
    placement: Placement,
    shapes: Mapping[str, LineShape],
    worker: Worker,
    request_of: Callable[[tuple[AlignedLine, ...]], Align],
    cancelled: threading.Event,
) -> dict[str, float]:
    """How well each text fits its line, 0 to 1: what the engine sees of it, or the similarity where it cannot say.

    Blocks while the worker is busy; raises `AppError` when it fails. After a cancel the similarities stand.
    """
    found = {placed.line: placed.similarity for placed in placement.placed}
    if not found:
        return found

    def on_event(event: Event) -> None:
        if isinstance(event, LineAligned) and event.line in found:
            found[event.line] = event.score

    texts = tuple(AlignedLine(shape=shapes[placed.line], text=placed.text) for placed in placement.placed)
    worker.run(request_of(texts), on_event, cancelled)
    return found


def _left_over(words: Sequence[Token], placed: Sequence[Placed]) -> Iterator[LeftOver]:
    """The words that no line has, those between the same two lines together."""
    before = 0  # how many lines begin before the word

    def gap(word: Token) -> tuple[bool, int]:
        nonlocal before
        while before < len(placed) and placed[before].start < word.end:
            before += 1
        return before > 0 and word.start < placed[before - 1].end, before

    for (taken, _), group in itertools.groupby(words, key=gap):
        if not taken:
            first, *_, last = [*(run := list(group)), run[-1]]
            yield LeftOver(" ".join(word.text for word in run), first.start, last.end)


def _folded(word: str) -> list[tuple[str, int]]:
    """The characters by which a word is compared, each with its place in it: no case, no accents, one sign for all."""
    found = [
        (folded, at)
        for at, char in enumerate(word)
        for part in unicodedata.normalize("NFKD", "-" if char in SIGNS else char)
        if not part.isspace() and not unicodedata.category(part).startswith("M")
        for folded in part.casefold()
    ]
    if not found:  # accents alone
        return [(char, at) for at, char in enumerate(word)]
    return [(found[0][0], 0), *found[1:]]


@dataclass(frozen=True, slots=True)
class _Row:
    """A reading as it is compared; `divided` when a sign at its end says that its last word goes on below."""

    text: str
    divided: bool

    @classmethod
    def of(cls, reading: str) -> "_Row":
        words = ["".join(char for char, _ in _folded(word.text)) for word in tokens(reading)]
        return cls(" ".join(words), reading.rstrip().endswith(tuple(SIGNS)))


class _Columns:
    """The text as it is compared: the characters of its words with one space between words.

    A place is a number of columns before it; a word begins at `starts[k]` and ends at `ends[k]`.
    """

    def __init__(self, text: str, words: Sequence[Token]) -> None:
        import numpy as np

        self.words = words
        columns = [
            (char, word.start + at, number)
            for number, word in enumerate(words)
            for char, at in [*_folded(word.text), (" ", len(word.text))]
        ]
        chars, origin, word_of = zip(*columns, strict=True)
        self.chars, self.word_of = np.array(chars), np.array(word_of)
        self.origin = np.array(origin)  # where the character of a column stands in the text
        self.ends = np.flatnonzero(self.chars == " ")
        self.starts = np.concatenate([[0], self.ends[:-1] + 1])
        # Places within words, between two characters of the text as it stands.
        within = (self.origin[1:] != self.origin[:-1]) & (self.chars[1:] != " ") & (self.chars[:-1] != " ")
        self.cuts = np.flatnonzero(within) + 1
        breaks = ["\n" in text[a.end : b.start] for a, b in itertools.pairwise(words)]
        self.begins, self.stops = np.array([True, *breaks]) * HINT, np.array([*breaks, True]) * HINT

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The code points of the text from one place to another."""
        return int(self.origin[start]), int(self.origin[end])


class _Search:
    """The best way to put runs of words on rows in order; see the module's first lines for what is best.

    `best[r][k]` is what the first `r` rows bring when the last run ends with word `k`, counted from 1; 0 is before any.
    Within a row each place carries what the best run that ends there brings, and where that run begins, in one number,
    so that all places of the text are worked on at once.
    """

    def __init__(self, columns: _Columns) -> None:
        import numpy as np

        self._columns = columns
        self._shift = len(columns.chars).bit_length()
        self._ramp = np.arange(len(columns.chars) + 1, dtype=np.int64) * (EDIT << self._shift)
        self._steps: dict[str, Numbers] = {}
        self._best: list[Numbers] = [np.full(len(columns.words) + 1, _NEVER >> self._shift, dtype=np.int64)]
        self._best[0][0] = 0
        self._begin: list[Numbers] = []
        self._cut: list[dict[int, tuple[int, int]]] = []

    def add(self, row: _Row) -> None:
        """Takes in the next row."""
        import numpy as np

        columns, best = self._columns, self._best[-1].copy()
        self._best.append(best)
        if not row.text:
            self._begin.append(columns.starts)
            self._cut.append({})
            return
        keys = self._run(row.text)
        brings, begin = keys >> self._shift, keys & ((1 << self._shift) - 1)
        best[1:] = np.maximum(best[1:], brings[columns.ends] + columns.stops)
        self._begin.append(begin[columns.ends])
        # The sign in the reading is not in the text, and costs nothing here. A cut is worth a look where it brings more
        # than to begin the next row with the whole word, although that has not its first half.
        cuts, word = columns.cuts, columns.word_of[columns.cuts]
        gains = brings[cuts] + (EDIT if row.divided else -UNSIGNED)
        good = gains > self._entry()[word] - EDIT * (cuts - columns.starts[word])
        found = zip(cuts[good].tolist(), gains[good].tolist(), begin[cuts[good]].tolist(), strict=True)
        self._cut.append({at: (gain, start) for at, gain, start in found})

    def spans(self) -> dict[int, tuple[int, int]]:
        """Code points of the text, start and end, for each row that got some, by the row's number."""
        found: dict[int, tuple[int, int]] = {}
        rows, words = len(self._begin), int(self._best[-1].argmax())
        while rows and words:
            if self._best[rows][words] == self._best[rows - 1][words]:
                rows -= 1
                continue
            start, end = int(self._begin[rows - 1][words - 1]), int(self._columns.ends[words - 1])
            rows -= 1
            found[rows] = self._columns.span(start, end)
            while rows and start in self._cut[rows - 1]:
                rows -= 1
                start, end = self._cut[rows][start][1], start
                found[rows] = self._columns.span(start, end)
            words = int(self._columns.word_of[start])
            before = self._best[rows][: words + 1]
            if before[words] < before.max() - SKIP:
                words = int(before.argmax())
        return found

    def _entry(self) -> "Numbers":
        """What it brings to begin the next row with each word."""
        import numpy as np

        best = self._best[-1]
        after: Numbers = np.maximum(best, np.maximum.accumulate(best) - SKIP)[:-1] + self._columns.begins
        return after

    def _run(self, text: str) -> "Numbers":
        """For each place, the best run of text that ends there beside this row."""
        import numpy as np

        columns, shift = self._columns, self._shift
        keys = np.full(len(columns.chars) + 1, _NEVER, dtype=np.int64)
        keys[columns.starts] = (self._entry() << shift) + columns.starts
        for at, (gain, _) in (self._cut[-1] if self._cut else {}).items():
            keys[at] = (gain << shift) + at
        self._pass_over(keys)
        for char in text:
            through = keys[:-1] + self._step(char)
            keys -= EDIT << shift  # the row's character is not in the text
            np.maximum(keys[1:], through, out=keys[1:])
            self._pass_over(keys)
        return keys

    def _pass_over(self, keys: "Numbers") -> None:
        """Lets every place be reached from those before it, by characters of the text that are not in the row."""
        import numpy as np

        keys += self._ramp
        np.maximum.accumulate(keys, out=keys)
        keys -= self._ramp

    def _step(self, char: str) -> "Numbers":
        """What each column brings beside a character."""
        import numpy as np

        if char not in self._steps:
            self._steps[char] = np.where(self._columns.chars == char, MATCH << self._shift, -EDIT << self._shift)
        return self._steps[char]
