"""Pipelines in other systems, built against the servers of ours that stand for them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from tests.adapters.pipeline_servers import (
    AirflowServer,
    PrefectServer,
    RayServer,
    TrainingServer,
    WebhookServer,
)

from mlrespond.adapters import airflow, prefect, ray, webhook
from mlrespond.adapters.site import Site
from mlrespond.ports.service import Pipeline

SERVERS: Mapping[str, Callable[[], TrainingServer]] = {
    "airflow": AirflowServer,
    "prefect": PrefectServer,
    "ray": RayServer,
    "webhook": WebhookServer,
}
FREEZE = [sys.executable, "-I", "-S", "-c", "import sys; print('snap-' + sys.argv[1])", "{{ key }}"]
_BEARER = {"bearer": "env:TOKEN"}


def made(kind: str, url: str, work: str, site: Site, **more: object) -> Pipeline:
    """Return a pipeline of a kind whose trainings work in a way."""
    config = {"kind": kind, "freeze": FREEZE, **_CONFIGS[kind](url, work), **more}
    match kind:
        case "airflow":
            return airflow.build(airflow.Config.model_validate(config), site)
        case "prefect":
            return prefect.build(prefect.Config.model_validate(config), site)
        case "ray":
            return ray.build(ray.Config.model_validate(config), site)
        case _:
            return webhook.build(webhook.Config.model_validate(config), site)


_CONFIGS: Mapping[str, Callable[[str, str], dict[str, object]]] = {
    "airflow": lambda url, work: {
        "url": url,
        "dag": work,
        "login": "env:PAIR",
        "result_task": "train",
    },
    "prefect": lambda url, work: {
        "url": f"{url}/api",
        "deployment": f"{work}/lab",
        "auth": _BEARER,
    },
    "ray": lambda url, work: {
        "url": url,
        "entrypoint": f"{work} --on {{{{ snapshot }}}}",
        "auth": _BEARER,
    },
    "webhook": lambda url, work: {"url": f"{url}/{work}", "auth": _BEARER},
}
