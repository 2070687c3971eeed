"""Models on Zenodo, such as those of kraken's public repository HTRMoPo: a record states size and md5 of each file.

Two connections are what Zenodo takes well; many parallel ones it blocks.
"""

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import msgspec

from app.checkpoints import catalogue, network
from app.checkpoints.plan import About, Plan, PlannedFile, check
from app.checkpoints.sources import published
from app.checkpoints.sources.published import Card
from app.errors import BadModel
from app.language import tr
from app.protocol import Purpose

if TYPE_CHECKING:
    import requests

REFERENCE = re.compile(r"(?:10\.[0-9]{4,9}/zenodo\.)?([0-9]{1,18})")
_MD5 = re.compile(r"md5:([0-9a-f]{32})")


class _Links(msgspec.Struct):
    content: str = msgspec.field(name="self", default="")


class _File(msgspec.Struct):
    """A file of a record; `size` is in bytes, `checksum` the algorithm and the digest."""

    key: str
    size: int | None = None
    checksum: str = ""
    links: _Links = msgspec.field(default_factory=_Links)

    @property
    def hashes(self) -> dict[str, str]:
        found = _MD5.fullmatch(self.checksum.lower())
        return {"md5": found[1]} if found else {}


class _Licence(msgspec.Struct):
    id: str = ""


class _Metadata(msgspec.Struct):
    title: str | None = None
    description: str | None = None
    license: _Licence | None = None
    version: str | None = None


class _Record(msgspec.Struct):
    """What is used of a record as Zenodo's API `records/<id>` gives it."""

    id: int
    doi: str = ""
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)
    files: list[_File] = msgspec.field(default_factory=list)


class Zenodo:
    """`zenodo:11673242` or a DOI; one that stands for all versions means the newest, whose own number is the name."""

    prefix = "zenodo:"

    def plan(self, reference: str, base: str) -> Plan:
        """The plan for a record; `base` is the address of the API, empty for the one that htrmopo uses."""
        from htrmopo.util import get_repo_url

        number = _number(reference)
        address = f"{(base or get_repo_url()).rstrip('/')}/records/"
        with network.session() as session:
            record = published.ask(session, f"{address}{number}", f"“{self.prefix}{number}”", _Record)
            name = f"{self.prefix}{record.id}"
            chosen, remarks = published.choose(name, {file.key: file.size for file in record.files})
            wanted = [file for file in record.files if file.key == chosen or published.is_text(file.key, file.size)]
            files = tuple(_planned(file, f"{address}{record.id}", name) for file in wanted)
            card = _card(session, files)
        if record.id != int(number):
            newest = tr("{asked} stands for all versions of a model; this is the newest, {name}.")
            remarks = (newest.format(asked=number, name=name), *remarks)
        if card.obsolete:
            remarks = (*remarks, tr("Those who publish it say that another model replaces it."))
        size = next(file.size for file in files if file.name == chosen)
        return check(
            Plan(
                name=name,
                folder=f"kraken/zenodo-{record.id}",
                reference=name,
                base=base,
                about=_about(record, card, _purpose(name, card, record, chosen), size or 0),
                files=files,
                weights=chosen,
                connections=2,
                remarks=remarks,
            )
        )


def _number(reference: str) -> str:
    found = REFERENCE.fullmatch(reference.strip())
    if found is None:
        raise BadModel(
            tr("“{name}” is no record of Zenodo.").format(name=reference),
            tr("Give its number, or its DOI such as 10.5281/zenodo.11673242."),
        )
    return found[1]


def _planned(file: _File, record: str, model: str) -> PlannedFile:
    """A file with the address that the record gives it, which must be as well protected as the record itself."""
    url = file.links.content or f"{record}/files/{quote(file.key)}/content"
    if urlsplit(url).scheme not in {"https", urlsplit(record).scheme} or not urlsplit(url).netloc:
        raise BadModel(
            tr("The record of “{model}” gives no safe address for the file “{name}”.").format(
                model=model, name=published.plain(file.key)
            ),
            tr("Nothing was fetched. Tell those who publish it, or choose another model."),
        )
    return PlannedFile(name=file.key, url=url, size=file.size, hashes=file.hashes)


def _card(session: "requests.Session", files: tuple[PlannedFile, ...]) -> Card:
    """The newest kind of card that the record has; an empty one when it has none."""
    addresses = {file.name: file.url for file in files}
    for name in published.CARDS:
        if name in addresses:
            body = network.fetch(session, addresses[name], f"“{name}”", published.MOST_CARD)
            card = published.read_card(name, body)
            if card:
                return card
    return Card()


def _purpose(name: str, card: Card, record: _Record, chosen: str) -> Purpose:
    """What the model does; raises `BadModel` when that is nothing that Lesepult can use."""
    if card.software not in {"", "kraken"}:
        raise BadModel(
            tr("“{name}” is a model for another program, {program}.").format(name=name, program=card.software),
            tr("Choose a model for kraken or surya."),
        )
    purpose = published.purpose(card, record.metadata.title or "", chosen)
    if purpose is None:
        raise BadModel(
            tr("“{name}” neither reads lines nor finds them: it is for {what}.").format(
                name=name, what=", ".join(card.does)
            ),
            tr("Choose a model that is for reading or for finding lines."),
        )
    return purpose


def _about(record: _Record, card: Card, purpose: Purpose, size: int) -> About:
    said = record.metadata
    title = published.plain(said.title or card.summary) or f"Zenodo {record.id}"
    return About(
        title=title,
        engine="kraken",
        purpose=purpose,
        licence=published.plain(said.license.id if said.license and said.license.id else card.licence),
        licence_url=card.licence_url,
        summary=card.summary if card.summary not in {"", title} else published.plain(said.description or ""),
        scripts=card.scripts,
        languages=card.languages,
        version=published.plain(said.version or "", 40),
        homepage=f"https://doi.org/{record.doi}" if re.fullmatch(r"10\.[0-9]{4,9}/zenodo\.[0-9]+", record.doi) else "",
        cer=card.cer,
        memory=catalogue.memory_needed("kraken", size),
    )
