"""A server on one address of this machine, in a thread of its own from start to stop."""

from __future__ import annotations

import ipaddress
import socket
import socketserver
import threading
from dataclasses import dataclass

from mlrespond.errors import UsageError


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen: numeric, and of which family."""

    family: socket.AddressFamily
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if self.family == socket.AF_INET6 else self.host
        return f"http://{host}:{self.port}"


def address(written: str, *, anywhere: bool = False) -> Address:
    """Return the address of `PORT` or `HOST:PORT`; without a host it is loopback.

    Raises UsageError for what is none, and for a wildcard unless `anywhere` is said too.
    """
    host, _, port = written.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    if not (port.isascii() and port.isdecimal() and int(port) < 1 << 16):
        raise UsageError(f"`{written}` is no address", hint="write PORT or HOST:PORT")
    try:
        found = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as cause:
        raise UsageError(f"`{host}` is no host of this machine") from cause
    numeric = str(found[4][0])
    if ipaddress.ip_address(numeric.partition("%")[0]).is_unspecified and not anywhere:
        raise UsageError(
            f"`{written}` listens on every network of this machine",
            hint="name one address, or add --any-address if that is what you want",
        )
    return Address(found[0], numeric, int(port))


class LocalServer(socketserver.TCPServer):
    """Listens from the start; `closing_s` is how long the message at hand may take at the end.

    Raises UsageError where it cannot listen. `where` is the address with the port that was given.
    """

    allow_reuse_address = True

    def __init__(
        self,
        where: Address,
        handler: type[socketserver.BaseRequestHandler],
        closing_s: float,
    ) -> None:
        self.address_family = where.family
        try:
            super().__init__((where.host, where.port), handler)
        except OSError as cause:
            raise UsageError(
                f"{where} cannot be listened at: {cause.strerror}", hint="choose another port"
            ) from cause
        self.where = Address(where.family, where.host, int(self.server_address[1]))
        self._closing_s = closing_s
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    def start(self) -> None:
        """Begin to take messages."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more: the message at hand is finished first."""
        self.shutdown()
        self._thread.join(self._closing_s)
        self.server_close()
