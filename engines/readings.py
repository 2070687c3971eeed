"""From what a recogniser put out to a reading: NFC, one line of text, one confidence a code point."""

import unicodedata
from collections.abc import Sequence

from app.protocol import LineRead

_BREAKS = dict.fromkeys(map(ord, "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"), " ")


def line_read(job: str, line: str, text: str, confidences: Sequence[float]) -> LineRead:
    """The reading of a line; `text` is in logical order, with one confidence for each of its code points.

    Where NFC joins code points, the new one gets their mean. Confidences that are none (not a number) count as 0.
    """
    text = text.translate(_BREAKS)
    shares = [min(float(value), 1.0) if value > 0 else 0.0 for value in confidences]
    mean = sum(shares) / len(shares) if shares else 0.0
    normal = unicodedata.normalize("NFC", text)
    return LineRead(
        job=job,
        line=line,
        text=normal,
        confidence=mean if normal else 0.0,
        confidences=tuple(_spread(text, shares, normal, mean)),
    )


def _spread(text: str, shares: Sequence[float], normal: str, mean: float) -> list[float]:
    if len(shares) != len(text):
        return [mean] * len(normal)
    result: list[float] = []
    begin = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and unicodedata.combining(text[end]):
            continue
        count = len(unicodedata.normalize("NFC", text[begin:end]))
        result += [sum(shares[begin:end]) / (end - begin)] * count
        begin = end
    # Hangul joins letters that are no combining marks; only then do the lengths differ.
    return result if len(result) == len(normal) else [mean] * len(normal)
