"""Opening a model once, with the real kraken."""

import threading
from importlib import metadata, resources
from pathlib import Path

import pytest

from app import paths
from app.errors import AppError, BadModel
from app.jobs.opening import open_once


@pytest.fixture
def segmenter(tmp_path: Path) -> Path:
    """A person's own segmentation model, in a folder of its own."""
    path = tmp_path / "model" / "lines.mlmodel"
    path.parent.mkdir()
    path.write_bytes(resources.files("kraken").joinpath("blla.mlmodel").read_bytes())
    return path


def test_a_model_opens_and_nothing_holds_it_afterwards(segmenter: Path) -> None:
    assert open_once(segmenter, "kraken", "segmentation") == f"kraken {metadata.version('kraken')}"
    segmenter.parent.rename(segmenter.parent.with_name("moved"))
    assert list(paths.jobs_dir().iterdir()) == []


def test_a_model_for_something_else_is_refused_by_name(segmenter: Path) -> None:
    with pytest.raises(BadModel, match=r"“lines\.mlmodel” cannot be used") as caught:
        open_once(segmenter, "kraken", "recognition")
    assert caught.value.hint
    assert list(paths.jobs_dir().iterdir()) == []


def test_opening_can_be_cancelled(segmenter: Path) -> None:
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(AppError, match=r"“lines\.mlmodel” was cancelled"):
        open_once(segmenter, "kraken", "segmentation", cancelled)
