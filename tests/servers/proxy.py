"""A real HTTP proxy on loopback: forwards requests and CONNECT tunnels, and knows names that nobody else knows."""

import http.client
import select
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit


class Proxy(ThreadingHTTPServer):
    """Forwards to `hosts`, by name to a port on 127.0.0.1, all else to nowhere; wants a login where one is given.

    The first `drops` requests find the connection closed.
    """

    daemon_threads = False

    def __init__(self, hosts: dict[str, int], login: str = "", drops: int = 0) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hosts = hosts
        self.login = login
        self.drops = drops
        self.asked: list[str] = []
        self.ending = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), name="proxy")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *details: object) -> None:
        self.ending.set()
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    """Seconds that a client may take to ask or to take what comes: it hashes and syncs meanwhile on a busy machine."""
    server: Proxy

    def do_GET(self) -> None:
        self.close_connection = True
        url = urlsplit(self.path)
        port = self._port(url.hostname or "")
        if port is None:
            return
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {name: value for name, value in self.headers.items() if not name.lower().startswith("proxy-")}
        connection.request("GET", url.path, headers=headers)
        answer = connection.getresponse()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            self.send_header(name, value)
        self.end_headers()
        while piece := answer.read1(65536):
            self.wfile.write(piece)
        connection.close()

    def do_CONNECT(self) -> None:
        self.close_connection = True
        port = self._port(self.path.rpartition(":")[0])
        if port is None:
            return
        self.send_response_only(200)
        self.end_headers()
        with socket.create_connection(("127.0.0.1", port)) as there:
            ends = {there: self.connection, self.connection: there}
            while not self.server.ending.is_set():
                for end in select.select(list(ends), [], [], 0.2)[0]:
                    data = end.recv(65536)
                    if not data:
                        return
                    ends[end].settimeout(30)
                    ends[end].sendall(data)

    def _port(self, host: str) -> int | None:
        """Where to forward to; None after an answer that says no."""
        self.server.asked.append(host)
        if len(self.server.asked) <= self.server.drops:
            return None
        if self.server.login and self.headers.get("Proxy-Authorization") != self.server.login:
            self._refuse(407, {"Proxy-Authenticate": 'Basic realm="library"'})
        elif host not in self.server.hosts:
            self._refuse(502, {})
        else:
            return self.server.hosts[host]
        return None

    def _refuse(self, status: int, headers: dict[str, str]) -> None:
        self.send_response_only(status)
        for name, value in {**headers, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass
