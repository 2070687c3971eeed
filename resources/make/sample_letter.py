"""Makes the sample letter: one typewritten German page that looks a hundred years old, with its ground truth.

`python -m resources.make.sample_letter --fonts DIR --out resources/sample` writes letter.jpg, letter.xml, letter.txt.
"""

from __future__ import annotations

import argparse
import io
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from resources.make.rendering import (
    Face,
    Machine,
    Plane,
    Typeface,
    draw_text,
    find_faces,
    random_machine,
    smooth_noise,
    text_width,
)

Rng = np.random.Generator
Colour = npt.NDArray[np.float32]
Affine = npt.NDArray[np.float64]

SEED = 1926
WIDTH, HEIGHT = 1240, 1754
ZOOM = 2  # the page is drawn this much larger than it is saved
NAMESPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
MADE = "2026-11-23T18:00:00"
FACE = Face("GNU Typewriter", "typewriter", ("GNUTypewriter.ttf",), "OFL-1.1")  # not among the training faces

LETTER = """
>Hamburg, den 17. Oktober 1926.

Liebe Mutter,

nun bin ich schon die dritte Woche hier und komme erst
heute dazu, Dir ausführlich zu schreiben. Die Reise
verlief gut; der Zug kam mit nur 20 Minuten Verspätung
an, und mein Gepäck war vollzählig. Mein Zimmer liegt
im vierten Stock, ist klein, aber sauber, und kostet
35 Mark im Monat. Morgens heize ich den Ofen selbst,
denn die Wirtin ist über siebzig und hört schlecht.
   Im Kontor sitze ich von 8 bis 6 Uhr an der Maschine;
wie Du siehst, habe ich das Tippen inzwischen gelernt!
Unser großes Fenster geht auf den Hafen hinaus, und
wenn der Nebel weicht, zähle ich die Schiffe.
   Schicke mir doch bitte die warmen Strümpfe und das
graue Tuch, es wird schon kühl. Vom Lohn lege ich jede
Woche 5 Mark zurück, damit ich Weihnachten nach Hause
fahren kann. Grüße Vater und die Geschwister von mir,
und bleibt alle gesund!

>Es küßt Dich herzlich
>Deine Tochter
""".strip("\n").splitlines()


@dataclass(frozen=True)
class TypedLine:
    """A typed line: its text and its corners on the drawn page, before the page is laid askew."""

    text: str
    left: float
    right: float
    baseline: float


def type_letter(rng: Rng, typeface: Typeface, machine: Machine, ink: Plane) -> list[TypedLine]:
    """Types the letter into the ink plane and says where each line went."""
    unit = text_width(typeface, machine, "n")
    pitch, y = 1.6 * typeface.size, 235.0 * ZOOM
    margin = 130.0 * ZOOM
    lines = []
    for written in LETTER:
        text = written.lstrip("> ")
        if not text:
            y += 0.7 * pitch
            continue
        indent = (54 - len(text) - 2) * unit if written.startswith(">") else (len(written) - len(text)) * unit
        left = margin + indent + rng.normal(0, 1.0)
        baseline = y + rng.normal(0, 0.8)
        right = draw_text(rng, ink, typeface, machine, text, x=left, y=baseline)
        lines.append(TypedLine(text, left, right - machine.tracking, baseline))
        y += pitch
    return lines


def age_ink(rng: Rng, ink: Plane) -> Plane:
    """A cloth ribbon that has seen better days: spread, weave, dry places."""
    soft = cv2.GaussianBlur(ink, (0, 0), 0.9)
    worn = np.clip((soft - 0.42) * 2.4 + 0.42, 0, 1) * np.clip(soft * 5, 0, 1)
    worn *= np.clip(1 - 0.16 * (smooth_noise(rng, ink.shape, 4) + 0.4), 0.25, 1.1)
    worn *= np.clip(1 - 0.13 * (smooth_noise(rng, ink.shape, 90) + 0.5), 0.45, 1.08)
    worn *= np.clip(1 - 0.10 * (smooth_noise(rng, ink.shape, 700) + 0.5), 0.6, 1.05)
    halo = cv2.GaussianBlur(worn, (0, 0), 4.0) * 0.10
    return np.asarray(np.clip(np.maximum(worn * 0.88, halo), 0, 1), dtype=np.float32)


def _edge_distance(shape: tuple[int, int]) -> Plane:
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    near = np.minimum(np.minimum(rows, shape[0] - rows), np.minimum(columns, shape[1] - columns))
    return np.asarray(near, dtype=np.float32)


def _folds(rng: Rng, shape: tuple[int, int]) -> Plane:
    """Light and dark along two folds across and one down the page."""
    height, width = shape
    shade = np.zeros(shape, dtype=np.float32)
    for axis, place in ((0, 0.335), (0, 0.668), (1, 0.502)):
        length, across = (width, height) if axis == 0 else (height, width)
        wander = np.cumsum(rng.normal(0, 0.25, length)) + place * across
        wander = cv2.GaussianBlur(wander.astype(np.float32).reshape(1, -1), (0, 0), 12).ravel()
        distance = np.arange(across, dtype=np.float32)[:, None] - wander[None, :]
        rough = 0.6 + 0.5 * np.abs(smooth_noise(rng, (across, length), 30))
        fold = -0.085 * np.exp(-((distance / 2.4) ** 2)) * rough
        fold += 0.05 * np.exp(-(((distance - 7) / 6) ** 2)) - 0.022 * np.exp(-np.abs(distance) / 90) * np.sign(distance)
        shade += fold if axis == 0 else fold.T * 0.7
    return shade


def _stains(rng: Rng, shape: tuple[int, int]) -> Plane:
    """Brown: a ring left by a cup, a water edge, foxing."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    wobble = smooth_noise(rng, shape, 110)
    ring = np.hypot(columns - 0.83 * shape[1], rows - 0.865 * shape[0]) + 5 * wobble
    brown = 0.15 * np.exp(-(((ring - 190) / 9) ** 2)) + 0.035 * (ring < 188)
    brown *= np.clip(0.75 + 0.5 * smooth_noise(rng, shape, 160), 0, 1.4)
    water = np.hypot(columns - 0.02 * shape[1], (rows - 0.985 * shape[0]) * 1.3) + 26 * wobble
    brown += 0.07 * np.exp(-(((water - 520) / 14) ** 2)) + 0.028 * (water < 515)
    for _ in range(70):
        x, y, size = rng.uniform(0, shape[1]), rng.uniform(0, shape[0]), rng.gamma(2.0, 3.2)
        x0, x1, y0, y1 = (
            int(v) for v in (max(x - 60, 0), min(x + 60, shape[1]), max(y - 60, 0), min(y + 60, shape[0]))
        )
        spot = np.hypot(columns[y0:y1, x0:x1] - x, rows[y0:y1, x0:x1] - y)
        brown[y0:y1, x0:x1] += rng.uniform(0.03, 0.22) * np.exp(-((spot / size) ** 2))
    return np.asarray(cv2.GaussianBlur(brown.astype(np.float32), (0, 0), 1.5), dtype=np.float32)


def make_sheet(rng: Rng, shape: tuple[int, int]) -> Colour:
    """The empty sheet in RGB between 0 and 1: yellowed, browner to the edges, folded, stained."""
    tone = np.array([0.925, 0.865, 0.735], dtype=np.float32)
    light = 1 + 0.016 * smooth_noise(rng, shape, 420) + 0.012 * smooth_noise(rng, shape, 40)
    light += 0.014 * smooth_noise(rng, shape, 3) + _folds(rng, shape)
    edge = np.exp(-_edge_distance(shape) / 130) + 0.5 * np.exp(-_edge_distance(shape) / 18)
    brown = _stains(rng, shape) + 0.11 * edge * (1 + 0.4 * smooth_noise(rng, shape, 150))
    burnt = np.array([0.45, 0.85, 1.5], dtype=np.float32)
    sheet = tone * light[..., None] * np.exp(-brown[..., None] * burnt)
    return np.asarray(np.clip(sheet, 0, 1), dtype=np.float32)


def lay_askew(sheet: Colour, angle: float) -> tuple[Colour, Affine]:
    """The sheet turned a little on the scanner's dark lid, at its final size, and the map of its points."""
    scale = 0.972 / ZOOM
    turn = cv2.getRotationMatrix2D((WIDTH * ZOOM / 2, HEIGHT * ZOOM / 2), angle, scale)
    turn[:, 2] += np.array([WIDTH, HEIGHT]) / 2 - np.array([WIDTH, HEIGHT]) * ZOOM / 2
    small = cv2.GaussianBlur(sheet, (0, 0), 0.8)
    laid = cv2.warpAffine(small, turn, (WIDTH, HEIGHT), flags=cv2.INTER_AREA, borderValue=(0.16, 0.15, 0.145))
    return np.asarray(laid, dtype=np.float32), np.asarray(turn, dtype=np.float64)


def page_xml(lines: list[TypedLine], turn: Affine, size: int) -> bytes:
    """The ground truth as PAGE XML: one region, its lines with baseline, polygon and text."""

    def points(*corners: tuple[float, float]) -> str:
        placed = (turn @ np.array([x, y, 1.0]) for x, y in corners)
        return " ".join(f"{round(x)},{round(y)}" for x, y in placed)

    ET.register_namespace("", NAMESPACE)
    root = ET.Element(f"{{{NAMESPACE}}}PcGts")

    def add(parent: ET.Element, tag: str, text: str | None = None, **attributes: str) -> ET.Element:
        element = ET.SubElement(parent, f"{{{NAMESPACE}}}{tag}", attributes)
        element.text = text
        return element

    metadata = add(root, "Metadata")
    for tag, text in (("Creator", "Lesepult: resources.make.sample_letter"), ("Created", MADE), ("LastChange", MADE)):
        add(metadata, tag, text)
    page = add(root, "Page", imageFilename="letter.jpg", imageWidth=str(WIDTH), imageHeight=str(HEIGHT))
    order = add(add(page, "ReadingOrder"), "OrderedGroup", id="order")
    add(order, "RegionRefIndexed", index="0", regionRef="region")
    region = add(page, "TextRegion", id="region", type="paragraph")
    left, right = min(line.left for line in lines) - 20, max(line.right for line in lines) + 20
    top, bottom = lines[0].baseline - size, lines[-1].baseline + 0.5 * size
    add(region, "Coords", points=points((left, top), (right, top), (right, bottom), (left, bottom)))
    for number, line in enumerate(lines, start=1):
        a, b, y = line.left - 0.12 * size, line.right + 0.12 * size, line.baseline
        up, down = y - 0.85 * size, y + 0.36 * size
        element = add(region, "TextLine", id=f"line{number:02d}")
        add(element, "Coords", points=points((a, up), (b, up), (b, down), (a, down)))
        add(element, "Baseline", points=points((line.left, y), (line.right, y)))
        add(add(element, "TextEquiv"), "Unicode", line.text)
    add(add(region, "TextEquiv"), "Unicode", "\n".join(line.text for line in lines))
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="UTF-8", xml_declaration=True)) + b"\n"


def photograph(rng: Rng, laid: Colour) -> bytes:
    """The page as the scanner saves it: sensor noise, then JPEG."""
    noisy = laid + rng.normal(0, 0.011, laid.shape) + rng.normal(0, 0.008, laid.shape[:2])[..., None]
    pixels = np.clip(noisy * 255, 0, 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=80, dpi=(150, 150), optimize=True)
    return stream.getvalue()


def make_letter(fonts: Path, out: Path) -> None:
    """Makes the three files; the same seed and font make the same files."""
    rng = np.random.default_rng(SEED)
    (found,) = find_faces(fonts, (FACE,))
    typeface = Typeface(FACE, found.paths, size=28 * ZOOM)
    machine = random_machine(rng, "typewriter")
    ink = np.zeros((HEIGHT * ZOOM, WIDTH * ZOOM), dtype=np.float32)
    lines = type_letter(rng, typeface, machine, ink)
    worn = age_ink(rng, ink)
    sheet = make_sheet(rng, ink.shape)
    ribbon = np.array([0.13, 0.13, 0.19], dtype=np.float32)
    ghost = cv2.GaussianBlur(np.ascontiguousarray(worn[:, ::-1]), (0, 0), 5.0)[..., None] * 0.03
    written = sheet * (1 - worn[..., None]) + ribbon * worn[..., None] - ghost
    laid, turn = lay_askew(np.clip(written, 0, 1).astype(np.float32), angle=0.55)
    out.mkdir(parents=True, exist_ok=True)
    (out / "letter.jpg").write_bytes(photograph(rng, laid))
    (out / "letter.xml").write_bytes(page_xml(lines, turn, typeface.size))
    (out / "letter.txt").write_text("".join(f"{line.text}\n" for line in lines), encoding="utf-8")


def main() -> None:
    """Reads the command line and makes the letter."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fonts", type=Path, required=True, help="folder below which GNUTypewriter.ttf lies")
    parser.add_argument("--out", type=Path, required=True, help="folder for the three files")
    given = parser.parse_args()
    make_letter(given.fonts, given.out)


if __name__ == "__main__":
    main()
