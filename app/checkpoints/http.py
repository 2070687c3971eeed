"""The requests session of the model manager; a module of its own, because importing requests takes a while."""

import ssl
from importlib import metadata
from typing import Any

import requests
import truststore
from requests.adapters import HTTPAdapter

from app.checkpoints import network
from app.language import tr


class Session(requests.Session):
    """A session that trusts what the system trusts, asks for the plain bytes, and never leaves https for http."""

    def __init__(self) -> None:
        super().__init__()
        self.headers.update({"User-Agent": f"Lesepult/{metadata.version('lesepult')}", "Accept-Encoding": "identity"})
        self.auth = _nobody
        self.mount("https://", _SystemCertificates())

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Where a redirect leads; raises `NetworkError` when that is no longer protected."""
        target = super().get_redirect_target(resp)
        if target and network.leads_astray(resp.url, target):
            resp.close()
            raise network.NetworkError(
                "unsafe",
                tr("{server} leads to an address without protection, so nothing was fetched.").format(
                    server=network.host(resp.url)
                ),
                tr("Try again later, or tell those who run it."),
            )
        return target


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Sends no password: without this, requests takes one from the user's netrc file."""
    return request


class _SystemCertificates(HTTPAdapter):
    """Checks certificates with the system's own store."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Connections without a proxy."""
        super().init_poolmanager(*args, **kwargs, ssl_context=_context())

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Connections through a proxy."""
        return super().proxy_manager_for(*args, **kwargs, ssl_context=_context())


def _context() -> ssl.SSLContext:
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
