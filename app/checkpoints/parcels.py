"""What a person brings on a stick, a file, a folder or a pack, as a plan of its files and a way to read them.

Nothing in it is trusted: names go through `safe_name`, links are not followed, sizes that are announced are limits, and
a pack is read only where it is as `app.checkpoints.packs` writes one. Hashes are for the reader to compare.
"""

import io
import re
import stat
import struct
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

import msgspec

from app.checkpoints import catalogue, weights
from app.checkpoints.integrity import size_of
from app.checkpoints.plan import MOST_BYTES, MOST_FILES, About, Plan, PlannedFile, WrittenFile, check
from app.checkpoints.record import RECORD, Record
from app.checkpoints.sources import hub, published, surya
from app.checkpoints.starter import STARTER
from app.errors import BadModel
from app.language import tr

_SURYA = {"surya-multimodal-foundation": "text_recognition", "efficientvit": "text_detection"}
"""What surya's `config.json` says of its kind, and what surya calls the folder of that kind."""

_VERSION = re.compile(r"[0-9]{4}(?:_[0-9]{2}){2}")
_KRAKEN_PLACE = re.compile(r"kraken/[0-9A-Za-z][0-9A-Za-z._-]{0,119}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST_LISTED = 1024 * 1024
"""The longest list of entries, and the longest text, in bytes, that is read of a pack or folder."""

T = TypeVar("T")
_BROKEN = (zipfile.BadZipFile, EOFError, NotImplementedError, struct.error, ValueError, OverflowError, RecursionError)


class _Config(msgspec.Struct):
    """What is looked at in surya's `config.json`."""

    model_type: str = ""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A model as it was brought: `open` reads one of the plan's files by its name.

    `by_content` says that the bytes are to give it its name, `guessed` that its purpose is not known for sure.
    """

    plan: Plan
    open: Callable[[str], AbstractContextManager[BinaryIO]]
    by_content: bool = False
    guessed: bool = False

    def named(self, digests: dict[str, str]) -> Plan:
        """The plan, with the name and place that the SHA-256 of its weights gives it where nothing else does."""
        if not self.by_content:
            return self.plan
        mark = f"{_slug(self.plan.about.title)}-{digests[self.plan.weights][:8]}"
        return msgspec.structs.replace(self.plan, name=f"file:{mark}", folder=f"kraken/file-{mark}")


@contextmanager
def opened(path: Path, name: str) -> Iterator[Parcel]:
    """What is at this path; `name` says what a folder of surya's is (`surya:text_recognition/2025_09_23`).

    Raises `BadModel`, and so does reading what it opens.
    """
    if not path.exists():
        raise BadModel(tr("There is no file or folder “{name}”.").format(name=path), tr("Check the name."))
    with ExitStack() as stack:
        with _reading(path):
            if path.is_dir():
                parcel = _folder(path.resolve(), name)
            elif is_pack(path):
                parcel = _pack(path, stack.enter_context(zipfile.ZipFile(stack.enter_context(_Careful(path)))))
            else:
                parcel = _kraken(path.parent, path.stem, {path.name: path.stat().st_size} if path.is_file() else {})
        if name not in {"", parcel.plan.name}:
            raise BadModel(
                tr("“{file}” is not the model “{name}”.").format(file=path.name, name=name),
                tr("Only a folder of surya's needs a name. Leave it out, and import again."),
            )
        yield parcel


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turns what may go wrong with a stick or a stranger's pack into a sentence."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BadModel(
            tr("“{name}” cannot be read: {reason}.").format(name=path.name, reason=reason),
            tr("Copy it again from where it came from, and import that."),
        ) from error
    except _BROKEN as error:
        raise _bad_pack(path) from error


# ---- a file, or a folder


def _folder(path: Path, name: str) -> Parcel:
    sizes = {entry.name: entry.stat().st_size for entry in path.iterdir() if _is_own(path, entry.name)}
    reference = _surya_reference(path, name)
    if reference:
        return _surya(path, reference, sorted(sizes))
    several = sorted(filter(weights.is_weights, sizes))
    if len({Path(file).stem for file in several}) > 1:  # one in two formats is one
        raise BadModel(
            tr("There are several models in “{name}”: {files}.").format(name=path.name, files=", ".join(several)),
            tr("Import one of these files."),
        )
    return _kraken(path, path.name, sizes)


def _is_own(folder: Path, name: str) -> bool:
    """Whether a folder has a file of this name that is no link and is reached by none."""
    path = folder / name
    return path.resolve() == path and size_of(path) is not None


def _surya_reference(path: Path, name: str) -> str:
    """What surya calls the model in this folder; empty when it is none of surya's."""
    if name.startswith(surya.Surya.prefix):
        return name.removeprefix(surya.Surya.prefix)
    config = _text(path, "config.json", _Config)
    kind = _SURYA.get(config.model_type) if config else None
    if kind and not _VERSION.fullmatch(path.name):
        raise BadModel(
            tr("The folder “{name}” holds a model of surya, but not which version.").format(name=path.name),
            tr("Give the folder the name of the version, such as 2025_09_23, and import it again."),
        )
    return f"{kind}/{path.name}" if kind else ""


def _surya(path: Path, reference: str, there: list[str]) -> Parcel:
    name = f"{surya.Surya.prefix}{reference}"
    purpose = surya.purpose_of(reference)
    manifest = _text(path, surya.MANIFEST, surya.Manifest)
    wanted, _ = surya.sorted_out(name, manifest.files if manifest else there, purpose)
    missing = [file for file in wanted if not _is_own(path, file)]
    missing += [surya.MANIFEST] if manifest is None and surya.MANIFEST in there else []  # it makes no sense
    if missing:
        raise BadModel(
            tr("“{name}” is not complete. These files are missing: {names}.").format(
                name=path.name, names=", ".join(missing)
            ),
            tr("Copy it again from where it came from, and import that."),
        )
    files = _files(path, wanted)
    size = next(file.size or 0 for file in files if file.name == surya.WEIGHTS)
    entry = catalogue.find(name)
    about = entry.about if entry else About(title=f"Surya {reference}", engine="surya", purpose=purpose)
    plan = Plan(
        name=name,
        folder=name.replace(":", "/"),
        reference=name,
        about=msgspec.structs.replace(about, memory=catalogue.memory_needed("surya", size)),
        files=files,
        written=(WrittenFile(name=surya.MANIFEST, text=surya.manifest_of(wanted)),),
        weights="",
    )
    return Parcel(check(plan), partial(_open, path))


def _kraken(folder: Path, title: str, sizes: dict[str, int]) -> Parcel:
    chosen, _ = published.choose(title, sizes)
    title = title or Path(chosen).stem
    texts = [name for name, size in sizes.items() if published.is_text(name, size)]
    cards = (published.read_card(name, (folder / name).read_bytes()) for name in published.CARDS if name in texts)
    card = next((card for card in cards if card), published.Card())
    purpose = published.purpose(card, title, chosen)
    if purpose is None:
        raise published.unusable(title, ())
    about = About(
        title=title,
        engine="kraken",
        purpose=purpose,
        licence=card.licence,
        licence_url=card.licence_url,
        summary=card.summary,
        scripts=card.scripts,
        languages=card.languages,
        cer=card.cer,
        memory=catalogue.memory_needed("kraken", sizes[chosen]),
    )
    plan = Plan(
        name="file:",
        folder="kraken/file",
        reference=chosen,
        about=about,
        files=_files(folder, [chosen, *texts]),
        weights=chosen,
    )
    return Parcel(check(plan), partial(_open, folder), by_content=True, guessed=not card.does)


def _files(folder: Path, names: list[str]) -> tuple[PlannedFile, ...]:
    return tuple(PlannedFile(name=name, url="", size=size_of(folder / name)) for name in names)


@contextmanager
def _open(folder: Path, name: str) -> Iterator[BinaryIO]:
    with _reading(folder / name), (folder / name).open("rb") as file:
        yield file


def _text(folder: Path, name: str, kind: type[T]) -> T | None:
    """What a small JSON file of a folder says; None where there is none that makes sense."""
    path = folder / name
    if not _is_own(folder, name) or path.stat().st_size > _MOST_LISTED:
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (ValueError, RecursionError):
        return None


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:60].strip("-") or "model"


# ---- a pack


class _Careful(io.FileIO):
    """A file of which no more than so much is read at once, however long an archive says that its list is."""

    def read(self, size: int | None = -1, /) -> bytes:
        """At most `_MOST_LISTED` bytes."""
        if size is not None and size > _MOST_LISTED:
            raise zipfile.BadZipFile
        return super().read(size) or b""


def is_pack(path: Path) -> bool:
    """Whether it is a file that begins like an archive whose first entry is a model's record, whatever its name."""
    if not path.is_file():  # a pipe would be waited for
        return False
    with path.open("rb") as file:
        head = file.read(1024)
    return head.startswith(b"PK\x03\x04") and head[30 : 30 + head[26] + 256 * head[27]].endswith(f"/{RECORD}".encode())


def _pack(path: Path, archive: zipfile.ZipFile) -> Parcel:
    entries = archive.infolist()
    if not 1 < len(entries) <= MOST_FILES + 1 or not all(_is_plain(entry) for entry in entries):
        raise _bad_pack(path)
    first = entries[0]
    if sum(entry.file_size for entry in entries) > path.stat().st_size or first.file_size > _MOST_LISTED:
        raise _bad_pack(path)
    record = msgspec.json.decode(archive.read(first), type=Record)
    place = first.filename.removesuffix(f"/{RECORD}")
    promised = {f"{place}/{file.name}": file.size for file in record.files} | {f"{place}/{RECORD}": first.file_size}
    listed = {entry.filename: entry.file_size for entry in entries}
    if listed != promised or len(listed) != len(entries) or not _is_sound(place, record):
        raise _bad_pack(path)
    plan = Plan(
        name=record.name,
        folder=place,
        reference=published.plain(record.reference),
        about=_plain(record.about),
        files=tuple(
            PlannedFile(name=file.name, url="", size=file.size, hashes={"sha256": file.sha256}) for file in record.files
        ),
        weights=record.weights,
    )

    @contextmanager
    def read(name: str) -> Iterator[BinaryIO]:
        with _reading(path), archive.open(f"{place}/{name}") as entry:
            yield cast("BinaryIO", entry)

    return Parcel(check(plan), read, by_content=record.name == STARTER)


def _is_plain(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry is a file, neither compressed nor encrypted."""
    is_file = stat.S_IFMT(entry.external_attr >> 16) in {0, stat.S_IFREG} and not entry.is_dir()
    stored = entry.compress_type == zipfile.ZIP_STORED and entry.compress_size == entry.file_size
    return is_file and stored and not entry.flag_bits & 1


def _is_sound(place: str, record: Record) -> bool:
    """Whether the record is one that this program could have written for a model with this place in the store."""
    names = [file.name for file in record.files]
    sound = record.format == 1 and record.name.isprintable() and 0 < len(record.name) <= 300
    sound = sound and all(weights.is_allowed(name) for name in names)
    sound = sound and all(_SHA256.fullmatch(file.sha256) for file in record.files)
    if record.about.engine == "kraken":
        fits = bool(_KRAKEN_PLACE.fullmatch(place)) and _may_have(place, record.name)
        return sound and fits and weights.is_weights(record.weights)
    reference = place.removeprefix("surya/")
    surya.sorted_out(record.name, names, surya.purpose_of(reference))
    named = record.name == f"{surya.Surya.prefix}{reference}" and place == f"surya/{reference}"
    return sound and named and not record.weights and record.about.purpose == surya.purpose_of(reference)


def _may_have(place: str, name: str) -> bool:
    """Whether a model of kraken's with this name may have this place: never that of a model that can be fetched."""
    kind, _, rest = name.partition(":")
    if kind == "hf":
        return place == hub.folder_of(name)
    if kind in {"zenodo", "file"}:
        return place == f"kraken/{kind}-{rest}"
    return kind != "surya" and not place.startswith(("kraken/hf-", "kraken/zenodo-", "kraken/file-"))


def _plain(about: About) -> About:
    """What a stranger's record says of its model, as plain text; addresses only of the web, numbers only in range."""
    texts = {
        name: published.plain(value) for name, value in msgspec.structs.asdict(about).items() if type(value) is str
    }
    for name in ("licence_url", "homepage"):
        texts[name] = texts[name] if texts[name].startswith(("https://", "http://")) else ""
    return msgspec.structs.replace(
        about,
        **texts,
        scripts=tuple(published.plain(code, 20) for code in about.scripts[:100]),
        languages=tuple(published.plain(code, 20) for code in about.languages[:100]),
        cer=about.cer if about.cer is not None and 0 <= about.cer <= 1 else None,
        memory=about.memory if 0 <= about.memory <= MOST_BYTES else 0,
    )


def _bad_pack(path: Path) -> BadModel:
    return BadModel(
        tr("The pack “{name}” is damaged, or Lesepult did not write it.").format(name=path.name),
        tr("Copy it again from where it came from, and import that."),
    )
