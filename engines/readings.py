"""From what a recogniser put out to a reading: NFC, one line of text, one confidence and one box a code point."""

import unicodedata
from collections.abc import Iterator, Sequence

from app.protocol import CharBox, LineRead, Mark, Polyline

_BREAKS = dict.fromkeys(map(ord, "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"), " ")


def line_read(
    job: str,
    line: str,
    text: str,
    confidences: Sequence[float],
    *,
    boxes: Sequence[CharBox] = (),
    marks: Sequence[Mark] = (),
    raw: str = "",
    boundary: Polyline = (),
) -> LineRead:
    """The reading of a line; `text` is in logical order, with a confidence, and a box or none, for each code point.

    Where NFC joins code points, the new one gets their mean and the box around them; marks move with their text.
    Confidences that are none (not a number) count as 0.
    """
    text = text.translate(_BREAKS)
    shares = [min(float(value), 1.0) if value > 0 else 0.0 for value in confidences]
    mean = sum(shares) / len(shares) if shares else 0.0
    normal = unicodedata.normalize("NFC", text)
    parts = list(_parts(text))
    # Hangul joins letters that are no combining marks; only then do the lengths differ.
    whole = sum(count for _, _, count in parts) == len(normal)
    return LineRead(
        job=job,
        line=line,
        text=normal,
        confidence=mean if normal else 0.0,
        confidences=tuple(_spread(shares, parts)) if whole and len(shares) == len(text) else (mean,) * len(normal),
        boxes=tuple(_around(boxes, parts)) if whole and len(boxes) == len(text) else (),
        marks=tuple(_moved(marks, parts)) if whole else (),
        raw=raw,
        boundary=boundary,
    )


def _parts(text: str) -> Iterator[tuple[int, int, int]]:
    """Where each letter with its combining marks begins and ends, and how many code points NFC makes of it."""
    begin = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and unicodedata.combining(text[end]):
            continue
        yield begin, end, len(unicodedata.normalize("NFC", text[begin:end]))
        begin = end


def _spread(shares: Sequence[float], parts: Sequence[tuple[int, int, int]]) -> Iterator[float]:
    for begin, end, count in parts:
        yield from [sum(shares[begin:end]) / (end - begin)] * count


def _around(boxes: Sequence[CharBox], parts: Sequence[tuple[int, int, int]]) -> Iterator[CharBox]:
    for begin, end, count in parts:
        left, top = min(box[0] for box in boxes[begin:end]), min(box[1] for box in boxes[begin:end])
        right = max(box[0] + box[2] for box in boxes[begin:end])
        bottom = max(box[1] + box[3] for box in boxes[begin:end])
        yield from [(left, top, right - left, bottom - top)] * count


def _moved(marks: Sequence[Mark], parts: Sequence[tuple[int, int, int]]) -> Iterator[Mark]:
    place, now = {0: 0}, 0
    for begin, end, count in parts:
        now += count
        place |= dict.fromkeys(range(begin + 1, end + 1), now)
    for mark in marks:
        start, end = place.get(mark.start, now), place.get(mark.end, now)
        if start < end:
            yield Mark(kind=mark.kind, start=start, end=end)
