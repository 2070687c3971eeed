"""Where torch can run on this machine, and what its errors mean; shared by the engines, imports torch."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from engines.base import EngineError


def available() -> tuple[str, ...]:
    """The devices that torch has here, the best first."""
    found = []
    if torch.cuda.is_available():
        found.append("cuda")
    if torch.backends.mps.is_available():
        found.append("mps")
    return (*found, "cpu")


@contextmanager
def explained(device: str) -> Iterator[None]:
    """Turns what torch raises when memory runs out or a device fails into an `EngineError`."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise EngineError("out_of_memory", str(error)) from error
    except RuntimeError as error:
        said = str(error)
        if "can't allocate memory" in said or "out of memory" in said:
            raise EngineError("out_of_memory", said) from error
        if device != "cpu" and any(word in said for word in ("CUDA", "cuDNN", "CUBLAS", "MPS", "NVIDIA")):
            raise EngineError("device", said) from error
        raise
