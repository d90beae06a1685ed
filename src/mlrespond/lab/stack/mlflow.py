"""A real MLflow server: the registry's REST API, on SQLite and a folder of artefacts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mlrespond.lab.stack.environment import environment
from mlrespond.lab.stack.server import Launch, free_port
from mlrespond.lab.web import LOOPBACK

_QUIET = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # its job runners cost ten processes and 2 GiB
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
_USERS = """[mlflow]
default_permission = READ
database_uri = sqlite:///{home}/users.db
admin_username = admin
admin_password = {password}
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
"""


def launch(
    home: Path,
    tell: Callable[[str], None],
    *,
    name: str = "mlflow",
    password: str | None = None,
) -> Launch:
    """Return how MLflow is started in a folder; with a password, its basic auth is on."""
    home.mkdir(parents=True, exist_ok=True)
    found, port = environment("mlflow", tell), free_port()
    command: tuple[str, ...] = (
        *(found.command("mlflow"), "server", "--host", LOOPBACK, "--port", str(port)),
        *("--workers", "1", "--backend-store-uri", f"sqlite:///{home}/mlflow.db"),
        *("--serve-artifacts", "--artifacts-destination", str(home / "artifacts")),
    )
    environ = {**_QUIET, "PATH": found.path}
    if password is not None:
        users = home / "users.ini"
        users.write_text(_USERS.format(home=home, password=password))
        command = (*command, "--app-name", "basic-auth")
        environ |= {"MLFLOW_AUTH_CONFIG_PATH": str(users), "MLFLOW_FLASK_SERVER_SECRET_KEY": name}
    return Launch(name=name, command=command, port=port, ready="/health", environ=environ)
