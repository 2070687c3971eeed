"""surya as an engine: opens its recognition and detection models.

A model is a folder. surya's own loaders are trusted with little: a file that is missing gets the process killed for
memory or shifts the alphabet, and weights that do not fit are replaced by random ones without an error.
"""

import gc
import importlib.metadata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from app.protocol import Purpose
from engines.base import EngineError

WEIGHTS = "model.safetensors"
CONFIG = "config.json"

NEEDED: dict[Purpose, tuple[str, ...]] = {
    "recognition": (CONFIG, "vocab_math.json", "specials_dict.json", WEIGHTS),
    "segmentation": (CONFIG, "preprocessor_config.json", WEIGHTS),
}
"""The files without which surya must not be asked to load a folder."""

MOST_TEXT = 4 * 1024 * 1024
"""How many bytes of a text are read, which makes a longer one none; the public ones have up to 50 thousand."""

MOST_PARTS = 100
"""How many layers, or kinds of result, a model may have of each sort; the public ones have at most a few dozen."""

_COUNTS = {"depth", "depths", "num_hidden_layers", "multi_output_distance", "num_stages", "num_labels", "num_classes"}
"""What surya's configurations call such numbers."""


class SuryaEngine:
    """surya behind the `Engine` protocol; the libraries are imported with the first job."""

    name = "surya"

    def __init__(self) -> None:
        self.version = importlib.metadata.version("surya-ocr")
        transformers = importlib.metadata.version("transformers")
        if int(transformers.split(".")[0]) >= 5:
            raise RuntimeError(f"surya {self.version} works with transformers below 5, not with {transformers}")

    def devices(self) -> tuple[str, ...]:
        """Where torch can run here, the best first."""
        from engines import devices

        return devices.available()

    def check_model(self, path: Path, purpose: Purpose) -> None:
        """Opens a folder with surya's loaders and compares what arrived with the file; holds nothing afterwards."""
        folder = path.resolve()  # surya takes a relative name that does not exist for one on the network
        _check_texts(folder, purpose)
        _check_fit(folder, purpose)
        predictor = _load(folder, purpose)
        try:
            _check_arrived(folder, predictor.model)
            if purpose == "recognition":
                _check_alphabet(predictor)
        finally:
            predictor = None
            gc.collect()


def _check_texts(folder: Path, purpose: Purpose) -> None:
    """Refuses a folder that lacks a file, a text that is none, and a configuration that asks for an absurd size."""
    for name in NEEDED[purpose]:
        try:
            with (folder / name).open("rb") as file:
                if name == WEIGHTS:
                    continue
                text = msgspec.json.decode(file.read(MOST_TEXT), type=dict[str, Any])
            if name == CONFIG:
                _check_counts(text)
        except (OSError, ValueError, RecursionError, msgspec.MsgspecError) as error:
            raise EngineError("bad_model", f"{type(error).__name__}: {error}", file=name) from error


def _check_counts(config: dict[str, Any]) -> None:
    """Refuses a configuration with more layers than anybody makes; how large each is, the weights' header says."""
    for key, value in config.items():
        if isinstance(value, dict):
            _check_counts(value)
        elif key in _COUNTS and value is not None:
            numbers = value if isinstance(value, list) else [value]
            if not all(isinstance(number, int) and number >= 0 for number in numbers) or sum(numbers) > MOST_PARTS:
                raise EngineError("bad_model", f"{key} is {str(value)[:80]}", file=CONFIG)


def _check_fit(folder: Path, purpose: Purpose) -> None:
    """Refuses weights whose tensors are not those that the configuration asks for, before any memory is taken."""
    import torch
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(folder / WEIGHTS, "pt") as file:  # type: ignore[no-untyped-call]
            there = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise EngineError("bad_model", str(error), file=WEIGHTS) from error
    with _blaming_the_model(), torch.device("meta"):
        model = _unloaded(folder, purpose)
    asked = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items() if tensor.is_floating_point()}
    wrong = [name for name, shape in asked.items() if there.get(name) != shape and name not in _tied(model)]
    if wrong:
        raise EngineError("bad_model", f"{len(wrong)} tensors do not fit, the first is {wrong[0]}", file=WEIGHTS)


def _check_arrived(folder: Path, model: Any) -> None:
    """Refuses a model whose values are not the file's: one that was filled with random ones, or with none."""
    import torch
    from safetensors import safe_open

    loaded = model.state_dict()
    with safe_open(folder / WEIGHTS, "pt") as file:  # type: ignore[no-untyped-call]
        for name in loaded.keys() & set(file.keys()) - _tied(model):
            if not torch.equal(loaded[name], file.get_tensor(name).to(loaded[name])):
                raise EngineError("bad_model", f"{name} did not arrive", file=WEIGHTS)


def _check_alphabet(predictor: Any) -> None:
    """Refuses texts that give the special signs other numbers than the weights know; it would read nonsense."""
    if predictor.processor.image_token_id != predictor.model.config.image_token_id:
        raise EngineError("bad_model", "the special signs are shifted", file="vocab_math.json")


def _unloaded(folder: Path, purpose: Purpose) -> Any:
    """The model that the configuration describes, without its weights."""
    if purpose == "segmentation":
        from surya.detection.model.config import EfficientViTConfig
        from surya.detection.model.encoderdecoder import EfficientViTForSemanticSegmentation

        return EfficientViTForSemanticSegmentation(EfficientViTConfig.from_pretrained(str(folder)))
    from surya.common.surya import SuryaModel
    from surya.common.surya.config import SuryaModelConfig

    config = SuryaModelConfig.from_pretrained(str(folder))
    for part in (config, config.decoder, config.vision_encoder):
        part._attn_implementation = "sdpa"  # noqa: SLF001  # as surya's loader sets it
    return SuryaModel(config)


def _load(folder: Path, purpose: Purpose) -> Any:
    """surya's predictor, which holds the model and its tokenizer or image processor."""
    with _blaming_the_model():
        if purpose == "segmentation":
            from surya.detection import DetectionPredictor

            return DetectionPredictor(str(folder), device="cpu")
        from surya.foundation import FoundationPredictor

        return FoundationPredictor(str(folder), device="cpu")


@contextmanager
def _blaming_the_model() -> Iterator[None]:
    """Takes what surya raises for the model's fault; its loaders fail in any way that a file makes them."""
    from engines.devices import explained

    try:
        with explained("cpu"):
            yield
    except (EngineError, MemoryError):
        raise
    except Exception as error:
        raise EngineError("bad_model", f"{type(error).__name__}: {error}") from error


def _tied(model: Any) -> set[str]:
    """The tensors that are another one's and need not be in the file."""
    return set(model._tied_weights_keys or ())  # noqa: SLF001  # transformers has no public name for it
