"""kraken as an engine: finds regions and lines with its own page segmenter, and reads lines with a given model.

Results are the ones of its command line (`kraken -i PAGE OUT segment -bl ocr -m MODEL`): hence one thread, lines
in batches of one, and its own way to open an image.
"""

import importlib.metadata
import os
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
from PIL import Image

from app import geometry
from app.page import Point, new_id
from app.protocol import (
    Align,
    Bound,
    CharBox,
    LineAligned,
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
from engines.kraken_lines import boundary_for
from engines.readings import line_read

MAX_MODEL = 4 * 1024**3
"""The largest model file in bytes; kraken's own have 1 to 200 MB."""

WARM_MODELS = 2
"""How many models stay in memory, so that comparing two on one page costs no loading."""

SHORTEST = 5
"""The shortest baseline in pixels that kraken reads."""

_UNREADABLE = (ArithmeticError, LookupError, RuntimeError, ValueError)
"""What kraken and its libraries raise for a line whose geometry they cannot work with."""


class KrakenEngine:
    """kraken behind the `Engine` protocol; the libraries are imported with the first job."""

    name = "kraken"

    def __init__(self) -> None:
        self.version = importlib.metadata.version("kraken")
        self._segmenter: Any = None
        self._recognisers: OrderedDict[tuple[Path, int, int], Any] = OrderedDict()

    def devices(self) -> tuple[str, ...]:
        """Where torch can run here, the best first."""
        from engines import devices

        return devices.available()

    def segment(self, request: Segment, report: Report) -> PageSegmented:
        """The regions and lines of the page in reading order, with identifiers of our own."""
        from engines.devices import explained

        report.progress("loading")
        page = images.open_page(request.image)
        page = images.only_within(page, request.within) if request.within else page
        segmenter = self._load_segmenter()
        report.progress("segmenting")
        with explained(request.device):
            from kraken.configs import SegmentationInferenceConfig

            config = SegmentationInferenceConfig(**_where(request.device))
            found = segmenter.find(images.page_shaped(page), config, min(request.cores or _cores(), _cores()))
        return _page_segmented(request, found)

    def recognise(self, request: Recognise, report: Report) -> Iterator[LineRead]:
        """Each line as it is read; a line that kraken cannot cut out of the page is reported and left out."""
        from engines.devices import explained

        report.progress("loading")
        model = self._load_recogniser(Path(request.model))
        with explained(request.device):
            from kraken.configs import RecognitionInferenceConfig

            config = RecognitionInferenceConfig(num_line_workers=0, batch_size=1, **_where(request.device))
            model.net.prepare_for_inference(config)
        total = sum(len(page.lines) for page in request.pages)
        done = 0
        for part in request.pages:
            page = images.open_page(part.image)
            for line in part.lines:
                report.progress("recognising", done, total)
                done += 1
                try:
                    with explained(request.device):
                        shape = _with_boundary(page, line, part.others)
                        record = _read(model, page, shape)
                except _UNREADABLE as error:
                    report.warn("line_unreadable", line=line.id, detail=f"{type(error).__name__}: {error}")
                    continue
                yield line_read(
                    request.job,
                    line.id,
                    record.prediction,
                    record.confidences,
                    boxes=tuple(_char_box(cut) for cut in record.cuts),
                    boundary=shape.boundary if shape is not line else (),
                )
        report.progress("recognising", total, total)

    def align(self, request: Align, report: Report) -> Iterator[LineAligned]:
        """How well each text fits its line; a line that cannot be looked at, or not for its text, is reported."""
        from engines import kraken_align
        from engines.devices import explained

        report.progress("loading")
        model = self._load_recogniser(Path(request.model))
        page = images.open_page(request.image)
        with explained(request.device):
            kraken_align.prepare(model.net, **_where(request.device))
        baselines = [line.shape.baseline for line in request.lines]
        for done, line in enumerate(request.lines):
            report.progress("recognising", done, len(request.lines))
            try:
                with explained(request.device):
                    shape = _with_boundary(page, line.shape, [*baselines[:done], *baselines[done + 1 :]])
                    score, cuts = kraken_align.fit(model.net, page, _segmentation(page, shape), line.text)
            except _UNREADABLE as error:
                report.warn("line_unreadable", line=line.shape.id, detail=f"{type(error).__name__}: {error}")
                continue
            yield LineAligned(job=request.job, line=line.shape.id, score=score, boxes=tuple(map(_char_box, cuts)))

    def bound(self, request: Bound, report: Report) -> Iterator[LineBounded]:
        """The boundary around each baseline, as it is made; it needs neither torch nor a model."""
        _settle_libraries()
        page = images.open_page(request.page.image)
        lines = request.page.lines
        for done, line in enumerate(lines):
            report.progress("segmenting", done, len(lines))
            try:
                boundary = boundary_for(page, line.baseline, request.page.others)
            except _UNREADABLE as error:
                report.warn("line_unreadable", line=line.id, detail=f"{type(error).__name__}: {error}")
                continue
            yield LineBounded(job=request.job, line=line.id, boundary=boundary)

    def check_model(self, path: Path, purpose: Purpose) -> None:
        """Opens a model; one that reads lines stays warm. Raises `EngineError("bad_model")` when it cannot be used."""
        if purpose == "recognition":
            self._load_recogniser(path)
        else:
            _checked(path)
            _load(path, "SegmentationTaskModel")

    def _load_segmenter(self) -> Any:
        if self._segmenter is None:
            _settle_libraries()
            from engines.kraken_segmenter import Segmenter

            self._segmenter = Segmenter()
        return self._segmenter

    def _load_recogniser(self, path: Path) -> Any:
        key = _checked(path)
        if key in self._recognisers:
            self._recognisers.move_to_end(key)
            return self._recognisers[key]
        model = _load(path, "RecognitionTaskModel")
        if getattr(model.net, "codec", None) is None:
            raise EngineError("bad_model", "it has no alphabet")
        self._recognisers[key] = model
        if len(self._recognisers) > WARM_MODELS:
            self._recognisers.popitem(last=False)
        return model


def _load(path: Path, task: Literal["RecognitionTaskModel", "SegmentationTaskModel"]) -> Any:
    """A model file as kraken opens it for a task; raises `EngineError("bad_model")` when it has none for that."""
    _settle_libraries()
    from kraken import tasks

    try:
        return getattr(tasks, task).load_model(path)
    except MemoryError:
        raise
    except Exception as error:  # kraken's loaders fail in any way that a file makes them
        raise EngineError("bad_model", f"{type(error).__name__}: {error}") from error


def _settle_libraries() -> None:
    """Imports kraken and keeps its libraries to one thread, as its command line does.

    More threads change its output in the fifth digit; what stays the same on several is spread by `kraken_network`.
    """
    import threadpoolctl  # type: ignore[import-untyped]
    from kraken import tasks  # noqa: F401

    threadpoolctl.threadpool_limits(limits=1)


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _where(device: str) -> dict[str, Any]:
    accelerator = {"cuda": "gpu", "mps": "mps"}.get(device, "cpu")
    return {"accelerator": accelerator, "device": 1}


def _checked(path: Path) -> tuple[Path, int, int]:
    """What a model file is known by; refuses what is neither safetensors nor CoreML before any library opens it."""
    try:
        status = path.stat()
        if not path.is_file():
            raise EngineError("bad_model", "it is no file")
        if status.st_size > MAX_MODEL:
            raise EngineError("bad_model", f"{status.st_size} bytes are too many")
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise EngineError("bad_model", error.strerror or type(error).__name__) from error
    # safetensors: eight bytes of length, then JSON; CoreML: a protobuf whose first field is its version.
    if head[8:9] != b"{" and head[:1] != b"\x08":
        raise EngineError("bad_model", "it is neither safetensors nor CoreML")
    return path.resolve(), status.st_mtime_ns, status.st_size


def _page_segmented(request: Segment, found: Any) -> PageSegmented:
    width, height = request.image.width, request.image.height
    regions: dict[str, RegionShape] = {}
    for kind, shapes in ({} if request.within else found.regions).items():
        for shape in shapes:
            boundary = _open(geometry.on_page(shape.boundary, width, height))
            if len(set(boundary)) > 2:
                regions[shape.id] = RegionShape(id=new_id("r"), boundary=boundary, type=kind)
    lines = []
    for line in found.lines:
        baseline = geometry.on_page(line.baseline, width, height)
        if len(set(baseline)) < 2 or (
            request.within and not geometry.contains(request.within, geometry.midpoint(baseline))
        ):
            continue
        region = regions[line.regions[0]].id if line.regions and line.regions[0] in regions else None
        boundary = _open(geometry.on_page(line.boundary, width, height))
        lines.append(
            LineShape(
                id=new_id("l"),
                baseline=baseline,
                boundary=boundary if len(set(boundary)) > 2 else (),
                region=region,
            )
        )
    # On an empty page kraken finds one region and nothing in it.
    return PageSegmented(job=request.job, regions=tuple(regions.values()) if lines else (), lines=tuple(lines))


def _open(polygon: tuple[Point, ...]) -> tuple[Point, ...]:
    """The polygon without the closing point that kraken puts there."""
    return polygon[:-1] if len(polygon) > 1 and polygon[0] == polygon[-1] else polygon


def _with_boundary(page: Image.Image, line: LineShape, others: Sequence[Polyline]) -> LineShape:
    """The line, with the boundary that kraken makes around its baseline where it came without one."""
    if len(line.boundary) > 2 and (box := geometry.box_of(line.boundary)).width and box.height:
        return line
    return msgspec.structs.replace(line, boundary=boundary_for(page, line.baseline, others))


def _read(model: Any, page: Image.Image, line: LineShape) -> Any:
    """kraken's record of one line; raises one of `_UNREADABLE` when the line cannot be cut out of the page."""
    return next(iter(model.net.predict(im=page, segmentation=_segmentation(page, line))))


def _segmentation(page: Image.Image, line: LineShape) -> Any:
    """One line as kraken takes it."""
    from kraken.containers import BaselineLine, Segmentation

    baseline = geometry.on_page(line.baseline, page.width, page.height)
    if geometry.length(baseline) < SHORTEST:
        raise ValueError("the baseline is too short")
    boundary = geometry.on_page(line.boundary, page.width, page.height)
    shape = BaselineLine(id=line.id, baseline=list(baseline), boundary=[*boundary, boundary[0]])
    return Segmentation(
        type="baselines", imagename="", text_direction="horizontal-lr", script_detection=False, lines=[shape]
    )


def _char_box(cut: Sequence[Point]) -> CharBox:
    box = geometry.box_of(cut)
    return int(box.x), int(box.y), int(box.width), int(box.height)
