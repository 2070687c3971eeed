"""Reads the shared surya page with surya's own predictor: `python surya_reads.py CHECKPOINT PAGE.png PAGE.json`.

A process of its own, because surya reads its settings at import. Prints what it read as JSON, and both engines'
versions; any try to reach the network ends it.
"""

import json
import sys
from importlib import metadata


def _refuse(event: str, _arguments: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.getaddrinfo"}:
        raise PermissionError(event)


def main() -> None:
    """Loads the checkpoint's folder and reads the lines in their known boxes."""
    checkpoint, image, page = sys.argv[1:]
    sys.addaudithook(_refuse)
    import kraken  # noqa: F401  # both in one process: they must not fight over a library
    from PIL import Image
    from surya.foundation import FoundationPredictor
    from surya.recognition import RecognitionPredictor

    with open(page, encoding="utf-8") as file:  # noqa: PTH123
        boxes = [line["box"] for line in json.load(file)["lines"]]
    predictor = RecognitionPredictor(FoundationPredictor(checkpoint))
    with Image.open(image) as scan:
        crops = [scan.convert("RGB").crop(box) for box in boxes]
    whole = [[[0, 0, crop.width, crop.height]] for crop in crops]
    results = predictor(crops, bboxes=whole, math_mode=False)
    texts = ["".join(c.text for c in result.text_lines[0].chars if c.bbox_valid) for result in results]
    print(json.dumps({"texts": texts, "transformers": metadata.version("transformers")}))


if __name__ == "__main__":
    main()
