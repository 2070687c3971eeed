"""Collects the texts for people from the source and compiles the catalogues: `python -m resources.make.translations`.

Run it, fill the empty lines of the German and Spanish catalogue, run it again.
"""

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "resources" / "translations"
KEYWORDS = {"tr": None, "trn": (1, 2)}
TRANSLATED = ("de", "es")


def collected() -> Catalog:
    """Every text that the source passes to `tr` or `trn`, without places, so that moving code changes nothing."""
    catalog = Catalog(project="Lesepult", charset="utf-8")
    for package in ("app", "widgets"):
        for _file, _line, message, _comments, _context in extract_from_dir(ROOT / package, keywords=KEYWORDS):
            catalog.add(message)
    return catalog


def catalogue(language: str) -> Catalog:
    """The catalogue of a language as it stands in its file, an empty one where there is none yet."""
    path = po_file(language)
    if not path.exists():
        return Catalog(locale=language, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def po_file(language: str) -> Path:
    """The file that a person edits."""
    return FOLDER / language / "LC_MESSAGES" / "lesepult.po"


def main() -> None:
    """Updates each catalogue in place and compiles it; says which texts are still missing."""
    texts = collected()
    for language in TRANSLATED:
        catalog = catalogue(language)
        catalog.update(texts, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        path = po_file(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalog, width=0, omit_header=False, sort_output=True, include_lineno=False)
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalog)
        missing = [message.id for message in catalog if message.id and not all(_strings(message.string))]
        print(f"{language}: {len(catalog)} texts, {len(missing)} missing")
        for text in missing:
            print(f"  {text}")


def _strings(string: object) -> tuple[str, ...]:
    return tuple(string) if isinstance(string, (tuple, list)) else (str(string or ""),)


if __name__ == "__main__":
    main()
