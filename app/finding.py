"""Finding words in the texts of lines, and putting others in their place.

Positions are code points. Letter case does not count unless it is asked for, and a long s (ſ) is an s then too, as
Unicode's case folding has it; but ß is no ss, because one is corrected into the other. A letter with a mark above or
below it that is a code point of its own is another letter.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app import edits
from app.page import Page
from app.text import moved_marks

Span = tuple[int, int]
"""Code points of a text, from the first to before the second."""


@dataclass(frozen=True, slots=True)
class Query:
    """What to find."""

    words: str
    match_case: bool = False
    whole_words: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A line whose text has what was asked for: its page, its 1-based number there, and where in the text."""

    page: str
    line: str
    number: int
    text: str
    spans: tuple[Span, ...]


def occurrences(text: str, query: Query) -> tuple[Span, ...]:
    """Where a text has the words, from left to right and never overlapping; nowhere for no words."""
    wanted = "".join(_folded(unicodedata.normalize("NFC", query.words), query))
    if not wanted.strip():
        return ()
    folded = _folded(text, query)
    joined, starts = "".join(folded), _starts(folded)
    found, at = [], joined.find(wanted)
    while at >= 0:
        span = starts.get(at), starts.get(at + len(wanted))
        if span[0] is not None and span[1] is not None and _counts(text, (span[0], span[1]), query):
            found.append((span[0], span[1]))
            at = joined.find(wanted, at + len(wanted))
        else:
            at = joined.find(wanted, at + 1)
    return tuple(found)


def replaced(text: str, query: Query, other: str) -> str:
    """The text with other words wherever it has those."""
    parts, done = [], 0
    for start, end in occurrences(text, query):
        parts += [text[done:start], other]
        done = end
    return "".join([*parts, text[done:]])


def in_page(page: Page, query: Query) -> tuple[Found, ...]:
    """The lines of a page that have the words, in reading order."""
    return in_texts([(page.id, line.id, number, line.text) for number, line in enumerate(page.lines, 1)], query)


def in_texts(texts: Iterable[tuple[str, str, int, str]], query: Query) -> tuple[Found, ...]:
    """Those lines that have the words, of lines given as page, id, number and text."""
    found = (Found(page, line, number, text, occurrences(text, query)) for page, line, number, text in texts)
    return tuple(each for each in found if each.spans)


def changing(found: Iterable[Found], other: str) -> tuple[Found, ...]:
    """What was found without the places that have the other words already, and without lines of no other place."""
    kept = (
        replace(each, spans=tuple(span for span in each.spans if each.text[slice(*span)] != other)) for each in found
    )
    return tuple(each for each in kept if each.spans)


def replace_in_page(page: Page, ids: Sequence[str], query: Query, other: str) -> Page:
    """The page with other words in these lines; a line that is gone or lacks the words by now stays as it is.

    What an engine read becomes the person's draft. A reviewed text stays reviewed: it is the person who replaces.
    """
    for line_id in ids:
        line = page.line(line_id)
        text = replaced(line.text, query, other) if line else ""
        if line is None or text == line.text:
            continue
        written = line.transcription
        page = edits.take_text(page, line_id, text, moved_marks(line.text, text, line.marks))
        changed = edits.need_line(page, line_id)
        if written is not None and written.reviewed and changed.transcription is not None:
            page = edits.review(page, line_id)
    return page


def _folded(text: str, query: Query) -> list[str]:
    """The text's characters as they are compared, one entry for each code point."""
    return list(text) if query.match_case else [_without_case(char) for char in text]


def _without_case(char: str) -> str:
    return "ß" if char in "ßẞ" else char.casefold()


def _starts(folded: Sequence[str]) -> dict[int, int]:
    """Which code point begins at each place of the joined folded text, which may be longer than the text."""
    starts, place = {}, 0
    for at, char in enumerate(folded):
        starts[place] = at
        place += len(char)
    return starts | {place: len(folded)}


def _counts(text: str, span: Span, query: Query) -> bool:
    start, end = span
    if end < len(text) and unicodedata.combining(text[end]):
        return False
    if not query.whole_words:
        return True
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before.isalnum() and text[start].isalnum()) and not (after.isalnum() and text[end - 1].isalnum())
