"""What a file of weights is, from its header alone."""

import json
import os
import pickle
import sys
import zipfile
from contextlib import suppress
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import paths
from app.checkpoints import weights
from app.errors import BadModel

STARTER = paths.resources_dir() / "starter" / "starter.safetensors"
WHOLE = STARTER.read_bytes()


def safetensors(header: object, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def tensor(*offsets: object) -> dict[str, object]:
    return {"dtype": "U8", "shape": [4], "data_offsets": list(offsets)}


def refused(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(BadModel) as caught:
        weights.look(path)
    assert path.name in caught.value.message
    assert caught.value.hint
    return caught.value.message


def test_real_models_are_told_apart(shared: Path) -> None:
    assert weights.look(STARTER) == "safetensors"
    for folder in ("text_recognition/2025_09_23", "text_detection/2025_05_07"):
        assert weights.look(shared / "models" / "surya" / folder / "model.safetensors") == "safetensors"
    assert weights.look(shared / "models" / "catmus-print-fondue-tiny-2024-01-31.mlmodel") == "coreml"
    with resources.as_file(resources.files("kraken").joinpath("blla.mlmodel")) as segmenter:
        assert weights.look(segmenter) == "coreml"


def test_weights_that_need_unpickling_are_refused_with_the_reason(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "model.pt", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({}))
    zipped = (tmp_path / "model.pt").read_bytes()
    for content in (zipped, pickle.dumps({"w": 1}), pickle.dumps({"w": 1}, protocol=2)):
        assert "could run foreign code" in refused(tmp_path / "renamed.safetensors", content)


@given(st.integers(0, len(WHOLE) - 1))
def test_a_model_cut_short_anywhere_never_passes(tmp_path: Path, length: int) -> None:
    message = refused(tmp_path / "cut.safetensors", WHOLE[:length])
    if length > 8:
        assert "cut short" in message
        assert str(length) in message


@given(st.binary(max_size=200) | st.binary(max_size=200).map(safetensors))
def test_any_bytes_are_a_format_or_are_refused(tmp_path: Path, content: bytes) -> None:
    if content.startswith(b"\x08"):
        (tmp_path / "any").write_bytes(content)
        with suppress(BadModel):
            assert weights.look(tmp_path / "any") == "coreml"
    else:
        refused(tmp_path / "any", content)


@pytest.mark.parametrize(
    "content",
    [
        WHOLE + b"x",
        safetensors({}),
        safetensors({"__metadata__": {"format": "pt"}}),
        safetensors({"a": tensor(0, 0)}),
        safetensors({"a": tensor(1, 4)}, b"1234"),
        safetensors({"a": tensor(0, 4), "b": tensor(2, 4)}, b"1234"),
        safetensors({"a": tensor(0, 4), "b": tensor(4, 2)}, b"1234"),
        safetensors({"a": tensor(-4, 4)}, b"1234"),
        safetensors({"a": tensor(0, "4")}, b"1234"),
        safetensors({"a": {"dtype": "U8"}}, b"1234"),
        safetensors({"a": [0, 4]}, b"1234"),
        safetensors(b'{"a":' * 100_000),
        safetensors(b'{"a":' + b"[" * 100_000),
        safetensors(b'{"\xff": 1}'),
        (weights.MOST_HEADER + 1).to_bytes(8, "little") + b"{" + b" " * 100,
        b"\x00" * 100,
        b"This is a letter, not a model.",
        b"",
    ],
)
def test_what_contradicts_itself_is_refused(tmp_path: Path, content: bytes) -> None:
    assert "holds no model" in refused(tmp_path / "odd.safetensors", content)


def test_only_the_header_is_read(tmp_path: Path) -> None:
    header = safetensors({"a": tensor(0, 2**40)})
    path = tmp_path / "large.safetensors"
    path.write_bytes(header)
    with path.open("r+b") as file:
        file.truncate(len(header) + 2**40)
    assert weights.look(path) == "safetensors"


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match=r"“none\.safetensors” cannot be read"):
        weights.look(tmp_path / "none.safetensors")
    with pytest.raises(BadModel, match=f"“{tmp_path.name}” holds no model"):
        weights.look(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such file")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.safetensors")
    with pytest.raises(BadModel, match="holds no model"):
        weights.look(tmp_path / "pipe.safetensors")


def test_names_say_what_may_lie_in_a_model() -> None:
    for name in ("model.safetensors", "sub/Blla.MLMODEL"):
        assert weights.is_weights(name)
        assert weights.is_allowed(name)
    for name in ("config.json", "README.md", "LICENSE", "notice", "metadata.yaml", "CITATION.cff", "a/b.txt"):
        assert weights.is_allowed(name)
        assert not weights.is_weights(name)
    for name in ("model.pt", "pytorch_model.bin", "model.ckpt", "run.py", "setup.sh", ".json.exe", "weights"):
        assert not weights.is_allowed(name)
        assert not weights.is_weights(name)
