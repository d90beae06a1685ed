"""Starting one real server: in a group of its own, its output in a file, waited for over HTTP."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from mlrespond.errors import UnreachableError
from mlrespond.lab.deadline import wait_until
from mlrespond.lab.process import LabProcess, spawn, stop
from mlrespond.lab.web import LOOPBACK

_READY_WITHIN_S = 90.0
_ASK_S = 2.0
_TAIL = 2000
_OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How a server is started: `ready` is the path that answers 200 when it is."""

    name: str
    command: tuple[str, ...]
    port: int
    ready: str
    environ: Mapping[str, str] = field(default_factory=dict)


def free_port() -> int:
    """Return a port on loopback that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def start(launch: Launch, output: Path) -> LabProcess:
    """Start a server without waiting for it."""
    environ = {**os.environ, **launch.environ}
    process = spawn(launch.name, list(launch.command), output, environ)
    return replace(process, port=launch.port)


def await_ready(process: LabProcess, launch: Launch, output: Path) -> None:
    """Return when the server says that it is ready.

    Raises UnreachableError, with the end of what it printed, if it does not; it is stopped then.
    """
    wait_until(lambda: answers(launch) or not process.alive, _READY_WITHIN_S, every_s=0.1)
    if answers(launch):
        return
    word = f"is not ready after {_READY_WITHIN_S:g} s" if process.alive else "ended at once"
    stop([process])
    printed = output.read_text(errors="replace")[-_TAIL:].strip() or "it printed nothing"
    raise UnreachableError(f"{launch.name} {word}: {printed}", hint=f"see {output}")


def answers(launch: Launch) -> bool:
    """Return whether the path that tells readiness answers 200 now."""
    connection = http.client.HTTPConnection(LOOPBACK, launch.port, timeout=_ASK_S)
    try:
        connection.request("GET", launch.ready)
        return connection.getresponse().status == _OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def program(name: str, package: str) -> str:
    """Return the path of a program of the system; UnreachableError says how to install it."""
    found = shutil.which(name)
    if found is None:
        raise UnreachableError(f"`{name}` is not installed", hint=f"apt-get install {package}")
    return found


def url(process: LabProcess) -> str:
    """Return the address of a server that was started."""
    return f"http://{LOOPBACK}:{process.port}"
