"""What a server's answer to a request for a file, or for a part of one, really says (RFC 9110, sections 8, 13, 14)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

LONGEST_WAIT = 600.0
"""How many seconds a server may ask to wait before the next try."""

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_UNSATISFIED = re.compile(r"bytes \*/(\d+)")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: bytes from `start` on ("part"), the whole file, or that there is nothing from there on ("end").

    `total` is the file's size in bytes, None where the server does not say. `encoded` bytes are to be decoded first,
    and their length says nothing. `start` is -1 where the server does not say which part it sends.
    """

    kind: Literal["part", "whole", "end"]
    start: int
    total: int | None
    etag: str
    modified: str
    encoded: bool


def read(status: int, headers: Mapping[str, str]) -> Answer | None:
    """The meaning of an answer with status 200, 206 or 416; None for every other."""
    etag, modified = _strong(headers.get("ETag", "")), headers.get("Last-Modified", "")
    encoded = headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}
    if status == 200:
        total = None if encoded else _number(headers.get("Content-Length", ""))
        return Answer("whole", 0, total, etag, modified, encoded)
    if status == 206:
        matched = _RANGE.fullmatch(headers.get("Content-Range", "").strip())
        if matched is None or encoded:
            return Answer("part", -1, None, etag, modified, encoded)
        return Answer("part", int(matched[1]), _number(matched[3]), etag, modified, encoded=False)
    if status == 416:
        matched = _UNSATISFIED.fullmatch(headers.get("Content-Range", "").strip())
        return Answer("end", 0, int(matched[1]) if matched else None, etag, modified, encoded=False)
    return None


def wait_asked_for(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """The seconds that `Retry-After` asks to wait, as a number or a date; None where it asks for nothing."""
    value = headers.get("Retry-After", "").strip()
    seconds = _number(value)
    if seconds is None:
        try:
            then = parsedate_to_datetime(value)
        except (ValueError, TypeError):
            return None
        seconds = int((then.astimezone(UTC) - (now or datetime.now(UTC))).total_seconds())
    return min(max(float(seconds), 0.0), LONGEST_WAIT)


def _strong(etag: str) -> str:
    """The tag when it is a strong one; a weak one does not promise the same bytes."""
    return etag if len(etag) > 2 and etag.startswith('"') and etag.endswith('"') else ""


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text.strip()) else None
