"""Publishes the starter model: stamps its metadata, measures it, writes its card and its facts."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import save_file

from resources.make import rendering
from resources.make.evaluation import Score, confusions, score_pages
from resources.make.real_lines import page_files
from resources.make.recipe import SEED, SETS, SPEC, STAGES, TEST_PAGES, VALIDATION_PAGES, Rendered

FILE = "starter.safetensors"
NAME = "Lesepult starter model"
LICENCE = "CC-BY-4.0"
PREFIX = "lesepult-starter"
SUMMARY = "Reads typewritten German, English and French, and plain roman print with the long s; no handwriting."
ALONE = "EHRI-BF-19380111_DE_01 and EHRI-DR-19390125-US_02"  # no other page of their documents is in the training set
SOURCES = (
    ("FloChiff/ehri-dataset @20a5e002", "diplomatic reports and testimonies 1936-58, German and English", "CC-BY 4.0"),
    ("HTR-United/tapuscorpus @f18a6afe", "French typescripts of the 20th century", "CC-BY 4.0"),
)


def write_atomically(target: Path, content: bytes) -> None:
    """Writes beside the target and renames, so that nobody ever sees half a file."""
    staged = target.with_name(target.name + ".part")
    staged.write_bytes(content)
    staged.replace(target)


def _header(weights: Path) -> tuple[str, dict[str, Any]]:
    with safe_open(weights, framework="pt") as opened:  # type: ignore[no-untyped-call]
        models = json.loads(opened.metadata()["kraken_meta"])
    ((prefix, facts),) = models.items()
    return prefix, facts


def stamp(weights: Path, target: Path, accuracy: float, epochs: int) -> None:
    """Copies kraken's weights with a name, licence and validation accuracy in the header; always the same bytes."""
    prefix, facts = _header(weights)
    facts["title"], facts["licence"] = NAME, LICENCE  # kraken keeps "name" for itself
    facts["accuracy"] = [[epochs, round(accuracy, 6)]]
    facts["metrics"] = [[epochs, {"val_accuracy": round(accuracy, 6), "val_metric": round(accuracy, 6)}]]
    with safe_open(weights, framework="pt") as opened:  # type: ignore[no-untyped-call]
        tensors = {name.replace(prefix, PREFIX): opened.get_tensor(name) for name in sorted(opened.keys())}
    save_file(tensors, target, metadata={"kraken_meta": json.dumps({PREFIX: facts}, sort_keys=True)})


def parameters(weights: Path) -> int:
    """How many numbers the file's tensors hold."""
    with safe_open(weights, framework="pt") as opened:  # type: ignore[no-untyped-call]
        return sum(opened.get_tensor(name).numel() for name in opened.keys())  # noqa: SIM118


def alphabet(weights: Path) -> str:
    """The characters that the model can write, in code point order."""
    return "".join(sorted(_header(weights)[1]["codec"]))


def facts_of(model: Path, scores: Mapping[str, Score], trained: str) -> dict[str, Any]:
    """The machine-readable facts of the model file."""
    total = Score.of_all(scores.values())
    return {
        "name": NAME,
        "file": model.name,
        "sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
        "size": model.stat().st_size,
        "engine": "kraken",
        "task": "recognition",
        "licence": LICENCE,
        "languages": ["deu", "eng", "fra"],
        "scripts": ["Latn"],
        "unicode_form": "NFC",
        "cer_test": round(total.cer, 4),
        "cer_pages": {name: round(score.cer, 4) for name, score in scores.items()},
        "trained": trained,
        "summary": SUMMARY,
    }


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _recipe() -> str:
    sets = []
    for plan in SETS:
        if isinstance(plan, Rendered):
            share = f"{plan.antiqua:.0%} of them in antiqua, half of that with long s where the font has one"
            share += f"; {plan.ragged:.0%} with ragged ends" if plan.ragged else ""
            sets.append([plan.name, f"{plan.count} rendered lines", f"{plan.width}", share])
        else:
            how = "the first as it is, the others with varied polygon, light and sharpness"
            how += f"; {plan.ragged:.0%} with ragged ends" if plan.ragged else ""
            sets.append([plan.name, f"every training line {plan.times} times", f"{plan.width}", how])
    stages = []
    for stage in STAGES:
        rate = f"{stage.rate:g}, {stage.schedule}" + (f" to {stage.last_rate:g}" if stage.schedule == "cosine" else "")
        rate += f", {stage.warmup} steps of warm-up" if stage.warmup else ""
        stages.append([stage.name, " + ".join(stage.sets), str(stage.epochs), str(stage.batch), rate])
    return (
        _table(("set", "lines", "width", "remarks"), sets)
        + "\n\n"
        + _table(("stage", "sets", "epochs", "batch", "learning rate"), stages)
    )


def _results(scores: Mapping[str, Score]) -> str:
    rows = [
        [name, str(score.lines), str(score.characters), f"{score.cer:.2%}"]
        for name, score in [*scores.items(), ("**all**", Score.of_all(scores.values()))]
    ]
    return _table(("page", "lines", "characters", "CER"), rows)


def _fonts() -> str:
    return _table(("font", "kind", "licence"), [[f.name, f.kind, f.licence] for f in rendering.FACES])


def card(model: Path, facts: Mapping[str, Any], scores: Mapping[str, Score], validation: Score, remarks: str) -> str:
    """The model card as Markdown."""
    lost = ", ".join(f"`{char}` {count}" for char, count in confusions(scores.values()).most_common(12))
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("kraken", "torch", "Pillow", "numpy"))
    letters = alphabet(model)
    sources = _table(("source", "what", "licence"), SOURCES)
    return f"""# {NAME}

{SUMMARY}
It is a small recogniser that comes with the program, so that a first page can be read without any download. It was
trained from nothing on a CPU with kraken's own training code.

- Reads: typewritten letters and reports in German, English and French (umlauts, ß, accents, typed quotation marks),
  less surely roman print (antiqua) with the long s, which it has seen rendered only, never scanned.
- Does not read: handwriting, blackletter (Fraktur), other scripts, tables, formulas. On handwriting it writes nonsense.
- Expects lines found along baselines (kraken's own segmenter), text in grey or colour, upright.

## Facts

| | |
|---|---|
| file | `{model.name}`, {facts["size"]} bytes, safetensors (no pickle) |
| sha256 | `{facts["sha256"]}` |
| engine | kraken 7, recognition, baselines |
| licence | CC-BY 4.0; attribution below |
| architecture | `{SPEC}`, CTC, {parameters(model)} parameters |
| Unicode form | NFC |
| alphabet | {len(letters)} characters (below) |
| trained | {facts["trained"]}, seed {SEED}, {versions}, Python {platform.python_version()} |

## How well it reads

CER on held-out pages: edit distance over the characters of the ground truth, lines cut along the ground truth's own
polygons, both texts in NFC, runs of white space as one space, case kept. In the German ground truth some umlauts are
typed with Cyrillic letters (ӓ, ӧ); they count as ä, ö. No line of these pages was used for training or for choosing.

{_results(scores)}

Characters lost most often (ground truth has them, the reading does not): {lost}.

Every test page is typescript, and the training pages hold sister pages from the same documents for all of them but
{ALONE}: a machine that the model never saw may read worse than the total says.

The checkpoint was chosen on four other pages ({", ".join(VALIDATION_PAGES)}):
{validation.cer:.2%} CER on {validation.lines} lines.

{remarks}
## What it learned from

{sources}

All their typewritten pages except the {len(TEST_PAGES)} above and the {len(VALIDATION_PAGES)} for validation; plus
lines rendered by `resources/make/rendering.py` from words and sentences written for this project, invented words,
numbers and the training pages' own words, with worn type, tired ribbons, old paper, shine-through, blur and JPEG, in
these fonts (not part of the repository):

{_fonts()}

## How it was made

`resources/make/starter_model.py` (see `resources/make/README.md`), `bf16-mixed`, AdamW, every stage from the best
checkpoint of the stage before. Lines of a set share one width, because batches of equal lengths train three times
faster.

{_recipe()}

## Alphabet

```
{letters}
```
"""


def publish(weights: Path, data: Path, target: Path, trained: str, remarks: str) -> None:
    """Puts model, facts and card into the folder."""
    target.mkdir(parents=True, exist_ok=True)
    pages = page_files(data)
    validation = Score.of_all(score_pages(weights, [pages[name] for name in VALIDATION_PAGES]).values())
    staged, model = target / f"new-{FILE}", target / FILE
    stamp(weights, staged, 1 - validation.cer, sum(stage.epochs for stage in STAGES))
    scores = score_pages(staged, [pages[name] for name in TEST_PAGES])
    staged.replace(model)
    facts = facts_of(model, scores, trained)
    write_atomically(target / "model.json", (json.dumps(facts, indent=2, ensure_ascii=False) + "\n").encode())
    write_atomically(target / "README.md", card(model, facts, scores, validation, remarks).encode())
