"""A real Prometheus and a real Alertmanager, from the system's packages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from mlrespond.lab.stack.server import Launch, free_port, program
from mlrespond.lab.web import LOOPBACK
from mlrespond.model.json import Json

_EVERY = "1s"


def launch(
    home: Path,
    targets: Mapping[str, Mapping[str, int]],
    rules: Sequence[Json] = (),
    alertmanager: int | None = None,
    *,
    name: str = "prometheus",
) -> Launch:
    """Return how Prometheus is started: jobs by name, each with ports by replica."""
    home.mkdir(parents=True, exist_ok=True)
    port = free_port()
    (home / "rules.yml").write_text(
        yaml.safe_dump({"groups": [{"name": "lab", "rules": [*rules]}]})
    )
    (home / "prometheus.yml").write_text(yaml.safe_dump(_config(targets, alertmanager)))
    command = (
        program("prometheus", "prometheus"),
        *("--config.file", str(home / "prometheus.yml"), "--storage.tsdb.path", str(home / "data")),
        *("--web.listen-address", f"{LOOPBACK}:{port}"),
    )
    return Launch(name=name, command=command, port=port, ready="/-/ready")


def alertmanager(home: Path, webhook: str, *, name: str = "alertmanager") -> Launch:
    """Return how Alertmanager is started; what fires goes to one webhook at once."""
    home.mkdir(parents=True, exist_ok=True)
    port = free_port()
    route = {"receiver": "mlir", "group_by": ["alertname", "service"], "group_wait": "0s"}
    receiver = {"name": "mlir", "webhook_configs": [{"url": webhook, "send_resolved": True}]}
    route |= {"group_interval": _EVERY, "repeat_interval": "1h"}
    config = {"route": route, "receivers": [receiver]}
    (home / "alertmanager.yml").write_text(yaml.safe_dump(config))
    command = (
        program("prometheus-alertmanager", "prometheus-alertmanager"),
        *("--config.file", str(home / "alertmanager.yml"), "--storage.path", str(home / "data")),
        *("--web.listen-address", f"{LOOPBACK}:{port}", "--cluster.listen-address="),
    )
    return Launch(name=name, command=command, port=port, ready="/-/ready")


def _config(targets: Mapping[str, Mapping[str, int]], alerts: int | None) -> Json:
    jobs: list[Json] = [
        {
            "job_name": job,
            "static_configs": [
                {"targets": [f"{LOOPBACK}:{port}"], "labels": {"replica": replica}}
                for replica, port in ports.items()
            ],
        }
        for job, ports in targets.items()
    ]
    timing: Json = {"scrape_interval": _EVERY, "evaluation_interval": _EVERY}
    found: dict[str, Json] = {
        "global": timing,
        "rule_files": ["rules.yml"],
        "scrape_configs": jobs,
    }
    if alerts is not None:
        manager: Json = {"static_configs": [{"targets": [f"{LOOPBACK}:{alerts}"]}]}
        found["alerting"] = {"alertmanagers": [manager]}
    return found
