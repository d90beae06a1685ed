"""Starting a lab on real servers: MLflow, Triton or MLServer, Prometheus and Alertmanager."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from mlrespond.lab.folder import FALLBACK, REPLICAS, Folder
from mlrespond.lab.playbooks import write_playbooks
from mlrespond.lab.stack import mlflow, prometheus
from mlrespond.lab.stack.kind import kind_of
from mlrespond.lab.stack.place import ALERTMANAGER, MLFLOW, PROMETHEUS, RECEIVER, StackPlace, front
from mlrespond.lab.stack.platform import catalogue
from mlrespond.lab.stack.rules import rules
from mlrespond.lab.stack.run import start_servers
from mlrespond.lab.stack.settings import write_stack_settings
from mlrespond.lab.start import await_port, start, start_router, start_traffic
from mlrespond.lab.state import LabState, known
from mlrespond.lab.up import first_models, raise_up, register
from mlrespond.lab.web import LOOPBACK

Tell = Callable[[str], None]


def up_on_stack(
    folder: Path, stack: str, tell: Tell, *, seed: int = 7, rate: float = 60.0
) -> LabState:
    """Start a lab on a stack, and return when it serves traffic; see `up` for the rest.

    Servers that are not there yet are installed first. Raises UsageError for an unknown stack,
    UnreachableError for a program that the system lacks, with how it is installed.
    """
    kind_of(stack, StackPlace(Folder(folder)))
    state = LabState(phase="starting", seed=seed, rate=rate, stack=stack)
    return raise_up(folder, state, partial(_begin, tell=tell))


def _begin(folder: Folder, state: LabState, *, tell: Tell) -> None:
    place = StackPlace(folder)
    place.root.mkdir()
    tell("starting MLflow")
    start_servers(folder, [mlflow.launch(place.home(MLFLOW), tell)])
    versions = catalogue(folder, known(folder))
    versions.create()
    for model in first_models(state.seed):
        register(versions, model)
    versions.want(state.good)
    _serve(folder, known(folder), tell)
    _watch(folder)
    write_stack_settings(folder, known(folder))
    write_playbooks(folder)
    start_traffic(folder, known(folder))


def _serve(folder: Folder, state: LabState, tell: Tell) -> None:
    kind = kind_of(state.stack, StackPlace(folder))
    tell(f"starting {state.stack.split('+')[1]} on {' and '.join(REPLICAS)}")
    start_servers(folder, [kind.launch(name, state.good, tell) for name in REPLICAS])
    started = known(folder)
    for name in REPLICAS:
        arguments = ("--server", str(started.port(name)), "--replica", name)
        start(folder, front(name), "stack.front", *arguments)
    start(folder, FALLBACK, "replica", "--rules")
    for name in (*map(front, REPLICAS), FALLBACK):
        await_port(folder, name, "/v2/health/live")
    started = known(folder)
    start_router(folder, started, {name: started.port(front(name)) for name in REPLICAS})


def _watch(folder: Folder) -> None:
    """Start what notices: the fronts are scraped, and what fires is posted to the receiver."""
    place = StackPlace(folder)
    start(folder, RECEIVER, "stack.receiver")
    await_port(folder, RECEIVER, "/v2/health/live")
    state = known(folder)
    webhook = f"http://{LOOPBACK}:{state.port(RECEIVER)}/alert"
    manager = prometheus.alertmanager(place.home(ALERTMANAGER), webhook)
    fronts = {name: state.port(front(name)) for name in REPLICAS}
    monitor = prometheus.launch(
        place.home(PROMETHEUS), {"fronts": fronts}, rules(), manager.port, name=PROMETHEUS
    )
    start_servers(folder, [manager, monitor])
