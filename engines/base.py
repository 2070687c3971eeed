"""What an engine is to the host: what it may be asked, one way to report, two ways to stop."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from app.protocol import (
    Align,
    Bound,
    LineAligned,
    LineBounded,
    LineRead,
    PageSegmented,
    Purpose,
    Recognise,
    Segment,
    WarningCode,
)

Code = Literal["bad_model", "bad_image", "bad_request", "out_of_memory", "device", "internal"]


class EngineError(Exception):
    """A job cannot go on; the code is the protocol's, the detail is for the log and holds no text of a document.

    `file` names the file at fault in a model's folder.
    """

    def __init__(self, code: Code, detail: str = "", *, file: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code: Code = code
        self.detail = detail
        self.file = file


class Cancelled(Exception):
    """The person cancelled the job; raised by `Report.progress` and left to the host."""


class Report(Protocol):
    """How an engine tells what it is doing; given to it with every job."""

    def progress(self, stage: Literal["loading", "segmenting", "recognising"], done: int = 0, total: int = 0) -> None:
        """Says how far the job is; to be called between lines, because this is where `Cancelled` is raised."""

    def warn(self, code: WarningCode, *, line: str | None = None, detail: str = "") -> None:
        """Says what was odd, about one line where one is named; the job goes on."""


class Engine(Protocol):
    """A thin adapter around one library; called on the worker's main thread, one job at a time.

    Every engine can open a model; what else it can do, it says by being a `Segmenter`, a `Recogniser`, a `Bounder` or
    an `Aligner`. Requests arrive with their device chosen: it is one of `devices()` and never "auto". What goes wrong
    is an `EngineError`, anything else counts as a bug and costs the job.
    """

    name: str
    version: str

    def devices(self) -> tuple[str, ...]:
        """Where it can run on this machine, the best first; "cpu" is always among them."""

    def check_model(self, path: Path, purpose: Purpose) -> None:
        """Opens a model as it would for work; raises `EngineError("bad_model")` when it cannot be used for that."""


@runtime_checkable
class Segmenter(Protocol):
    """An engine that finds regions and lines."""

    def segment(self, request: Segment, report: Report) -> PageSegmented:
        """What is on the page, or what lines are within a polygon of it; no lines is no error."""


@runtime_checkable
class Recogniser(Protocol):
    """An engine that reads lines."""

    def recognise(self, request: Recognise, report: Report) -> Iterator[LineRead]:
        """Each line as it is read, in any order, without those that were reported unreadable."""


@runtime_checkable
class Bounder(Protocol):
    """An engine that makes the boundary of a line whose baseline is known."""

    def bound(self, request: Bound, report: Report) -> Iterator[LineBounded]:
        """Each line's boundary as it is made, without the lines that were reported unreadable."""


@runtime_checkable
class Aligner(Protocol):
    """An engine that puts a text that is known on a line."""

    def align(self, request: Align, report: Report) -> Iterator[LineAligned]:
        """How well each text fits its line, without the lines that were reported unreadable."""
