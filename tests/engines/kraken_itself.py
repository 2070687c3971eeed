"""What kraken does without us: `kraken_itself.py REQUEST.json` prints it as one line of JSON.

A process of its own, because importing kraken takes long and warns. `texts` is what it reads on the lines of the
request; `segmentation` compares what it finds on the page with what our segmenter finds, point by point.
"""

import json
import sys
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any

from PIL import Image
from threadpoolctl import threadpool_limits


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


def compare_segmentations(path: str) -> list[int]:
    """kraken's own regions and lines of a page and ours: how many lines, and how many lines and regions differ."""
    from kraken.configs import SegmentationInferenceConfig
    from kraken.tasks import SegmentationTaskModel

    from engines.kraken_segmenter import Segmenter

    threadpool_limits(limits=1)
    with Image.open(path) as page:
        found = [
            segment(page, SegmentationInferenceConfig(accelerator="cpu", device=1))
            for segment in (SegmentationTaskModel.load_model().predict, partial(Segmenter().find, cores=2))
        ]
    lines = [[(line.baseline, line.boundary) for line in each.lines] for each in found]
    regions = [[region.boundary for kind in each.regions.values() for region in kind] for each in found]
    differing = [a != b for pair in (lines, regions) for a, b in zip_longest(*pair)]
    return [len(lines[0]), sum(differing)]


if __name__ == "__main__":
    asked = json.loads(Path(sys.argv[1]).read_text())
    print(json.dumps({"texts": read(asked), "segmentation": compare_segmentations(asked["image"])}))
