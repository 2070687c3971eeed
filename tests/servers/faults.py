"""What an HTTP server can do wrong with one answer: small values that change the answer before it is sent."""

import gzip
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

FOR_EVER = 1 << 50


@dataclass
class Served:
    """A file as the server has it now."""

    data: bytes | Path = field(repr=False)
    etag: str | None
    modified: str | None

    @property
    def size(self) -> int:
        return self.data.stat().st_size if isinstance(self.data, Path) else len(self.data)


@dataclass
class Seen:
    """A request that came, and what it got; `sent` is in bytes of the body, `first` where in the file they began."""

    method: str
    path: str
    headers: dict[str, str]
    status: int = 0
    first: int = 0
    sent: int = 0

    @property
    def range(self) -> str:
        return self.headers.get("range", "")


@dataclass
class Answer:
    """What is about to be sent, for a fault to change; `start` and `length` are the part of the source."""

    served: Served
    seen: Seen
    status: int
    headers: dict[str, str]
    source: bytes | Path
    start: int
    length: int
    chunked: bool = False
    raw: bytes | None = None
    rate: float = 0.0
    stop: int | None = None
    at_stop: str = "reset"

    def read(self) -> bytes:
        """The part of the source, all of it in memory."""
        if isinstance(self.source, Path):
            with self.source.open("rb") as file:
                file.seek(self.start)
                return file.read(self.length)
        return self.source[self.start : self.start + self.length]

    def replace(self, body: bytes) -> None:
        """Sends this instead, and says its length."""
        self.source, self.start, self.length = body, 0, len(body)
        self.headers["Content-Length"] = str(len(body))


class Fault(Protocol):
    """One way to misbehave."""

    def change(self, answer: Answer) -> None: ...


class All:
    """Several faults at once, one applied after the other."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults

    def __repr__(self) -> str:
        return f"All{self.faults}"

    def change(self, answer: Answer) -> None:
        for fault in self.faults:
            fault.change(answer)


@dataclass(frozen=True)
class DropAt:
    """Breaks the connection after so many bytes of the body that was announced in full."""

    at: int
    reset: bool = True

    def change(self, answer: Answer) -> None:
        answer.stop, answer.at_stop = self.at, "reset" if self.reset else "close"


@dataclass(frozen=True)
class Truncate:
    """Sends so many bytes only, and says so (`honest`) or announces all of them."""

    at: int
    honest: bool = True

    def change(self, answer: Answer) -> None:
        if self.honest:
            answer.length = min(self.at, answer.length)
            answer.headers["Content-Length"] = str(answer.length)
            if answer.status == 206:
                answer.headers["Content-Range"] = _content_range(answer.start, answer.length, answer.served.size)
        else:
            answer.stop, answer.at_stop = self.at, "close"


@dataclass(frozen=True)
class Stall:
    """Sends so many bytes, then nothing until `release`."""

    at: int

    def change(self, answer: Answer) -> None:
        answer.stop, answer.at_stop = self.at, "wait"


@dataclass(frozen=True)
class Slow:
    """So many bytes a second on each connection."""

    rate: float

    def change(self, answer: Answer) -> None:
        answer.rate = self.rate


@dataclass(frozen=True)
class NoRanges:
    """Answers a request for a part with the whole."""

    def change(self, answer: Answer) -> None:
        answer.status, answer.start, answer.length = 200, 0, answer.served.size
        answer.headers.pop("Content-Range", None)
        answer.headers.pop("Accept-Ranges", None)
        answer.headers["Content-Length"] = str(answer.length)


@dataclass(frozen=True)
class WrongOffset:
    """A part that begins so many bytes later (or earlier) than it was asked for, and says so, or does not."""

    by: int
    honest: bool = True

    def change(self, answer: Answer) -> None:
        if answer.status != 206:
            return
        start = min(max(answer.start + self.by, 0), answer.served.size - 1)
        if self.honest:
            answer.start, answer.length = start, answer.served.size - start
            answer.headers["Content-Range"] = _content_range(answer.start, answer.length, answer.served.size)
            answer.headers["Content-Length"] = str(answer.length)
        else:
            whole = Answer(answer.served, answer.seen, 200, {}, answer.source, 0, answer.served.size).read()
            answer.replace((whole[start:] + whole)[: answer.length])


@dataclass(frozen=True)
class ServerError:
    """A status without the file; `retry_after` is the header's value, seconds or a date."""

    status: int
    retry_after: str = ""

    def change(self, answer: Answer) -> None:
        answer.status, answer.headers = self.status, {"Content-Type": "text/html"}
        answer.replace(b"<html><title>Error</title><p>Something else than the file.</html>")
        if self.retry_after:
            answer.headers["Retry-After"] = self.retry_after


@dataclass(frozen=True)
class Refuse416:
    """Says that the range cannot be had, and how long the file is; `size` None leaves that out."""

    size: int | None = None

    def change(self, answer: Answer) -> None:
        answer.status, answer.headers = 416, {}
        answer.replace(b"")
        if self.size is not None:
            answer.headers["Content-Range"] = f"bytes */{self.size}"


@dataclass(frozen=True)
class ChangeTo:
    """The file becomes another one: before the answer, or while it is sent, from this byte of the file on."""

    data: bytes = field(repr=False)
    etag: str | None
    at: int = 0

    def change(self, answer: Answer) -> None:
        assert isinstance(answer.served.data, bytes)
        if self.at:
            mixed = answer.served.data[: self.at] + self.data[self.at :]
            answer.source = mixed[answer.start : answer.start + answer.length]
            answer.start = 0
        answer.served.data, answer.served.etag = self.data, self.etag
        if not self.at:
            fresh = answer_for(answer.served, answer.seen)
            answer.status, answer.headers, answer.source = fresh.status, fresh.headers, fresh.source
            answer.start, answer.length = fresh.start, fresh.length


@dataclass(frozen=True)
class WrongByte:
    """One byte of the file is another; `at` counts in the file."""

    at: int

    def change(self, answer: Answer) -> None:
        body, place = bytearray(answer.read()), self.at - answer.start
        if 0 <= place < len(body):
            body[place] ^= 0x20
            answer.source, answer.start = bytes(body), 0


@dataclass(frozen=True)
class TooLong:
    """So many bytes more than the file has, announced or in chunks without a length."""

    extra: int
    announced: bool = True

    def change(self, answer: Answer) -> None:
        answer.replace(answer.read() + b"\x55" * self.extra)
        if not self.announced:
            del answer.headers["Content-Length"]
            answer.chunked = True


@dataclass(frozen=True)
class Endless:
    """A body without a length that never ends."""

    def change(self, answer: Answer) -> None:
        answer.length = FOR_EVER
        answer.source = bytes(65536)
        del answer.headers["Content-Length"]
        answer.chunked = True


@dataclass(frozen=True)
class Redirect:
    """Leads to another path or address."""

    to: str
    status: int = 302

    def change(self, answer: Answer) -> None:
        answer.status, answer.headers = self.status, {"Location": self.to}
        answer.replace(b"")


@dataclass(frozen=True)
class Chunked:
    """The right bytes, in chunks and without a length."""

    def change(self, answer: Answer) -> None:
        del answer.headers["Content-Length"]
        answer.chunked = True


@dataclass(frozen=True)
class Gzipped:
    """Compresses although the plain bytes were asked for."""

    def change(self, answer: Answer) -> None:
        answer.replace(gzip.compress(answer.read()))
        answer.headers["Content-Encoding"] = "gzip"


@dataclass(frozen=True)
class Multipart:
    """Wraps the part into `multipart/byteranges`, as for several ranges."""

    def change(self, answer: Answer) -> None:
        if answer.status != 206:
            return
        inner = f"--part\r\nContent-Range: {answer.headers.pop('Content-Range')}\r\n\r\n".encode()
        answer.replace(inner + answer.read() + b"\r\n--part--\r\n")
        answer.headers["Content-Type"] = "multipart/byteranges; boundary=part"


@dataclass(frozen=True)
class Headers:
    """Other headers than it should send; None leaves one out."""

    values: dict[str, str | None]

    def change(self, answer: Answer) -> None:
        for name, value in self.values.items():
            answer.headers.pop(name, None)
            if value is not None:
                answer.headers[name] = value


@dataclass(frozen=True)
class Raw:
    """These bytes instead of an answer, then the end; none at all is a server that closes before it answers."""

    data: bytes = b""

    def change(self, answer: Answer) -> None:
        answer.raw = self.data


def answer_for(served: Served, seen: Seen) -> Answer:
    """What a server without faults would say."""
    size = served.size
    headers = {"Accept-Ranges": "bytes", "Content-Type": "application/octet-stream", "Content-Length": str(size)}
    headers |= {"ETag": served.etag} if served.etag else {}
    headers |= {"Last-Modified": served.modified} if served.modified else {}
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", seen.range)
    if not found or not any(found.groups()) or not _still(served, seen.headers.get("if-range")):
        return Answer(served, seen, 200, headers, served.data, 0, size)
    first, last = found.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end:
        headers |= {"Content-Range": f"bytes */{size}", "Content-Length": "0"}
        return Answer(served, seen, 416, headers, b"", 0, 0)
    length = end - start + 1
    headers |= {"Content-Range": _content_range(start, length, size), "Content-Length": str(length)}
    return Answer(served, seen, 206, headers, served.data, start, length)


def _still(served: Served, condition: str | None) -> bool:
    """Whether the file is still the one that `If-Range` names; a weak validator never is (RFC 9110, 13.1.5)."""
    if condition is None:
        return True
    if condition.startswith(('"', "W/")):
        return condition == served.etag and not condition.startswith("W/")
    return condition == served.modified


def _content_range(start: int, length: int, size: int) -> str:
    return f"bytes {start}-{start + length - 1}/{size}"
