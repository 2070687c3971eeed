r"""The `custom` attribute of PAGE XML as Transkribus writes it: `readingOrder {index:0;} structure {type:heading;}`.

The grammar has no quotes; characters that mean something in it stand as `\u` and four hexadecimal digits.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

_ESCAPED = re.compile(r"[{}:;\\\s]")
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")


def encode(parts: Iterable[tuple[str, Mapping[str, str]]]) -> str:
    """The attribute's value for these parts, each a name with its fields; a name may come more than once."""
    return " ".join(
        f"{name} {{{' '.join(f'{key}:{_escaped(value)};' for key, value in fields.items())}}}" for name, fields in parts
    )


def decode(text: str) -> dict[str, dict[str, str]]:
    """The parts of an attribute's value by name; of a part that comes twice the first counts."""
    parts: dict[str, dict[str, str]] = {}
    for name, fields in decode_all(text):
        parts.setdefault(name, fields)
    return parts


def decode_all(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The parts of an attribute's value in order, also those that come twice; what makes no sense is left out.

    Splits instead of matching, so that a value of many megabytes takes no longer than it must.
    """
    for chunk in text.split("}"):
        name, brace, inside = chunk.partition("{")
        if brace and name.strip():
            fields = (field.partition(":") for field in inside.split(";"))
            yield name.strip(), {key.strip(): _unescaped(value.strip()) for key, colon, value in fields if colon}


def _escaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
