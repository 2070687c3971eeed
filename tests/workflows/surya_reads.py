"""Reads the shared page with surya's own predictors and default models: `surya_reads.py PAGE.png PAGE.json`.

A process of its own, because surya reads its settings at import, with the environment and the refused network of a
worker. Prints as one line of JSON what it read, what of the network it asked for, and where it wrote.
"""

import json
import os
import sys
from pathlib import Path

from engines.host import _refuse_network

ASKED: list[str] = []
WRITTEN: set[str] = set()


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event.startswith("socket.") and event != "socket.__new__":
        ASKED.append(event)
    elif event == "open" and isinstance(arguments[0], str):
        _, mode, flags = arguments
        if any(letter in str(mode) for letter in "wax+") or int(str(flags)) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            WRITTEN.add(arguments[0])


def main() -> None:
    """Finds the model where the store has put it, and reads the lines in their known boxes."""
    image, page = sys.argv[1:]
    _refuse_network()
    sys.addaudithook(_watch)
    import kraken  # noqa: F401  # both in one process: they must not fight over a library
    from PIL import Image
    from surya.detection import DetectionPredictor
    from surya.foundation import FoundationPredictor
    from surya.recognition import RecognitionPredictor

    boxes = [line["box"] for line in json.loads(Path(page).read_text(encoding="utf-8"))["lines"]]
    with Image.open(image) as opened:
        scan = opened.convert("RGB")
    crops = [scan.crop(box) for box in boxes]
    whole = [[[0, 0, crop.width, crop.height]] for crop in crops]
    results = RecognitionPredictor(FoundationPredictor())(crops, bboxes=whole, math_mode=False)
    texts = ["".join(c.text for c in result.text_lines[0].chars if c.bbox_valid) for result in results]
    found = len(DetectionPredictor()([scan])[0].bboxes)
    print(json.dumps({"texts": texts, "found": found, "asked": ASKED, "written": sorted(WRITTEN)}))


if __name__ == "__main__":
    main()
