"""What publishers write about their models, read strictly: answers of servers, cards, and which file is the model.

A card is the Markdown file `README.md` with a head in YAML (HTRMoPo's schema v1), or `metadata.json` (v0). Whatever
does not fit is left out: nothing that a publisher wrote can do more here than be missing.
"""

import html
import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypeGuard, TypeVar

import msgspec

from app.checkpoints import network, weights
from app.errors import BadModel
from app.language import tr
from app.protocol import Purpose

if TYPE_CHECKING:
    import requests

T = TypeVar("T")

MOST_CARD = 256 * 1024
"""The longest card in bytes that is read."""

MOST_HEAD = 32 * 1024
"""The longest head of a card, in characters."""

MOST_BRACKETS = 500
"""How many lists and maps in brackets a head may have; the time to read nested ones grows with the square."""

CARDS = ("README.md", "metadata.json")
TEXTS = frozenset({"readme.md", "metadata.json", "license", "license.md", "license.txt", "notice", "notice.txt"})
"""The small texts that are fetched with a model, in lower case."""

PICKLES = frozenset({".bin", ".pt", ".pth", ".pkl", ".ckpt"})
"""Files that Python opens by running what is in them; none is ever fetched."""

_HEAD = re.compile(r"\s*---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|$)", re.DOTALL)
_SCRIPT = re.compile(r"[A-Z][a-z]{3}")
_LANGUAGE = re.compile(r"[a-z]{3}")


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What a card says; empty where it says nothing. `cer` is a share, `software` the program that the model is for."""

    summary: str = ""
    licence: str = ""
    licence_url: str = ""
    software: str = ""
    scripts: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    does: tuple[str, ...] = ()
    cer: float | None = None
    obsolete: bool = False


def ask(session: "requests.Session", url: str, what: str, kind: type[T]) -> T:
    """What the address answers, as this type; raises `NetworkError` with a sentence when it is something else."""
    body = network.fetch(session, url, what)
    try:
        return msgspec.json.decode(body, type=kind)
    except (ValueError, RecursionError) as error:
        raise nonsense(url, what) from error


def nonsense(url: str, what: str) -> network.NetworkError:
    """The sentence for an answer that is none, such as the login page of a network."""
    return network.NetworkError(
        "broken",
        tr("{server} did not answer with what was asked of it: {what}.").format(server=network.host(url), what=what),
        tr("If your network asks for a login in the browser, log in there, and try again."),
    )


def read_card(name: str, body: bytes) -> Card | None:
    """The card in a file of this name; None where there is none in it."""
    fields = _head(body) if name == "README.md" else _json(body)
    if fields and name == "metadata.json":
        fields = {"model_type": "recognition"} | fields  # the older schema is for nothing else
    return card_of(fields) if fields else None


def card_of(fields: Mapping[str, object]) -> Card:
    """The card with these fields, whichever schema they are of."""
    licence, metrics = _text(fields.get("license")), fields.get("metrics")
    if licence.lower().startswith("other"):
        licence = _text(fields.get("license_name")) or licence
    return Card(
        summary=_text(fields.get("summary")),
        licence=licence,
        licence_url=_address(fields.get("license_link")),
        software=_text(fields.get("software_name")).lower(),
        scripts=tuple(code for code in _texts(fields.get("script")) if _SCRIPT.fullmatch(code)),
        languages=tuple(code for code in _texts(fields.get("language")) if _LANGUAGE.fullmatch(code)),
        keywords=(*_texts(fields.get("keywords")), *_texts(fields.get("tags"))),
        does=tuple(word.lower() for word in _texts(fields.get("model_type"))),
        cer=_error_rate(metrics.get("cer") if isinstance(metrics, dict) else None, fields.get("accuracy")),
        obsolete=bool(_texts(fields.get("obsoleted_by"))),
    )


def is_text(name: str, size: int | None) -> bool:
    """Whether a file is a small text that belongs to a model: its card, its licence."""
    return name.lower() in TEXTS and (size or 0) <= MOST_CARD


def purpose(card: Card, *hints: str) -> Purpose | None:
    """What a model does by its card, by the words about it where the card does not say; None when it is neither.

    Opening it once shows whether that was right, before it counts as installed.
    """
    if card.does:
        return next((known for known in ("recognition", "segmentation") if known in card.does), None)
    words = " ".join((*hints, *card.keywords)).lower()
    return "segmentation" if "segment" in words or "blla" in words else "recognition"


def choose(model: str, sizes: Mapping[str, int | None]) -> tuple[str, tuple[str, ...]]:
    """Which of these files is the model, and what is to be said about the choice; `BadModel` when none can be used.

    Of several it is the one in the newer format, then the largest.
    """
    fit = [name for name in sizes if weights.is_weights(name)]
    if not fit:
        raise unusable(model, sizes)
    chosen = max(fit, key=lambda name: (name.lower().endswith(".safetensors"), sizes[name] or 0, name))
    if len(fit) == 1:
        return chosen, ()
    others = ", ".join(sorted(set(fit) - {chosen}))
    return chosen, (tr("Of several models “{name}” was chosen; the others are: {others}.").format(
        name=chosen, others=plain(others)
    ),)  # fmt: skip


def unusable(model: str, names: Iterable[str]) -> BadModel:
    """The sentence for a model without a file that can be used."""
    if any(PurePosixPath(name).suffix.lower() in PICKLES for name in names):
        return BadModel(
            tr("“{name}” cannot be used, because opening it could run foreign code.").format(name=model),
            tr("Choose a model in the safetensors or CoreML format."),
        )
    return BadModel(
        tr("“{name}” has no file that Lesepult can use as a model.").format(name=model),
        tr("Choose a model in the safetensors or CoreML format."),
    )


def plain(text: str, most: int = 300) -> str:
    """A publisher's text as one line without markup and without characters that cannot be seen, cut to a length."""
    words = re.sub(r"<[^>]{0,2000}>", " ", html.unescape(text[: 20 * most])).split()
    line = "".join(character for character in " ".join(words) if character.isprintable())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def _head(body: bytes) -> dict[str, object]:
    """The YAML head of a Markdown file; aliases are refused, because a few of them can stand for gigabytes."""
    import yaml

    found = _HEAD.match(body[: 4 * MOST_HEAD].decode("utf-8", errors="replace"))
    if found is None or len(found[1]) > MOST_HEAD or found[1].count("[") + found[1].count("{") > MOST_BRACKETS:
        return {}
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(found[1], Loader=yaml.SafeLoader)):
            return {}
        fields = yaml.safe_load(found[1])
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _json(body: bytes) -> dict[str, object]:
    try:
        return msgspec.json.decode(body, type=dict[str, object])
    except (ValueError, RecursionError):
        return {}


def _text(value: object) -> str:
    return plain(value) if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    """The texts of a list, or the one text; at most a hundred."""
    several = value if isinstance(value, list) else [value]
    return tuple(text for one in several[:100] if (text := _text(one)))


def _address(value: object) -> str:
    text = _text(value)
    return text if text.startswith(("https://", "http://")) else ""


def _error_rate(percent: object, accuracy: object) -> float | None:
    """The error rate as a share, from percent or from an accuracy in percent.

    Cards give it in percent by habit, but HTRMoPo's own template shows a share; so a number below 1 may be either,
    and counts as none.
    """
    if _is_number(percent) and 1 <= percent <= 100:
        return round(percent / 100, 6)
    if _is_number(accuracy) and 0 < accuracy <= 100:
        return round(1 - accuracy / 100, 6)
    return None


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
