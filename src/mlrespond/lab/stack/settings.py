"""The `mlir.yaml` of a lab on a stack: the same service, described by its real systems."""

from __future__ import annotations

import yaml

from mlrespond.adapters.durable import replace_file
from mlrespond.lab.folder import ALIAS, MODEL, REPLICAS, Folder
from mlrespond.lab.settings import HEAD, embedded_serving, project
from mlrespond.lab.stack.kind import kind_of
from mlrespond.lab.stack.place import ALERTMANAGER, MLFLOW, PROMETHEUS, StackPlace
from mlrespond.lab.state import LabState
from mlrespond.lab.tensor import PROBE
from mlrespond.lab.web import LOOPBACK
from mlrespond.model.json import Json, Record


def write_stack_settings(folder: Folder, state: LabState) -> None:
    """Write `mlir.yaml` for a stack whose servers all listen."""
    url = f"http://{LOOPBACK}"
    registry: Json = {
        "kind": "mlflow",
        "url": f"{url}:{state.port(MLFLOW)}",
        "model": MODEL,
        "alias": ALIAS,
    }
    metrics: Json = {"kind": "prometheus", "url": f"{url}:{state.port(PROMETHEUS)}"}
    monitor: Json = {"kind": "alertmanager", "url": f"{url}:{state.port(ALERTMANAGER)}"}
    changes: Record = {
        "registry": registry,
        "serving": serving(folder, state),
        "metrics": metrics,
        "monitor": monitor,
    }
    text = yaml.safe_dump(project(folder, state, changes), sort_keys=False, width=1000)
    replace_file(folder.settings, (HEAD + text).encode())


def serving(folder: Folder, state: LabState) -> Record:
    """Return the serving part: the real servers, behind the lab's router."""
    kind = kind_of(state.stack, StackPlace(folder))
    replicas = [
        {
            "name": name,
            "region": name.partition("-")[0],
            "url": f"http://{LOOPBACK}:{state.port(name)}",
        }
        for name in REPLICAS
    ]
    common = {
        key: value
        for key, value in embedded_serving(folder, state).items()
        if key in {"model", "routes_through", "hooks"}
    }
    return {**kind.described(), **common, "replicas": replicas, "probe": PROBE}
