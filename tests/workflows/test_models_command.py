"""The model manager from the command line: real processes, a real server on loopback, the real engines."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import paths
from app.checkpoints import staging
from tests.servers.faults import Slow
from tests.servers.misbehaving import MisbehavingServer
from tests.workflows.test_command_line import PAGE, lesepult

MODEL = "models/catmus-print-fondue-tiny-2024-01-31.mlmodel"
DETECTION = "surya:text_detection/2025_05_07"


@pytest.fixture
def mirror(shared: Path) -> Iterator[MisbehavingServer]:
    """A reading room's mirror of surya's two models."""
    folder = shared / "models" / "surya"
    with MisbehavingServer() as server:
        for path in folder.glob("text_*/*/*"):
            server.put(f"/{path.relative_to(folder).as_posix()}", path)
        for manifest in folder.glob("text_*/*/manifest.json"):
            # The public ones list a pickle too, which is not wanted.
            listed = [*json.loads(manifest.read_bytes())["files"], ".gitattributes", "training_args.bin"]
            body = json.dumps({"files": listed}).encode()
            server.put(f"/{manifest.relative_to(folder).as_posix()}", body)
        yield server


def models() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(lesepult("models", "list", "--json").stdout)["models"]
    return rows


def test_a_model_from_a_mirror_and_back(mirror: MisbehavingServer, tmp_path: Path) -> None:
    shown = lesepult("models", "install", DETECTION, "--from", mirror.url).stderr
    for word in ("Licence", "Download: 759 kB", "Memory", "no checksums"):
        assert word in shown
    assert [(row["name"], row["state"]) for row in models()] == [("starter", "installed"), (DETECTION, "installed")]
    assert not list(paths.downloads_dir().glob("surya*"))

    folder = paths.models_dir() / "surya" / "text_detection" / "2025_05_07"
    assert "training_args.bin" in shown
    for file in json.loads((folder / "manifest.json").read_bytes())["files"]:
        assert (folder / file).is_file(), "surya takes a folder for incomplete that lacks a file of its list"

    # A virus scanner takes a file away: told, and repaired by fetching only that.
    (folder / "config.json").unlink()
    assert json.loads(lesepult("models", "status", "--json", code=3).stdout)["damaged"] == [DETECTION]
    assert "“config.json” is missing" in lesepult("models", "verify", code=1).stdout
    before = mirror.sent()
    lesepult("models", "install", DETECTION, "--from", mirror.url)
    assert mirror.sent() - before < 10_000
    lesepult("models", "verify", DETECTION)

    # For a computer that never goes online: one file.
    pack = Path(lesepult("models", "pack", DETECTION, "--out", tmp_path).stdout.strip())
    assert "freed" in lesepult("models", "remove", DETECTION).stdout
    assert len(models()) == 1
    lesepult("models", "import", pack)
    lesepult("models", "verify", DETECTION)


def test_a_model_from_a_stick_reads_a_page_and_is_gone_when_it_was_removed(shared: Path, tmp_path: Path) -> None:
    stick, archive = tmp_path / "stick", tmp_path / "Briefe"
    stick.mkdir()
    shutil.copyfile(shared / MODEL, stick / "catmus.mlmodel")
    name = lesepult("models", "import", stick / "catmus.mlmodel").stdout.split("\t")[0]
    shutil.rmtree(stick)
    lesepult("new", archive)
    lesepult("import", archive, shared / PAGE)
    lesepult("segment", archive)
    line = json.loads(lesepult("text", archive, "--json").stdout)["lines"][1]["line"]
    lesepult("read", archive, "--model", name, "--lines", line)
    row = json.loads(lesepult("text", archive, "--json").stdout)["lines"][1]
    assert (row["state"], row["model"]) == ("read", name)
    lesepult("models", "remove", name)
    assert f"There is no model “{name}”" in lesepult("read", archive, "--model", name, code=1).stderr


def test_ctrl_c_keeps_what_has_arrived_and_the_same_command_goes_on(mirror: MisbehavingServer) -> None:
    weights = "/text_recognition/2025_09_23/model.safetensors"
    mirror.always(weights, Slow(2_000_000))
    arguments = ["models", "install", "surya:text_recognition/2025_09_23", "--from", mirror.url]
    process = subprocess.Popen(
        [sys.executable, "-m", "app", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    mirror.until(lambda: mirror.sent(weights) > 4_000_000)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "what has arrived is kept" in said
    ((part, journal),) = staging.kept()
    assert journal.wanted == "pause"
    assert part.size() > 2_000_000
    assert "have arrived" in lesepult("models", "status").stdout

    mirror.always(weights, None)
    before = mirror.sent()
    lesepult(*arguments)
    size = (paths.models_dir() / "surya" / weights.rpartition("/")[0].strip("/") / "model.safetensors").stat().st_size
    assert mirror.sent() - before < size, "only the rest came over the network"
    lesepult("models", "verify")


def test_what_cannot_be_is_told_in_one_sentence(mirror: MisbehavingServer, tmp_path: Path) -> None:
    assert (
        "has no"
        in lesepult("models", "install", "surya:text_detection/1999_01_01", "--from", mirror.url, code=1).stderr
    )
    pickle = tmp_path / "model.pt"
    pickle.write_bytes(b"PK\x03\x04" + bytes(100))
    assert "foreign code" in lesepult("models", "import", pickle, code=1).stderr
    assert "comes with the program" in lesepult("models", "remove", "starter", code=1).stderr
    assert "There is no model “nobody”" in lesepult("models", "verify", "nobody", code=1).stderr
    assert lesepult("models", "prune").stderr.strip() == "There was nothing to remove."


def test_the_catalogue_is_there_without_a_network() -> None:
    found = json.loads(lesepult("models", "search", "handwriting", "--json").stdout)
    assert found["models"]
    assert found["listed"] is None or found["listed"] == ""
    assert "surya" in lesepult("models", "search", "--engine", "surya").stdout
