"""Regions, lines and their order on a page, with kraken's own network and exactly as kraken finds them (ADR 13).

The network and the reading order are kraken's. Out of the network's maps the baselines, regions and boundaries are made
by modules of our own, which give the same integers sooner. Imports torch and kraken.
"""

from typing import Any

import numpy as np
import shapely
import torch
from kraken.containers import BaselineLine, Region, Segmentation
from kraken.lib.segmentation import is_in_region, scale_polygonal_lines, scale_regions
from kraken.tasks import SegmentationTaskModel
from PIL import Image

from engines.kraken_baselines import find_baselines, find_regions
from engines.kraken_boundaries import find_boundaries
from engines.kraken_network import spread

Array = np.ndarray[Any, Any]


class Segmenter:
    """kraken's default segmentation model; one page at a time."""

    def __init__(self) -> None:
        self._network = SegmentationTaskModel.load_model().seg_models[0]
        self._cores = spread(self._network)

    def find(self, page: Image.Image, config: Any, cores: int = 1) -> Segmentation:
        """What `SegmentationTaskModel.predict` returns, identifiers aside, on so many cores of the processor."""
        self._cores.number = cores
        self._network.prepare_for_inference(config)
        with torch.inference_mode(), self._network._fabric.init_tensor():  # noqa: SLF001
            maps = self._network._compute_segmentation_map(page)  # noqa: SLF001
        regions = _regions(maps)
        lines = self._lines(maps, regions)
        together = [region for found in regions.values() for region in found]
        if lines:
            direction = config.text_direction[-2:]
            order = config.baseline_ro_fn(lines=lines, regions=together, text_direction=direction)
            lines = [lines[index] for index in order]
        return Segmentation(
            text_direction=config.text_direction,
            imagename="",
            type="baselines",
            lines=lines,
            regions=regions,
            script_detection=False,
            line_orders=[],
        )

    def _lines(self, maps: dict[str, Any], regions: dict[str, list[Region]]) -> list[BaselineLine]:
        """The lines with a boundary, in pixels of the page, not in order yet."""
        heatmap, classes, scale = maps["heatmap"], maps["cls_map"], maps["scale"]
        starts, ends = (heatmap[classes["aux"][name]] for name in ("_start_separator", "_end_separator"))
        kinds: list[str] = []
        baselines: list[Any] = []
        for kind, index in classes["baselines"].items():
            found = find_baselines(starts, ends, heatmap[index])
            baselines += found
            kinds += [kind] * len(found)
        together = [region for found in regions.values() for region in found]
        around = scale_regions([region.boundary for region in together], 1 / scale)
        boundaries = find_boundaries(baselines, around, maps["scal_im"], self._cores.number)
        areas = {region.id: shapely.Polygon(region.boundary) for region in together}
        lines: list[BaselineLine] = []
        for kind, baseline, boundary in zip(kinds, baselines, boundaries, strict=True):
            if boundary is not None:
                [(points, ring)] = scale_polygonal_lines([(baseline, boundary)], scale)
                inside = [key for key, area in areas.items() if is_in_region(shapely.LineString(points), area)]
                lines.append(
                    BaselineLine(id=f"l{len(lines)}", baseline=points, boundary=ring, tags=_tags(kind), regions=inside)
                )
        return lines


def _regions(maps: dict[str, Any]) -> dict[str, list[Region]]:
    """The regions of each kind, in pixels of the page."""
    return {
        kind: [
            Region(id=f"{kind}{number}", boundary=boundary, tags=_tags(kind))
            for number, boundary in enumerate(scale_regions(find_regions(maps["heatmap"][index]), maps["scale"]))
        ]
        for kind, index in maps["cls_map"]["regions"].items()
    }


def _tags(kind: str) -> dict[str, list[dict[str, str]]]:
    return {"type": [{"type": kind}]}
