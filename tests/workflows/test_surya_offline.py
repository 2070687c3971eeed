"""surya finds its models where the store keeps them, without a network; a damaged one is refused by name."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

from app import paths
from app.checkpoints.plan import Purpose
from app.errors import BadModel
from app.jobs.opening import open_once

ROOT = Path(__file__).resolve().parent.parent.parent
READS = Path(__file__).with_name("surya_reads.py")
FOLDERS: dict[Purpose, str] = {
    "recognition": "text_recognition/2025_09_23",
    "segmentation": "text_detection/2025_05_07",
}


@pytest.fixture
def models(shared: Path) -> Path:
    """Both models in this test's own store, as an install leaves them."""
    store = paths.models_dir() / "surya"
    for folder in FOLDERS.values():
        shutil.copytree(shared / "models" / "surya" / folder, store / folder, copy_function=shutil.copyfile)
        (store / folder).chmod(0o755)
    return store


def test_surya_s_own_loader_finds_the_store_and_reads_with_the_network_refused(models: Path, shared: Path) -> None:
    page = shared / "models" / "surya" / "page.json"
    before = {path: path.stat().st_mtime_ns for path in models.rglob("*")}
    with paths.job_scratch() as scratch:
        done = subprocess.run(
            [sys.executable, "-P", "-W", "ignore", str(READS), str(page.with_suffix(".png")), str(page)],
            check=False,
            capture_output=True,
            text=True,
            cwd=scratch,
            env=paths.child_environment(scratch) | {"PYTHONPATH": str(ROOT)},
            timeout=300,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        read = json.loads(done.stdout.splitlines()[-1])
        outside = [path for path in read["written"] if not Path(path).is_relative_to(scratch) and path != os.devnull]
    lines = json.loads(page.read_text(encoding="utf-8"))["lines"]
    assert read["texts"] == [line["text"] for line in lines]
    assert read["found"] == len(lines)
    assert read["asked"] == []
    assert [path for path in outside if "__pycache__" not in path] == []
    assert {path: path.stat().st_mtime_ns for path in models.rglob("*")} == before


@pytest.mark.parametrize("purpose", FOLDERS)
def test_a_whole_model_opens_and_can_be_moved_at_once(models: Path, purpose: Purpose) -> None:
    folder = models / FOLDERS[purpose]
    assert open_once(folder, "surya", purpose) == f"surya {metadata.version('surya-ocr')}"
    folder.rename(folder.with_name("moved"))
    assert list(paths.jobs_dir().iterdir()) == []


def without(name: str) -> Callable[[Path, Path], object]:
    return lambda folder, _other: (folder / name).unlink()


def cut_short(folder: Path, _other: Path) -> None:
    os.truncate(folder / "model.safetensors", 5_000_000)


def of_another_model(folder: Path, other: Path) -> None:
    shutil.copyfile(other / "model.safetensors", folder / "model.safetensors")


@pytest.mark.parametrize(
    ("damage", "file"),
    [
        (without("config.json"), "config.json"),
        (without("vocab_math.json"), "vocab_math.json"),
        (cut_short, "model.safetensors"),
        (of_another_model, "model.safetensors"),
    ],
    ids=["no config", "no vocab", "cut short", "another's weights"],
)
def test_a_damaged_model_is_refused_and_the_file_is_named(
    models: Path, damage: Callable[[Path, Path], object], file: str
) -> None:
    folder = models / FOLDERS["recognition"]
    damage(folder, models / FOLDERS["segmentation"])
    with pytest.raises(BadModel) as caught:
        open_once(folder, "surya", "recognition")
    assert f"“{folder.name}” cannot be used: its file “{file}”" in caught.value.message
    assert caught.value.hint
