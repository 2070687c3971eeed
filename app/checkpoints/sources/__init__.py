"""Where models come from: one small class for each kind of publisher, and what they all have in common.

A source asks its publisher what there is and makes a plan of it; it fetches no weights. Everything here asks the
network, so it is not for the window's thread.
"""

import ipaddress
import re
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from app.checkpoints import catalogue, network
from app.checkpoints.catalogue import Entry
from app.checkpoints.plan import About, Plan, PlannedFile, check
from app.checkpoints.sources.hub import Hub
from app.checkpoints.sources.surya import Surya
from app.checkpoints.sources.zenodo import Zenodo
from app.errors import BadModel
from app.language import tr

_DOI = re.compile(r"10\.[0-9]{4,9}/zenodo\.[0-9]+")


class Source(Protocol):
    """A kind of publisher, told by the `prefix` of a reference."""

    prefix: str

    def plan(self, reference: str, base: str) -> Plan:
        """What is to be fetched for a reference without its prefix; `base` empty means the usual address.

        Raises `BadModel` for what cannot be used and `NetworkError` when the publisher does not answer properly.
        """
        ...


_ZENODO = Zenodo()
_SOURCES: tuple[Source, ...] = (Surya(), _ZENODO, Hub())


def plan(reference: str, base: str = "") -> Plan:
    """What is to be fetched for `surya:…`, `zenodo:…`, a DOI of Zenodo, `hf:…`, or an entry of the catalogue.

    For an entry, its mirrors are asked one after the other when its publisher cannot be reached, unless `base` names
    the address to ask. What the catalogue pins must agree with what the publisher says. Raises `BadModel` or
    `NetworkError`.
    """
    network.check_online()
    _check_base(base)
    entry = catalogue.find(reference)
    if entry is not None and reference == entry.id:
        return _with_warning(_agreed(_first_that_answers(entry, base), entry))
    made = _planned(reference, base)
    entry = entry or catalogue.find(made.name)
    return _with_warning(_agreed(made, entry) if entry else made)


def is_known(reference: str) -> bool:
    """Whether a plan can be made for this kind of reference at all; asks nobody."""
    return _source_of(reference) is not None or catalogue.find(reference) is not None


def _source_of(reference: str) -> Source | None:
    if _DOI.fullmatch(reference):
        return _ZENODO
    return next((source for source in _SOURCES if reference.startswith(source.prefix)), None)


def _planned(reference: str, base: str) -> Plan:
    source = _source_of(reference)
    if source is not None:
        return source.plan(reference.removeprefix(source.prefix), base)
    known = ", ".join(entry.id for entry in catalogue.entries())
    raise BadModel(
        tr("“{name}” is no model that can be fetched.").format(name=reference),
        tr("Give a DOI of Zenodo, a name that begins with surya:, zenodo: or hf:, or one of these: {names}.").format(
            names=known
        ),
    )


def _first_that_answers(entry: Entry, base: str) -> Plan:
    """The plan from the entry's publisher, or from the first mirror that answers; else the publisher's own error."""
    try:
        return _planned(entry.references[0], base)
    except network.NetworkError:
        for mirror in () if base else entry.references[1:]:
            try:
                made = _planned(mirror, "")
            except network.NetworkError:
                continue
            remark = tr("The publisher did not answer, so this comes from a mirror: {name}.").format(name=made.name)
            return msgspec.structs.replace(made, remarks=(*made.remarks, remark))
        raise


def _agreed(made: Plan, entry: Entry) -> Plan:
    """The plan with what the catalogue knows besides; raises `BadModel` where the two contradict each other."""
    files = tuple(_confirmed(file, made, entry) if file.name == made.weights else file for file in made.files)
    known, said = entry.about, made.about
    filled = {
        name: getattr(said, name) or getattr(known, name)
        for name in About.__struct_fields__
        if name not in {"title", "summary", "engine", "purpose"}
    }
    about = About(title=known.title, summary=known.summary, engine=said.engine, purpose=known.purpose, **filled)
    return check(msgspec.structs.replace(made, files=files, about=about))


def _confirmed(file: PlannedFile, made: Plan, entry: Entry) -> PlannedFile:
    """The file of weights with the hashes that the catalogue pins."""
    pinned = entry.pinned
    same_size = not pinned.size or file.size in {None, pinned.size}
    same_hashes = all(file.hashes.get(algorithm, digest) == digest for algorithm, digest in pinned.hashes.items())
    if not same_size or not same_hashes or pinned.file not in {"", file.name}:
        raise BadModel(
            tr("“{name}” is not the file that Lesepult's catalogue knows under this name.").format(name=made.name),
            tr("Nothing was fetched. It was changed since; tell those who make Lesepult, or choose another model."),
        )
    return msgspec.structs.replace(file, size=file.size or pinned.size or None, hashes=pinned.hashes | file.hashes)


def _check_base(base: str) -> None:
    parts = urlsplit(base)
    if base and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment):
        raise BadModel(
            tr("“{base}” is no address to fetch models from.").format(base=base),
            tr("Give one that begins with https:// or http://."),
        )


def _with_warning(made: Plan) -> Plan:
    """The plan with a remark when somebody on the way could change what arrives."""
    servers = sorted({network.host(file.url) for file in made.files if _unprotected(file.url)})
    if not servers:
        return made
    remark = tr("The connection to {server} is not protected: somebody on the way could change what arrives.")
    return msgspec.structs.replace(made, remarks=(*made.remarks, remark.format(server=", ".join(servers))))


def _unprotected(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme == "https" or parts.hostname == "localhost":
        return False
    try:
        return not ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return True
