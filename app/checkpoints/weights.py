"""What may be installed as a model: weights that open without running foreign code, and small texts beside them."""

import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Literal

import msgspec

from app.checkpoints.plan import EngineName
from app.errors import BadModel
from app.language import tr
from app.protocol import Purpose

WeightsFormat = Literal["safetensors", "coreml"]

Opener = Callable[[Path, EngineName, Purpose], str]
"""Opens a model, a file of weights or surya's folder, once in a process of its own and returns what opened it
("kraken 7.1.1"); raises `BadModel` when the engine cannot use it. The real one is `app.jobs.opening.open_once`."""

WEIGHTS_SUFFIXES = frozenset({".safetensors", ".mlmodel"})
ALLOWED_SUFFIXES = WEIGHTS_SUFFIXES | {".json", ".txt", ".md", ".yaml", ".yml", ".cff"}
ALLOWED_NAMES = frozenset({"license", "readme", "notice"})
"""Names without a suffix, compared without regard to case."""

MOST_HEADER = 16 * 1024 * 1024
"""The longest safetensors header in bytes that is read; a model of a thousand tensors has about 0.1 MB."""


class _Tensor(msgspec.Struct):
    """What matters here of a tensor in the header: where it begins and ends, counted from the end of the header."""

    data_offsets: tuple[int, int]


def is_weights(name: str) -> bool:
    """Whether a file with this name is meant to hold weights."""
    return PurePosixPath(name).suffix.lower() in WEIGHTS_SUFFIXES


def is_allowed(name: str) -> bool:
    """Whether a file with this name may lie in a model's folder at all."""
    path = PurePosixPath(name)
    return path.suffix.lower() in ALLOWED_SUFFIXES or path.name.lower() in ALLOWED_NAMES


def look(path: Path) -> WeightsFormat:
    """The format of a file of weights, from its header alone; raises `BadModel` when it is none or is cut short.

    Whether it holds a model that can be used is for the engine to say, which opens it in a process of its own.
    """
    if path.exists() and not path.is_file():  # a pipe would be waited for
        raise _no_weights(path.name)
    try:
        with path.open("rb") as file:
            return _format(file, path.name)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BadModel(
            tr("The model “{name}” cannot be read: {reason}.").format(name=path.name, reason=reason),
            tr("Check the file and try again."),
        ) from error


def _format(file: BinaryIO, name: str) -> WeightsFormat:
    size = os.fstat(file.fileno()).st_size
    head = file.read(9)
    length = int.from_bytes(head[:8], "little")
    if head[8:] != b"{" or length > MOST_HEADER:
        # Only now: the length of a safetensors header may begin like a pickle or a protobuf.
        if head.startswith((b"PK\x03\x04", b"\x80")):
            raise BadModel(
                tr("The model “{name}” cannot be used, because opening it could run foreign code.").format(name=name),
                tr("Choose one in the safetensors or CoreML format; kraken's own tools convert older models."),
            )
        # CoreML is a protobuf: field 1, a small number for the version, then field 2, the description.
        if head[:1] == b"\x08" and head[2:3] == b"\x12":
            return "coreml"
        raise _no_weights(name)
    whole = 8 + length
    if size >= whole:
        file.seek(8)
        whole += _data_bytes(file.read(length), name)
    if size < whole:
        raise BadModel(
            tr("The model “{name}” is cut short: {there} of at least {whole} bytes are there.").format(
                name=name, there=size, whole=whole
            ),
            tr("Get it again from where it came from."),
        )
    if size > whole:
        raise _no_weights(name)
    return "safetensors"


def _data_bytes(header: bytes, name: str) -> int:
    """How many bytes follow a safetensors header, whose tensors must lie one after the other without a gap."""
    end = 0
    try:
        entries = msgspec.json.decode(header, type=dict[str, msgspec.Raw])
        entries.pop("__metadata__", None)
        offsets = sorted(msgspec.json.decode(entry, type=_Tensor).data_offsets for entry in entries.values())
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _no_weights(name) from error
    for begin, following in offsets:
        if begin != end or following < begin:
            raise _no_weights(name)
        end = following
    if not end:
        raise _no_weights(name)
    return end


def _no_weights(name: str) -> BadModel:
    return BadModel(
        tr("“{name}” holds no model that Lesepult can use.").format(name=name),
        tr("Choose a model in the safetensors or CoreML format."),
    )
