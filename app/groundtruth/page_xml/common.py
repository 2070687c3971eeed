"""What writing and reading PAGE XML share: its words, and what an XML file can hold."""

import re
import unicodedata
from typing import Literal

from app.page import new_id

NAMESPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"

OURS = "lesepult"
"""The part of `custom` that is ours: `state`, `drawn`, `engine` and `model` of a line, `drawn` and `loose` of a region.

`second_look` is `true` where a person flagged the line, `baseline` is `estimated` where an engine that finds no
baselines made it from the boundary. A `loose` region stands for lines that belong to no region, because PAGE holds
lines in regions only.
"""

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = re.compile("[A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\xff][A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\xff0-9.\xb7-]{0,199}")
"""Ids in Latin letters, as every edition of XML 1.0 allows; libxml2 parses by the fifth, validates by the fourth."""


def one_line(text: str) -> str:
    """The text in NFC, without line breaks and without the characters that XML 1.0 cannot hold.

    A text of one line keeps its spaces; where a file breaks and indents it, each break becomes one space.
    """
    lines = [_FORBIDDEN.sub("", line) for line in text.splitlines()]
    if len(lines) > 1:
        lines = [line.strip() for line in lines if line.strip()]
    return unicodedata.normalize("NFC", " ".join(lines))


class Ids:
    """Makes every id of a file a valid xml:id that is there only once; `replaced` counts those that were not."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self.replaced = 0

    def unique(self, wanted: str, kind: Literal["r", "l"]) -> str:
        """The wanted id when it will do, otherwise a new one."""
        fits = wanted not in self._taken and _NAME.fullmatch(wanted)
        name = wanted if fits else new_id(kind)
        self.replaced += not fits
        self._taken.add(name)
        return name
