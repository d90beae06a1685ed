"""A real Prefect: its server on SQLite, behind a login, and a process that serves flows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from mlrespond.lab.stack.environment import environment
from mlrespond.lab.stack.server import Launch, free_port
from mlrespond.lab.web import LOOPBACK

USER = "admin"

_SERVE = 'cd "$1" && exec "$0" flows.py'  # Prefect names flows by their path from where it runs


def launch(home: Path, password: str, tell: Callable[[str], None]) -> Launch:
    """Return how the server is started in a folder."""
    (home / "server").mkdir(parents=True, exist_ok=True)
    found, port = environment("prefect", tell), free_port()
    return Launch(
        name="prefect",
        command=(
            *(found.command("prefect"), "server", "start", "--no-ui"),
            *("--host", LOOPBACK, "--port", str(port)),
        ),
        port=port,
        ready="/api/health",
        environ={
            "PATH": found.path,
            "PREFECT_SERVER_API_AUTH_STRING": f"{USER}:{password}",
            **_settings(home / "server", port, password),
        },
    )


def flows(
    home: Path, program: str, server: Launch, password: str, tell: Callable[[str], None]
) -> Launch:
    """Return how a program that serves flows is started beside a server that is ready.

    It listens nowhere: whether its deployments are there, the server's API tells.
    """
    (home / "flows").mkdir(parents=True, exist_ok=True)
    (home / "flows.py").write_text(program)
    found = environment("prefect", tell)
    return Launch(
        name="flows",
        command=("/bin/sh", "-c", _SERVE, found.command("python"), str(home)),
        port=server.port,
        ready=server.ready,
        environ={"PATH": found.path, **_settings(home / "flows", server.port, password)},
    )


def _settings(home: Path, port: int, password: str) -> Mapping[str, str]:
    return {
        "HOME": str(home),  # else it writes into the user's, wherever PREFECT_HOME is
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": f"http://{LOOPBACK}:{port}/api",
        "PREFECT_API_AUTH_STRING": f"{USER}:{password}",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
    }
