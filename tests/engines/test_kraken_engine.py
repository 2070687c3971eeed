"""kraken behind our worker: the same text as by itself, odd geometry, odd models, odd images."""

import json
import os
import pickle
import subprocess
import sys
import unicodedata
import zipfile
from importlib import resources
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from app import geometry, paths
from app.errors import BadModel, BadScan
from app.jobs.worker import Worker
from app.protocol import CheckModel, Done, LineShape, PageImage, PageLines, PageSegmented, Recognise, Segment, Warned
from engines.kraken_engine import _page_segmented
from tests.engines.conftest import Setup, finish, texts

ITSELF = Path(__file__).with_name("kraken_itself.py")
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def by_itself(kraken: Setup, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What kraken does with the first lines of the page when it is asked directly."""
    asked = {
        "image": kraken.image.path,
        "model": str(kraken.model),
        "lines": [{"id": line.id, "baseline": line.baseline, "boundary": line.boundary} for line in kraken.lines[:6]],
    }
    request = tmp_path_factory.mktemp("itself") / "request.json"
    request.write_text(json.dumps(asked))
    env = dict(os.environ, PYTHONPATH=str(ROOT))
    command = [sys.executable, "-W", "ignore", str(ITSELF), str(request)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=env, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_the_text_is_kraken_s_own(kraken: Setup, warm_kraken: Worker, by_itself: dict[str, Any]) -> None:
    _, events = finish(warm_kraken, kraken.recognise(lines=kraken.lines[:6]))
    assert list(texts(events).values()) == [unicodedata.normalize("NFC", text) for text in by_itself["texts"]]
    assert "Zuschauern" in " ".join(texts(events).values())


def test_the_lines_of_a_page_are_kraken_s_own_point_by_point(by_itself: dict[str, Any]) -> None:
    compared, differed = by_itself["segmentation"]
    assert compared > 20
    assert differed == 0


def test_a_line_without_a_boundary_is_read_and_a_hopeless_one_is_reported(kraken: Setup, warm_kraken: Worker) -> None:
    whole = kraken.lines[2]
    lines = (
        LineShape(id="bare", baseline=whole.baseline),
        LineShape(id="point", baseline=((5, 5), (5, 5))),
        LineShape(id="outside", baseline=((5000, 500), (6000, 500)), boundary=((5000, 490), (6000, 490), (6000, 510))),
        LineShape(id="flat", baseline=whole.baseline, boundary=whole.baseline),
        LineShape(id="crossed", baseline=((10, 60), (200, 60)), boundary=((10, 50), (200, 70), (200, 50), (10, 70))),
        whole,
    )
    _, events = finish(warm_kraken, kraken.recognise(lines=lines))
    read = texts(events)
    warned = {event.line for event in events if isinstance(event, Warned)}
    assert warned >= {"point", "outside"}
    assert read.keys() | warned == {line.id for line in lines}
    assert geometry.length(whole.baseline) > 500
    assert len(read["bare"]) > 20
    assert len(read["flat"]) > 20
    assert len(read[whole.id]) > 20


def test_a_blank_line_is_empty_and_of_no_confidence(warm_kraken: Worker, kraken: Setup, tmp_path: Path) -> None:
    Image.new("RGB", (600, 400), "white").save(tmp_path / "blank.png")
    image = PageImage(path=str(tmp_path / "blank.png"), width=600, height=400)
    line = LineShape(id="l", baseline=((20, 100), (500, 100)), boundary=((20, 60), (500, 60), (500, 110), (20, 110)))
    request = Recognise(job="j", pages=(PageLines(image=image, lines=(line,)),), model=str(kraken.model))
    _, events = finish(warm_kraken, request)
    [read] = [event for event in events if hasattr(event, "text")]
    assert (read.text, read.confidence, read.confidences) == ("", 0.0, ())


@pytest.mark.parametrize("kind", ["random", "pickle", "zip", "text", "empty", "missing", "folder", "half", "segmenter"])
def test_a_model_that_is_none_is_refused_by_name(kind: str, warm_kraken: Worker, kraken: Setup, tmp_path: Path) -> None:
    path = tmp_path / f"{kind}.mlmodel"
    if kind == "random":
        path.write_bytes(b"\x08" + bytes(range(256)) * 8)
    elif kind == "pickle":
        path.write_bytes(pickle.dumps({"weights": [1.0] * 99}))
    elif kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", b"x")
    elif kind == "text":
        path.write_text("This is a letter, not a model.")
    elif kind == "empty":
        path.touch()
    elif kind == "folder":
        path.mkdir()
    elif kind == "half":
        path.write_bytes(kraken.model.read_bytes()[: kraken.model.stat().st_size // 2])
    elif kind == "segmenter":
        path.write_bytes(resources.files("kraken").joinpath("blla.mlmodel").read_bytes())
    pid = warm_kraken.pid
    with pytest.raises(BadModel, match=f"“{path.name}” cannot be used"):
        finish(warm_kraken, CheckModel(job="j", model=str(path)))
    assert warm_kraken.pid == pid


def test_a_segmentation_model_opens_as_one_and_nothing_else_does(
    warm_kraken: Worker, kraken: Setup, tmp_path: Path
) -> None:
    own = tmp_path / "own.mlmodel"
    own.write_bytes(resources.files("kraken").joinpath("blla.mlmodel").read_bytes())
    done, _ = finish(warm_kraken, CheckModel(job="j", model=str(own), purpose="segmentation"))
    assert done == Done(job="j")
    (tmp_path / "text.mlmodel").write_text("This is a letter, not a model.")
    for other in (kraken.model, paths.resources_dir() / "starter" / "starter.safetensors", tmp_path / "text.mlmodel"):
        with pytest.raises(BadModel, match=f"“{other.name}” cannot be used"):
            finish(warm_kraken, CheckModel(job="j", model=str(other), purpose="segmentation"))


def test_an_image_that_is_not_what_was_said_is_refused(warm_kraken: Worker, kraken: Setup, tmp_path: Path) -> None:
    (tmp_path / "torn.jpg").write_bytes(Path(kraken.image.path).read_bytes()[:20_000])
    for image in (
        PageImage(path=kraken.image.path, width=kraken.image.height, height=kraken.image.width),
        PageImage(path=kraken.image.path, width=100_000, height=100_000),
        PageImage(path=str(tmp_path / "torn.jpg"), width=kraken.image.width, height=kraken.image.height),
        PageImage(path=str(tmp_path / "none.jpg"), width=10, height=10),
        PageImage(path=__file__, width=10, height=10),
    ):
        with pytest.raises(BadScan, match="scan of this page"):
            finish(warm_kraken, kraken.recognise(image=image))
        with pytest.raises(BadScan, match="scan of this page"):
            finish(warm_kraken, Segment(job="s", image=image))


def test_lines_within_a_polygon_are_found_at_the_scale_of_the_page(kraken: Setup, warm_kraken: Worker) -> None:
    width, height = kraken.image.width, kraken.image.height
    # Ten lines of 56: segmenting takes long, and most of it is spent on what is found.
    bottom = max(y for _, y in kraken.lines[10].boundary)
    within = ((0, 0), (width, 0), (width, bottom), (0, bottom))
    _, events = finish(warm_kraken, Segment(job="s", image=kraken.image, within=within))
    [page] = [event for event in events if isinstance(event, PageSegmented)]
    inside = [line for line in kraken.lines if geometry.contains(within, geometry.midpoint(line.baseline))]
    assert abs(len(page.lines) - len(inside)) <= 2
    assert page.regions == ()
    assert len({line.id for line in page.lines}) == len(page.lines)
    for line in page.lines:
        assert line.id.startswith("l")
        assert line.region is None
        assert geometry.contains(within, geometry.midpoint(line.baseline))
        assert line.boundary
        assert line.boundary[0] != line.boundary[-1]
        assert all(0 <= x < width and 0 <= y < height for x, y in (*line.baseline, *line.boundary))


def test_what_kraken_found_becomes_ours() -> None:
    ring = [[0, 0], [120, 0], [120, 90], [0, 90], [0, 0]]
    found = SimpleNamespace(
        regions={
            "text": [SimpleNamespace(id="_1", boundary=ring)],
            "line": [SimpleNamespace(id="_2", boundary=ring[:2])],
        },
        lines=[
            SimpleNamespace(baseline=[[-4, 20], [80, 20], [120, 21]], boundary=ring, regions=["_1"]),
            SimpleNamespace(baseline=[[5, 20], [5, 20]], boundary=ring, regions=["_1"]),
            SimpleNamespace(baseline=[[5, 40], [50, 40]], boundary=ring[:2], regions=["_2"]),
        ],
    )
    request = Segment(job="j", image=PageImage(path="", width=100, height=80))
    page = _page_segmented(request, found)
    [region] = page.regions
    assert region.boundary == ((0, 0), (99, 0), (99, 79), (0, 79))
    assert region.type == "text"
    first, second = page.lines
    assert first.baseline == ((0, 20), (80, 20), (99, 21))
    assert first.boundary == region.boundary
    assert first.region == region.id
    assert (second.boundary, second.region) == ((), None)
    assert not {first.id, second.id, region.id} & {"_1", "_2"}
    found.lines = [
        SimpleNamespace(baseline=[[5, 20], [80, 20]], boundary=[[5, 9], [80, 9], [80, 9], [80, 25], [5, 9]], regions=[])
    ]
    [doubled] = _page_segmented(request, found).lines
    assert doubled.boundary == ((5, 9), (80, 9), (80, 9), (80, 25))
    found.lines = []
    assert _page_segmented(request, found) == PageSegmented(job="j", regions=(), lines=())
