"""Our way of running surya against surya's own call: `python -m tests.bench.surya`.

Same checkpoint, same lines, in turns in one process, with a worker's settings: surya gets pages and boxes as its
command hands them on, ours gets a job as a worker does and opens the pages and cuts the lines out. Prints lines per
second and the ratio (at least 0.97). With a graphics card also: a random checkpoint in the default size of surya's
classes, 60 lines, lines per second and memory.
"""

import json
import os
import tempfile
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from PIL import Image

from app.protocol import PageLines, Recognise
from engines.surya_engine import SuryaEngine
from engines.surya_models import opened
from tests.bench.measuring import SHARED, seconds
from tests.engines.surya_page import SuryaPage, tool

ROUNDS = 9
COPIES = 8
"""How often the page of 18 lines is read, so that there are more lines than surya reads at once."""
FULL_LINES = 60


class Quiet:
    """A report that nobody reads."""

    def progress(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Says nothing."""

    def warn(self, code: str, *, line: str | None = None, detail: str = "") -> None:
        """Says what would make the figures worthless."""
        if code != "line_cut_off":
            print(f"{code}: {line or ''} {detail}")


def main() -> None:
    """Measures and prints."""
    os.environ |= {"OMP_WAIT_POLICY": "passive", "DISABLE_TQDM": "true"}  # read when torch and surya are imported
    import torch

    page = SuryaPage(SHARED)
    compare(page)
    if torch.cuda.is_available():
        full_size(page)
    else:
        print("a checkpoint of full size: not measured, there is no graphics card here")


def compare(page: SuryaPage) -> None:
    """Both ways on the trained checkpoint, in turns."""
    from surya.recognition import RecognitionPredictor

    device = SuryaEngine().devices()[0]
    theirs = RecognitionPredictor(opened(page.recognition, "recognition", device))
    engine, parts = SuryaEngine(), (PageLines(image=page.image, lines=page.lines),) * COPIES
    with Image.open(page.image.path) as image:
        whole = image.convert("RGB")
    boxes = [[list(box) for box in page.boxes]] * COPIES
    read: dict[str, list[str]] = {}

    def surya_s() -> None:
        results = theirs([whole] * COPIES, bboxes=boxes, math_mode=False)
        read["surya"] = [line.text for result in results for line in result.text_lines]

    def ours() -> None:
        job = Recognise(job="j", pages=parts, model=str(page.recognition), device=device)
        read["ours"] = [line.text for line in engine.recognise(job, Quiet())]

    for warm_up in (surya_s, ours):
        warm_up()
    times = [(seconds(surya_s), seconds(ours)) for _ in range(ROUNDS)]
    lines = len(page.lines) * COPIES
    same = sorted(read["surya"]) == sorted(read["ours"]) == sorted([*page.texts.values()] * COPIES)
    print(f"{lines} lines on {device}, the same text: {'yes' if same else 'NO'}")
    for name, took in zip(("surya's own call", "ours"), zip(*times, strict=True), strict=True):
        print(f"{name:<20} {lines / median(took):8.1f} lines/s")
    print(f"throughput, ours of surya's (at least 0.97): {median(one / other for one, other in times):.2f}")


def full_size(page: SuryaPage) -> None:
    """Lines per second and memory of a random checkpoint in full size on the graphics card."""
    import torch

    lines = tuple(page.lines[n % len(page.lines)] for n in range(FULL_LINES))
    with tempfile.TemporaryDirectory(prefix="lesepult-bench-") as folder:
        write_full(Path(folder))
        engine = SuryaEngine()
        job = Recognise(job="j", pages=(PageLines(image=page.image, lines=lines),), model=folder, device="cuda")
        work = partial(list, engine.recognise(job, Quiet()))
        print(f"full size, first job with loading: {seconds(work):.1f} s")
        torch.cuda.reset_peak_memory_stats()
        took = seconds(lambda: list(engine.recognise(job, Quiet())))
        memory = torch.cuda.max_memory_allocated() / 1024**3
    print(f"full size, {FULL_LINES} lines of 224 tokens at most: {FULL_LINES / took:.1f} lines/s, {memory:.1f} GiB")


def write_full(folder: Path) -> None:
    """A random recogniser whose sizes are the defaults of surya's classes."""
    import torch

    made = tool(SHARED)
    config = full_config(made)
    torch.set_default_dtype(torch.bfloat16)
    with torch.device("cuda"):
        model = made.build_rec_model(config)
    torch.set_default_dtype(torch.float32)
    made.write_recognition(folder, config, model.state_dict())
    del model
    torch.cuda.empty_cache()


def full_config(made: Any) -> dict[str, Any]:
    """The shared tool's configuration with surya's default decoder and encoder in place of the small ones."""
    from surya.common.surya.decoder.config import SuryaDecoderConfig
    from surya.common.surya.encoder.config import SuryaEncoderConfig

    config: dict[str, Any] = json.loads(json.dumps(made.rec_config()))
    decoder = SuryaDecoderConfig()
    sizes = ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads")
    config["decoder"] |= {name: getattr(decoder, name) for name in sizes}
    config |= {name: getattr(decoder, name) for name in sizes[2:]}
    config["head_dim"] = decoder.hidden_size // decoder.num_attention_heads
    encoder = SuryaEncoderConfig()
    sizes = ("depth", "hidden_size", "num_heads", "intermediate_size", "window_size", "fullatt_block_indexes")
    config["vision_encoder"] |= {name: getattr(encoder, name) for name in sizes}
    config["vision_encoder"]["out_hidden_size"] = decoder.hidden_size
    return config


if __name__ == "__main__":
    main()
