"""A real Airflow: API server, scheduler and DAG processor, on SQLite, with a user of its own.

`airflow standalone` is not used: its log servers listen on every address, whatever it is told.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from mlrespond.lab.stack.environment import environment
from mlrespond.lab.stack.server import Launch, free_port
from mlrespond.lab.web import LOOPBACK

USER = "admin"

_SCRIPT = """airflow db migrate || exit
airflow scheduler --skip-serve-logs &
airflow dag-processor &
exec airflow api-server --host {host} --port {port} --workers 1"""


def launch(
    home: Path, dags: Mapping[str, str], password: str, tell: Callable[[str], None]
) -> Launch:
    """Return how Airflow is started in a folder, with DAGs by module name."""
    (home / "dags").mkdir(parents=True, exist_ok=True)
    for name, content in dags.items():
        (home / "dags" / f"{name}.py").write_text(content)
    passwords = home / "passwords.json"
    passwords.write_text(json.dumps({USER: password}))
    found, port = environment("airflow", tell), free_port()
    script = _SCRIPT.format(host=LOOPBACK, port=port)
    return Launch(
        name="airflow",
        command=("/bin/sh", "-c", script),
        port=port,
        ready="/api/v2/version",
        environ={"PATH": found.path, **_settings(home, port, passwords)},
    )


def _settings(home: Path, port: int, passwords: Path) -> Mapping[str, str]:
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://{LOOPBACK}:{port}/execution/",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__API__SECRET_KEY": secrets.token_hex(32),
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }
