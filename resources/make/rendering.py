"""Rendered text lines that look typed or printed long ago: fonts, ink, paper, and what a scanner makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import ImageFont

Plane = npt.NDArray[np.float32]
Raster = npt.NDArray[np.uint8]
Rng = np.random.Generator

SIZE = 44  # pixels of the em at which lines are drawn, before they are scaled down
MISSING = "\uf8f0"  # a private code point that no font here has: its glyph is the font's "missing" box


@dataclass(frozen=True)
class Face:
    """One typeface: its kind, the files that hold its glyphs (first come, first used), licence and weight."""

    name: str
    kind: str  # "typewriter" or "antiqua"
    files: tuple[str, ...]
    licence: str
    weight: float = 1.0


def _web(package: str, weight: int = 400) -> tuple[str, str]:
    return f"{package}-latin-{weight}-normal.woff", f"{package}-latin-ext-{weight}-normal.woff"


FACES: tuple[Face, ...] = (
    Face("Special Elite", "typewriter", _web("special-elite"), "Apache-2.0", 4.0),
    Face("Courier Prime", "typewriter", _web("courier-prime"), "OFL-1.1", 3.0),
    Face("Courier Prime Bold", "typewriter", _web("courier-prime", 700), "OFL-1.1", 2.0),
    Face("Cutive Mono", "typewriter", _web("cutive-mono"), "OFL-1.1", 3.0),
    Face("Nimbus Mono", "typewriter", ("NimbusMonoPS-Regular.otf",), "AGPL-3.0 with font exception", 1.5),
    Face("Nimbus Mono Bold", "typewriter", ("NimbusMonoPS-Bold.otf",), "AGPL-3.0 with font exception", 2.0),
    Face("TeX Gyre Cursor", "typewriter", ("texgyrecursor-regular.otf",), "GUST Font License", 1.0),
    Face("CMU Typewriter", "typewriter", ("cmuntt.ttf",), "OFL-1.1", 2.0),
    Face("Latin Modern Mono Light", "typewriter", ("lmmonolt10-regular.otf",), "GUST Font License", 1.0),
    Face("FreeMono Bold", "typewriter", ("FreeMonoBold.ttf",), "GPL-3.0+ with font exception", 1.0),
    Face("Cutive", "antiqua", _web("cutive"), "OFL-1.1"),
    Face("Old Standard", "antiqua", ("OldStandard-Regular.ttf",), "OFL-1.1", 2.0),
    Face("EB Garamond", "antiqua", _web("eb-garamond"), "OFL-1.1", 2.0),
    Face("Libre Caslon Text", "antiqua", _web("libre-caslon-text"), "OFL-1.1"),
    Face("GFS Didot", "antiqua", ("GFSDidot.otf",), "OFL-1.1"),
    Face("IM Fell English", "antiqua", _web("im-fell-english")[:1], "OFL-1.1"),
    Face("IM Fell DW Pica", "antiqua", _web("im-fell-dw-pica")[:1], "OFL-1.1"),
    Face("Linux Libertine", "antiqua", ("LinLibertine_R.otf",), "OFL-1.1 or GPL-2.0+ with font exception"),
    Face("Goudy Bookletter 1911", "antiqua", ("GoudyBookletter1911.otf",), "public domain"),
    Face("Libre Baskerville", "antiqua", _web("libre-baskerville"), "OFL-1.1"),
    Face("Junicode", "antiqua", ("JunicodeTwoBeta-Regular.otf",), "OFL-1.1"),
    Face("CMU Serif", "antiqua", ("cmunrm.ttf",), "OFL-1.1"),
    Face("C059", "antiqua", ("C059-Roman.otf",), "AGPL-3.0 with font exception"),
)


@dataclass
class Typeface:
    """A face whose files were found: draws single glyphs and knows which characters it has."""

    face: Face
    paths: tuple[Path, ...]
    size: int = SIZE
    _fonts: list[ImageFont.FreeTypeFont] = field(init=False)

    def __post_init__(self) -> None:
        self._fonts = [ImageFont.truetype(str(path), self.size) for path in self.paths]
        self.glyph = lru_cache(maxsize=1024)(self._glyph)

    def _font_for(self, char: str) -> ImageFont.FreeTypeFont | None:
        for font in self._fonts:
            if char.isspace():
                return font
            drawn = font.getmask(char)  # type: ignore[no-untyped-call]
            missing = font.getmask(MISSING)  # type: ignore[no-untyped-call]
            if drawn.size != missing.size or bytes(drawn) != bytes(missing):
                return font if drawn.size[0] else None
        return None

    def _glyph(self, char: str) -> tuple[Plane, int, int, float] | None:
        font = self._font_for(char)
        if font is None:
            return None
        left, top, right, bottom = font.getbbox(char, anchor="ls")
        plane: Plane = np.zeros((1, 1), dtype=np.float32)
        if right > left and bottom > top:
            mask = font.getmask(char)  # type: ignore[no-untyped-call]
            levels = np.frombuffer(bytes(mask), dtype=np.uint8).reshape(mask.size[::-1])
            plane = np.asarray(levels / 255, dtype=np.float32)
        return plane, int(left), int(top), float(font.getlength(char))

    def has(self, text: str) -> bool:
        """Whether every character of the text has a glyph of its own."""
        return all(self.glyph(char) is not None for char in text)


def find_faces(folder: Path, faces: Sequence[Face] = FACES) -> list[Typeface]:
    """Finds the faces' files anywhere below the folder; a face without its first file is an error."""
    known = {path.name: path for path in sorted(folder.rglob("*")) if path.suffix in {".ttf", ".otf", ".woff"}}
    found = []
    for face in faces:
        if face.files[0] not in known:
            raise FileNotFoundError(f"font file {face.files[0]} ({face.name}) is not below {folder}")
        found.append(Typeface(face, tuple(known[name] for name in face.files if name in known)))
    return found


def smooth_noise(rng: Rng, shape: tuple[int, int], cell: int) -> Plane:
    """Low-frequency noise with values around zero, one independent value a cell."""
    rows, columns = shape[0] // cell + 3, shape[1] // cell + 3
    coarse = rng.normal(size=(rows, columns)).astype(np.float32)
    big = cv2.resize(coarse, (columns * cell, rows * cell), interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(big[cell : cell + shape[0], cell : cell + shape[1]], dtype=np.float32)


@dataclass(frozen=True)
class Machine:
    """The habits of one typewriter (or press): how each type stands off, how evenly it strikes."""

    rise: dict[str, float]  # per character, pixels below (positive) or above the baseline
    strength: dict[str, float]  # per character, how dark it strikes
    jitter: float
    unevenness: float
    tracking: float


def random_machine(rng: Rng, kind: str) -> Machine:
    """A machine with faults of its own; a press has next to none."""
    worn = rng.uniform(0.2, 1.0) if kind == "typewriter" else 0.12
    chars = [chr(code) for code in range(33, 0x180)]
    return Machine(
        rise={c: float(r) for c, r in zip(chars, rng.normal(0, 1.5 * worn, len(chars)), strict=True)},
        strength={c: float(s) for c, s in zip(chars, rng.normal(1, 0.15 * worn, len(chars)), strict=True)},
        jitter=float(rng.uniform(0, 0.9) * worn),
        unevenness=float(rng.uniform(0.02, 0.22) * worn),
        tracking=float(rng.uniform(-0.6, 2.2)) if kind == "typewriter" else float(rng.uniform(-0.3, 0.8)),
    )


def draw_text(rng: Rng, ink: Plane, typeface: Typeface, machine: Machine, text: str, *, x: float, y: float) -> float:
    """Strikes the text into the ink plane, baseline at y, and returns the x where it ends."""
    height, width = ink.shape
    for char in text:
        glyph = typeface.glyph(char)
        if glyph is None:
            raise ValueError(f"{typeface.face.name} has no glyph for {char!r}")
        plane, left, top, advance = glyph
        jitter = rng.normal(0, machine.jitter, 2)
        gx = round(x + left + jitter[0])
        gy = round(y + top + jitter[1] + machine.rise.get(char, 0.0))
        strength = machine.strength.get(char, 1.0) * (1 + rng.normal(0, machine.unevenness))
        y0, x0 = max(gy, 0), max(gx, 0)
        y1, x1 = min(gy + plane.shape[0], height), min(gx + plane.shape[1], width)
        if y1 > y0 and x1 > x0:
            part = plane[y0 - gy : y1 - gy, x0 - gx : x1 - gx] * np.float32(np.clip(strength, 0.35, 1.25))
            np.maximum(ink[y0:y1, x0:x1], part, out=ink[y0:y1, x0:x1])
        x += advance + machine.tracking
    return x


def text_width(typeface: Typeface, machine: Machine, text: str) -> float:
    """The width of the text in pixels of the drawing plane."""
    return sum((glyph[3] if (glyph := typeface.glyph(char)) else 0.0) + machine.tracking for char in text)


def typical_advance(typeface: Typeface, height: int) -> float:
    """About how many pixels a character takes when the line's image is scaled to the height."""
    mean = sum(glyph[3] for char in "etaoinsrhldu Me." if (glyph := typeface.glyph(char))) / 16
    return (mean + 0.8) * height / (1.22 * SIZE)


def wear_ink(rng: Rng, ink: Plane, kind: str) -> Plane:
    """Ink spread, a tired ribbon, filled or starved letters."""
    spread = float(rng.uniform(0.4, 1.6) if kind == "typewriter" else rng.uniform(0.4, 1.1))
    soft = cv2.GaussianBlur(ink, (0, 0), spread)
    threshold, gain = rng.uniform(0.15, 0.42), rng.uniform(1.6, 6.0)
    worn = np.clip((soft - threshold) * gain + 0.5, 0, 1) * np.clip(soft * 4, 0, 1)
    if rng.random() < 0.5:  # the ribbon's weave and its dry places
        grain = smooth_noise(rng, ink.shape, int(rng.integers(2, 6)))
        worn *= np.clip(1 - rng.uniform(0.05, 0.35) * (grain + 0.3), 0.1, 1.15)
    if rng.random() < 0.5:
        fade = smooth_noise(rng, ink.shape, int(rng.integers(40, 160)))
        worn *= np.clip(1 - rng.uniform(0.05, 0.25) * (fade + 0.4), 0.35, 1.1)
    if rng.random() < 0.25:  # a carbon copy: soft edges
        worn = cv2.GaussianBlur(worn, (0, 0), float(rng.uniform(0.8, 2.0)))
    return np.asarray(np.clip(worn, 0, 1), dtype=np.float32)


def make_paper(rng: Rng, shape: tuple[int, int]) -> Plane:
    """Paper in shades of grey between 0 and 1: tone, clouds, fibres, specks."""
    paper = np.full(shape, rng.uniform(0.62, 1.0), dtype=np.float32)
    paper += rng.uniform(0, 0.03) * smooth_noise(rng, shape, 60)
    paper += rng.uniform(0, 0.035) * smooth_noise(rng, shape, int(rng.integers(2, 7)))
    if rng.random() < 0.3:
        specks = (rng.random(shape) > 0.9993).astype(np.float32)
        paper -= rng.uniform(0.2, 1.2) * cv2.GaussianBlur(specks, (0, 0), float(rng.uniform(0.7, 2.2))) * 3
    return np.asarray(np.clip(paper, 0.2, 1), dtype=np.float32)


def _add_strokes(rng: Rng, ink: Plane, x0: float, x1: float, baseline: float) -> None:
    """Underlines, and now and then a pen's stroke across the line."""
    if rng.random() < 0.05:
        y = int(baseline + rng.uniform(4, 9))
        cv2.line(ink, (int(x0), y), (int(x1), y + int(rng.integers(-2, 3))), float(rng.uniform(0.5, 1)), 2)
    if rng.random() < 0.04:
        points = rng.uniform((x0, baseline - 1.2 * SIZE), (x1, baseline + 0.5 * SIZE), size=(2, 2)).astype(int)
        points[1, 0] = points[0, 0] + int(rng.integers(-60, 60))
        cv2.line(ink, points[0].tolist(), points[1].tolist(), float(rng.uniform(0.4, 0.9)), int(rng.integers(1, 4)))


def _boundary(rng: Rng, ink: Plane, baseline: float, crop: tuple[int, int, int, int], ragged: float) -> Raster:
    """The mask of a line's polygon: a slightly crooked box, or an outline that follows the letters."""
    top, bottom, left, right = crop
    mask = np.zeros(ink.shape, dtype=np.uint8)
    if rng.random() < 0.55:
        tilt = rng.normal(0, 2.0, 4)
        corners = [(left, top + tilt[0]), (right, top + tilt[1]), (right, bottom + tilt[2]), (left, bottom + tilt[3])]
        points = np.array(corners)
    else:
        xs = np.arange(left, right, int(rng.integers(25, 90)))
        xs = np.unique(np.append(xs, right))
        reach = rng.uniform(0, 6)
        up, down = [], []
        for x in xs:
            column = ink[top:bottom, max(x - 20, 0) : x + 20].max(axis=1) > 0.3
            rows = np.flatnonzero(column)
            high = top + rows[0] - reach if len(rows) else baseline - 0.5 * SIZE
            low = top + rows[-1] + reach if len(rows) else baseline + 0.1 * SIZE
            up.append((x, min(high, baseline - 0.42 * SIZE) - abs(rng.normal(0, 2))))
            down.append((x, max(low, baseline + 3) + abs(rng.normal(0, 2))))
        points = np.array(up + down[::-1])
    if ragged and rng.random() < ragged:  # crooked ends, as segmenters draw them
        ends = (points[:, 0] <= left) | (points[:, 0] >= right)
        points[:, 0] += ends * rng.uniform(-7, 9, len(points)) * np.where(points[:, 0] <= left, 1, -1)
    cv2.fillPoly(mask, [np.round(points).astype(np.int32)], 1)
    return mask


def scan(rng: Rng, gray: Plane, scale: float) -> Raster:
    """What the camera or scanner makes of it: scaled down, out of focus, noisy, compressed."""
    height, width = max(12, round(gray.shape[0] * scale)), max(8, round(gray.shape[1] * scale))
    small = cv2.resize(gray, (width, height), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.5:
        small = cv2.GaussianBlur(small, (0, 0), float(rng.uniform(0.3, 0.5 + 0.7 * scale)))
    elif rng.random() < 0.4:  # sharpened by the scanner's software
        small = small + rng.uniform(0.3, 1.2) * (small - cv2.GaussianBlur(small, (0, 0), 1.2))
    if rng.random() < 0.2:  # overexposed: white paper, hard letters
        small = (small - 0.5) * rng.uniform(1.2, 2.0) + rng.uniform(0.5, 0.64)
    small = small + rng.normal(0, rng.uniform(0, 0.035), small.shape)
    pixels: Raster = np.clip(small * 255, 0, 255).astype(np.uint8)
    if rng.random() < 0.7:
        done, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 95))])
        if done:
            pixels = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
    return pixels


def _line_ink(
    rng: Rng, typeface: Typeface, text: str, neighbours: tuple[str, str]
) -> tuple[Plane, float, tuple[int, int, int, int]]:
    """The line's ink with its neighbours', its baseline and the box (top, bottom, left, right) to cut out."""
    machine = random_machine(rng, typeface.face.kind)
    margin = 30
    width = int(text_width(typeface, machine, text)) + 2 * margin
    ink = np.zeros((4 * SIZE, width), dtype=np.float32)
    baseline = 2.4 * SIZE
    end = draw_text(rng, ink, typeface, machine, text, x=margin, y=baseline)
    pitch = SIZE * (rng.choice([1.0, 1.5]) if typeface.face.kind == "typewriter" else rng.uniform(1.05, 1.3))
    for other, y in zip(neighbours, (baseline - pitch, baseline + pitch), strict=True):
        if other and typeface.has(other) and y < ink.shape[0] + SIZE:
            draw_text(rng, ink, typeface, machine, other, x=margin + rng.uniform(-60, 20), y=y)
    _add_strokes(rng, ink, margin, end, baseline)
    top = round(baseline - SIZE * rng.uniform(0.72, 1.08))
    bottom = round(baseline + SIZE * rng.uniform(0.24, 0.44))
    left, right = round(margin - rng.uniform(0, 12)), round(end + rng.uniform(-2, 14))
    return ink, baseline, (top, bottom, left, min(right, width))


def render_line(
    rng: Rng, typeface: Typeface, text: str, neighbours: tuple[str, str] = ("", ""), ragged: float = 0.0
) -> Raster:
    """A grey line image as kraken cuts it from a page: text on old paper, black outside the line's polygon."""
    ink, baseline, crop = _line_ink(rng, typeface, text, neighbours)
    mask = _boundary(rng, ink, baseline, crop, ragged)
    worn = wear_ink(rng, ink, typeface.face.kind)
    paper = make_paper(rng, ink.shape)
    if rng.random() < 0.25:  # the other side shines through
        ghost = cv2.GaussianBlur(np.ascontiguousarray(worn[:, ::-1]), (0, 0), 3.0)
        paper = paper * (1 - rng.uniform(0.05, 0.25) * np.roll(ghost, int(rng.integers(-40, 40)), axis=0))
    darkness = rng.uniform(0.42, 1.0)
    gray = np.asarray(paper * (1 - darkness * worn), dtype=np.float32)
    slope = rng.normal(0, 0.004)
    shear = np.array([[1, rng.normal(0, 0.02), 0], [slope, 1, -slope * ink.shape[1] / 2]], dtype=np.float32)
    gray = cv2.warpAffine(gray, shear, gray.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = rng.choice([rng.uniform(22, 34), rng.uniform(30, 64)]) / (rows[-1] - rows[0] + 1)
    pixels = scan(rng, gray[box], min(float(scale), 1.1))
    inside = cv2.resize(mask[box], pixels.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return np.asarray(np.where(inside > 0, pixels, 0), dtype=np.uint8)
