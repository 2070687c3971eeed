"""The page that the small trained surya reads, its lines, and checkpoints made from it."""

import importlib.util
import json
import shutil
from pathlib import Path
from types import ModuleType

from app.geometry import Box, baseline_of_box
from app.protocol import LineShape, PageImage

RECOGNITION, DETECTION = "text_recognition/2025_09_23", "text_detection/2025_05_07"


class SuryaPage:
    """The page in the shared folder: its image, the text of each line by id, and its lines."""

    def __init__(self, shared: Path) -> None:
        folder = shared / "models" / "surya"
        known = json.loads((folder / "page.json").read_text(encoding="utf-8"))
        self.image = PageImage(path=str(folder / "page.png"), width=known["width"], height=known["height"])
        self.recognition, self.detection = folder / RECOGNITION, folder / DETECTION
        self.boxes = [tuple(line["box"]) for line in known["lines"]]
        self.texts = {f"l{number}": line["text"] for number, line in enumerate(known["lines"])}
        self.lines = tuple(_shape(line, box) for line, box in zip(self.texts, self.boxes, strict=True))


def _shape(line: str, corners: tuple[int, ...]) -> LineShape:
    left, top, right, bottom = corners
    box = Box(left, top, right - left, bottom - top)
    return LineShape(id=line, baseline=baseline_of_box(box), boundary=box.polygon())


def tool(shared: Path) -> ModuleType:
    """The shared script that makes random checkpoints of surya's architecture; imports torch."""
    spec = importlib.util.spec_from_file_location("make_tiny_surya", shared / "tools" / "make_tiny_surya.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def looking_ahead(recognition: Path, out: Path) -> Path:
    """The trained recogniser, which now guesses four tokens ahead, as surya's code does when nothing says otherwise."""
    from safetensors.torch import load_file, save_file

    out.mkdir()
    for file in recognition.iterdir():
        shutil.copyfile(file, out / file.name)
    config = json.loads((out / "config.json").read_text())
    config["multi_output_distance"] = 4
    (out / "config.json").write_text(json.dumps(config))
    weights = load_file(out / "model.safetensors")
    first = {name: value for name, value in weights.items() if name.startswith("multi_output_projections.0.")}
    for number in range(1, 4):
        weights |= {name.replace(".0.", f".{number}.", 1): value.clone() for name, value in first.items()}
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
    return out
