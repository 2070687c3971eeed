"""What kraken does without us: `kraken_itself.py REQUEST.json` prints it as one line of JSON.

A process of its own, because importing kraken takes long and warns. `texts` is what it reads on the lines of the
request; `polygonizer` compares our faster step with its own: how many lines were compared, how many of them ours
handed over to kraken's function, how many came out differently.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def read(asked: dict[str, Any]) -> list[str]:
    """The texts that kraken's own interface reads, all lines in one call with its default settings."""
    from kraken.configs import RecognitionInferenceConfig
    from kraken.containers import BaselineLine, Segmentation
    from kraken.lib.util import open_image
    from kraken.tasks import RecognitionTaskModel

    lines = [
        BaselineLine(id=line["id"], baseline=line["baseline"], boundary=[*line["boundary"], line["boundary"][0]])
        for line in asked["lines"]
    ]
    page = Segmentation(
        type="baselines", imagename="", text_direction="horizontal-lr", script_detection=False, lines=lines
    )
    model = RecognitionTaskModel.load_model(asked["model"])
    config = RecognitionInferenceConfig(accelerator="cpu", device=1, num_line_workers=0)
    return [record.prediction for record in model.predict(open_image(asked["image"]), page, config)]


def compare_polygonizers() -> list[int]:
    """Both on uneven baselines, with a region whose sides some rays run along and some lines cross."""
    from engines import kraken_roi

    original, handed_over = kraken_roi._original, []

    def counting(*arguments: object) -> object:
        handed_over.append(arguments)
        return original(*arguments)

    kraken_roi._original = counting
    random = np.random.default_rng(0)
    bounds = np.array((899.0, 1199.0))
    baselines = []
    for y in range(40, 1160, 35):
        left, right = random.integers(0, 300), random.integers(500, 900)
        level = y % 3 == 0
        baselines.append(
            [[int(x), int(y if level else y + random.integers(-8, 9))] for x in np.linspace(left, right, 4)]
        )
    region = [[250, 20], [250, 1180], [700, 1180], [700, 20], [250, 20]]
    differed = 0
    for index, points in enumerate(baselines):
        others = [*baselines[:index], *baselines[index + 1 :], region]
        line = np.array(points, dtype=float)
        steps = np.diff(line.T)
        lengths = np.linalg.norm(steps, axis=0)
        direction = np.mean(steps * lengths / lengths.sum(), axis=1)
        direction /= np.sqrt(np.sum(direction**2))
        arguments = (line, bounds, [], others, direction)
        differed += outcome(original, arguments) != outcome(kraken_roi.calc_roi, arguments)
    return [len(baselines), len(handed_over), differed]


def outcome(function: Callable[..., Any], arguments: tuple[Any, ...]) -> object:
    """What a function returns or raises, as something that can be compared."""
    try:
        return [(limit.tolist(), str(limit.dtype)) for limit in function(*arguments)]
    except Exception as error:  # noqa: BLE001  # kraken raises plain exceptions here
        return str(error)


if __name__ == "__main__":
    asked = json.loads(Path(sys.argv[1]).read_text())
    print(json.dumps({"texts": read(asked), "polygonizer": compare_polygonizers()}))
