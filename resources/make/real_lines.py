"""Line images and texts of the real ground truth, cut out by kraken, as they are or varied for training."""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from kraken.containers import BaselineLine, Segmentation
from kraken.lib.segmentation import extract_polygons
from kraken.lib.xml import XMLPage
from PIL import Image

Raster = npt.NDArray[np.uint8]
Rng = np.random.Generator

FOLDERS = ("typewritten/german", "typewritten/english", "tapuscorpus")
_REPAIRS = str.maketrans({"ӓ": "ä", "ӧ": "ö", "Ӓ": "Ä", "Ӧ": "Ö"})  # Cyrillic letters in some German lines


def clean(text: str) -> str:
    """The text in NFC, runs of white space as one space, Cyrillic look-alikes of umlauts made Latin."""
    return " ".join(unicodedata.normalize("NFC", text).translate(_REPAIRS).split())


def page_files(data: Path) -> dict[str, Path]:
    """The typewritten pages' ALTO files by page name."""
    return {path.stem: path for folder in FOLDERS for path in sorted((data / folder).glob("*.xml"))}


def read_page(path: Path) -> tuple[Image.Image, Segmentation]:
    """The page's grey image and its lines."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        segmentation = XMLPage(path, linetype="baselines").to_container()
    return Image.open(str(segmentation.imagename)).convert("L"), segmentation


def cut(image: Image.Image, segmentation: Segmentation, line: BaselineLine) -> Raster | None:
    """The line's image, straightened and masked by kraken, or nothing where kraken cannot cut it."""
    try:
        ((pixels, _),) = extract_polygons(image, replace(segmentation, lines=[line], regions={}))
    except ValueError:
        return None
    return np.asarray(pixels.convert("L"), dtype=np.uint8)


def _varied_outline(rng: Rng, line: BaselineLine, size: tuple[int, int], ragged: float) -> BaselineLine:
    """The line with its polygon stretched about the baseline and made a little crooked, within the image.

    `ragged` is the share of outlines with crooked ends, as segmenters draw them.
    """
    points = np.array(line.boundary, dtype=float)
    base = np.array(line.baseline, dtype=float)
    on_base = np.interp(points[:, 0], base[:, 0], base[:, 1])
    height = float(np.ptp(points[:, 1] - on_base))
    above = points[:, 1] < on_base
    stretch = np.where(above, rng.uniform(0.92, 1.3), rng.uniform(0.85, 1.4))
    points[:, 1] = on_base + (points[:, 1] - on_base) * stretch + rng.normal(0, 0.02 * height, len(points))
    middle = points[:, 0].mean()
    points[:, 0] += np.sign(points[:, 0] - middle) * rng.uniform(-0.04, 0.3) * height
    if ragged and rng.random() < ragged:
        points[:, 0] += rng.normal(0, 0.14 * height, len(points))
    points = np.clip(points, 0, np.array(size) - 1)
    return replace(line, boundary=[(int(x), int(y)) for x, y in points.round()])


def _varied_look(rng: Rng, pixels: Raster) -> Raster:
    """The line image in another light: scaled, blurred, paler or darker, noisy, compressed."""
    outside = pixels == 0
    gray = pixels.astype(np.float32) / 255
    if rng.random() < 0.6:
        gray = gray ** rng.uniform(0.6, 1.6)
    if rng.random() < 0.5:
        gray = (gray - 0.6) * rng.uniform(0.6, 1.5) + 0.6 + rng.uniform(-0.08, 0.08)
    if rng.random() < 0.25:
        kernel = np.ones((2, 2), np.uint8)
        gray = cv2.erode(gray, kernel) if rng.random() < 0.5 else cv2.dilate(gray, kernel)
    height, width = gray.shape
    scale = rng.uniform(0.5, 1.0) if height > 44 and rng.random() < 0.6 else 1.0
    shape = (max(8, round(width * scale * rng.uniform(0.85, 1.15))), max(16, round(height * scale)))
    gray = cv2.resize(gray, shape, interpolation=cv2.INTER_AREA)
    mask = cv2.resize(outside.astype(np.uint8), shape, interpolation=cv2.INTER_NEAREST) > 0
    if rng.random() < 0.3:
        gray = cv2.GaussianBlur(gray, (0, 0), float(rng.uniform(0.3, 0.9)))
    if rng.random() < 0.4:
        gray = gray + rng.normal(0, rng.uniform(0.01, 0.05), gray.shape)
    out = np.clip(gray * 255, 1, 255).astype(np.uint8)
    if rng.random() < 0.5:
        out = np.asarray(
            cv2.imdecode(cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 90))])[1], 0),
            dtype=np.uint8,
        )
    return np.where(mask, 0, out).astype(np.uint8)


def page_texts(path: Path) -> list[str]:
    """The clean texts of the page's lines, in order."""
    return [text for line in read_page(path)[1].lines if (text := clean(line.text or ""))]


def plain_lines(path: Path) -> Iterator[tuple[Raster, str]]:
    """The page's lines just as kraken cuts them, with their clean texts; lines without text are left out."""
    image, segmentation = read_page(path)
    for line in segmentation.lines:
        text = clean(line.text or "")
        pixels = cut(image, segmentation, line) if text else None
        if pixels is not None:
            yield pixels, text


def varied_lines(rng: Rng, path: Path, times: int, ragged: float = 0.0) -> Iterator[tuple[Raster, str]]:
    """Every line of the page several times: the first as it is, the others with varied outline and look."""
    image, segmentation = read_page(path)
    for line in segmentation.lines:
        text = clean(line.text or "")
        if not text:
            continue
        for turn in range(times):
            drawn = _varied_outline(rng, line, image.size, ragged) if turn and rng.random() < 0.75 else line
            pixels = cut(image, segmentation, drawn)
            if pixels is not None and min(pixels.shape) >= 8:
                yield (_varied_look(rng, pixels) if turn else pixels), text
