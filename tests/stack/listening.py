"""Who listens where: read from /proc, for the processes of one session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from mlrespond.lab.session import members

_LISTEN = "0A"
# proc_net(5): addresses are hexadecimal, in the byte order of the machine
_LOOPBACK = re.compile(r"0100007F|0{24}01000000|0{16}FFFF00000100007F")


def beyond_loopback(session: int) -> list[str]:
    """Return the addresses, as hexadecimal, at which a session listens for other machines."""
    mine = set(_sockets(session))
    return [
        address
        for table in ("tcp", "tcp6")
        for address, socket in _listening(Path("/proc/net") / table)
        if socket in mine and not _LOOPBACK.fullmatch(address.partition(":")[0])
    ]


def _sockets(session: int) -> Iterator[str]:
    for pid in members(session):
        for link in Path(f"/proc/{pid}/fd").glob("*"):
            with suppress(OSError):
                found = re.fullmatch(r"socket:\[(\d+)\]", str(link.readlink()))
                if found:
                    yield found.group(1)


def _listening(table: Path) -> Iterator[tuple[str, str]]:
    for line in table.read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == _LISTEN:
            yield fields[1], fields[9]
