"""What a person calls the scripts, languages, engines, licences and purposes that models name by codes."""

import re
from collections.abc import Iterable
from functools import cache, cmp_to_key

from PySide6.QtCore import QCollator, QLocale

from app.checkpoints.record import Origin
from app.language import current_language, tr
from app.protocol import Purpose


def script_name(code: str) -> str:
    """The name of a script by its ISO 15924 code; the code itself where nobody knows a name."""
    known = _scripts(current_language()).get(code)
    if known is None:
        script = QLocale.codeToScript(code)
        known = QLocale.scriptToString(script) if script != QLocale.Script.AnyScript else code
    return known


def language_name(code: str) -> str:
    """The name of a language by its ISO 639 code; the code itself where nobody knows a name."""
    known = _languages(current_language()).get(code)
    if known is None:
        language = QLocale.codeToLanguage(code)
        known = QLocale.languageToString(language) if language != QLocale.Language.AnyLanguage else code
    return known


def own_language() -> str:
    """The person's own language as an ISO 639-3 code."""
    return {"de": "deu", "en": "eng", "es": "spa"}[current_language()]


def in_words(names: Iterable[str], most: int = 0) -> str:
    """The names as a list in a sentence; with `most` only so many of them, and how many more there are."""
    listed = list(names)
    if most and len(listed) > most + 1:
        shown = ", ".join(listed[:most])
        return tr("{names} and {count} more").format(names=shown, count=len(listed) - most)
    return ", ".join(listed)


def languages_in_words(codes: Iterable[str], most: int = 0) -> str:
    """The languages as a list: the person's own first, the others by the alphabet of that language."""
    own = own_language()
    collator = QCollator(QLocale(current_language()))
    by_name = cmp_to_key(lambda one, other: collator.compare(str(one), str(other)))
    ordered = sorted(((code != own, language_name(code)) for code in codes), key=lambda row: (row[0], by_name(row[1])))
    return in_words((name for _, name in ordered), most)


def purpose_name(purpose: Purpose) -> str:
    """What a model does, as a verb."""
    return tr("Reads lines") if purpose == "recognition" else tr("Finds lines")


def engine_name(engine: str) -> str:
    """The engine as it calls itself."""
    return {"surya": "Surya"}.get(engine, engine)


def origin_name(origin: Origin) -> str:
    """How an installed model got here."""
    names: dict[Origin, str] = {
        "built in": tr("comes with Lesepult"),
        "downloaded": tr("downloaded"),
        "imported": tr("imported from a file"),
        "trained": tr("trained on this computer"),
    }
    return names[origin]


def source_name(reference: str) -> str:
    """Where a model comes from, by what a download is planned from."""
    kind, _, rest = reference.partition(":")
    known = {
        "zenodo": tr("Zenodo, record {name}"),
        "hf": tr("Hugging Face hub, {name}"),
        "surya": tr("Surya's own server, {name}"),
    }
    return known[kind].format(name=rest) if kind in known and rest else reference


def licence_name(licence: str) -> str:
    """A licence's identifier as it is written in running text: `cc-by-4.0` is CC BY 4.0."""
    if not licence:
        return tr("not stated")
    if re.fullmatch(r"(?i)cc-(by|nc|nd|sa|-)+-\d\.\d", licence):
        kind, version = licence.upper().removeprefix("CC-").rsplit("-", 1)
        return f"CC {kind} {version}"
    known = {
        "apache-2.0": "Apache 2.0",
        "mit": "MIT",
        "cc0-1.0": "CC0 1.0",
        "gpl-3.0-or-later": "GPL 3.0",
        "gpl-3.0": "GPL 3.0",
        "bsd-3-clause": "BSD",
        "other-open": tr("open, not named"),
    }
    return known.get(licence.lower(), licence)


@cache
def _scripts(_language: str) -> dict[str, str]:
    return {
        "Latn": tr("Latin script"),
        "Latf": tr("Latin script (Fraktur)"),
        "Grek": tr("Greek script"),
        "Cyrl": tr("Cyrillic script"),
        "Cyrs": tr("Old Cyrillic script"),
        "Glag": tr("Glagolitic script"),
        "Hebr": tr("Hebrew script"),
        "Arab": tr("Arabic script"),
        "Armn": tr("Armenian script"),
        "Geor": tr("Georgian script"),
        "Syrc": tr("Syriac script"),
        "Copt": tr("Coptic script"),
        "Ethi": tr("Ethiopic script"),
        "Deva": tr("Devanagari script"),
        "Mlym": tr("Malayalam script"),
        "Hani": tr("Chinese script"),
        "Hans": tr("Chinese script (simplified)"),
        "Hant": tr("Chinese script (traditional)"),
        "Jpan": tr("Japanese script"),
        "Kore": tr("Korean script"),
    }


@cache
def _languages(_language: str) -> dict[str, str]:
    return {
        "afr": tr("Afrikaans"),
        "ara": tr("Arabic"),
        "bel": tr("Belarusian"),
        "bul": tr("Bulgarian"),
        "cat": tr("Catalan"),
        "ces": tr("Czech"),
        "cos": tr("Corsican"),
        "chu": tr("Church Slavonic"),
        "cop": tr("Coptic"),
        "cym": tr("Welsh"),
        "dan": tr("Danish"),
        "deu": tr("German"),
        "dum": tr("Middle Dutch"),
        "ell": tr("Greek"),
        "eng": tr("English"),
        "enm": tr("Middle English"),
        "est": tr("Estonian"),
        "eus": tr("Basque"),
        "fas": tr("Persian"),
        "fin": tr("Finnish"),
        "fra": tr("French"),
        "frm": tr("Middle French"),
        "fro": tr("Old French"),
        "gez": tr("Geez"),
        "gle": tr("Irish"),
        "glg": tr("Galician"),
        "gmh": tr("Middle High German"),
        "gml": tr("Middle Low German"),
        "goh": tr("Old High German"),
        "grc": tr("Ancient Greek"),
        "heb": tr("Hebrew"),
        "hrv": tr("Croatian"),
        "hun": tr("Hungarian"),
        "hye": tr("Armenian"),
        "isl": tr("Icelandic"),
        "ita": tr("Italian"),
        "jpn": tr("Japanese"),
        "kat": tr("Georgian"),
        "kor": tr("Korean"),
        "lad": tr("Ladino"),
        "lat": tr("Latin"),
        "lav": tr("Latvian"),
        "lit": tr("Lithuanian"),
        "ltz": tr("Luxembourgish"),
        "mal": tr("Malayalam"),
        "mul": tr("several languages"),
        "nds": tr("Low German"),
        "nld": tr("Dutch"),
        "nor": tr("Norwegian"),
        "oci": tr("Occitan"),
        "osp": tr("Old Spanish"),
        "ota": tr("Ottoman Turkish"),
        "pcd": tr("Picard"),
        "pol": tr("Polish"),
        "por": tr("Portuguese"),
        "ron": tr("Romanian"),
        "rus": tr("Russian"),
        "san": tr("Sanskrit"),
        "slk": tr("Slovak"),
        "slv": tr("Slovenian"),
        "spa": tr("Spanish"),
        "srp": tr("Serbian"),
        "swe": tr("Swedish"),
        "syc": tr("Syriac"),
        "syr": tr("Syriac"),
        "tur": tr("Turkish"),
        "ukr": tr("Ukrainian"),
        "urd": tr("Urdu"),
        "xcl": tr("Classical Armenian"),
        "yid": tr("Yiddish"),
        "zho": tr("Chinese"),
    }
