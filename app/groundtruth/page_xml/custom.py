r"""The `custom` attribute of PAGE XML as Transkribus writes it: `readingOrder {index:0;} structure {type:heading;}`.

The grammar has no quotes; characters that mean something in it stand as `\u` and four hexadecimal digits.
"""

import re
from collections.abc import Mapping

_ESCAPED = re.compile(r"[{}:;\\\s]")
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")


def encode(parts: Mapping[str, Mapping[str, str]]) -> str:
    """The attribute's value for these parts, each with its fields."""
    return " ".join(
        f"{name} {{{' '.join(f'{key}:{_escaped(value)};' for key, value in fields.items())}}}"
        for name, fields in parts.items()
    )


def decode(text: str) -> dict[str, dict[str, str]]:
    """The parts of an attribute's value; of a part that comes twice the first counts; what makes no sense is left out.

    Splits instead of matching, so that a value of many megabytes takes no longer than it must.
    """
    parts: dict[str, dict[str, str]] = {}
    for chunk in text.split("}"):
        name, brace, inside = chunk.partition("{")
        if brace and name.strip():
            fields = (field.partition(":") for field in inside.split(";"))
            found = {key.strip(): _unescaped(value.strip()) for key, colon, value in fields if colon}
            parts.setdefault(name.strip(), found)
    return parts


def _escaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
