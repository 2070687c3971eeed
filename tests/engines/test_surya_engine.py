"""surya's models in our worker: it opens them, and refuses what its own loaders would take or die of."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.errors import BadModel, WorkerDied
from app.jobs.worker import Worker
from app.protocol import CheckModel, Done, Purpose
from tests.engines.conftest import finish
from tests.engines.surya_page import DETECTION, RECOGNITION


@pytest.fixture(scope="module")
def surya(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """One process for all tests, because importing surya takes its time."""
    with pytest.MonkeyPatch.context() as patch, Worker("surya") as worker:
        patch.setenv("LESEPULT_HOME", str(tmp_path_factory.mktemp("surya")))
        finish(worker, CheckModel(job="start", model=str(shared / "models" / "surya" / RECOGNITION)))
        patch.undo()
        yield worker


@pytest.fixture
def copied(shared: Path, tmp_path: Path) -> Callable[[str], Path]:
    def copy(folder: str) -> Path:
        for source in (shared / "models" / "surya" / folder).iterdir():
            (tmp_path / "model").mkdir(exist_ok=True)
            shutil.copyfile(source, tmp_path / "model" / source.name)
        return tmp_path / "model"

    return copy


def check(worker: Worker, folder: Path, purpose: Purpose = "recognition") -> Done:
    return finish(worker, CheckModel(job="j", model=str(folder), purpose=purpose))[0]


def refused(worker: Worker, folder: Path, purpose: Purpose, file: str) -> None:
    pid = worker.pid
    with pytest.raises(BadModel, match=f"“model” cannot be used: its file “{file}”"):
        check(worker, folder, purpose)
    assert worker.pid == pid


def test_whole_models_open(surya: Worker, shared: Path) -> None:
    folder = shared / "models" / "surya"
    assert check(surya, folder / DETECTION, "segmentation") == Done(job="j")
    assert check(surya, folder / RECOGNITION) == Done(job="j")
    assert surya.ready is not None
    assert surya.ready.capabilities == ("segment", "recognise")


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        *(
            (RECOGNITION, name)
            for name in ("config.json", "vocab_math.json", "specials_dict.json", "model.safetensors")
        ),
        *((DETECTION, name) for name in ("config.json", "preprocessor_config.json", "model.safetensors")),
    ],
)
def test_a_missing_or_broken_file_is_named(
    surya: Worker, copied: Callable[[str], Path], folder: str, name: str
) -> None:
    purpose: Purpose = "recognition" if folder == RECOGNITION else "segmentation"
    model = copied(folder)
    for content in (b"", b"[1, 2]", b'{"a":' * 5000, (model / name).read_bytes()[:-9], b" " * 5_000_000 + b"{}"):
        (model / name).write_bytes(content)
        refused(surya, model, purpose, name)
    (model / name).unlink()
    refused(surya, model, purpose, name)
    (model / name).mkdir()
    refused(surya, model, purpose, name)


@pytest.mark.parametrize(
    ("folder", "changes", "file"),
    [
        (RECOGNITION, {"decoder": {"num_hidden_layers": 10**9}}, "config.json"),
        (RECOGNITION, {"vision_encoder": {"depth": 10**9}}, "config.json"),
        (RECOGNITION, {"multi_output_distance": 10**9}, "config.json"),
        (RECOGNITION, {"num_labels": 10**9}, "config.json"),
        (RECOGNITION, {"decoder": {"num_hidden_layers": "many"}}, "config.json"),
        (RECOGNITION, {"decoder": {"num_hidden_layers": 3}}, "model.safetensors"),
        (RECOGNITION, {"decoder": {"hidden_size": 10**6, "intermediate_size": 10**6}}, "model.safetensors"),
        (RECOGNITION, {"vocab_size": 10**9}, "model.safetensors"),
        (RECOGNITION, {"image_embed_encoding_size": 10**9}, "model.safetensors"),
        (DETECTION, {"depths": [1, 1, 1, 10**9, -(10**9)]}, "config.json"),
        (DETECTION, {"depths": [90, 90, 1, 1, 1]}, "config.json"),
        (DETECTION, {"num_labels": 10**9}, "config.json"),
        (DETECTION, {"decoder_hidden_size": 10**6}, "model.safetensors"),
    ],
)
def test_a_configuration_that_asks_for_too_much_costs_no_memory(
    surya: Worker, copied: Callable[[str], Path], folder: str, changes: dict[str, Any], file: str
) -> None:
    model = copied(folder)
    config = json.loads((model / "config.json").read_text())
    for key, value in changes.items():
        config[key] = config[key] | value if isinstance(value, dict) else value
    (model / "config.json").write_text(json.dumps(config))
    refused(surya, model, "recognition" if folder == RECOGNITION else "segmentation", file)


def test_a_shifted_alphabet_is_refused(surya: Worker, copied: Callable[[str], Path]) -> None:
    model = copied(RECOGNITION)
    (model / "vocab_math.json").write_text("{}")
    refused(surya, model, "recognition", "vocab_math.json")


def test_a_model_for_the_other_purpose_is_refused(surya: Worker, copied: Callable[[str], Path], shared: Path) -> None:
    refused(surya, copied(RECOGNITION), "segmentation", "model.safetensors")
    with pytest.raises(BadModel, match=r"vocab_math\.json"):
        check(surya, shared / "models" / "surya" / DETECTION)


def rewritten(path: Path, change: Callable[[dict[str, Any], bytearray], None]) -> None:
    """Changes the header and the values of a file of weights."""
    content = path.read_bytes()
    end = 8 + int.from_bytes(content[:8], "little")
    header, data = json.loads(content[8:end]), bytearray(content[end:])
    change(header, data)
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def test_values_that_do_not_arrive_are_refused(surya: Worker, copied: Callable[[str], Path]) -> None:
    """What is not a number equals nothing, so it stands for every value that is another one in memory."""

    def spoil(header: dict[str, Any], data: bytearray) -> None:
        start = header["decoder.norm.weight"]["data_offsets"][0]
        data[start : start + 2] = b"\xff\x7f"

    model = copied(RECOGNITION)
    rewritten(model / "model.safetensors", spoil)
    refused(surya, model, "recognition", "model.safetensors")


def test_a_tensor_that_is_missing_is_refused_and_one_too_many_is_not(
    surya: Worker, copied: Callable[[str], Path]
) -> None:
    def rename(header: dict[str, Any], _data: bytearray) -> None:
        header["bbox_head.extra.bias"] = header.pop("bbox_head.out_proj.bias")

    def add(header: dict[str, Any], data: bytearray) -> None:
        header["left.over"] = {"dtype": "U8", "shape": [3], "data_offsets": [len(data), len(data) + 3]}
        data += b"abc"

    model = copied(RECOGNITION)
    rewritten(model / "model.safetensors", add)
    assert check(surya, model) == Done(job="j")
    rewritten(model / "model.safetensors", rename)
    refused(surya, model, "recognition", "model.safetensors")


def test_a_transformers_that_is_too_new_ends_the_worker_at_its_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "transformers-5.1.0.dist-info").mkdir()
    (tmp_path / "transformers-5.1.0.dist-info" / "METADATA").write_text("Name: transformers\nVersion: 5.1.0\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Worker("surya") as worker, pytest.raises(WorkerDied, match="could not be started"):
        check(worker, tmp_path)
    assert "transformers below 5, not with 5.1.0" in worker.log.read_text()
