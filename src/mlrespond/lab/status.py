"""How a lab is: what runs, what is wanted and served, where requests go, and what is broken."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mlrespond.errors import PortError, UsageError
from mlrespond.lab.client import ask
from mlrespond.lab.folder import FALLBACK, MODEL, REPLICAS, ROUTER, Folder
from mlrespond.lab.platforms import platform_of
from mlrespond.lab.process import LabProcess
from mlrespond.lab.state import Fault, LabState, known
from mlrespond.lab.tensor import PROBE, request
from mlrespond.lab.web import LOOPBACK
from mlrespond.model.json import Json, record, text


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessStatus:
    """One process: whether it runs, its address, and the version it serves, if it serves any."""

    name: str
    pid: int
    alive: bool
    url: str | None = None
    serves: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabStatus:
    """A whole lab; `wanted` and `routes` are None when they cannot be read."""

    folder: str
    phase: str
    rate: float
    processes: tuple[ProcessStatus, ...]
    wanted: str | None
    routes: Json
    faults: tuple[Fault, ...]


def status(folder: Path) -> LabStatus:
    """Return how the lab is now; UsageError if there is none."""
    place = Folder(folder.resolve())
    state = known(place)
    return LabStatus(
        folder=str(place.root),
        phase=state.phase,
        rate=state.rate,
        processes=tuple(_process(process) for process in state.processes),
        wanted=_wanted(place, state),
        routes=_routes(state),
        faults=state.faults,
    )


def _process(process: LabProcess) -> ProcessStatus:
    return ProcessStatus(
        name=process.name,
        pid=process.pid,
        alive=process.alive,
        url=f"http://{LOOPBACK}:{process.port}" if process.port else None,
        serves=_serves(process) if process.name in (*REPLICAS, FALLBACK) else None,
    )


def _serves(process: LabProcess) -> str | None:
    """Ask the data plane: the version that really answers."""
    if not process.alive or process.port is None:
        return None
    try:
        reply = ask(process.port, "POST", f"/v2/models/{MODEL}/infer", request(None, [PROBE], []))
    except PortError:
        return None
    return text(record(reply).get("model_version"))


def _wanted(folder: Folder, state: LabState) -> str | None:
    try:
        return platform_of(folder, state).catalogue.wanted()
    except (PortError, UsageError):
        return None


def _routes(state: LabState) -> Json:
    try:
        return ask(state.port(ROUTER), "GET", "/routes")
    except (PortError, UsageError):
        return None
