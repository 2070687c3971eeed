"""The worker host: requests in, events out, and every policy that does not depend on the engine.

Jobs run one at a time on the main thread; another thread reads requests, notes cancellations and ends the process
at once when the program at the other end is gone. Nothing but events reaches the original standard output, and no
network socket opens.
"""

import faulthandler
import logging
import os
import queue
import random
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from app.protocol import (
    VERSION,
    Align,
    Bound,
    Cancel,
    Capability,
    CheckModel,
    Done,
    Event,
    Failed,
    Progress,
    Ready,
    Recognise,
    Request,
    Segment,
    Started,
    Warned,
    WarningCode,
    decode_request,
    encode,
)
from engines.base import Aligner, Bounder, Cancelled, Engine, EngineError, Recogniser, Segmenter

MAX_LINE = 16 * 1024 * 1024
"""The longest request in bytes; a page of a thousand lines takes about one hundredth of it."""

Work = Segment | Recognise | Align | Bound
Job = Work | CheckModel
_LINE_BY_LINE: dict[type[Work], tuple[type, str]] = {
    Recognise: (Recogniser, "recognise"),
    Align: (Aligner, "align"),
    Bound: (Bounder, "bound"),
}
"""What an engine must be for a request that is answered line by line, and which of its calls answers."""
_log = logging.getLogger(__name__)


def serve(make: Callable[[], Engine]) -> None:
    """Turns this process into a worker for the engine that `make` returns; comes back only by ending the process."""
    requests, events = _claim_pipes()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(process)d %(name)s %(message)s")
    logging.captureWarnings(True)
    faulthandler.enable()
    _refuse_network()
    channel = _Channel(requests, events)
    threading.Thread(target=channel.read, name="requests", daemon=True).start()
    engine = make()
    devices = engine.devices()
    channel.send(
        Ready(
            protocol=VERSION,
            engine=engine.name,
            version=engine.version,
            capabilities=_capabilities(engine),
            devices=devices,
            memory=_free_memory(devices[0]),
        )
    )
    while True:
        request, cancelled = channel.next_job()
        began = time.monotonic()
        _log.info("job %s: %s", request.job, type(request).__name__)
        channel.send(_answer(engine, devices, request, _Report(request.job, channel, cancelled)))
        _log.info("job %s: %.2f s", request.job, time.monotonic() - began)
        channel.forget(request.job)


class _Channel:
    """The two pipes to the program; requests are read on a thread of their own."""

    def __init__(self, requests: BinaryIO, events: BinaryIO) -> None:
        self._requests = requests
        self._events = events
        self._sending = threading.Lock()
        self._waiting: queue.SimpleQueue[tuple[Job, threading.Event]] = queue.SimpleQueue()
        self._cancels: dict[str, threading.Event] = {}

    def send(self, event: Event) -> None:
        """Writes one event; ends the process when nobody listens any more."""
        try:
            with self._sending:
                self._events.write(encode(event))
                self._events.flush()
        except OSError:
            os._exit(1)

    def next_job(self) -> tuple[Job, threading.Event]:
        """The next job and the event that cancels it; waits for one."""
        return self._waiting.get()

    def forget(self, job: str) -> None:
        """Lets go of a job that has ended."""
        self._cancels.pop(job, None)

    def read(self) -> None:
        """Reads requests until the program is gone, then ends the process, in the middle of a job if need be."""
        while line := self._requests.readline(MAX_LINE):
            if not line.endswith(b"\n"):
                _log.error("a request of more than %d bytes, or half of one", MAX_LINE)
                break
            try:
                self._take(decode_request(line))
            except msgspec.MsgspecError as error:
                self.send(Failed(job="", code="bad_request", detail=str(error)))
        os._exit(0)

    def _take(self, request: Request) -> None:
        if isinstance(request, Cancel):
            if cancelled := self._cancels.get(request.job):
                cancelled.set()
            return
        cancelled = self._cancels[request.job] = threading.Event()
        self._waiting.put((request, cancelled))


class _Report:
    """What a running job says, and whether it is to stop."""

    def __init__(self, job: str, channel: _Channel, cancelled: threading.Event) -> None:
        self._job = job
        self._channel = channel
        self._cancelled = cancelled
        self.delivered = False

    def progress(self, stage: Literal["loading", "segmenting", "recognising"], done: int = 0, total: int = 0) -> None:
        """Says how far the job is; raises `Cancelled` when it is to stop."""
        if self._cancelled.is_set():
            raise Cancelled
        self._channel.send(Progress(job=self._job, stage=stage, done=done, total=total))

    def warn(self, code: WarningCode, *, line: str | None = None, detail: str = "") -> None:
        """Says what was odd; the job goes on."""
        self._channel.send(Warned(job=self._job, code=code, line=line, detail=detail))

    def started(self, device: str) -> None:
        """Says that the job has begun."""
        self._channel.send(Started(job=self._job, device=device))

    def deliver(self, result: Event) -> None:
        """Sends a result."""
        self.delivered = True
        self._channel.send(result)


def _capabilities(engine: Engine) -> tuple[Capability, ...]:
    """What the engine can do beside opening a model, told from the calls it has."""
    able: dict[Capability, bool] = {
        "segment": isinstance(engine, Segmenter),
        "recognise": isinstance(engine, Recogniser),
        "align": isinstance(engine, Aligner),
        "bound": isinstance(engine, Bounder),
    }
    return tuple(capability for capability, has in able.items() if has)


def _free_memory(device: str) -> int:
    """How many bytes are free on a graphics card; 0 where the device has no memory of its own."""
    torch = sys.modules.get("torch")
    return int(torch.cuda.mem_get_info()[0]) if device == "cuda" and torch else 0


def _answer(engine: Engine, devices: tuple[str, ...], request: Job, report: _Report) -> Done | Failed:
    _seed()
    try:
        if isinstance(request, CheckModel):
            engine.check_model(Path(request.model), request.purpose)
        else:
            _run(engine, devices, request, report)
    except Cancelled:
        return Done(job=request.job, cancelled=True)
    except EngineError as error:
        return Failed(job=request.job, code=error.code, detail=error.detail, file=error.file)
    except MemoryError:
        return Failed(job=request.job, code="out_of_memory")
    except Exception as error:  # noqa: BLE001  # a bug costs its job, not the worker
        _log.exception("job %s", request.job)
        return Failed(job=request.job, code="internal", detail=type(error).__name__)
    return Done(job=request.job)


def _run(engine: Engine, devices: tuple[str, ...], request: Work, report: _Report) -> None:
    device = devices[0] if request.device == "auto" else request.device
    if device not in devices:
        raise EngineError("device", f"{device} is not among {devices}")
    report.started(device)
    try:
        _work(engine, msgspec.structs.replace(request, device=device), report)
    except EngineError as error:
        if error.code != "device" or request.device != "auto" or device == "cpu" or report.delivered:
            raise
        report.warn("device_fallback", detail=error.detail)
        _work(engine, msgspec.structs.replace(request, device="cpu"), report)


def _work(engine: Engine, request: Work, report: _Report) -> None:
    if not isinstance(request, Segment):
        able, verb = _LINE_BY_LINE[type(request)]
        if not isinstance(engine, able):
            raise EngineError("bad_request", f"{engine.name} cannot {verb}")
        for result in getattr(engine, verb)(request, report):
            report.deliver(result)
        return
    if not isinstance(engine, Segmenter):
        raise EngineError("bad_request", f"{engine.name} finds no lines")
    page = engine.segment(request, report)
    if not page.lines:
        report.warn("no_lines")
    report.deliver(page)


def _seed() -> None:
    """Starts every job from the same random state, so that a result can be had again."""
    random.seed(0)
    if torch := sys.modules.get("torch"):
        torch.manual_seed(0)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed(0)


def _claim_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Takes the two pipes away from everything else: what a library, or C code, prints goes to standard error."""
    requests, events = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, events


def _refuse_network() -> None:
    """Makes every network connection and name lookup raise; an audit hook cannot be removed by what comes later."""

    def hook(event: str, args: tuple[object, ...]) -> None:
        if event in {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}:
            raise PermissionError("an engine worker looks up no names")
        reaches_out = event in {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"}
        if reaches_out and getattr(args[0], "family", None) in {socket.AF_INET, socket.AF_INET6}:
            raise PermissionError("an engine worker opens no network connection")

    sys.addaudithook(hook)
