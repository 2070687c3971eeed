"""Marks and notes as Transkribus keeps them in `custom`: `unclear {offset:3; length:5;} comment {... comment:...;}`.

Offsets and lengths count UTF-16 code units of the line's text, because Transkribus takes them as positions in a Java
`String` (`CustomTag.getContainedText` in TranskribusCore); they differ from code points only behind characters outside
the basic plane. What was deleted is `textStyle {... strikethrough:true;}`, what nobody can read is `gap`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from app.groundtruth.page_xml import custom
from app.groundtruth.page_xml.common import one_line
from app.page import STAND_IN, Mark, MarkKind
from app.text import moved_marks

_TAGS: Final[dict[MarkKind, str]] = {"unclear": "unclear", "illegible": "gap", "added": "add"}
_STYLES: Final[dict[MarkKind, str]] = {
    "underlined": "underlined",
    "struck": "strikethrough",
    "superscript": "superscript",
    "subscript": "subscript",
    "bold": "bold",
    "italic": "italic",
}
_KINDS = {name: kind for kind, name in _TAGS.items()}
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tagged:
    """A line's text with what its tags say of it; `left_out` counts the tags on text that mean nothing here."""

    text: str
    marks: tuple[Mark, ...]
    note: str
    left_out: int


def encode(text: str, marks: Iterable[Mark], note: str) -> list[tuple[str, Mapping[str, str]]]:
    """The parts of `custom` for a text as it is written; styles of the same characters are one `textStyle`."""
    parts: dict[tuple[str, int, int], dict[str, str]] = {}
    for mark in marks:
        name = _TAGS.get(mark.kind, "textStyle")
        fields = parts.setdefault((name, mark.start, mark.end), _place(text, mark.start, mark.end))
        if mark.kind in _STYLES:
            fields[_STYLES[mark.kind]] = "true"
    found: list[tuple[str, Mapping[str, str]]] = [(name, fields) for (name, *_), fields in parts.items()]
    if note:
        found.append(("comment", _place(text, 0, len(text)) | {"comment": note}))
    return found


def decode(text: str, attribute: str) -> Tagged:
    """What the tags of an attribute say of the text beside it; the text is made one line, as `one_line` makes it.

    A gap of no length, which is how Transkribus notes one between characters, gets `STAND_IN` to stand on.
    """
    marks: list[Mark] = []
    gaps: list[int] = []
    notes: list[str] = []
    left_out = 0
    for name, fields in custom.decode_all(attribute):
        if name == "comment" and one_line(fields.get("comment", "")).strip():
            notes.append(one_line(fields["comment"]).strip())
            continue
        span = _span(text, fields)
        if span is None:
            continue
        kinds = [kind for kind, style in _STYLES.items() if fields.get(style) == "true"] if name == "textStyle" else []
        kinds += [_KINDS[name]] if name in _KINDS else []
        if name == "gap" and span[0] == span[1]:
            gaps.append(span[0])
        elif span[0] < span[1]:
            marks += [Mark(kind, *span) for kind in kinds]
            left_out += not kinds
    text, marks = _with_gaps(text, marks, gaps)
    clean = one_line(text)
    return Tagged(clean, moved_marks(text, clean, dict.fromkeys(marks)), "; ".join(notes), left_out)


def _with_gaps(text: str, marks: list[Mark], gaps: Iterable[int]) -> tuple[str, list[Mark]]:
    """The text with a sign for each gap that has no character, from the last to the first."""
    for at in sorted(set(gaps), reverse=True):
        text = text[:at] + STAND_IN + text[at:]
        marks = [replace(mark, start=mark.start + (at <= mark.start), end=mark.end + (at < mark.end)) for mark in marks]
        marks.append(Mark("illegible", at, at + 1))
    return text, sorted(marks, key=lambda mark: (mark.start, mark.end))


def _place(text: str, start: int, end: int) -> dict[str, str]:
    return {"offset": str(_units(text[:start])), "length": str(_units(text[start:end]))}


def _span(text: str, fields: Mapping[str, str]) -> tuple[int, int] | None:
    """The code points that a tag is on, None where it is on none of this text."""
    offset, length = fields.get("offset", ""), fields.get("length", "")
    if not (_WHOLE.fullmatch(offset) and _WHOLE.fullmatch(length)):
        return None
    units = text.encode("utf-16-le")
    first, last = int(offset), int(offset) + int(length)
    start, end = (len(units[: 2 * at].decode("utf-16-le", errors="ignore")) for at in (first, last))
    return (start, end) if 2 * first <= len(units) else None


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
