"""Surya's models: a folder under a base address, with a `manifest.json` that lists its files.

The files are stored as surya's own loader looks for them, with a manifest of those that are there. Its publisher
states no checksums.
"""

import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from urllib.parse import quote

import msgspec

from app import settings
from app.checkpoints import answers, catalogue, network, weights
from app.checkpoints.plan import About, Plan, PlannedFile, WrittenFile, check, safe_name
from app.checkpoints.sources import published
from app.errors import BadModel
from app.language import tr
from app.protocol import Purpose

MANIFEST = "manifest.json"
WEIGHTS = "model.safetensors"

_PATH = re.compile(r"(text_recognition|text_detection)/([0-9A-Za-z][0-9A-Za-z._-]{0,60})")
_PURPOSE: dict[str, Purpose] = {"text_recognition": "recognition", "text_detection": "segmentation"}
_NEEDED = {
    "recognition": ("config.json", WEIGHTS, "vocab_math.json", "specials_dict.json"),
    "segmentation": ("config.json", WEIGHTS, "preprocessor_config.json"),
}
_AT_ONCE = 4


class Manifest(msgspec.Struct):
    """The list of a model's files, with names relative to its folder; the list itself is not in it."""

    files: list[str]


class Surya:
    """`surya:text_recognition/2025_09_23`, from surya's own address or from a mirror of it."""

    prefix = "surya:"

    def plan(self, reference: str, base: str) -> Plan:
        """The plan for a path under the base address; `base` empty means the one in the settings, or surya's own."""
        purpose = purpose_of(reference)
        name = f"{self.prefix}{reference}"
        address = f"{base or settings.load().surya_base or catalogue.surya_base()}".rstrip("/") + f"/{reference}"
        with network.session() as session:
            manifest = published.ask(session, f"{address}/{MANIFEST}", f"“{name}”", Manifest)
        wanted, unwanted = sorted_out(name, manifest.files, purpose)
        plan = check(
            Plan(
                name=name,
                folder=name.replace(":", "/"),
                reference=name,
                base=base,
                about=About(title=f"Surya {reference}", engine="surya", purpose=purpose),
                files=tuple(PlannedFile(name=file, url=f"{address}/{quote(file)}") for file in wanted),
                written=(WrittenFile(name=MANIFEST, text=manifest_of(wanted)),),
                weights="",
                remarks=_remarks(unwanted),
            )
        )
        return check(_with_sizes(plan))


def manifest_of(files: list[str]) -> str:
    """The list that surya's own loader compares with its folder; it holds what is really there.

    The publisher's also lists files that are left out, among them a pickle; surya would take the folder for
    incomplete then, and fetch all of it again.
    """
    return msgspec.json.encode(Manifest(files=files)).decode()


def purpose_of(reference: str) -> Purpose:
    """What a model with this path does; raises `BadModel` for a path that is none of surya's."""
    parts = _PATH.fullmatch(reference)
    if parts is None or ".." in reference:
        raise BadModel(
            tr("“{name}” is no model of surya that Lesepult can use.").format(name=reference),
            tr("Give a path such as text_recognition/2025_09_23 or text_detection/2025_05_07."),
        )
    return _PURPOSE[parts[1]]


def sorted_out(model: str, listed: list[str], purpose: Purpose) -> tuple[list[str], list[str]]:
    """The files to fetch and those to leave; raises `BadModel` that names what is wrong with the list."""
    seen: set[str] = set()
    for file in listed:
        key = unicodedata.normalize("NFC", safe_name(file)).casefold()
        if key in seen:
            raise BadModel(
                tr("The list of “{model}” names the file “{name}” twice.").format(model=model, name=file),
                tr("Nothing was fetched. Tell those who publish it, or choose another model."),
            )
        seen.add(key)
    missing = [file for file in _NEEDED[purpose] if file not in listed]
    if missing:
        raise BadModel(
            tr("“{model}” lacks files that surya needs: {names}.").format(model=model, names=", ".join(missing)),
            tr("Nothing was fetched. Tell those who publish it, or choose another model."),
        )
    others = [file for file in listed if file != MANIFEST]
    return [file for file in others if weights.is_allowed(file)], [f for f in others if not weights.is_allowed(f)]


def _remarks(unwanted: list[str]) -> tuple[str, ...]:
    no_hashes = tr("Its publisher states no checksums. What arrives is written down, and checked against that later.")
    if not unwanted:
        return (no_hashes,)
    left = tr("Left out, because nothing needs them or opening them could run foreign code: {names}.")
    return no_hashes, left.format(names=published.plain(", ".join(sorted(unwanted))))


def _with_sizes(plan: Plan) -> Plan:
    """The plan with the sizes that the server states, and with the memory that follows from them."""
    parts = [plan.files[first::_AT_ONCE] for first in range(_AT_ONCE)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        sizes = {name: size for part in pool.map(_sizes, parts) for name, size in part.items()}
    return msgspec.structs.replace(
        plan,
        files=tuple(msgspec.structs.replace(file, size=sizes[file.name]) for file in plan.files),
        about=msgspec.structs.replace(plan.about, memory=catalogue.memory_needed("surya", sizes[WEIGHTS] or 0)),
    )


def _sizes(files: tuple[PlannedFile, ...]) -> dict[str, int | None]:
    """The sizes by name, None where the server does not say; after a question without an answer no more are asked."""
    sizes: dict[str, int | None] = dict.fromkeys(file.name for file in files)
    with network.session() as session, suppress(OSError, ValueError):
        for file in files:
            answer = session.head(file.url, timeout=network.TIMEOUT, allow_redirects=True)
            said = answers.read(answer.status_code, answer.headers)
            sizes[file.name] = said.total if said else None
    return sizes
