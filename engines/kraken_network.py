"""kraken's segmentation network on several cores, with every bit of its output as on one (ADR 13).

Two kinds of layers take nearly all of the time. A convolution is the same on any number of threads, because each
output is summed up on one of them. A recurrent layer runs along rows or along columns, each on its own, so they are
dealt out in as many parts. All others stay on one thread: what they sum up over threads differs in the fifth digit.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import torch
from kraken.lib.vgsl import layers


@dataclass
class Cores:
    """How many cores of the processor a network uses; may be changed between pages."""

    number: int = 1


def spread(network: Any) -> Cores:
    """Makes a network, once, use as many cores as the returned value says; on a graphics card nothing changes."""
    cores = Cores()
    for name, layer in network.nn.named_children():
        if isinstance(layer, layers.ActConv2D) and layer.kernel_size != (1, 1):
            network.nn._modules[name] = _Convolution(layer, cores)  # noqa: SLF001
        elif isinstance(layer, layers.TransposedSummarizingRNN) and not layer.summarize:
            network.nn._modules[name] = _Recurrence(layer, cores)  # noqa: SLF001
    return cores


class _Convolution(torch.nn.Module):  # type: ignore[misc]
    def __init__(self, layer: Any, cores: Cores) -> None:
        super().__init__()
        self._layer = layer
        self._cores = cores

    def forward(self, image: Any, lengths: Any = None, output_shape: Any = None) -> Any:
        torch.set_num_threads(self._cores.number)
        try:
            return self._layer(image, lengths, output_shape=output_shape)
        finally:
            torch.set_num_threads(1)


class _Recurrence(torch.nn.Module):  # type: ignore[misc]
    def __init__(self, layer: Any, cores: Cores) -> None:
        super().__init__()
        self._layer = layer
        self._cores = cores

    def forward(self, image: Any, lengths: Any = None, output_shape: Any = None) -> Any:
        number = self._cores.number
        if number == 1 or image.device.type != "cpu" or lengths is not None:
            return self._layer(image, lengths, output_shape=output_shape)
        side = 3 if self._layer.transpose else 2
        with ThreadPoolExecutor(number) as pool:
            parts = list(pool.map(self._part, torch.tensor_split(image, number, dim=side)))
        return torch.cat(parts, dim=side), None

    def _part(self, image: Any) -> Any:
        # Both are a thread's own.
        torch.set_num_threads(1)
        with torch.inference_mode():
            return self._layer(image, None)[0]
