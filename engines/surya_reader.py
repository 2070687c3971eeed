"""surya's recogniser, step by step: batches, their size, and what it put out for each line; imports surya.

surya's own loop returns when the last line is done, and loses text to tokens that it guesses ahead. This one uses the
same two steps of the same predictor, hands out each line as it ends, and can be left after any step (ADR 14).
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import psutil
import torch
from PIL import Image
from surya.common.surya.schema import TaskNames
from surya.foundation import FoundationPredictor, FoundationPrompt
from surya.foundation.util import prediction_to_polygon_batch

from engines.base import EngineError
from engines.devices import explained

TASK = TaskNames.ocr_with_boxes

MEMORY_SHARE = 0.5
"""How much of the free memory a batch may be expected to take; the rest is for what the estimate leaves out."""

Corners = tuple[tuple[float, float], ...]
_Row = tuple[int, int, float, list[float]]


@dataclass(slots=True)
class Output:
    """What surya put out for a line: tokens, their probability, and the corners of each, in pixels of the crop."""

    tokens: list[int] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    places: list[list[float]] = field(default_factory=list)
    """The centre, size and skew of each token, as surya's network says them."""
    cut: bool = False
    """Whether it was still going on when surya's limit was reached."""

    def corners(self, image: Image.Image, scale: int) -> list[Corners]:
        """The four corners of every token's box in pixels of the image; `scale` is the network's size of an image."""
        if not self.tokens:
            return []
        polygons = prediction_to_polygon_batch(
            torch.tensor([self.places]), [(image.height, image.width)], scale, scale // 2
        )
        return [tuple((x, y) for x, y in polygon) for polygon in polygons[0].tolist()]


class Reader(FoundationPredictor):  # type: ignore[misc]  # surya has no types
    """surya's predictor for recognition, used from one thread alone: two at once give wrong text without an error."""

    def __init__(self, folder: str, device: str) -> None:
        super().__init__(folder, device=device)
        self.model.config.multi_output_distance = 0
        self._device = device
        self._thread = threading.get_ident()
        self._ends = {self.processor.eos_token_id, self.processor.pad_token_id, self.processor.no_output_token}

    def most_lines(self, images: Sequence[Image.Image]) -> int:
        """How many of these lines may be read side by side: what free memory carries, at most surya's own number."""
        if self._device == "cuda":
            torch.cuda.empty_cache()
            free = torch.cuda.mem_get_info()[0]
        else:
            free = psutil.virtual_memory().available
        lines = int(free * MEMORY_SHARE / self._bytes_a_line(self._image_tokens(images)))
        return max(1, min(lines, int(self.default_batch_sizes[self._device])))

    def read(
        self, images: Sequence[Image.Image], tick: Callable[[], None], halved: Callable[[int], None]
    ) -> Iterator[tuple[int, Output]]:
        """The output for each image (RGB, at least one pixel) with its index, as it ends.

        `tick` is called before every step and may raise; the reader can be used again afterwards. When memory runs
        out, half as many lines are tried, which `halved` is told; `EngineError("out_of_memory")` when one is too many.
        """
        if threading.get_ident() != self._thread:
            raise RuntimeError("a reader belongs to the thread that made it")
        # Longest first, as surya does it: lines of one length end together.
        left = sorted(range(len(images)), key=lambda n: -images[n].width * images[n].height)
        size = self.most_lines(images) if left else 0
        while left:
            try:
                for index, output in self._batches(images, left, min(size, len(left)), tick):
                    left.remove(index)
                    yield index, output
            except (EngineError, MemoryError) as error:
                if size == 1 or (isinstance(error, EngineError) and error.code != "out_of_memory"):
                    raise
                size = min(size, len(left)) // 2 or 1
                halved(size)

    def prepare_input(
        self, task_names: list[str], images: list[Any], input_text: list[str | None], math_modes: list[bool]
    ) -> Any:
        """surya's own; the arrays of floats are made only here, so that lines that wait stay small."""
        arrays = [self.processor.image_processor(image) for image in images]
        return super().prepare_input(task_names, arrays, input_text, math_modes)

    def _batches(
        self, images: Sequence[Image.Image], left: Sequence[int], size: int, tick: Callable[[], None]
    ) -> Iterator[tuple[int, Output]]:
        """Reads the lines that are left, so many side by side; a line that ends makes room for the next."""
        outputs = {index: Output() for index in left}
        inputs = None
        try:
            with explained(self._device):
                self._lay_out(images, left, size)
            while self.prompt_queue or self.num_active_slots:
                tick()
                with explained(self._device):
                    inputs, rows = self._step(inputs, size)
                for slot, token, score, place in rows:
                    index = self.batch_prompt_mapping[slot]
                    if index is not None and self._ended(outputs[index], token, score, place):
                        self.batch_prompt_mapping[slot] = None
                        yield index, outputs.pop(index)
        finally:
            self.kv_cache = inputs = None
            self.prompt_queue.clear()

    def _lay_out(self, images: Sequence[Image.Image], left: Sequence[int], size: int) -> None:
        window = self.model.config.sliding_window
        self.setup_cache(size, self._image_tokens([images[index] for index in left]) + window, window)
        for index in left:
            self.prompt_queue.append(
                FoundationPrompt(id=index, task_name=TASK, image=images[index], text="", math_mode=False)
            )

    def _step(self, inputs: Any, size: int) -> tuple[Any, list[_Row]]:
        """Takes lines in where enough have ended, else one token further: slot, token, probability and place."""
        if self.prompt_queue and self.num_empty_slots / size >= self.min_prefill_ratio:
            inputs, found, slots = self.prefill(inputs, max_lookahead_tokens=0)
        else:
            inputs, found = self.decode(inputs, max_lookahead_tokens=0)
            slots = range(size)
        values = (found.preds[:, 0].tolist(), found.scores[:, 0].tolist(), found.bbox_preds[:, 0].tolist())
        return inputs, list(zip(slots, *values, strict=True))

    def _ended(self, output: Output, token: int, score: float, place: list[float]) -> bool:
        """Adds a token to a line; says whether it was the last."""
        if token in self._ends:
            return True
        output.tokens.append(token)
        output.scores.append(score)
        output.places.append(place)
        output.cut = len(output.tokens) >= self.tasks[TASK]["max_tokens"]
        return output.cut

    def _image_tokens(self, images: Sequence[Image.Image]) -> int:
        """How many tokens the largest image takes."""
        shapes = [np.empty((image.height, image.width, 0)) for image in images]
        return int(self.get_max_image_token_count(shapes, [TASK] * len(shapes)))

    def _bytes_a_line(self, tokens: int) -> int:
        """About how much memory a line takes while it is read: its cache, its layers' values and its logits."""
        config = self.model.config.decoder
        cache = 2 * config.num_hidden_layers * config.num_key_value_heads * config.hidden_size
        cache = cache // config.num_attention_heads * (tokens + self.model.config.sliding_window)
        layer = tokens * (8 * config.hidden_size + 3 * config.intermediate_size)
        attention = config.num_attention_heads * tokens * tokens
        return int((cache + layer + attention) * self.model.dtype.itemsize + 16 * config.vocab_size)
