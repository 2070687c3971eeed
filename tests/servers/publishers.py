"""Publishers of models on loopback: surya's address, Zenodo's API and its OAI-PMH, and the Hugging Face hub's API.

They say what the real ones say, in the shape in which they say it, and misbehave as `MisbehavingServer` can.
"""

import hashlib
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from xml.sax.saxutils import escape

from tests.servers.faults import Answer, Fault, Redirect, Seen
from tests.servers.misbehaving import MisbehavingServer, _Handler

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PAGE = 3
"""How many records Zenodo lists on a page; the real number is larger."""

RECOGNITION = {
    "README.md": b"# Surya\n",
    "config.json": b"{}",
    "model.safetensors": bytes(5000),
    "specials_dict.json": b"{}",
    "vocab_math.json": b"{}",
}
DETECTION = {"config.json": b"{}", "model.safetensors": bytes(700), "preprocessor_config.json": b"{}"}


@dataclass(frozen=True)
class Status:
    """An error with these headers and this body."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def change(self, answer: Answer) -> None:
        answer.status, answer.headers = self.status, dict(self.headers)
        answer.replace(self.body)


@dataclass(frozen=True)
class NoHead:
    """A server that knows no HEAD."""

    def change(self, answer: Answer) -> None:
        if answer.seen.method == "HEAD":
            Status(405).change(answer)


@dataclass
class Deposit:
    """A record as Zenodo's list has it; `files` are addresses and sizes."""

    number: int
    date: str
    title: str = ""
    concept: int = 0
    keywords: tuple[str, ...] = ()
    files: dict[str, int] = field(default_factory=dict)
    deleted: bool = False
    xml: str = ""


class Publishers(MisbehavingServer):
    """All of them on one server; the list of records changes with `deposits`."""

    def __init__(self) -> None:
        super().__init__()
        self.RequestHandlerClass = _WithQuery
        self.deposits: list[Deposit] = []
        self.list_faults: deque[Fault | None] = deque()

    @property
    def api(self) -> str:
        """The base of Zenodo's record API."""
        return f"{self.url}/api/"

    @property
    def oai(self) -> str:
        """The address of Zenodo's OAI-PMH."""
        return f"{self.url}/oai2d"

    def surya(self, path: str, files: dict[str, bytes], manifest: object = None) -> None:
        """A folder of surya's with its manifest, or with another one."""
        for name, data in files.items():
            self.put(f"/{path}/{name}", data)
        listed = {"files": sorted(files)} if manifest is None else manifest
        self.put(f"/{path}/manifest.json", listed if isinstance(listed, bytes) else json.dumps(listed).encode())

    def record(self, number: int, files: dict[str, bytes], concept: int = 0, **metadata: Any) -> dict[str, Any]:
        """A record of Zenodo with its files; returns what the API says, for `put_record` to say something else."""
        for name, data in files.items():
            self.put(f"/api/records/{number}/files/{name}/content", data)
        told = {
            "id": number,
            "conceptrecid": str(concept or number - 1),
            "doi": f"10.5281/zenodo.{number}",
            "metadata": {"title": "A model", "license": {"id": "cc-by-4.0"}, "access_right": "open"} | metadata,
            "files": [self.listed_file(number, name, data) for name, data in files.items()],
        }
        self.put_record(told)
        if concept:
            self.put(f"/api/records/{concept}", b"")
            self.always(f"/api/records/{concept}", Redirect(f"/api/records/{number}", 301))
        return told

    def put_record(self, told: dict[str, Any]) -> None:
        self.put(f"/api/records/{told['id']}", json.dumps(told).encode())

    def listed_file(self, number: int, name: str, data: bytes) -> dict[str, Any]:
        """A file as a record lists it."""
        return {
            "id": "0b1c",
            "key": name,
            "size": len(data),
            "checksum": f"md5:{hashlib.md5(data).hexdigest()}",
            "links": {"self": f"{self.url}/api/records/{number}/files/{quote(name)}/content"},
        }

    def repository(
        self, repo: str, files: dict[str, bytes], card: object = None, revision: str = "", commit: str = COMMIT
    ) -> dict[str, Any]:
        """A repository of the hub at a revision, or at the newest; returns what the API says of it."""
        siblings: list[dict[str, Any]] = []
        for name, data in files.items():
            self.put(f"/{repo}/resolve/{commit}/{name}", data)
            one: dict[str, Any] = {"rfilename": name, "size": len(data), "blobId": git_id(data)}
            if name.endswith((".safetensors", ".mlmodel", ".bin")):
                one["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 132}
            siblings.append(one)
        told = {"id": repo, "sha": commit, "siblings": siblings, "cardData": card, "tags": [], "gated": False}
        self.put_repository(repo, told, revision)
        return told

    def put_repository(self, repo: str, told: object, revision: str = "") -> None:
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        self.put(f"/api/models/{repo}" + (f"/revision/{revision}" if revision else ""), body)

    def list_requests(self) -> list[dict[str, str]]:
        """What was asked of the list, without what is always asked."""
        queries = [parse_qs(urlsplit(seen.path).query) for seen in self.seen if seen.path.startswith("/oai2d?")]
        return [{name: query[name][0] for name in ("from", "resumptionToken") if name in query} for query in queries]

    def answer(self, seen: Seen) -> Answer | None:
        """As every path, but the list of records is made when it is asked for."""
        if seen.path.startswith("/oai2d?"):
            query = {name: values[0] for name, values in parse_qs(urlsplit(seen.path).query).items()}
            document, matches = self._list(query)
            self.put(seen.path, document)
            self.always(seen.path, None if matches else Status(422, {"Content-Type": "text/xml"}, document))
            if self.list_faults:
                self.script(seen.path, self.list_faults.popleft())
        return super().answer(seen)

    def _list(self, query: dict[str, str]) -> tuple[bytes, bool]:
        assert query["verb"] == "ListRecords"
        since, start = query.get("from", ""), 0
        if "resumptionToken" in query:
            since, _, place = query["resumptionToken"].partition("|")
            start = int(place)
        else:
            assert (query["metadataPrefix"], query["set"]) == ("dcat", "user-ocr_models")
        matching = [deposit for deposit in self.deposits if deposit.date >= since]
        page = "".join(_xml(deposit) for deposit in matching[start : start + PAGE])
        if start + PAGE < len(matching):
            page += f'<resumptionToken completeListSize="{len(matching)}">{since}|{start + PAGE}</resumptionToken>'
        inner = f"<ListRecords>{page}</ListRecords>" if matching else '<error code="noRecordsMatch">None.</error>'
        document = (
            '<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
            f"<responseDate>2026-11-23T10:00:00Z</responseDate>{inner}</OAI-PMH>"
        )
        return document.encode(), bool(matching)


class _WithQuery(_Handler):
    """Keeps the query of the list in the path, because what is listed depends on it."""

    def do_GET(self) -> None:  # noqa: N802 - the library's name
        if self.path.startswith("/oai2d?"):
            self.path = self.path.replace("?", "%3F", 1)
        super().do_GET()


def git_id(data: bytes) -> str:
    """Git's id of a file with this content."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def _xml(deposit: Deposit) -> str:
    status = ' status="deleted"' if deposit.deleted else ""
    head = (
        f"<record><header{status}><identifier>oai:zenodo.org:{deposit.number}</identifier>"
        f"<datestamp>{deposit.date}</datestamp><setSpec>user-ocr_models</setSpec></header>"
    )
    if deposit.deleted or deposit.xml:
        return f"{head}{deposit.xml}</record>"
    files = "".join(
        "<dcat:distribution><dcat:Distribution>"
        f'<dcat:downloadURL rdf:resource="{escape(url)}"/><dcat:byteSize>{size}</dcat:byteSize>'
        "</dcat:Distribution></dcat:distribution>"
        for url, size in deposit.files.items()
    )
    words = "".join(f"<dcat:keyword>{escape(word)}</dcat:keyword>" for word in deposit.keywords)
    concept = deposit.concept or deposit.number - 1
    return (
        f'{head}<metadata><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns:dct="http://purl.org/dc/terms/" xmlns:dcat="http://www.w3.org/ns/dcat#">'
        f'<rdf:Description rdf:about="https://doi.org/10.5281/zenodo.{deposit.number}">'
        f"<dct:identifier>https://doi.org/10.5281/zenodo.{deposit.number}</dct:identifier>"
        f"<dct:title>{escape(deposit.title)}</dct:title>{words}"
        "<dct:isVersionOf><rdf:Description>"
        f"<dct:identifier>https://doi.org/10.5281/zenodo.{concept}</dct:identifier>"
        f"</rdf:Description></dct:isVersionOf>{files}</rdf:Description></rdf:RDF></metadata></record>"
    )
