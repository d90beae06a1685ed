"""Real HTTP servers on free ports of this machine: well behaved, or as odd as a test wants."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

from mlrespond.model.json import Json


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401  # a test knows what it sent
        return json.loads(self.body)


@dataclass(frozen=True)
class Page:
    """An answer."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Wire: TypeAlias = Callable[["Handler"], None]
Answer: TypeAlias = Callable[[Seen], "Page | Wire"]


def page(body: Json, status: int = 200, **headers: str) -> Page:
    """Return an answer with a JSON body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Page(json.dumps(body).encode(), status, named)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # one packet an answer: Nagle's algorithm would hold the second up
    server: Server

    def answer(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(self.command, self.path, headers, self.rfile.read(length))
        self.server.seen.append(seen)
        answered = self.server.answer(seen)
        if isinstance(answered, Page):
            self.reply(answered)
        else:
            self.close_connection = True
            answered(self)

    def reply(self, answered: Page) -> None:
        self.send_response(answered.status)
        for name, value in answered.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answered.body)))
        self.end_headers()
        self.wfile.write(answered.body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815  # http.server's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
        """Stay silent."""


class Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 64

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.seen: list[Seen] = []
        self.connections: list[socket.socket] = []
        self.stopping = threading.Event()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self.connections.append(connection)
        return connection, address

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent: clients here hang up on purpose."""


class Loopback:
    """A running server; its `answer` can be exchanged at any time."""

    def __init__(self, answer: Answer | None = None, context: ssl.SSLContext | None = None) -> None:
        self._server = Server(answer or (lambda _: Page(b"{}")))
        if context:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.port = int(self._server.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}"

    @property
    def seen(self) -> list[Seen]:
        return self._server.seen

    @property
    def connections(self) -> int:
        """Return how many connections were ever made."""
        return len(self._server.connections)

    def answers(self, answer: Answer | Page) -> None:
        self._server.answer = (lambda _: answer) if isinstance(answer, Page) else answer

    def close(self) -> None:
        self._server.stopping.set()
        self._server.shutdown()
        self._thread.join()
        for connection in self._server.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()


def drip_body(handler: Handler) -> None:
    """Send the body one byte each 50 ms, for a minute."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1200\r\n\r\n")
    _drip(handler, b" " * 1200)


def drip_headers(handler: Handler) -> None:
    """Send the headers one byte each 50 ms, for a minute."""
    _drip(handler, b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 1200)


def _drip(handler: Handler, content: bytes) -> None:
    for start in range(len(content)):
        handler.wfile.write(content[start : start + 1])
        handler.wfile.flush()
        if handler.server.stopping.wait(0.05):
            return


def silence(handler: Handler) -> None:
    """Answer nothing, and keep the connection."""
    handler.server.stopping.wait(60)


def reset(handler: Handler) -> None:
    """Break the connection with RST."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def hang_up(handler: Handler) -> None:
    """End the connection without an answer."""
    handler.connection.shutdown(socket.SHUT_RDWR)


def cut(handler: Handler) -> None:
    """End the connection in the middle of a body."""
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"versions": ["6"')


def endless(handler: Handler) -> None:
    """Send a body that does not end, as fast as it can."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while not handler.server.stopping.is_set():
        handler.wfile.write(b"x" * 65536)


def no_http(handler: Handler) -> None:
    """Answer in another protocol."""
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.2p1\r\n" * 3)


def raw(content: bytes) -> Wire:
    """Return an answer of exactly these bytes."""

    def answer(handler: Handler) -> None:
        handler.wfile.write(content)

    return answer


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
