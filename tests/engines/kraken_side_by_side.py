"""kraken's own steps from the heatmaps to the lines, and ours: `kraken_side_by_side.py PAGE ...` prints a line of JSON.

A process of its own, because importing kraken takes long and warns. The network runs once a page. Each entry counts
what was compared and what came out differently; `made up` are shapes that are rare or absent on real pages.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from kraken.configs import SegmentationInferenceConfig
from kraken.lib import segmentation
from kraken.lib.util import open_image
from kraken.tasks import SegmentationTaskModel
from scipy.ndimage import find_objects, gaussian_filter
from skimage.filters import sato, sobel
from skimage.measure import label, regionprops
from threadpoolctl import threadpool_limits

from engines.kraken_baselines import find_baselines, find_regions, outline
from engines.kraken_boundaries import find_boundaries
from engines.kraken_network import spread
from engines.kraken_ridges import THRESHOLD, ridges
from engines.kraken_surroundings import Surroundings

Counts = dict[str, int]
_calc_roi = segmentation._calc_roi


def compare_pages(paths: list[str]) -> dict[str, list[Counts]]:
    """The network on one core and on two, and baselines, regions and boundaries out of what it says."""
    network, spread_out = (SegmentationTaskModel.load_model().seg_models[0] for _ in range(2))
    spread(spread_out).number = 2
    found: dict[str, list[Counts]] = {"networks": [], "baselines": [], "regions": [], "boundaries": []}
    for number, path in enumerate(paths):
        network.prepare_for_inference(SegmentationInferenceConfig(accelerator="cpu", device=1))
        with torch.inference_mode():
            maps = network._compute_segmentation_map(open_image(path))
            if number == 0:
                image = torch.rand((1, 3, 600, 402), generator=torch.Generator().manual_seed(0))
                found["networks"].append(_counted(*(each.nn(image)[0].numpy() for each in (network, spread_out))))
        starts, ends, lines, areas = maps["heatmap"]
        baselines = segmentation.vectorize_lines(np.stack((starts, ends, lines)))
        found["baselines"].append(_counted(baselines, find_baselines(starts, ends, lines)))
        regions = segmentation.vectorize_regions(areas)
        found["regions"].append(_counted(regions, find_regions(areas)))
        theirs = _kraken_s_boundaries(baselines, regions, maps["scal_im"])
        found["boundaries"].append(_counted(theirs, find_boundaries(baselines, regions, maps["scal_im"], 2)))
    return found


def compare_surroundings() -> Counts:
    """On uneven lines, beside and across a region whose sides some rays run along; two of them run off the page."""
    random = np.random.default_rng(0)
    baselines = [[[5, 600], [5, 900]], [[300, 1199], [600, 1199]]]
    for y in range(40, 1160, 35):
        left, right = random.integers(0, 300), random.integers(500, 900)
        steps = random.integers(-8, 9, 4) if y % 3 else np.zeros(4, dtype=int)
        baselines.append([[int(x), int(y + step)] for x, step in zip(np.linspace(left, right, 4), steps, strict=True)])
    region = [[250, 20], [250, 1180], [700, 1180], [700, 20], [250, 20]]
    handed_over = 0

    def counting(*arguments: Any) -> Any:
        nonlocal handed_over
        handed_over += 1
        return _calc_roi(*arguments)

    surroundings = Surroundings(baselines, [region], (900, 1200))
    theirs, ours = [], []
    for index, baseline in enumerate(baselines):
        line = np.array(baseline, dtype=float)
        steps = np.diff(line.T)
        lengths = np.linalg.norm(steps, axis=0)
        direction = np.mean(steps * lengths / lengths.sum(), axis=1)
        direction /= np.sqrt(np.sum(direction**2))
        others = [*baselines[:index], *baselines[index + 1 :], region]
        theirs.append(_outcome(_calc_roi, line, np.array((899.0, 1199.0)), [], others, direction))
        segmentation._calc_roi = counting
        ours.append(_outcome(surroundings.limits, index, direction, [0]))
        segmentation._calc_roi = _calc_roi
    return {**_counted(theirs, ours), "handed over": handed_over}


def compare_outlines() -> Counts:
    """On blobs out of noise, with holes, spurs and single pixels, which kraken fails on."""
    noise = gaussian_filter(np.random.default_rng(1).random((300, 400)), 2)
    labels = label(noise > 0.52)
    theirs, ours = [], []
    for number, (blob, box) in enumerate(zip(regionprops(labels), find_objects(labels), strict=True), 1):
        if blob.area > 1:
            theirs.append(segmentation.boundary_tracing(blob).tolist())
            ours.append(outline(labels[box] == number, box).tolist())
    return _counted(theirs, ours)


def compare_ridges() -> Counts:
    """Pixel by pixel, on maps drawn large at an odd ratio that reach the border, and on one that is flat."""
    random = np.random.default_rng(2)
    theirs, ours = [], []
    for height, width, factor in ((150, 90, 4), (61, 47, 3)):
        small = np.clip(gaussian_filter(random.random((height, width)), 1.5) * 6 - 2.8, 0, 1).astype("f")
        large = np.repeat(np.repeat(small, factor, axis=0), factor, axis=1)[:-1, :-2]
        theirs += (sato(large, black_ridges=False, mode="constant") > THRESHOLD).ravel().tolist()
        ours += ridges(large).ravel().tolist()
    assert any(theirs)
    assert not ridges(np.zeros((200, 100), dtype="f")).any()
    return _counted(theirs, ours)


def compare_noise() -> Counts:
    """The baselines of a map with more ends of lines than kraken looks at, and of an empty one."""
    random = np.random.default_rng(3)
    noise = np.clip(gaussian_filter(random.random((3, 150, 125)), (0, 1, 1)) * 4 - 1.6, 0, 1).astype("f")
    maps = [np.repeat(np.repeat(noise, 4, axis=1), 4, axis=2), np.zeros((3, 200, 200), dtype="f")]
    return _counted([segmentation.vectorize_lines(each) for each in maps], [find_baselines(*each) for each in maps])


def _kraken_s_boundaries(baselines: Any, regions: Any, image: Any) -> list[Any]:
    """As `kraken.lib.vgsl.spred.vec_lines` asks for them."""
    features = gaussian_filter(sobel(image), 0.5)
    found = []
    for index, baseline in enumerate(baselines):
        middle = segmentation.geom.LineString(baseline)
        others = [*baselines[:index], *baselines[index + 1 :]]
        others += [each for each in regions if segmentation.is_in_region(middle, segmentation.geom.Polygon(each))]
        found += segmentation.calculate_polygonal_environment(
            baselines=[baseline], im_feats=features, suppl_obj=others, topline=False
        )
    return found


def _outcome(function: Callable[..., Any], *arguments: Any) -> object:
    """What a function returns or raises, as something that can be compared."""
    try:
        return [(limit.tolist(), str(limit.dtype)) for limit in function(*arguments)]
    except Exception as error:  # noqa: BLE001  # kraken raises plain exceptions here
        return str(error)


def _counted(theirs: Any, ours: Any) -> Counts:
    pairs = [(_plain(a), _plain(b)) for a, b in zip(theirs, ours, strict=True)]
    return {"compared": len(pairs), "differ": sum(a != b for a, b in pairs)}


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


if __name__ == "__main__":
    threadpool_limits(limits=1)
    made_up = {
        "surroundings": compare_surroundings(),
        "outlines": compare_outlines(),
        "ridges": compare_ridges(),
        "noise": compare_noise(),
    }
    print(json.dumps({"pages": compare_pages(sys.argv[1:]), "made up": made_up}))
