"""A small HTTP listener for messages from outside: one thread, one POST at a time, all capped.

Whatever is odd, slow or too large is refused with a 4xx and counted; nothing of it is shown.
"""

from __future__ import annotations

import io
import socket
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from time import monotonic
from typing import TypeAlias

from mlrespond.adapters.local_server import Address, LocalServer
from mlrespond.model.json import dump

MOST_BYTES = 256 << 10
WITHIN_S = 5.0

_HEAD_BYTES = 32 << 10
_LINGER_S = 0.5
_TELLING = frozenset({"x-mlflow-signature", "x-mlflow-timestamp", "x-mlflow-delivery-id"})
_ONCE = _TELLING | {"content-length"}


class RefusedError(Exception):
    """A message is refused: with a status, for a reason that quotes nothing of it."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Message:
    """What was posted; header names are in lower case."""

    headers: Mapping[str, str]
    body: bytes


Take: TypeAlias = Callable[[Message], int]


class Listener(LocalServer):
    """Takes messages, and answers with what `take` says; `tell` gets a line for what is refused."""

    request_queue_size = 16

    def __init__(
        self,
        where: Address,
        take: Take,
        tell: Callable[[str], None],
        within_s: float = WITHIN_S,
    ) -> None:
        self.take = take
        self.within_s = within_s
        self.taken = 0
        self.refused: Counter[str] = Counter()
        self._tell = tell
        super().__init__(where, _Handler, closing_s=within_s + _LINGER_S)

    def refuse(self, reason: str) -> None:
        """Count a refusal; the first, second, fourth, eighth … of a sort is told."""
        self.refused[reason] += 1
        count = self.refused[reason]
        if count & (count - 1) == 0:
            self._tell(f"webhook refused: {reason} ({count} so far)")

    def handle_error(self, request: object, client_address: object) -> None:
        """Count clients that went away; anything else is a bug, told without a traceback."""
        assert request, client_address
        error = sys.exc_info()[1]
        gone = isinstance(error, OSError)
        self.refuse("went away" if gone else f"a bug of ours: {type(error).__name__}")


class _Handler(BaseHTTPRequestHandler):
    server: Listener

    def setup(self) -> None:
        super().setup()
        self._unread = False
        self._until = monotonic() + self.server.within_s
        source = _Bounded(self.connection, self._until, _HEAD_BYTES + MOST_BYTES)
        self.rfile = io.BufferedReader(source)

    def do_POST(self) -> None:
        try:
            status = self.server.take(Message(self._headers(), self._body()))
        except RefusedError as refused:
            self._refuse(refused.status, refused.reason)
            return
        self.server.taken += status < HTTPStatus.BAD_REQUEST
        self._answer(status, HTTPStatus(status).phrase)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is no HTTP of ours: what http.server calls 501 and 505 is the client's."""
        assert message or explain or code
        self._unread = True
        other = code == HTTPStatus.NOT_IMPLEMENTED
        status = HTTPStatus.METHOD_NOT_ALLOWED if other else min(code, 499)
        known = status if status in set(HTTPStatus) else HTTPStatus.BAD_REQUEST
        self._refuse(known, "not a POST" if other else "odd request")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
        """Keep no access log: what was taken is in the timeline, what was refused is counted."""

    def log_error(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
        """Count a request line that never came; http.server tells it so."""
        if format.startswith("Request timed out"):
            self.server.refuse("too slow")

    def finish(self) -> None:
        """Close; what was refused unread is read away first, or the client loses our answer."""
        super().finish()
        if not self._unread:
            return
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            away = _Bounded(self.connection, monotonic() + _LINGER_S, 8 * MOST_BYTES)
            while away.readinto(bytearray(64 << 10)):
                pass

    def _headers(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, value in self.headers.items():
            if name.lower() in _ONCE and name.lower() in found:
                raise self._left(400, "a header twice")
            found[name.lower()] = value
        return found

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if self.headers.get("Transfer-Encoding") or not (length.isascii() and length.isdecimal()):
            raise self._left(411, "no length")
        if len(length) > len(str(MOST_BYTES)) or int(length) > MOST_BYTES:
            raise self._left(413, "too large")
        try:
            body = self.rfile.read(int(length))
        except TimeoutError as cause:
            raise RefusedError(408, "too slow") from cause
        if len(body) < int(length):
            raise RefusedError(400, "cut off")
        return body

    def _left(self, status: int, reason: str) -> RefusedError:
        self._unread = True
        return RefusedError(status, reason)

    def _refuse(self, status: int, reason: str) -> None:
        self.server.refuse(reason)
        self._answer(status, reason)

    def _answer(self, status: int, told: str) -> None:
        body = b"" if status == HTTPStatus.NO_CONTENT else dump({"told": told}).encode()
        self.connection.settimeout(self.server.within_s)
        self.request_version = self.protocol_version  # else what is no HTTP gets no status line
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


class _Bounded(io.RawIOBase):
    """What a connection sends until a deadline, and no more than so many bytes of it."""

    def __init__(self, connection: socket.socket, until: float, most: int) -> None:
        self._connection = connection
        self._until = until
        self._left = most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # of bytes only
        left_s = self._until - monotonic()
        if left_s <= 0:
            raise TimeoutError("the message took too long")
        self._connection.settimeout(left_s)
        wanted = memoryview(buffer)[: self._left]
        count = self._connection.recv_into(wanted) if wanted else 0
        self._left -= count
        return count
