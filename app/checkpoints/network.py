"""The only way to the network: one kind of session, and one sentence for each way in which it fails.

Certificates are checked against the system's own (truststore) and never left unchecked; proxies are the system's.
Everything here blocks, so it is not for the window's thread.
"""

import errno
import socket
import ssl
import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal
from urllib.parse import urljoin, urlsplit

from app import settings
from app.errors import AppError
from app.language import tr

if TYPE_CHECKING:
    import requests

TIMEOUT = (15.0, 30.0)
"""Seconds to wait for a connection, and between two pieces of an answer."""

MOST_METADATA = 8 * 1024 * 1024
"""The longest list, record or card in bytes that is read."""

MOST_SECONDS = 120.0
"""How long a list, record or card may take altogether."""

Kind = Literal[
    "offline", "refused", "absent", "unreachable", "certificate", "proxy", "gone", "denied", "busy", "unsafe", "broken"
]


class NetworkError(AppError):
    """The network, or a server on it, did not do what was asked; `kind` tells the cases apart.

    "refused": this computer does not let the program out; "absent": there is no network, or the name is unknown;
    "unreachable": the server does not answer; "unsafe": it leads from https to http; "broken": all else.
    """

    def __init__(self, kind: Kind, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.kind = kind


def session() -> "requests.Session":
    """A session with the system's certificates and proxies; give every request a `timeout`."""
    from app.checkpoints.http import Session

    return Session()


def check_online() -> None:
    """Raises `NetworkError` when the person has set the program to work offline."""
    if settings.load().offline:
        raise NetworkError(
            "offline",
            tr("Lesepult is set to work offline."),
            tr("Switch “Work offline” off in the menu “Models”, or bring the model on a stick and import it."),
        )


def fetch(session: "requests.Session", url: str, what: str, most: int = MOST_METADATA) -> bytes:
    """The whole of a small answer, within limits of size and time."""
    try:
        with session.get(url, timeout=TIMEOUT, stream=True) as answer:
            answer.raise_for_status()
            return _bounded(answer, url, most)
    except (OSError, ValueError) as error:
        raise explain(error, what, url) from error


def explain(error: BaseException, what: str, url: str = "") -> AppError:
    """The sentence for a failed request: `what` is the thing that was to be fetched, in the person's language."""
    if isinstance(error, AppError):
        return error
    kind = _kind(error)
    server = host(url or _url(error))
    return NetworkError(kind, *_sentences(kind, what, server, _status(error)))


def host(url: str) -> str:
    """The name of the server in an address, for a sentence."""
    return urlsplit(url).netloc.rpartition("@")[2] or tr("the server")


def _bounded(answer: "requests.Response", url: str, most: int) -> bytes:
    body, end = bytearray(), time.monotonic() + MOST_SECONDS
    for piece in answer.iter_content(65536):
        body += piece
        if len(body) > most or time.monotonic() > end:
            raise NetworkError(
                "broken",
                tr("The answer of {server} is too long.").format(server=host(url)),
                tr("Nothing was kept of it. Check the address."),
            )
    return bytes(body)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it; urllib3 keeps some of it in `reason` and some in its arguments."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [getattr(one, "reason", None), one.__cause__, one.__context__, *one.args]


def _status(error: BaseException) -> int:
    answer = getattr(error, "response", None)
    return int(answer.status_code) if answer is not None else 0


def _url(error: BaseException) -> str:
    request = getattr(error, "request", None)
    return str(request.url) if request is not None else ""


_BY_STATUS: dict[int, Kind] = {
    HTTPStatus.NOT_FOUND: "gone",
    HTTPStatus.GONE: "gone",
    HTTPStatus.UNAUTHORIZED: "denied",
    HTTPStatus.FORBIDDEN: "denied",
    HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS: "denied",
    HTTPStatus.TOO_MANY_REQUESTS: "busy",
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED: "proxy",
}


def _kind(error: BaseException) -> Kind:
    status = _status(error)
    if status:
        return _BY_STATUS.get(status, "busy" if status >= 500 else "broken")
    causes = list(_causes(error))
    names = {type(cause).__name__ for cause in causes}
    codes = {cause.errno for cause in causes if isinstance(cause, OSError)}
    signs: tuple[tuple[Kind, bool], ...] = (
        # One that drops a connection has refused nothing; only what it says counts as its own word.
        ("proxy", "ProxyError" in names and not any(isinstance(cause, _DROPPED) for cause in causes)),
        ("certificate", any(isinstance(cause, ssl.SSLError) for cause in causes)),
        ("refused", bool(codes & _REFUSED) or any(isinstance(cause, PermissionError) for cause in causes)),
        ("absent", bool(codes & _ABSENT) or any(isinstance(cause, socket.gaierror) for cause in causes)),
        ("unreachable", bool(codes & _UNREACHABLE) or bool(names & {"ConnectTimeout", "ConnectTimeoutError"})),
    )
    return next((kind for kind, seen in signs if seen), "broken")


_DROPPED = (ConnectionResetError, BrokenPipeError, TimeoutError)
_REFUSED = {errno.EPERM, errno.EACCES}
_ABSENT = {errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL}
_UNREACHABLE = {errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ETIMEDOUT}


def _sentences(kind: Kind, what: str, server: str, status: int) -> tuple[str, str]:
    """What happened, and what to do."""
    known: dict[Kind, tuple[str, str]] = {
        "refused": (
            tr("This computer does not let Lesepult reach {server}: the network was refused, not absent."),
            tr("A firewall or a security program forbids it. Allow it there, or import the model from a stick."),
        ),
        "absent": (
            tr("There is no way to {server}: no network, or the name is unknown."),
            tr("Check the connection and the address, then try again. Importing from a stick works without a network."),
        ),
        "unreachable": (
            tr("{server} does not answer."),
            tr("It may be switched off or overloaded. Check the address, or try again later."),
        ),
        "certificate": (
            tr("{server} could not prove who it is, so nothing was fetched from it."),
            tr("Check this computer's clock. In a network with its own certificates, ask who runs it to install them."),
        ),
        "proxy": (
            tr("The proxy of this network did not let the request to {server} pass."),
            tr("Check the proxy's address and password in the system's settings."),
        ),
        "gone": (
            tr("{server} has no {what}."),
            tr("Check the name. The publisher may have moved or withdrawn it."),
        ),
        "denied": (
            tr("{server} does not give {what} to everybody."),
            tr("Get it with a browser where you can log in, and import the file."),
        ),
        "busy": (
            tr("{server} is too busy just now (it says {status})."),
            tr("Try again later; what has arrived is kept."),
        ),
    }
    message, hint = known.get(
        kind,
        (
            tr("{what} could not be fetched: the connection to {server} broke."),
            tr("Try again; what has arrived is kept."),
        ),
    )
    return message.format(what=what, server=server, status=status), hint


def leads_astray(before: str, target: str) -> bool:
    """Whether a redirect leads from a protected address to an unprotected one."""
    return urlsplit(before).scheme == "https" and urlsplit(urljoin(before, target)).scheme != "https"
