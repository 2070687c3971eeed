"""A worker program that runs through the real host with an engine of no intelligence; the argument says how it behaves.

Without one it finds two lines on every page and reads the id of each line. `hang`: never comes back from finding
lines, nor after the first line read. `memory`, `broken`, `bad-gpu`: fails in that way. `network`: reads what became
of two attempts to get out, and `folders`: where a temporary file of its own is. `liar`: answers with ids that are not
its own, with places that are not on the page, and with lines that nobody asked for. `blank`: reads spaces. `inside`:
finds a line at the top of a region, too, with a point that stands twice. `boundary`: makes one for each line that
comes without. `dies`: ends in the middle when one of several pages is a hundred pixels high.
"""

import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from app.page import new_id
from app.protocol import (
    Bound,
    LineBounded,
    LineRead,
    LineShape,
    PageSegmented,
    Polyline,
    Purpose,
    Recognise,
    RegionShape,
    Segment,
)
from engines import images
from engines.base import EngineError, Report
from engines.host import serve
from engines.readings import line_read

MODEL = b"FAKE MODEL"
HEAD = 1000
"""In so many bytes at its beginning a model says what it is; the header of a safetensors file has room for it."""


class FakeEngine:
    name = "fake"
    version = "1"

    def __init__(self, mode: str) -> None:
        self.mode = mode

    def devices(self) -> tuple[str, ...]:
        return ("cuda", "cpu") if self.mode == "bad-gpu" else ("cpu",)

    def segment(self, request: Segment, report: Report) -> PageSegmented:
        report.progress("loading")
        self._misbehave(request.device)
        images.open_page(request.image)
        report.progress("segmenting")
        if self.mode == "hang":
            time.sleep(3600)
        if self.mode == "liar":
            return _lies(request.job)
        if request.within and self.mode == "inside":
            return PageSegmented(job=request.job, regions=(), lines=(_at_the_top(request.within),))
        if request.within:
            return PageSegmented(job=request.job, regions=(), lines=())
        region = RegionShape(id=new_id("r"), boundary=((0, 0), (90, 0), (90, 90), (0, 90)))
        lines = tuple(
            LineShape(id=new_id("l"), baseline=((10, y), (80, y)), boundary=(), region=region.id) for y in (20, 50)
        )
        return PageSegmented(job=request.job, regions=(region,), lines=lines)

    def recognise(self, request: Recognise, report: Report) -> Iterator[LineRead]:
        report.progress("loading")
        self._misbehave(request.device)
        lines = [line for page in request.pages for line in page.lines]
        for page in request.pages:
            images.open_page(page.image)
            if self.mode == "dies" and page.image.height == 100:
                os._exit(1)
        self.check_model(Path(request.model), "recognition")
        for done, line in enumerate(lines):
            report.progress("recognising", done, len(lines))
            if self.mode == "hang" and done:
                time.sleep(3600)
            if len(line.baseline) < 2:
                report.warn("line_unreadable", line=line.id)
                continue
            text = self._text(line)
            if self.mode == "boundary" and not line.boundary:
                (x, y), (right, _) = line.baseline[0], line.baseline[-1]
                made = ((x, y - 20), (right, y - 20), (right, y + 5), (x, y + 5))
                yield line_read(request.job, line.id, text, [0.5] * len(text), boundary=made)
                continue
            if self.mode == "liar":
                yield line_read(request.job, "nobody asked", text, [])
            yield line_read(request.job, line.id, text, [0.5] * len(text))
        report.progress("recognising", len(lines), len(lines))

    def bound(self, request: Bound, report: Report) -> Iterator[LineBounded]:
        for done, line in enumerate(request.page.lines):
            report.progress("segmenting", done, len(request.page.lines))
            (x, y), (right, _) = line.baseline[0], line.baseline[-1]
            made = ((x, y - 20), (right, y - 20), (right, y + 5), (x, y + 5))
            yield LineBounded(job=request.job, line=line.id, boundary=made)
            if self.mode == "liar":
                yield LineBounded(job=request.job, line="nobody asked", boundary=((-5, -5),))

    def check_model(self, path: Path, purpose: Purpose) -> None:
        try:
            head = path.read_bytes()[:HEAD]
        except OSError as error:
            raise EngineError("bad_model", str(error)) from error
        if MODEL not in head:
            raise EngineError("bad_model")

    def _misbehave(self, device: str) -> None:
        print("a library says hello")
        os.write(1, b'{"kind":"done","job":"all of them"}\n')
        if self.mode == "memory":
            raise MemoryError
        if self.mode == "broken":
            raise ZeroDivisionError
        if self.mode == "bad-gpu" and device == "cuda":
            raise EngineError("device", "the driver is too old")

    def _text(self, line: LineShape) -> str:
        if self.mode == "folders":
            with tempfile.NamedTemporaryFile() as written:
                return f"{written.name}|{Path.cwd()}"
        if self.mode == "network":
            return f"{_refused_connection()} {_refused_lookup()}"
        return "  " if self.mode == "blank" else line.id


def _at_the_top(region: Polyline) -> LineShape:
    left, top = min(x for x, _ in region) + 2, min(y for _, y in region) + 12
    baseline = ((left, top), (left + 60, top))
    corners = (*baseline, (left + 60, top - 10), (left, top - 10))
    return LineShape(id="n", baseline=baseline, boundary=(*corners, corners[-1]))


def _lies(job: str) -> PageSegmented:
    """An id that a test's page has already, twice; a region that is none; places outside the page."""
    region = RegionShape(id="r1", boundary=((-50, -50), (9000, 0), (9000, 9000)))
    lines = (
        LineShape(id="l0", baseline=((-50, 150), (10**9, 150)), boundary=((-50, 100), (9000, 100), (9000, 160))),
        LineShape(id="l0", baseline=((20, 250), (300, 250)), region="r7"),
        LineShape(id="l2", baseline=((20, 50),)),
        LineShape(id="l3", baseline=()),
    )
    return PageSegmented(job=job, regions=(region, region, RegionShape(id="r2", boundary=())), lines=lines)


def _refused_connection() -> str:
    with socket.socket() as opened:
        try:
            opened.connect(("127.0.0.1", 9))
        except PermissionError as error:
            return str(error)
    return "it went out"


def _refused_lookup() -> str:
    try:
        socket.getaddrinfo("localhost", 9)
    except PermissionError as error:
        return str(error)
    return "it went out"


if __name__ == "__main__":
    serve(lambda: FakeEngine(sys.argv[1] if len(sys.argv) > 1 else ""))
