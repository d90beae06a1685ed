"""Runs a server in a network of its own that has one door: a port here leads to a port in there.

Some servers listen on every address of the machine, whatever they are told. A socket stays in the
network in which it was made (network_namespaces(7)), so one that was made here takes calls from
here, wherever its holder is. Needs Linux, and the right to make namespaces.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress

from mlrespond.errors import UnreachableError
from mlrespond.lab.process import python
from mlrespond.lab.stack.server import program
from mlrespond.lab.web import LOOPBACK

_MODULE = "mlrespond.lab.stack.secluded"
_NAMESPACES = ("--net", "--pid", "--fork", "--mount-proc", "--kill-child")
_SET_FLAGS = 0x8914  # SIOCSIFFLAGS, netdevice(7)
_UP = 0x1 | 0x40  # IFF_UP, IFF_RUNNING
_PIECE = 1 << 16


def command(port: int, inner: int, server: Sequence[str]) -> tuple[str, ...]:
    """Return how a server is run such that `port` here leads to `inner` in its own network.

    Raises UnreachableError where this user may make no namespaces.
    """
    unshare = program("unshare", "util-linux")
    probe = subprocess.run([unshare, *_NAMESPACES, "true"], capture_output=True, check=False)  # noqa: S603  # a program of the system, with words of ours
    if probe.returncode:
        raise UnreachableError("namespaces cannot be made here", hint="run it as root on Linux")
    return tuple(python(_MODULE, unshare, str(port), str(inner), *server))


def _outside(unshare: str, port: int, *rest: str) -> None:
    """Become unshare, with a door that is open on this side."""
    door = socket.create_server((LOOPBACK, port))
    door.set_inheritable(True)
    inside = [sys.executable, "-P", "-m", _MODULE, "--inside", str(door.fileno()), *rest]
    os.execv(unshare, [unshare, *_NAMESPACES, *inside])  # noqa: S606  # no shell is meant


def _inside(door: socket.socket, inner: int, server: Sequence[str]) -> int:
    """Run the server; this is process 1 of its namespace, and all in it end with this."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh", b"lo", _UP))
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    child = subprocess.Popen(server, env=environ)  # noqa: S603  # the lab's own server
    threading.Thread(target=_take_calls, args=(door, inner), daemon=True).start()
    return child.wait()


def _take_calls(door: socket.socket, inner: int) -> None:
    while True:
        caller, _ = door.accept()
        try:
            called = socket.create_connection((LOOPBACK, inner))
        except OSError:
            caller.close()
            continue
        for one, other in ((caller, called), (called, caller)):
            threading.Thread(target=_carry, args=(one, other), daemon=True).start()


def _carry(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while piece := one.recv(_PIECE):
            other.sendall(piece)
        other.shutdown(socket.SHUT_WR)


def main(arguments: Sequence[str]) -> int:
    """Run outside, which becomes the inside."""
    if arguments[0] == "--inside":
        number, inner, *server = arguments[1:]
        return _inside(socket.socket(fileno=int(number)), int(inner), server)
    unshare, port, *rest = arguments
    _outside(unshare, int(port), *rest)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
