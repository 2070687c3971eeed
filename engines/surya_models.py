"""surya's models: what is checked before its loaders get a folder, what they made of it, and what stays in memory.

A model is a folder. surya's own loaders are trusted with little: a file that is missing gets the process killed for
memory or shifts the alphabet, and weights that do not fit are replaced by random ones without an error.
"""

import gc
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

_OURS = {"LOGLEVEL", "DISABLE_TQDM"}
"""The settings that the worker's environment is asked for; all others are as surya ships them."""


class Models:
    """The models in memory: at most one that reads and one that finds lines, so that the next job loads nothing."""

    def __init__(self) -> None:
        self._kept: dict[Purpose, tuple[object, Any]] = {}

    def get(self, folder: Path, purpose: Purpose, device: str) -> Any:
        """A `Reader` or surya's detector on this device; loaded when the folder is another one or has changed."""
        settle(device)
        folder = folder.resolve()  # surya takes a relative name that does not exist for one on the network
        key = (folder, device, [_stamp(folder / name) for name in NEEDED[purpose]])
        kept = self._kept.get(purpose)
        if kept is None or kept[0] != key:
            kept = None
            self.drop(purpose)
            kept = self._kept[purpose] = (key, opened(folder, purpose, device))
        return kept[1]

    def drop(self, purpose: Purpose) -> None:
        """Lets go of the model for a purpose."""
        import torch

        self._kept.pop(purpose, None)
        gc.collect()
        torch.cuda.empty_cache()


def settle(device: str) -> None:
    """Gives surya its own settings and this device, whatever a `local.env` or the person's environment say.

    Which number format and which sizes it uses follows this setting and not the device a predictor is made with.
    """
    from surya.settings import Settings, settings

    for name, field in Settings.model_fields.items():
        if name not in _OURS:
            setattr(settings, name, field.default)
    settings.TORCH_DEVICE = device


def opened(folder: Path, purpose: Purpose, device: str) -> Any:
    """surya's predictor for an absolute folder; raises `EngineError("bad_model")` unless all that is in it arrived."""
    settle(device)
    _check_texts(folder, purpose)
    _check_fit(folder, purpose)
    predictor = _load(folder, purpose, device)
    _check_arrived(folder, predictor.model)
    if purpose == "recognition":
        _check_alphabet(predictor)
    return predictor


def _stamp(path: Path) -> tuple[int, int] | None:
    """What tells that a file has changed; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


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


def _load(folder: Path, purpose: Purpose, device: str) -> Any:
    """The predictor, which holds the model and its tokenizer or image processor."""
    with _blaming_the_model(device):
        if purpose == "segmentation":
            from surya.detection import DetectionPredictor
            from surya.settings import settings

            return DetectionPredictor(str(folder), device=device, dtype=settings.MODEL_DTYPE)
        from engines.surya_reader import Reader

        return Reader(str(folder), device)


@contextmanager
def _blaming_the_model(device: str = "cpu") -> Iterator[None]:
    """Takes what surya raises for the model's fault; its loaders fail in any way that a file makes them."""
    from engines.devices import explained

    try:
        with explained(device):
            yield
    except (EngineError, MemoryError):
        raise
    except Exception as error:
        raise EngineError("bad_model", f"{type(error).__name__}: {error}") from error


def _tied(model: Any) -> set[str]:
    """The tensors that are another one's and need not be in the file."""
    return set(model._tied_weights_keys or ())  # noqa: SLF001  # transformers has no public name for it
