"""Asks kraken's public repository HTRMoPo what it has; a module of its own, because importing htrmopo takes a while.

htrmopo's own `get_listing` is not used: one withdrawn record or one missing card ends it without what had arrived, it
asks without time limits, keeps pickles, and puts them into the user's home. Its record class, its address and its
tables of scripts and languages are.
"""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any, Self
from urllib.parse import unquote, urlencode, urlsplit

import msgspec
from htrmopo.record import DCATRecord
from htrmopo.util import get_oai_url, iso639_3_to_name, iso15924_to_name
from sickle import Sickle, oaiexceptions
from sickle.response import OAIResponse

from app.checkpoints import answers, network
from app.checkpoints.sources import published
from app.checkpoints.sources.published import Card
from app.language import tr

PACE = 1.0
"""Seconds between two requests: Zenodo takes sixty a minute."""

TRIES = 4
"""How often a busy server is asked the same thing."""

USUAL_WAIT = 10.0
"""Seconds to wait when a busy server does not say how long."""

MOST_RECORDS = 20_000
MOST_PAGES = 1_000

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_RECORD = re.compile(r"zenodo\.(?:org:)?([0-9]{1,18})$")
_UNPROCESSABLE = 422
_NAMESPACE = b"http://www.openarchives.org/OAI/2.0/"
_REFUSALS: tuple[type[Exception], ...] = (
    *(one for one in vars(oaiexceptions).values() if isinstance(one, type)),
    AttributeError, IndexError, ValueError, TypeError, SyntaxError,  # what sickle and lxml make of nonsense
)  # fmt: skip
_END = re.compile(rb"</(?:[\w.-]+:)?OAI-PMH>\s*$")


class Cancelled(Exception):
    """The person wants no more of it."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A record as the repository lists it: its number, and the day of its last change.

    `files` are sizes in bytes by address, -1 where unknown; a withdrawn record has nothing but number and day.
    """

    id: int
    date: str
    withdrawn: bool = False
    concept: str = ""
    title: str = ""
    keywords: tuple[str, ...] = ()
    files: dict[str, int] = {}


class Asker:
    """Asks one thing after the other, no faster than `PACE`, and waits when it is asked to; used by one thread."""

    def __init__(self, cancelled: Callable[[], bool]) -> None:
        self._cancelled = cancelled
        self._session = network.session()
        self._last = float("-inf")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        self._session.close()

    def ask(self, url: str, most: int = network.MOST_METADATA) -> bytes:
        """What the address answers; raises `NetworkError`, or `Cancelled`."""
        for left in reversed(range(TRIES)):
            self._wait(self._last + PACE - time.monotonic())
            self._last = time.monotonic()
            try:
                return network.fetch(self._session, url, tr("the list of public models"), most)
            except network.NetworkError as error:
                if error.kind != "busy" or not left:
                    raise
                response: Any = getattr(error.__cause__, "response", None)
                asked = answers.wait_asked_for(response.headers) if response is not None else None
                self._wait(USUAL_WAIT if asked is None else asked)
        raise AssertionError("the last try either returns or raises")

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self._cancelled():
            left = end - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 0.1))
        raise Cancelled


def records(asker: Asker, since: str) -> Iterator[Found]:
    """What was published, changed or withdrawn on or after a day (`2026-03-31`); everything when that is empty.

    The pages are asked for one right after the other, because the server forgets where it was after two minutes.
    """
    wanted = {"metadataPrefix": "dcat", "set": "user-ocr_models"} | ({"from": since} if since else {})
    try:
        for count, record in enumerate(_Library(asker).ListRecords(**wanted)):
            if count >= MOST_RECORDS:
                return
            if record is not None:
                yield record
    except oaiexceptions.NoRecordsMatch:
        return
    except _REFUSALS as error:
        raise _nonsense() from error
    except network.NetworkError as error:
        response: Any = getattr(error.__cause__, "response", None)
        nothing_new = response is not None and response.status_code == _UNPROCESSABLE
        if not nothing_new or "resumptionToken" in response.url:
            raise


def card(asker: Asker, address: str) -> Card:
    """The card at this address; an empty one where there is none that can be read."""
    name = unquote(urlsplit(address).path).rpartition("/")[2]
    try:
        return published.read_card(name, asker.ask(address, published.MOST_CARD)) or Card()
    except network.NetworkError as error:
        if error.kind in {"gone", "denied"}:
            return Card()
        raise


def names(scripts: tuple[str, ...], languages: tuple[str, ...]) -> tuple[str, ...]:
    """The English names of scripts (ISO 15924) and languages (ISO 639-3)."""
    found = []
    for codes, name_of in ((scripts, iso15924_to_name), (languages, iso639_3_to_name)):
        for code in codes:
            try:
                found.append(str(name_of(code)))
            except KeyError:
                continue
    return tuple(found)


class _Library(Sickle):  # type: ignore[misc]
    """Sickle, asking through our own session."""

    def __init__(self, asker: Asker) -> None:
        super().__init__(get_oai_url(), class_mapping={"ListRecords": _found})
        self._asker = asker
        self._pages = 0

    def harvest(self, **kwargs: str) -> OAIResponse:
        """One page of the list; raises `NetworkError` when it is none, or when there is no end to them."""
        self._pages += 1
        if self._pages > MOST_PAGES:
            raise _nonsense()
        body = self._asker.ask(f"{self.endpoint}?{urlencode(kwargs)}")
        # The parser mends what is broken, so that a page that was cut short would pass for the last one.
        if _NAMESPACE not in body[:4096] or not _END.search(body[-100:]):
            raise _nonsense()
        return OAIResponse(_Body(body), kwargs)


class _Body:
    """What sickle wants of an answer."""

    def __init__(self, content: bytes) -> None:
        self.content = content


def _found(element: Any) -> Found | None:
    """The record in this element; None when it makes no sense, which is no reason to do without the others."""
    try:
        record = DCATRecord(element)
        number, date = _RECORD.search(record.header.identifier), _DATE.match(record.header.datestamp)
        if number is None or date is None:
            return None
        if record.deleted:
            return Found(id=int(number[1]), date=date[0], withdrawn=True)
        said = record.metadata
        concept = _RECORD.search(said["concept_doi"] or "")
        return Found(
            id=int(number[1]),
            date=date[0],
            concept=concept[1] if concept else number[1],
            title=published.plain(said["summary"] or ""),
            keywords=tuple(published.plain(word) for word in said["keywords"][:50] if word),
            files={
                file["url"]: file["size"]
                for file in said["distribution"][:500]
                if file["url"].startswith(("https://", "http://"))
            },
        )
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return None


def _nonsense() -> network.NetworkError:
    return published.nonsense(get_oai_url(), tr("the list of public models"))
