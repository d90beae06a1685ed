"""Connects, reads and writes that get only the time that a call has left.

httpx's own timeouts count from read to read, so a reply that drips never times out, and its
look-up of names has no timeout at all. Imported lazily: it costs httpx.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import httpcore

from mlrespond.adapters.address import is_ip

_PIECE = 1 << 14


@dataclass(slots=True)
class Call:
    """One call in this thread: when it must have ended, and what has come back of it.

    `heard` is true after the first byte, `answered` after the status and the headers.
    """

    ends: float
    heard: bool = False
    answered: bool = False

    def left(self) -> float:
        """Return the seconds that are left."""
        return self.ends - time.monotonic()


_CALL: ContextVar[Call] = ContextVar("call")


@contextmanager
def under(call: Call) -> Iterator[None]:
    """Bind this thread's network use to a call's deadline."""
    token = _CALL.set(call)
    try:
        yield
    finally:
        _CALL.reset(token)


class _Stream(httpcore.NetworkStream):
    """A stream whose time-outs are what the call has left, whatever httpcore asks for."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        call = _CALL.get()
        content = self._inner.read(max_bytes, _left_or(httpcore.ReadTimeout))
        call.heard = call.heard or bool(content)
        return content

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            piece = buffer[start : start + _PIECE]
            self._inner.write(piece, _left_or(httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(
            self._inner.start_tls(ssl_context, server_hostname, _left_or(httpcore.ConnectTimeout))
        )

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401  # httpcore's signature
        return self._inner.get_extra_info(info)


class DeadlineBackend(httpcore.NetworkBackend):
    """Connects within the deadline of the call that this thread is making."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = _addresses(host, port)
        for place, address in enumerate(addresses):
            share = _left_or(httpcore.ConnectTimeout) / (len(addresses) - place)
            try:
                stream = self._inner.connect_tcp(
                    address, port, share, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if address == addresses[-1]:
                    raise
            else:
                return _Stream(stream)
        raise httpcore.ConnectError(f"{host} has no address")


def _left_or(error: type[httpcore.TimeoutException]) -> float:
    """Return the seconds left, read once so that they stay above zero, or raise."""
    left = _CALL.get().left()
    if left <= 0:
        raise error("the deadline has passed")
    return left


def _addresses(host: str, port: int) -> list[str]:
    """Look a name up in a thread of its own: getaddrinfo(3) cannot be told to hurry."""
    if is_ip(host):
        return [host]
    found: list[str] = []
    failed: list[OSError | UnicodeError] = []

    def look_up() -> None:
        try:
            known = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as cause:
            failed.append(cause)
        else:
            found.extend(dict.fromkeys(str(one[4][0]) for one in known))

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(_left_or(httpcore.ConnectTimeout))
    if failed:
        raise httpcore.ConnectError(str(failed[0])) from failed[0]
    if not found:
        raise httpcore.ConnectTimeout(f"{host} was not found in time")
    return found
