"""Finding the lines of one page against kraken's own segmenter: `python -m tests.bench.segmenting [PAGE ...]`.

Both in one process, with the libraries and the model loaded; kraken as its command line runs it, on one thread. The
runs alternate, so that a busy machine slows both alike. Prints whether the lines are the same, point by point, and
ours on one core and on all as a share of kraken's time.
"""

import sys
import warnings
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from PIL import Image, ImageOps

from app.protocol import PageImage
from engines import images
from tests.bench.measuring import PAGE, seconds, show

ROUNDS = 3


def main() -> None:
    """Measures and prints."""
    warnings.simplefilter("ignore")
    import threadpoolctl
    from kraken.configs import SegmentationInferenceConfig
    from kraken.tasks import SegmentationTaskModel

    from engines.kraken_segmenter import Segmenter

    threadpoolctl.threadpool_limits(limits=1)
    config = SegmentationInferenceConfig(accelerator="cpu", device=1)
    cores = sorted({1, len(psutil.Process().cpu_affinity() or [0])})
    kraken, ours = SegmentationTaskModel.load_model(), Segmenter()
    for path in map(Path, sys.argv[1:] or [PAGE]):
        page = _opened(path)
        expected = kraken.predict(page, config)
        same = all(_points(ours.find(page, config, number)) == _points(expected) for number in cores)
        theirs: list[float] = []
        times: dict[int, list[float]] = {number: [] for number in cores}
        for _ in range(ROUNDS):
            theirs.append(seconds(partial(kraken.predict, page, config)))
            for number in cores:
                times[number].append(seconds(partial(ours.find, page, config, number)))
        base = median(theirs)
        print(f"{path.name}: {len(expected.lines)} lines, the same points: {'yes' if same else 'NO'}")
        show("kraken", base, base, "kraken")
        for number in cores:
            show(
                f"ours, cores: {number} ({base / median(times[number]):.1f} times)",
                median(times[number]),
                base,
                "kraken",
            )


def _opened(path: Path) -> Image.Image:
    with Image.open(path) as file:
        width, height = ImageOps.exif_transpose(file).size
    return images.page_shaped(images.open_page(PageImage(path=str(path), width=width, height=height)))


def _points(found: Any) -> list[object]:
    lines = [(line.baseline, line.boundary) for line in found.lines]
    return [*lines, *(region.boundary for kind in found.regions.values() for region in kind)]


if __name__ == "__main__":
    main()
