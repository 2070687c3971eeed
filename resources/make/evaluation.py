"""Character error rates of a kraken model on pages of ground truth, cut along the ground truth's own polygons."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kraken.configs import RecognitionInferenceConfig
from kraken.containers import Segmentation
from kraken.lib.xml import XMLPage
from kraken.tasks import RecognitionTaskModel
from PIL import Image

from app.text import cer
from resources.make.real_lines import clean


@dataclass
class Score:
    """Edits, characters and lines of what was compared, and the pairs that differ."""

    edits: int = 0
    characters: int = 0
    lines: int = 0
    differences: list[tuple[str, str]] = field(default_factory=list)

    @property
    def cer(self) -> float:
        """Edits over the characters of the ground truth."""
        return self.edits / max(1, self.characters)

    def add(self, truth: str, reading: str) -> None:
        """Counts one line; both texts in NFC, white space collapsed, case kept."""
        truth, reading = clean(truth), clean(reading)
        rate = cer(truth, reading)
        self.edits += rate.distance
        self.characters += rate.length
        self.lines += 1
        if truth != reading:
            self.differences.append((truth, reading))

    @classmethod
    def of_all(cls, scores: Iterable[Score]) -> Score:
        """The sum of several scores."""
        total = cls()
        for score in scores:
            total.edits += score.edits
            total.characters += score.characters
            total.lines += score.lines
            total.differences += score.differences
        return total


def load_model(path: Path) -> RecognitionTaskModel:
    """The model of the file, without kraken's warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return RecognitionTaskModel.load_model(path)


def read(model: RecognitionTaskModel, image: Image.Image, segmentation: Segmentation) -> list[str]:
    """What the model reads on each line of the segmentation, in order."""
    config = RecognitionInferenceConfig(num_line_workers=0, batch_size=4, bidi_reordering=False)
    return [record.prediction for record in model.predict(image, segmentation, config)]


def score_page(model: RecognitionTaskModel, page: Path) -> Score:
    """The score on one page of ground truth; lines without text do not count."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        segmentation = XMLPage(page, linetype="baselines").to_container()
    segmentation.lines = [line for line in segmentation.lines if clean(line.text or "")]
    score = Score()
    image = Image.open(str(segmentation.imagename))
    for line, reading in zip(segmentation.lines, read(model, image, segmentation), strict=True):
        score.add(line.text or "", reading)
    return score


def score_pages(model_file: Path, pages: Sequence[Path]) -> dict[str, Score]:
    """The score of each page by its name."""
    model = load_model(model_file)
    return {page.stem: score_page(model, page) for page in pages}


def confusions(scores: Iterable[Score]) -> Counter[str]:
    """Characters of the ground truth that lines with errors hold more often than their readings do."""
    lost: Counter[str] = Counter()
    for score in scores:
        for truth, reading in score.differences:
            lost.update(Counter(truth) - Counter(reading))
    return lost
