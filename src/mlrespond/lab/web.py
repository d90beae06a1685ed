"""A small JSON server on loopback: HTTP/1.1 with persistent connections, one thread each.

What it serves is one function from a call to an answer; an error of ours becomes its status.
"""

from __future__ import annotations

import socketserver
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

from mlrespond.errors import (
    Error,
    InvalidInputError,
    NoAnswerError,
    NotThereError,
    RejectedError,
    UnreachableError,
    UnsupportedError,
)
from mlrespond.model.json import Json, dump

LOOPBACK = "127.0.0.1"
IDLE_S = 60.0

_MOST_BYTES = 8 * 1024 * 1024
_STATUS: dict[type[Error], HTTPStatus] = {
    InvalidInputError: HTTPStatus.BAD_REQUEST,
    NotThereError: HTTPStatus.NOT_FOUND,
    RejectedError: HTTPStatus.INTERNAL_SERVER_ERROR,
    UnreachableError: HTTPStatus.SERVICE_UNAVAILABLE,
    NoAnswerError: HTTPStatus.GATEWAY_TIMEOUT,
    UnsupportedError: HTTPStatus.NOT_FOUND,
}


@dataclass(frozen=True, slots=True)
class Call:
    """What a client asks: `path` in parts, without the query."""

    method: str
    path: tuple[str, ...]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client gets."""

    body: bytes
    status: int = 200
    media: str = "application/json"


App: TypeAlias = Callable[[Call], Answer]


def as_json(value: Json, status: int = 200) -> Answer:
    """Return an answer with a JSON body."""
    return Answer(dump(value).encode(), status)


def unknown(call: Call) -> UnsupportedError:
    """Return the error for a call that means nothing here."""
    return UnsupportedError(f"there is no {call.method} /{'/'.join(call.path)}")


class LoopbackServer(ThreadingHTTPServer):
    """Serves an app on 127.0.0.1; port 0 takes a free one."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, app: App, port: int = 0) -> None:
        self.app = app
        self._busy = 0
        self._idle = threading.Condition()
        super().__init__((LOOPBACK, port), _Handler)

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return int(self.server_address[1])

    def server_bind(self) -> None:
        """Bind without asking the name service who we are, as HTTPServer would."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = LOOPBACK, self.port

    def start(self) -> None:
        """Serve in a thread of its own."""
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self, patience_s: float = 1.0) -> None:
        """Take no new connection, let the calls that run finish, and close."""
        self.shutdown()
        with self._idle:
            self._idle.wait_for(lambda: not self._busy, patience_s)
        self.server_close()

    def answer(self, call: Call) -> Answer:
        """Return what the app answers; an error of ours is an answer too."""
        with self._idle:
            self._busy += 1
        try:
            return self.app(call)
        except Error as error:
            return as_json({"error": error.message}, _STATUS.get(type(error), 500))

    def answered(self) -> None:
        """Note that an answer has been sent."""
        with self._idle:
            self._busy -= 1
            self._idle.notify_all()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that went away; anything else is a bug, and is printed."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # passed on


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a small answer waits for the client's delayed ACK
    wbufsize = -1  # head and body leave in one packet
    timeout = IDLE_S
    server: LoopbackServer

    def do_GET(self) -> None:
        body = self._read_body()
        if body is None:
            return
        path = tuple(unquote(part) for part in urlsplit(self.path).path.split("/") if part)
        try:
            self._send(self.server.answer(Call(self.command, path, body)))
        finally:
            self.server.answered()

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815  # http.server looks for these names

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is no HTTP of ours as everything is refused: in JSON."""
        self._refuse(HTTPStatus(code), explain or message or HTTPStatus(code).phrase)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
        """Keep no access log: the prediction log is the record."""

    def _read_body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not length.isdecimal():
            self._refuse(HTTPStatus.LENGTH_REQUIRED, "a Content-Length is needed")
            return None
        if int(length) > _MOST_BYTES:
            why = f"more than {_MOST_BYTES} bytes"
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, why)
            return None
        return self.rfile.read(int(length))

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        self.close_connection = True  # the body was not read: what follows is no new request
        self._send(as_json({"error": why}, status))

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.media)
        self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)
        self.wfile.flush()
