"""How well a text that is known fits a line, by what a kraken model sees there, character by character.

kraken 7.1.1 has a task for this, `ForcedAlignmentTaskModel`, but takes the logarithm of a softmax of what are
probabilities already: its confidences are the same for every text (ADR 16). Its search for the best path is right, and
is used here on the probabilities themselves.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any

from PIL import Image

from app.page import Point

FLOOR = 1e-6
"""The least probability of a character, so that a single wrong one does not bend the path of all others."""

PADDING = 16
"""What kraken puts before and behind a line, in pixels of the network's input; its own default."""

Cut = Sequence[Point]
"""The outline of a character's part of the line, in pixels of the page image."""


def prepare(net: Any, **where: Any) -> None:
    """Makes a recognition network give its probabilities with each line; `where` is kraken's device."""
    from kraken.configs import RecognitionInferenceConfig

    config = RecognitionInferenceConfig(num_line_workers=0, batch_size=1, return_logits=True, padding=PADDING, **where)
    net.prepare_for_inference(config)


def fit(net: Any, page: Image.Image, segmentation: Any, text: str) -> tuple[float, tuple[Cut, ...]]:
    """The score, 0 to 1, of a text on the one line of a segmentation, and the part of the line of each code point.

    The score is the sum of the characters' probabilities over their number, or over the number that the model reads
    itself where that is larger: a text of half the line gets half. A character that the model does not know counts as
    not seen, and stands where its neighbour does. There are no parts where nothing is known. Raises `ValueError` when
    the line is blank or too short for the text.
    """
    record = next(iter(net.predict(im=page, segmentation=segmentation)))
    if record.logits is None:
        raise ValueError("there is nothing on the line")
    spelled = [_spelled(char, net.codec.c2l) for char in text]
    known = "".join(spelled)
    seen = _path(net, record, known) if known else []
    whole = max(len(seen) + spelled.count(""), len(record.prediction), 1)
    score = sum(probability for probability, _, _ in seen) / whole
    return score, _cuts(net, record, segmentation.lines[0], spelled, seen)


def _spelled(char: str, alphabet: Any) -> str:
    """A code point as the model writes it, in one piece or taken apart; empty when it does not know it."""
    forms = (char, unicodedata.normalize("NFD", char), unicodedata.normalize("NFKD", char))
    return next((form for form in forms if all(part in alphabet for part in form)), "")


def _path(net: Any, record: Any, known: str) -> list[tuple[float, int, int]]:
    """Probability, first frame and frame after the last of each label, from left to right, on the best path."""
    from kraken.lib.bidi import get_display
    from kraken.tasks.align import backtrack, get_trellis

    labels = net.codec.encode(get_display(known)).long()
    frames = record.logits.squeeze(0).T.cpu()
    if len(frames) < 2 * len(labels):
        raise ValueError("the line is too short for the text")
    emission = frames.clamp_min(FLOOR).log()
    path = backtrack(get_trellis(emission, labels), emission, labels)
    # On its first frame a label is seen; the others up to the next label are blank.
    first = {point.token_index: point for point in reversed(path)}
    last = {point.token_index: point.time_index for point in path}
    return [(point.score, point.time_index, last[token] + 1) for token, point in sorted(first.items())]


def _cuts(
    net: Any, record: Any, line: Any, spelled: Sequence[str], seen: Sequence[tuple[float, int, int]]
) -> tuple[Cut, ...]:
    """The part of the line of each code point, in the order of the text."""
    from kraken.containers import BaselineOCRRecord
    from kraken.lib.bidi import get_display_map

    known = "".join(spelled)
    if not known or len(seen) != len(known):  # a model may write several code points with one label
        return ()
    step, margin = net.net_scale * net.in_scale, PADDING * net.in_scale
    end = record.logits.shape[-1] * step - 2 * margin - 1
    places = [tuple(round(min(max(frame * step - margin, 0), end)) for frame in frames) for _, *frames in seen]
    shown, order = get_display_map(known)
    parts = dict(zip(order, BaselineOCRRecord(shown, places, [1.0] * len(places), line).cuts, strict=True))
    cuts: list[Cut] = []
    at = 0
    for form in spelled:
        own = [point for number in range(at, at + len(form)) for point in parts[number]]
        at += len(form)
        cuts.append(own or (cuts[-1] if cuts else ()))
    first = next(cut for cut in cuts if cut)
    return tuple(cut or first for cut in cuts)
