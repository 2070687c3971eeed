"""Characters of old writing that no keyboard has: a palette of them, and short sequences of keys.

Each archive has its own palette, because each hand has its own characters.
"""

import itertools
import unicodedata
from collections.abc import Sequence

import msgspec

from app.errors import Conflict
from app.language import tr

MOST = 200
LONGEST = 8
"""The most code points of one entry, and the most keys of its sequence."""


class Character(msgspec.Struct, frozen=True):
    """What is put into the text, mostly one character, and the keys for it after Ctrl+K; these may be empty."""

    text: str
    keys: str = ""


USUAL = tuple(
    Character(text, keys)
    for text, keys in (
        ("ſ", "ls"), ("ẞ", "SS"), ("ß", "ss"), ("ꝛ", "rr"), ("⸗", "=="), ("℔", "lb"), ("₰", "pf"), ("ʒ", "zz"),
        ("⁊", "et"), ("ꝫ", "e3"), ("ꝰ", "us"), ("ꝯ", "co"), ("ꝑ", "pp"), ("ꝓ", "pr"), ("ꝗ", "qu"), ("ꝟ", "vv"),
        ("ꝭ", "is"), ("æ", "ae"), ("œ", "oe"), ("ȣ", "ou"), ("ÿ", "yy"),
        ("\u0304", "--"), ("\u0303", "~~"), ("\u0305", "__"), ("\u0364", "^e"), ("\u0366", "^o"), ("\u0363", "^a"),
        ("\u0308", "::"), ("\u030a", "^0"),
        ("–", "-n"), ("—", "-m"), ("„", ",,"), ("“", "''"), ("»", ">>"), ("«", "<<"), ("¬", "-,"), ("†", "+t"),
        ("§", "SE"), ("½", "12"), ("¼", "14"), ("¾", "34"),
    )
)  # fmt: skip
"""What a new archive begins with: German and Latin hands, abbreviations, combining strokes and letters."""


def checked(palette: Sequence[Character]) -> tuple[Character, ...]:
    """The palette in NFC without empty entries; raises `Conflict` for one that cannot work, naming the entry.

    No sequence may be another's beginning, or the longer one could never be typed.
    """
    entries = tuple(
        Character(unicodedata.normalize("NFC", entry.text.strip()), entry.keys.strip()) for entry in palette
    )
    entries = tuple(entry for entry in entries if entry.text)
    if len(entries) > MOST:
        raise Conflict(
            tr("The palette has more than {count} characters.").format(count=MOST), tr("Remove some of them.")
        )
    for entry in entries:
        if len(entry.text) > LONGEST or len(entry.keys) > LONGEST or not _printable(entry):
            raise Conflict(
                tr("“{text}” cannot be kept in the palette.").format(text=entry.text[: 4 * LONGEST]),
                tr("An entry has at most {count} characters and {count} keys, and no control characters.").format(
                    count=LONGEST
                ),
            )
    by_keys = sorted((entry for entry in entries if entry.keys), key=lambda entry: entry.keys)
    for one, other in itertools.pairwise(by_keys):
        if other.keys.startswith(one.keys):
            raise Conflict(
                tr("The keys “{one}” and “{other}” cannot be told apart.").format(one=one.keys, other=other.keys),
                tr("Choose others for “{text}”.").format(text=shown(other.text)),
            )
    return entries


def beginning_with(palette: Sequence[Character], typed: str) -> tuple[Character, ...]:
    """The entries whose keys begin with what was typed; one whose keys are just that is the only one."""
    return tuple(entry for entry in palette if entry.keys and entry.keys.startswith(typed))


def shown(text: str) -> str:
    """The entry as it can be seen alone: what combines stands on a dotted circle."""
    return f"◌{text}" if text and unicodedata.combining(text[0]) else text


def name(text: str) -> str:
    """What the usual characters are called among people; the others by number and Unicode's name, which is English."""
    return _usual_names().get(text) or ", ".join(
        f"U+{ord(char):04X} {unicodedata.name(char, '').lower()}".strip() for char in text
    )


def _usual_names() -> dict[str, str]:
    return {
        "ſ": tr("long s"),
        "ẞ": tr("capital sharp s"),
        "ß": tr("sharp s"),
        "ꝛ": tr("r rotunda"),
        "⸗": tr("slanted double hyphen"),
        "℔": tr("sign for the pound"),
        "₰": tr("sign for the pfennig"),
        "ʒ": tr("z with a tail"),
        "⁊": tr("Tironian sign for et"),
        "ꝫ": tr("abbreviation for et or us"),
        "ꝰ": tr("raised abbreviation for us"),
        "ꝯ": tr("abbreviation for con"),
        "ꝑ": tr("p with a stroke, for per or par"),
        "ꝓ": tr("p with a flourish, for pro"),
        "ꝗ": tr("q with a stroke, for quam"),
        "ꝟ": tr("v with a stroke, for ver"),
        "ꝭ": tr("abbreviation for is"),
        "æ": tr("ligature ae"),
        "œ": tr("ligature oe"),
        "ȣ": tr("ligature ou"),
        "ÿ": tr("y with two dots"),
        "\u0304": tr("stroke above the letter"),
        "\u0303": tr("tilde above the letter"),
        "\u0305": tr("joining line above the letter"),
        "\u0364": tr("small e above the letter"),
        "\u0366": tr("small o above the letter"),
        "\u0363": tr("small a above the letter"),
        "\u0308": tr("two dots above the letter"),
        "\u030a": tr("ring above the letter"),
        "–": tr("short dash"),
        "—": tr("long dash"),
        "„": tr("German quotation mark, opening"),
        "“": tr("German quotation mark, closing"),
        "»": tr("angle quotation mark, to the right"),
        "«": tr("angle quotation mark, to the left"),
        "¬": tr("not sign, for a word divided at the end of a line"),
        "†": tr("dagger"),
        "§": tr("section sign"),
        "½": tr("one half"),
        "¼": tr("one quarter"),
        "¾": tr("three quarters"),
    }


def _printable(entry: Character) -> bool:
    # Formatting characters, as marks of direction, are what some texts need.
    return all(unicodedata.category(char) not in {"Cc", "Cs", "Zl", "Zp"} for char in entry.text + entry.keys)
