"""surya as an engine: finds lines with its detector, and reads lines with its recogniser, many at a time.

Both models are folders that the program names. How surya is run, and what it is kept from, is in ADR 14.
"""

import importlib.metadata
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from PIL import Image

from app import geometry
from app.page import Point, new_id
from app.protocol import LineRead, LineShape, PageLines, PageSegmented, Polyline, Purpose, Recognise, Segment
from engines import images
from engines.base import EngineError, Report
from engines.readings import line_read
from engines.surya_crops import Crop, cut
from engines.surya_lines import baseline_of, reading_order
from engines.surya_models import Models, opened
from engines.surya_text import Alphabet, spelled

WIDEST, HIGHEST = 2048, 9600
"""The size in pixels to which a page is scaled down before lines are found: its authors advise against a larger width,
and look at a page in strips of 1200 rows, all at once."""

LINES_AHEAD = {"cpu": 128, "mps": 128, "cuda": 512}
"""How many lines are cut out of pages before they are read: some batches, with at most 1.5 megabytes a line."""

_UNREADABLE = (ArithmeticError, LookupError, RuntimeError, ValueError)
"""What kraken and its libraries raise for a baseline around which they find no boundary."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A line that can be read, and its boundary where that was made here."""

    line: str
    crop: Crop
    boundary: Polyline


class SuryaEngine:
    """surya behind the `Engine` protocol; the libraries are imported with the first job."""

    name = "surya"

    def __init__(self) -> None:
        self.version = importlib.metadata.version("surya-ocr")
        transformers = importlib.metadata.version("transformers")
        if int(transformers.split(".")[0]) >= 5:
            raise RuntimeError(f"surya {self.version} works with transformers below 5, not with {transformers}")
        self._models = Models()

    def devices(self) -> tuple[str, ...]:
        """Where torch can run here, the best first."""
        from engines import devices

        return devices.available()

    def segment(self, request: Segment, report: Report) -> PageSegmented:
        """The lines of the page in reading order, with estimated baselines; surya finds no regions."""
        if not request.model:
            raise EngineError("bad_request", "surya brings no model of its own")
        report.progress("loading")
        page = images.open_page(request.image)
        detector = self._models.get(Path(request.model), "segmentation", request.device)
        report.progress("segmenting")
        polygons = _found(detector, page, request)
        lines = []
        for number in reading_order([geometry.box_of(polygon) for polygon in polygons]):
            baseline = baseline_of(polygons[number], page.width, page.height)
            boundary = geometry.clipped(polygons[number], page.width, page.height)
            inside = not request.within or geometry.contains(request.within, geometry.midpoint(baseline))
            if len(baseline) > 1 and len(boundary) > 2 and inside:
                lines.append(LineShape(id=new_id("l"), baseline=baseline, boundary=boundary, estimated=True))
        return PageSegmented(job=request.job, regions=(), lines=tuple(lines))

    def recognise(self, request: Recognise, report: Report) -> Iterator[LineRead]:
        """Each line as it ends; batches are filled across pages, of which only the lines stay in memory."""
        report.progress("loading")
        reader = self._models.get(Path(request.model), "recognition", request.device)
        alphabet = Alphabet.of(reader.processor.ocr_tokenizer)
        total = sum(len(page.lines) for page in request.pages)
        done = 0

        def tick() -> None:
            report.progress("recognising", done, total)

        def halved(size: int) -> None:
            report.warn("batch_halved", detail=f"{size} lines at a time")

        with ThreadPoolExecutor(1, "cutting") as cutting:
            pieces = _pieces(request, report, tick)
            coming = cutting.submit(_some, pieces, LINES_AHEAD[request.device])
            while ahead := coming.result():
                coming = cutting.submit(_some, pieces, LINES_AHEAD[request.device])
                for number, output in reader.read([piece.crop.image for piece in ahead], tick, halved):
                    done += 1
                    if output.cut:
                        report.warn("line_cut_off", line=ahead[number].line, detail=f"{len(output.tokens)} tokens")
                    yield _reading(request.job, ahead[number], output, alphabet, reader.model.config.bbox_size)
        report.progress("recognising", total, total)

    def check_model(self, path: Path, purpose: Purpose) -> None:
        """Opens a folder as for work and compares what arrived with the file; holds nothing afterwards."""
        self._models.drop(purpose)
        opened(path.resolve(), purpose, "cpu")


def _found(detector: Any, page: Image.Image, request: Segment) -> list[tuple[Point, ...]]:
    """surya's quadrilaterals in pixels of the page, clockwise; where a polygon is given, the rest is covered.

    The page keeps its size then: surya stretches whatever it gets to one size, and would look at a part enlarged.
    """
    from engines.devices import explained

    scale = min(WIDEST / page.width, HIGHEST / page.height, 1.0)
    size = (max(round(page.width * scale), 1), max(round(page.height * scale), 1))
    small = page.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0) if scale < 1 else page
    if request.within:
        small = images.only_within(small, [(round(x * scale), round(y * scale)) for x, y in request.within])
    with explained(request.device):
        boxes = detector([small])[0].bboxes
    across, down = page.width / size[0], page.height / size[1]
    return [tuple((round(x * across), round(y * down)) for x, y in box.polygon) for box in boxes]


def _pieces(request: Recognise, report: Report, tick: Callable[[], None]) -> Iterator[_Piece]:
    """The lines of all pages; one page after the other is opened, cut up and let go."""
    for page in request.pages:
        yield from _cut_up(page, report, tick)


def _some(pieces: Iterator[_Piece], most: int) -> list[_Piece]:
    """The next pieces; cut on a thread of its own, while the lines before them are read."""
    return list(islice(pieces, most))


def _cut_up(part: PageLines, report: Report, tick: Callable[[], None]) -> list[_Piece]:
    """The lines of a page, cut out of it; what cannot be read is reported and left out."""
    page = images.open_page(part.image)
    pieces = []
    for line in part.lines:
        tick()
        try:
            shape = _with_boundary(page, line, part.others)
            crop = cut(page, shape)
        except _UNREADABLE as error:
            report.warn("line_unreadable", line=line.id, detail=f"{type(error).__name__}: {error}")
            continue
        if crop is None:
            report.warn("line_unreadable", line=line.id, detail="there is nothing inside its boundary")
            continue
        pieces.append(_Piece(line.id, crop, shape.boundary if shape is not line else ()))
    return pieces


def _with_boundary(page: Image.Image, line: LineShape, others: Sequence[Polyline]) -> LineShape:
    """The line, with kraken's boundary around its baseline where it came without one."""
    if line.boundary:
        return line
    from engines.kraken_lines import boundary_for

    return msgspec.structs.replace(line, boundary=boundary_for(page, line.baseline, others))


def _reading(job: str, piece: _Piece, output: Any, alphabet: Alphabet, scale: int) -> LineRead:
    """What surya put out for a line, as plain text with its places on the page."""
    boxes = [piece.crop.box_on_page(corners) for corners in output.corners(piece.crop.image, scale)]
    line = spelled(output.tokens, output.scores, boxes, alphabet)
    return line_read(
        job,
        piece.line,
        line.text,
        line.confidences,
        boxes=line.boxes,
        marks=line.marks,
        raw=line.raw,
        boundary=piece.boundary,
    )
