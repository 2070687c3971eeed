"""Makes the starter model: renders lines, compiles data sets, trains with kraken's own command line in stages.

`python -m resources.make.starter_model --data ../shared/data --fonts DIR --out DIR` runs every step that is not
done yet; `--only STEP` runs one. A step is done when its output is there, so an interrupted run can go on.
`--publish DIR` then measures the model and puts it there with its card and its facts.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from resources.make import model_card, rendering, texts
from resources.make.real_lines import Raster, page_files, page_texts, plain_lines, varied_lines
from resources.make.recipe import (
    LINE_HEIGHT,
    SEED,
    SETS,
    SPEC,
    STAGES,
    TEST_PAGES,
    VALIDATION_PAGES,
    Real,
    Rendered,
    Stage,
)


def training_pages(data: Path) -> dict[str, Path]:
    """All typewritten pages that are held out neither for validation nor for the test."""
    held_out = {*TEST_PAGES, *VALIDATION_PAGES}
    pages = page_files(data)
    if missing := held_out - pages.keys():
        raise FileNotFoundError(f"held-out pages are not in {data}: {', '.join(sorted(missing))}")
    return {name: path for name, path in pages.items() if name not in held_out}


def fit(pixels: Raster, width: int) -> Raster | None:
    """The line at the network's height, white at its right up to the width; nothing if it is much too wide."""
    scaled = round(pixels.shape[1] * LINE_HEIGHT / pixels.shape[0])
    if scaled > 1.15 * width:
        return None
    image = Image.fromarray(pixels).resize((min(scaled, width), LINE_HEIGHT), Image.Resampling.LANCZOS)
    full = np.full((LINE_HEIGHT, width), 255, dtype=np.uint8)
    full[:, : image.width] = np.asarray(image)
    return full


def rendered_lines(plan: Rendered, data: Path, fonts: Path) -> Iterator[tuple[Raster, str]]:
    """The lines of a rendered set, in an order that depends on the seed alone."""
    rng = np.random.default_rng([SEED, plan.seed])
    real = [text for path in training_pages(data).values() for text in page_texts(path)]
    maker = texts.TextMaker(rng, real)
    faces = rendering.find_faces(fonts)
    share = {"antiqua": plan.antiqua, "typewriter": 1 - plan.antiqua}
    totals = {kind: sum(f.face.weight for f in faces if f.face.kind == kind) for kind in share}
    chances = np.array([share[f.face.kind] * f.face.weight / totals[f.face.kind] for f in faces])
    done = 0
    while done < plan.count:
        face = faces[int(rng.choice(len(faces), p=chances))]
        fitting = plan.width / rendering.typical_advance(face, LINE_HEIGHT)
        text = maker.line(*(max(4, int(fitting * share)) for share in plan.full))
        if face.face.kind == "antiqua" and face.has("ſ") and rng.random() < 0.5:
            text = texts.with_long_s(text)
        if face.has(text):
            neighbours = maker.line(20, 40), maker.line(20, 40)
            pixels = fit(rendering.render_line(rng, face, text, neighbours, plan.ragged), plan.width)
            if pixels is not None:
                yield pixels, text
                done += 1


def real_lines(plan: Real, data: Path) -> Iterator[tuple[Raster, str]]:
    """The varied lines of the training pages whose characters are all in the alphabet."""
    rng = np.random.default_rng([SEED, plan.seed])
    for path in training_pages(data).values():
        for raw, text in varied_lines(rng, path, plan.times, plan.ragged):
            pixels = fit(raw, plan.width)
            if pixels is not None and set(text) <= texts.ALPHABET:
                yield pixels, text


def ketos(*arguments: str | Path) -> None:
    """Runs kraken's training command on one thread; its failure is ours."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [str(Path(sys.executable).with_name("ketos")), *map(str, arguments)]
    print("+", " ".join(command), flush=True)
    subprocess.run(command, check=True, env=environment)


def compile_set(lines: Iterable[tuple[Raster, str]], target: Path) -> None:
    """Writes the lines as images with texts and compiles them as lines cut along baselines."""
    if target.exists():
        return
    folder = target.with_suffix(".lines")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    names = []
    for index, (pixels, text) in enumerate(lines):
        image = folder / f"{index:06d}.png"
        cv2.imwrite(str(image), pixels)
        image.with_suffix(".gt.txt").write_text(text, encoding="utf-8")
        names.append(str(image))
    manifest = folder / "manifest.txt"
    manifest.write_text("\n".join(names), encoding="utf-8")
    staged = target.with_suffix(".part")
    ketos("compile", "-f", "path", "--force-type", "baseline", "-F", manifest, "-o", staged)
    staged.rename(target)
    shutil.rmtree(folder)


def build_sets(data: Path, fonts: Path, out: Path, only: str | None) -> None:
    """Renders and compiles the training sets and the validation set."""
    out.mkdir(parents=True, exist_ok=True)
    pages = page_files(data)
    if only in (None, "validation"):
        lines = (line for name in VALIDATION_PAGES for line in plain_lines(pages[name]))
        compile_set(lines, out / "validation.arrow")
    for plan in SETS:
        if only in (None, plan.name):
            made = rendered_lines(plan, data, fonts) if isinstance(plan, Rendered) else real_lines(plan, data)
            compile_set(made, out / f"{plan.name}.arrow")


def best_weights(folder: Path) -> Path:
    """The best weights of a finished stage."""
    return max(folder.glob("best_*.safetensors"))


def train(stage: Stage, out: Path, previous: Path | None) -> None:
    """Runs one stage of training from the previous stage's best weights."""
    target = out / stage.name
    if any(target.glob("best_*.safetensors")):
        return
    shutil.rmtree(target, ignore_errors=True)
    manifest = out / "validation.txt"
    manifest.write_text(str(out / "validation.arrow"), encoding="utf-8")
    start = ("-i", best_weights(previous)) if previous else ("-s", SPEC)
    ketos(
        "-d", "cpu", "--precision", "bf16-mixed", "--workers", "1", "--threads", "1", "-s", str(SEED),
        "train", "-f", "binary", *start, "-o", target, "-B", str(stage.batch), "-q", "fixed", "-N", str(stage.epochs),
        "-r", str(stage.rate), "--schedule", stage.schedule, "--cos-max", str(stage.epochs),
        "--cos-min-lr", str(stage.last_rate), "--warmup", str(stage.warmup), "-u", "NFC", "-e", manifest,
        *(out / f"{name}.arrow" for name in stage.sets),
    )  # fmt: skip


def run_stages(out: Path, only: str | None) -> None:
    """Runs the stages one after the other."""
    previous = None
    for stage in STAGES:
        if only in (None, stage.name):
            train(stage, out, previous)
        previous = out / stage.name


def main() -> None:
    """Reads the command line and runs the steps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the typewritten ground truth")
    parser.add_argument("--fonts", type=Path, required=True, help="folder below which the font files lie")
    parser.add_argument("--out", type=Path, required=True, help="folder for data sets and checkpoints")
    parser.add_argument("--only", help="one step: validation, a set's name or a stage's name")
    parser.add_argument("--publish", type=Path, help="folder for the model, its card and its facts")
    parser.add_argument(
        "--trained", default=datetime.now(tz=UTC).date().isoformat(), help="the day of training, for the card"
    )
    parser.add_argument("--remarks", type=Path, help="a Markdown file with a section to add to the card")
    given = parser.parse_args()
    build_sets(given.data, given.fonts, given.out, given.only)
    run_stages(given.out, given.only)
    if given.publish:
        remarks = given.remarks.read_text(encoding="utf-8") + "\n" if given.remarks else ""
        weights = best_weights(given.out / STAGES[-1].name)
        model_card.publish(weights, given.data, given.publish, given.trained, remarks)


if __name__ == "__main__":
    main()
