"""Starting the lab's processes: each is written down as soon as it runs, then waited for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from mlrespond.errors import PortError, UnreachableError
from mlrespond.lab.client import ask
from mlrespond.lab.deadline import wait_until
from mlrespond.lab.folder import FALLBACK, REPLICAS, ROUTER, RULES, TRAFFIC, Folder
from mlrespond.lab.process import LabProcess, python, spawn
from mlrespond.lab.state import LabState, known, save

_READY_WITHIN_S = 20.0
_TAIL = 2000


def start_replicas(folder: Folder, versions: Sequence[str]) -> None:
    """Start the replicas and the fallback together; the last version is the served one."""
    served = [word for version in versions for word in ("--version", version)]
    for name in REPLICAS:
        start(folder, name, "replica", *served)
    start(folder, FALLBACK, "replica", "--rules")
    for name in (*REPLICAS, FALLBACK):
        await_port(folder, name, "/v2/health/ready")


def start_router(folder: Folder, state: LabState, ports: Mapping[str, int] | None = None) -> None:
    """Start the router before replicas that listen, or before what stands at `ports` for them."""
    found = ports or {name: state.port(name) for name in REPLICAS}
    replicas = [word for name, port in found.items() for word in ("--replica", f"{name}={port}")]
    fallback = ("--fallback", f"{RULES}={state.port(FALLBACK)}")
    start(folder, ROUTER, "router", *replicas, *fallback)
    await_port(folder, ROUTER, "/v2/health/live")


def start_traffic(folder: Folder, state: LabState) -> None:
    """Start the traffic, and wait until the first prediction is logged."""
    process = start(folder, TRAFFIC, "traffic", "--router", str(state.port(ROUTER)))
    logs = [folder.predictions(name) for name in REPLICAS]
    _await(folder, process, lambda: any(log.exists() and log.stat().st_size for log in logs))


def start(folder: Folder, name: str, module: str, *arguments: str) -> LabProcess:
    """Start a process of the lab and write down that it is there."""
    folder.port(name).unlink(missing_ok=True)
    place = ("--folder", str(folder.root), "--name", name)
    command = python(f"mlrespond.lab.{module}", *place, *arguments)
    process = spawn(name, command, folder.output(name))
    save(folder, known(folder).with_process(process))
    return process


def await_port(folder: Folder, name: str, path: str) -> None:
    """Wait until a process has told its port and answers there, and write the port down.

    Raises UnreachableError, with the end of what it printed, if it does not.
    """
    process = known(folder).process(name)
    told = folder.port(name)
    _await(folder, process, told.exists)
    port = int(told.read_text())
    _await(folder, process, lambda: _answers(port, path))
    save(folder, known(folder).with_process(replace(process, port=port)))


def _answers(port: int, path: str) -> bool:
    try:
        ask(port, "GET", path)
    except PortError:
        return False
    return True


def _await(folder: Folder, process: LabProcess, ready: Callable[[], bool]) -> None:
    wait_until(lambda: ready() or not process.alive, _READY_WITHIN_S)
    if not ready():
        what = f"is not ready after {_READY_WITHIN_S:g} s" if process.alive else "ended at once"
        raise UnreachableError(
            f"`{process.name}` {what}: {_printed(folder, process.name)}",
            hint=f"see {folder.output(process.name)}",
        )


def _printed(folder: Folder, name: str) -> str:
    output = folder.output(name)
    text = output.read_text(errors="replace") if output.exists() else ""
    return text[-_TAIL:].strip() or "it printed nothing"
