"""A real HTTP server on loopback that does what servers do when they misbehave, and counts every byte that it sends.

`put` a file, `script` what goes wrong with the next requests for it (one of `tests.servers.faults` a request, then all
is well again) or `always`. Nothing in it sleeps: what waits, waits for `release`, `disconnect` or the end. Fast enough
for benchmarks: a file given as a path is sent by the kernel.
"""

import os
import socket
import ssl
import struct
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

from tests.servers.faults import FOR_EVER, Answer, Fault, Seen, Served, answer_for

PIECE = 64 * 1024
MODIFIED = "Tue, 03 Mar 2026 10:00:00 GMT"


@dataclass
class _Path:
    served: Served
    queue: deque[Fault | None] = field(default_factory=deque)
    rest: Fault | None = None


class MisbehavingServer(ThreadingHTTPServer):
    """Serves on 127.0.0.1 while the `with` block runs; `context` makes it an https server."""

    daemon_threads = False
    request_queue_size = 64

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.context = context
        self.seen: list[Seen] = []
        self.total = 0
        self.ending = False
        self._paths: dict[str, _Path] = {}
        self._changed = threading.Condition()
        self._allowance, self._held_at = FOR_EVER, FOR_EVER
        self._connections: set[socket.socket] = set()
        self._reset: set[socket.socket] = set()
        self._epoch = 0
        self._bugs: list[BaseException] = []
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), name="misbehaving")

    @property
    def url(self) -> str:
        """The address without a slash at the end."""
        return f"{'https' if self.context else 'http'}://127.0.0.1:{self.server_address[1]}"

    def put(self, path: str, data: bytes | Path, etag: str | None = '"one"', modified: str | None = MODIFIED) -> str:
        """Serves these bytes under a path that begins with `/`, and returns the address."""
        self._paths[path] = _Path(Served(data, etag, modified))
        return self.url + path

    def script(self, path: str, *faults: Fault | None) -> None:
        """What the next GET requests for the path get, one each; None is an answer without a fault."""
        self._paths[path].queue.extend(faults)

    def always(self, path: str, fault: Fault | None) -> None:
        """What every request gets for which nothing is scripted; None ends it."""
        self._paths[path].rest = fault

    def forgive(self, path: str) -> None:
        """Forgets what is scripted for the path and was not used."""
        self._paths[path].queue.clear()

    def sent(self, path: str | None = None) -> int:
        """The bytes of bodies that were handed to the system so far, of one path or all; errors count as none."""
        with self._changed:
            return sum(seen.sent for seen in self.seen if path in (None, seen.path) and seen.status in (200, 206))

    def gets(self, path: str) -> list[Seen]:
        """The GET requests for a path in the order in which they came."""
        with self._changed:
            return [seen for seen in self.seen if seen.path == path and seen.method == "GET"]

    def until(self, met: Callable[[], bool], seconds: float = 60) -> None:
        """Waits until the condition is met, looked at after each request and each piece."""
        with self._changed:
            assert self._changed.wait_for(met, seconds), "what the test waits for never came"

    def hold(self, after: int) -> None:
        """Lets so many more bytes out on all connections together, then none; `until_held` waits for that."""
        with self._changed:
            self._allowance, self._held_at = after, self.total + after

    def until_held(self, ended: Callable[[], bool] = lambda: False) -> None:
        """Waits until the bytes of `hold` are out, or until `ended` says that nobody asks for them any more."""
        with self._changed:
            for _ in range(600):
                if self._changed.wait_for(lambda: self.total >= self._held_at, 0.1) or ended():
                    return
        raise AssertionError("nobody fetched the bytes up to the hold")

    def release(self) -> None:
        """Ends `hold` and every `Stall` that waits now."""
        with self._changed:
            self._allowance = FOR_EVER
            self._epoch += 1
            self._changed.notify_all()

    def disconnect(self) -> None:
        """Cuts all connections, and ends `hold`."""
        with self._changed:
            for connection in self._connections:
                _shut(connection)
            self._connections.clear()
        self.release()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *details: object) -> None:
        self.ending = True
        self.shutdown()
        self.disconnect()
        self.server_close()
        self._thread.join()
        if self._bugs:
            raise self._bugs[0]

    # What the handlers use.

    def answer(self, seen: Seen) -> Answer | None:
        """What a request gets, with the fault whose turn it is; None where there is no such path."""
        with self._changed:
            self.seen.append(seen)
            self._changed.notify_all()
            entry = self._paths.get(seen.path)
            if entry is None:
                return None
            answer = answer_for(entry.served, seen)
            fault = entry.queue.popleft() if entry.queue and seen.method == "GET" else entry.rest
            if fault is not None:
                fault.change(answer)
            seen.status, seen.first = answer.status, answer.start
            return answer

    def allow(self, connection: socket.socket, wanted: int) -> int:
        """How many bytes may go out now; waits while that is none, and is none when the connection is to end."""
        with self._changed:
            self._changed.wait_for(lambda: self._allowance or connection not in self._connections)
            if connection not in self._connections:
                return 0
            allowed = min(wanted, self._allowance)
            self._allowance -= allowed
            return allowed

    def count(self, seen: Seen, allowed: int, sent: int) -> None:
        """Notes what was sent of what `allow` gave."""
        with self._changed:
            self._allowance += allowed - sent
            seen.sent += sent
            self.total += sent
            self._changed.notify_all()

    def wait(self, seconds: float | None = None) -> bool:
        """Waits until `release`, the end, or so long; whether to go on sending."""
        with self._changed:
            epoch = self._epoch
            self._changed.wait_for(lambda: self.ending or (seconds is None and self._epoch != epoch), seconds)
            return not self.ending

    def reset(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._reset.add(connection)

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        if self.context:
            connection = self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with self._changed:
            self._connections.add(connection)
        return connection, address

    def shutdown_request(self, request: socket.socket) -> None:
        with self._changed:
            self._connections.discard(request)
        if request in self._reset:
            self._reset.discard(request)
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        error = sys.exception()
        if error is not None and not isinstance(error, (ConnectionError, TimeoutError, ssl.SSLError)):
            self._bugs.append(error)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: MisbehavingServer

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.answer(Seen(self.command, path, headers))
        if answer is None:
            self._head(404, {"Content-Length": "0"})
        elif answer.raw is not None:
            self.wfile.write(answer.raw)
            self.close_connection = True
        else:
            if answer.chunked:
                answer.headers["Transfer-Encoding"] = "chunked"
            self._head(answer.status, answer.headers)
            if self.command == "GET":
                self._body(answer)

    do_HEAD = do_GET  # noqa: N815

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _body(self, answer: Answer) -> None:
        end = answer.length if answer.stop is None else min(answer.stop, answer.length)
        whole = self._send(answer, 0, end)
        if whole and answer.stop is not None and answer.at_stop == "wait":
            whole = self.server.wait() and self._send(answer, end, answer.length)
        elif answer.stop is not None:
            whole = False
            if answer.at_stop == "reset":
                self.server.reset(self.connection)
        if whole and answer.chunked:
            self.wfile.write(b"0\r\n\r\n")
        if not whole:
            self.close_connection = True

    def _send(self, answer: Answer, position: int, end: int) -> bool:
        """Sends that part of the body; whether all of it went out."""
        begun, first = time.monotonic(), position
        with _Reader(answer) as reader:
            while position < end:
                piece = min(PIECE, end - position, max(1, int(answer.rate / 20)) if answer.rate else PIECE)
                allowed = self.server.allow(self.connection, piece)
                if not allowed:
                    return False
                sent = 0
                try:
                    sent = reader.send(self.connection, position, allowed)
                finally:
                    self.server.count(answer.seen, allowed, sent)
                position += sent
                due = (position - first) / answer.rate - (time.monotonic() - begun) if answer.rate else 0
                if due > 0 and not self.server.wait(due):
                    return False
        return True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


class _Reader:
    """Sends parts of an answer's source; the kernel does it where that can be."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._file = answer.source.open("rb") if isinstance(answer.source, Path) else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        if self._file:
            self._file.close()

    def send(self, connection: socket.socket, position: int, count: int) -> int:
        answer, offset = self._answer, self._answer.start + position
        if self._file is None:
            assert isinstance(answer.source, bytes)
            offset %= max(1, len(answer.source))
            data = memoryview(answer.source)[offset : offset + count]
        elif isinstance(connection, ssl.SSLSocket) or answer.chunked:
            data = memoryview(os.pread(self._file.fileno(), count, offset))
        else:
            return os.sendfile(connection.fileno(), self._file.fileno(), offset, count)
        if answer.chunked:
            connection.sendall(b"%x\r\n" % len(data) + data + b"\r\n")
        else:
            return connection.send(data)
        return len(data)


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
