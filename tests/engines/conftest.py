"""Engines under test: a fake one and kraken, each behind a real worker process, and one real page."""

import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

from app.jobs.worker import Worker
from app.protocol import CheckModel, Done, Event, LineRead, LineShape, PageImage, PageLines, Recognise, Segment

FAKE = Path(__file__).with_name("fake_engine.py")
PAGE = "data/typewritten/german/EHRI-ET-WL1375B307_03"
MODEL = "models/catmus-print-fondue-tiny-2024-01-31.mlmodel"


def fake_worker(mode: str = "") -> Worker:
    return Worker("fake", [sys.executable, "-P", str(FAKE), mode])


@dataclass(frozen=True)
class Setup:
    """An engine's worker, and what it can read."""

    name: str
    image: PageImage
    model: Path
    lines: tuple[LineShape, ...]
    worker: Callable[[], Worker]
    """A worker that is still busy when its first line has arrived; the caller stops it."""

    def recognise(self, job: str = "j", **changes: object) -> Recognise:
        values = {"image": self.image, "model": str(self.model), "lines": self.lines, "device": "auto", **changes}
        page = PageLines(image=values["image"], lines=values["lines"])  # type: ignore[arg-type]
        return Recognise(job=job, pages=(page,), model=str(values["model"]), device=str(values["device"]))

    def segment(self, job: str = "j") -> Segment:
        return Segment(job=job, image=self.image)


class Run:
    """One job on a thread of its own, so that a test can wait for what happens rather than for time to pass."""

    def __init__(self, worker: Worker, request: Segment | Recognise | CheckModel) -> None:
        self.events: list[Event] = []
        self.cancelled = threading.Event()
        self.done: Done | None = None
        self.error: BaseException | None = None
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._work, args=(worker, request))
        self._thread.start()

    def wait_for(self, kind: type[Event], **fields: object) -> Event:
        """The first event of a kind, once it has come."""

        def found() -> Event | None:
            return next(
                (e for e in self.events if isinstance(e, kind) and all(getattr(e, k) == v for k, v in fields.items())),
                None,
            )

        with self._news:
            assert self._news.wait_for(lambda: found() or self.error or self.done, timeout=120)
        event = found()
        assert event is not None, (self.error, self.done, self.events)
        return event

    def end(self, timeout: float = 120) -> None:
        """Waits for the end of the job."""
        self._thread.join(timeout)
        assert not self._thread.is_alive()

    def _work(self, worker: Worker, request: Segment | Recognise | CheckModel) -> None:
        try:
            done = worker.run(request, self._take, self.cancelled)
        except Exception as error:  # noqa: BLE001  # the test looks at it
            with self._news:
                self.error = error
                self._news.notify_all()
        else:
            with self._news:
                self.done = done
                self._news.notify_all()

    def _take(self, event: Event) -> None:
        with self._news:
            self.events.append(event)
            self._news.notify_all()


def finish(worker: Worker, request: Segment | Recognise | CheckModel) -> tuple[Done, list[Event]]:
    events: list[Event] = []
    return worker.run(request, events.append, threading.Event()), events


def texts(events: list[Event]) -> dict[str, str]:
    return {event.line: event.text for event in events if isinstance(event, LineRead)}


def _fake_setup(folder: Path) -> Setup:
    from PIL import Image

    scan, model = folder / "page.png", folder / "fake.model"
    Image.new("L", (100, 100), 255).save(scan)
    model.write_bytes(b"FAKE MODEL")
    lines = tuple(LineShape(id=f"l{n}", baseline=((0, 10 * n), (90, 10 * n))) for n in range(1, 5))
    image = PageImage(path=str(scan), width=100, height=100)
    return Setup("fake", image, model, lines, lambda: fake_worker("hang"))


def _kraken_setup(shared: Path) -> Setup:
    tree = etree.parse(str(shared / f"{PAGE}.xml"))
    lines = tuple(
        LineShape(
            id=f"l{n}",
            baseline=_points(line.get("BASELINE")),
            boundary=_points(line.find("{*}Shape/{*}Polygon").get("POINTS")),
        )
        for n, line in enumerate(tree.iterfind(".//{*}TextLine"))
    )
    page = tree.find(".//{*}Page")
    image = PageImage(path=str(shared / f"{PAGE}.jpg"), width=int(page.get("WIDTH")), height=int(page.get("HEIGHT")))
    return Setup("kraken", image, shared / MODEL, lines, Worker)


def _points(text: str) -> tuple[tuple[int, int], ...]:
    numbers = [int(number) for number in text.split()]
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


@pytest.fixture(params=["fake", "kraken"])
def setup(request: pytest.FixtureRequest, tmp_path: Path) -> Setup:
    """Each engine in turn; its worker is the caller's to stop."""
    if request.param == "fake":
        return _fake_setup(tmp_path)
    return _kraken_setup(request.getfixturevalue("shared"))


@pytest.fixture
def fake(tmp_path: Path) -> Setup:
    return _fake_setup(tmp_path)


@pytest.fixture(scope="session")
def kraken(shared: Path) -> Setup:
    return _kraken_setup(shared)


@pytest.fixture(scope="package")
def warm_kraken(kraken: Setup, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """One kraken process for all tests that leave it alive; started here, before each test looks for leftovers."""
    with pytest.MonkeyPatch.context() as patch, Worker() as worker:
        patch.setenv("LESEPULT_HOME", str(tmp_path_factory.mktemp("kraken")))
        finish(worker, CheckModel(job="start", model=str(kraken.model)))
        patch.undo()
        yield worker
