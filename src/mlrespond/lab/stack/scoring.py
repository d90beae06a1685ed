"""A real `mlflow models serve`: one process that loads what the registry's alias names."""

from __future__ import annotations

from collections.abc import Callable

from mlrespond.lab.stack.environment import environment
from mlrespond.lab.stack.server import Launch, free_port
from mlrespond.lab.web import LOOPBACK


def launch(uri: str, tracking: str, tell: Callable[[str], None], *, name: str) -> Launch:
    """Return how a process is started that serves `models:/NAME@ALIAS` of a tracking server."""
    found, port = environment("mlflow", tell), free_port()
    return Launch(
        name=name,
        command=(
            *(found.command("mlflow"), "models", "serve", "--model-uri", uri),
            *("--host", LOOPBACK, "--port", str(port), "--env-manager", "local"),
        ),
        port=port,
        ready="/ping",
        environ={
            "PATH": found.path,  # it starts uvicorn by its name
            "MLFLOW_TRACKING_URI": tracking,
            "MLFLOW_DISABLE_TELEMETRY": "true",
        },
    )
