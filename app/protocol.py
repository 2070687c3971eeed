"""The messages between the program and an engine worker: one JSON object a line, typed and decoded on both sides.

Requests go to the worker's standard input, events come from its original standard output. All geometry is in
pixels of the upright page image that `PageImage.path` names; images travel by path and never as bytes.
"""

from typing import Annotated, Literal

import msgspec

Polyline = tuple[tuple[int, int], ...]
CharBox = tuple[int, int, int, int]
"""Left, top, width and height of one character."""

Capability = Literal["segment", "recognise", "align", "bound", "train"]
MarkKind = Literal["underlined", "struck", "superscript", "subscript", "bold", "italic"]
Purpose = Literal["recognition", "segmentation"]
"""What a model does: it reads lines, or finds them."""

WarningCode = Literal["line_unreadable", "no_lines", "device_fallback", "line_cut_off", "batch_halved"]
"""What may be odd: a line that cannot be read, none found, a device or memory that did not do, a text that was cut."""

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
"""A confidence; what is none (infinite, not a number) does not pass."""

VERSION = 4
"""Raised with every change that an older worker would misread; `Ready` carries it."""


class _Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", forbid_unknown_fields=True):
    """What all messages share: a tag named `kind`, and nothing that is not declared."""


class PageImage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An upright page image on disk; `width` and `height` are what the program knows it to be, in pixels."""

    path: str
    width: int
    height: int


class LineShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line to be read, or one that was found; an empty boundary means that the worker makes one.

    `estimated` says that the engine has no baselines and this one was made from the boundary.
    """

    id: str
    baseline: Polyline
    boundary: Polyline = ()
    region: str | None = None
    estimated: bool = False


class PageLines(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lines of one page; `others` are the baselines of all its lines, where a boundary is to be made between them."""

    image: PageImage
    lines: tuple[LineShape, ...]
    others: tuple[Polyline, ...] = ()


class Mark(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an engine says of some characters beside which they are: code points `start` to before `end` of the text."""

    kind: MarkKind
    start: int
    end: int


class RegionShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A region that was found; `type` is the engine's own word for it."""

    id: str
    boundary: Polyline
    type: str = "text"


class Segment(_Message, frozen=True, kw_only=True, tag="segment"):
    """Find the regions and lines of a page, or the lines within one polygon of it (`within`).

    `model` is the file or folder of a segmentation model; empty where the engine brings its own. `cores` is how many
    of the processor's may be used, 0 for all; what is found does not depend on it.
    """

    job: str
    image: PageImage
    device: str = "auto"
    within: Polyline = ()
    model: str = ""
    cores: int = 0


class Recognise(_Message, frozen=True, kw_only=True, tag="recognise"):
    """Read the lines of these pages, in this order, with the model in this file or folder."""

    job: str
    pages: tuple[PageLines, ...]
    model: str
    device: str = "auto"


class AlignedLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line, and the text that stands on it as far as anybody knows."""

    shape: LineShape
    text: str


class Align(_Message, frozen=True, kw_only=True, tag="align"):
    """Say how well each text fits its line, and where its characters stand, with the model in this file."""

    job: str
    image: PageImage
    model: str
    lines: tuple[AlignedLine, ...]
    device: str = "auto"


class Bound(_Message, frozen=True, kw_only=True, tag="bound"):
    """Make a boundary for each of these lines from the writing around its baseline, without any model."""

    job: str
    page: PageLines
    device: str = "auto"


class CheckModel(_Message, frozen=True, kw_only=True, tag="check_model"):
    """Open a model (a file, or surya's folder) and say whether it can be used; answered by `Done` or `Failed`."""

    job: str
    model: str
    purpose: Purpose = "recognition"


class Cancel(_Message, frozen=True, kw_only=True, tag="cancel"):
    """Stop a job at the next line; answered by `Done` with `cancelled`."""

    job: str


Request = Segment | Recognise | Align | Bound | CheckModel | Cancel


class Ready(_Message, frozen=True, kw_only=True, tag="ready"):
    """The worker can take jobs: what it is, what it can do, where it can run.

    `memory` is how many bytes are free on a graphics card that is first among the devices; 0 without one.
    """

    protocol: int
    engine: str
    version: str
    capabilities: tuple[Capability, ...]
    devices: tuple[str, ...]
    memory: int = 0


class Started(_Message, frozen=True, kw_only=True, tag="started"):
    """A job has begun, on this device."""

    job: str
    device: str


class Progress(_Message, frozen=True, kw_only=True, tag="progress"):
    """How far a job is; `total` 0 means that nobody can know."""

    job: str
    done: int
    total: int
    stage: Literal["loading", "segmenting", "recognising"]


class LineRead(_Message, frozen=True, kw_only=True, tag="line"):
    """One line was read: its text in NFC and logical order, one confidence (0 to 1) a code point, and their mean.

    `boxes` has one box a code point, or is empty. `marks` is what the engine's tags meant, and `raw` what it put out
    as it was, where that is not the text. `boundary` is the one that was made for a line that came without.
    """

    job: str
    line: str
    text: str
    confidence: Share
    confidences: tuple[Share, ...] = ()
    boxes: tuple[CharBox, ...] = ()
    marks: tuple[Mark, ...] = ()
    raw: str = ""
    boundary: Polyline = ()


class LineAligned(_Message, frozen=True, kw_only=True, tag="aligned"):
    """How well a text fits its line, 0 to 1, and where its characters stand: one box a code point, or none."""

    job: str
    line: str
    score: Share
    boxes: tuple[CharBox, ...] = ()


class LineBounded(_Message, frozen=True, kw_only=True, tag="bounded"):
    """The boundary that was made around a line's baseline."""

    job: str
    line: str
    boundary: Polyline


class PageSegmented(_Message, frozen=True, kw_only=True, tag="page"):
    """What was found on the page; `lines` stand in reading order."""

    job: str
    regions: tuple[RegionShape, ...]
    lines: tuple[LineShape, ...]


class Warned(_Message, frozen=True, kw_only=True, tag="warning"):
    """Something was odd but the job goes on; the code is looked up by the program, the detail is for the log."""

    job: str
    code: WarningCode
    detail: str = ""
    line: str | None = None


class Done(_Message, frozen=True, kw_only=True, tag="done"):
    """A job has ended, all of it or as far as it came before it was cancelled."""

    job: str
    cancelled: bool = False


class Failed(_Message, frozen=True, kw_only=True, tag="failed"):
    """A job has ended with an error; the code is looked up by the program, the detail is for the log.

    `file` names the file at fault in the folder of a `bad_model`, where the engine knows it.
    """

    job: str
    code: Literal["bad_model", "bad_image", "bad_request", "out_of_memory", "device", "internal"]
    detail: str = ""
    file: str = ""


Event = Ready | Started | Progress | LineRead | LineAligned | LineBounded | PageSegmented | Warned | Done | Failed

_encoder = msgspec.json.Encoder()
_requests: msgspec.json.Decoder[Request] = msgspec.json.Decoder(Request)
_events: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def encode(message: Request | Event) -> bytes:
    """The message as one line of JSON, with its line break."""
    return _encoder.encode(message) + b"\n"


def decode_request(line: bytes) -> Request:
    """The request in a line; raises `msgspec.MsgspecError` when it is none."""
    return _requests.decode(line)


def decode_event(line: bytes) -> Event:
    """The event in a line; raises `msgspec.MsgspecError` when it is none."""
    return _events.decode(line)
