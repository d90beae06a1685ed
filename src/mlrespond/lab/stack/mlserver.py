"""A real MLServer, which serves what the settings files in its folder name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mlrespond.lab.folder import MODEL
from mlrespond.lab.json_file import write_json
from mlrespond.lab.model import Model
from mlrespond.lab.process import source_folder
from mlrespond.lab.stack.environment import environment
from mlrespond.lab.stack.server import Launch, free_port
from mlrespond.lab.web import LOOPBACK
from mlrespond.model.codec import encode
from mlrespond.model.json import Json

RUNTIME = "mlrespond.lab.stack.mlserver_runtime.FraudScorer"
SETTINGS = "model-settings.json"


def write_artefact(artefacts: Path, version: str, model: Model) -> None:
    """Write a version's artefact where settings can point to it."""
    (artefacts / version).mkdir(parents=True, exist_ok=True)
    write_json(artefacts / version / "model.json", encode(model))


def settings(artefacts: Path, version: str) -> Json:
    """Return the settings of one version of the lab's model."""
    place = str(artefacts / version / "model.json")
    return {
        "name": MODEL,
        "implementation": RUNTIME,
        "parameters": {"uri": place, "version": version},
    }


def launch(
    home: Path, artefacts: Path, served: str, tell: Callable[[str], None], *, name: str = "mlserver"
) -> Launch:
    """Return how MLServer is started in a folder, with one version of the lab's model."""
    slot = home / "slot"
    slot.mkdir(parents=True, exist_ok=True)
    http, grpc, metrics = free_port(), free_port(), free_port()
    write_json(
        home / "settings.json",
        {
            "host": LOOPBACK,
            "http_port": http,
            "grpc_port": grpc,
            "metrics_port": metrics,
            "parallel_workers": 0,  # a worker dies at once with uvloop 0.23
        },
    )
    write_json(slot / SETTINGS, settings(artefacts, served))
    found = environment("mlserver", tell)
    return Launch(
        name=name,
        command=(found.command("mlserver"), "start", str(home)),
        port=http,
        ready="/v2/health/ready",
        environ={"PATH": found.path, "PYTHONPATH": str(source_folder())},
    )
