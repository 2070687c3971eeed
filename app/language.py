"""The person's language: one gettext catalogue for the window, the command line and every error (ADR 4).

Any thread may translate; `use_language` is called once, at start. Sentences in the source are English.
"""

import gettext
import locale
import os
from pathlib import Path

LANGUAGES = ("de", "en", "es")
_FOLDER = Path(__file__).resolve().parent.parent / "resources" / "translations"
_catalogue: gettext.NullTranslations = gettext.NullTranslations()
_current = "en"


def system_language() -> str:
    """The first of our languages that the system asks for, English when it asks for none of them."""
    wanted = [os.environ.get(name, "") for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")]
    wanted.append(locale.getlocale()[0] or "")
    for value in wanted:
        for code in value.split(":"):
            if code[:2].lower() in LANGUAGES:
                return code[:2].lower()
    return "en"


def use_language(code: str | None = None) -> str:
    """Speaks `code` from now on, or the system's language; returns the code that is in use."""
    global _catalogue, _current
    _current = code if code in LANGUAGES else system_language()
    _catalogue = gettext.translation("lesepult", _FOLDER, [_current], fallback=True)
    return _current


def current_language() -> str:
    """The two-letter code that is in use."""
    return _current


def tr(text: str) -> str:
    """The text in the person's language."""
    return _catalogue.gettext(text)


def trn(one: str, many: str, count: int) -> str:
    """The form of a text that fits a count; the count itself is put in by the caller."""
    return _catalogue.ngettext(one, many, count)
