"""A persistent HTTP connection to one of the lab's servers, and a pool of them.

A request is sent at most once. A connection that the server closed while it lay idle is noticed
before anything is sent, and opened anew.
"""

from __future__ import annotations

import select
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException

from mlrespond.errors import BadReplyError, InvalidInputError, NoAnswerError, UnreachableError
from mlrespond.lab.json_file import parse_json
from mlrespond.lab.web import IDLE_S, LOOPBACK
from mlrespond.model.json import Json, dump, record
from mlrespond.model.text import unnumbered

_TIMEOUT_S = 5.0
_REOPEN_AFTER_S = IDLE_S / 2
_BAD = 400


class Client:
    """One connection; not for two threads at once."""

    def __init__(self, port: int, timeout_s: float = _TIMEOUT_S) -> None:
        self._connection = HTTPConnection(LOOPBACK, port, timeout=timeout_s)
        self._used_at = 0.0

    def call(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Return status and body.

        Raises UnreachableError when nothing was sent, NoAnswerError when no whole answer came.
        """
        self._connect()
        try:
            self._connection.request(method, path, body, {"Content-Type": "application/json"})
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, HTTPException) as cause:
            self.close()
            raise NoAnswerError(f"{self} gave no answer: {_said(cause)}") from cause
        self._used_at = time.monotonic()
        return response.status, content

    def close(self) -> None:
        """Close the connection; the next call opens it again."""
        self._connection.close()

    def __str__(self) -> str:
        return f"{self._connection.host}:{self._connection.port}"

    def _connect(self) -> None:
        if self._connection.sock is not None and self._stale():
            self.close()
        if self._connection.sock is None:
            try:
                self._connection.connect()
            except OSError as cause:
                self.close()
                raise UnreachableError(f"{self} cannot be reached: {_said(cause)}") from cause

    def _stale(self) -> bool:
        """Return whether the idle connection has ended: then it is readable (end of file)."""
        if time.monotonic() - self._used_at > _REOPEN_AFTER_S:
            return True
        poll = select.poll()
        poll.register(self._connection.sock, select.POLLIN)
        return bool(poll.poll(0))


class Pool:
    """As many connections to one server as there are calls at once."""

    def __init__(self, port: int, timeout_s: float = _TIMEOUT_S) -> None:
        self._port = port
        self._timeout_s = timeout_s
        self._idle: list[Client] = []
        self._lock = threading.Lock()

    def call(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """See Client.call."""
        with self._client() as client:
            return client.call(method, path, body)

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for client in idle:
            client.close()

    @contextmanager
    def _client(self) -> Iterator[Client]:
        with self._lock:
            client = self._idle.pop() if self._idle else Client(self._port, self._timeout_s)
        try:
            yield client
        finally:
            with self._lock:
                self._idle.append(client)


def ask(port: int, method: str, path: str, body: Json = None) -> Json:
    """Make one call over a connection of its own, and return the JSON of the answer.

    Raises BadReplyError for a status of 400 or more, with the error that the server told.
    """
    client = Client(port)
    try:
        status, content = client.call(method, path, None if body is None else dump(body).encode())
    finally:
        client.close()
    reply: Json = None
    with suppress(InvalidInputError):
        reply = parse_json(content, path) if content else None
    if status >= _BAD:
        told = record(reply).get("error", "no reason given")
        raise BadReplyError(f"{client} answered {method} {path} with {status}: {told}")
    return reply


def _said(cause: Exception) -> str:
    return unnumbered(str(cause)) or type(cause).__name__
