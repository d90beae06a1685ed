"""Trainings by Prefect (measured with 3.4): a flow run with the key as its idempotency key.

Creating one again with the same key answers with the same run, so a crash never trains twice;
keys are a flow's own. A flow tells its version by the message of the state that it returns.
Source: docs.prefect.io/v3/api-ref/rest-api.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from mlrespond.adapters.address import segment
from mlrespond.adapters.remote_pipeline import RemoteConfig, freezer_of, http_of, told, version_said
from mlrespond.adapters.site import Site
from mlrespond.errors import BadReplyError
from mlrespond.model.json import Json, Record, record, text
from mlrespond.model.reading import PipelineRun, PipelineState, Window
from mlrespond.model.text import one_line
from mlrespond.ports.service import Pipeline

_STATES: Mapping[str, PipelineState] = {
    "SCHEDULED": "running",
    "PENDING": "running",
    "RUNNING": "running",
    "PAUSED": "running",
    "CANCELLING": "running",
    "COMPLETED": "succeeded",
    "FAILED": "failed",
    "CRASHED": "failed",
    "CANCELLED": "cancelled",
}


class Config(RemoteConfig):
    """A deployment of Prefect."""

    kind: Literal["prefect"] = Field(description="Prefect's REST API")
    url: str = Field(
        description="The API's address, as in PREFECT_API_URL: http://HOST:4200/api, or that of a "
        "workspace in the cloud"
    )
    deployment: str = Field(
        description="The deployment, as FLOW/DEPLOYMENT", pattern=r"^[^/]+/[^/]+$"
    )


def build(config: Config, site: Site) -> Pipeline:
    """Return the pipeline."""
    return Prefect(config, site)


class Prefect:
    """One deployment."""

    def __init__(self, config: Config, site: Site) -> None:
        self._config = config
        self._http = http_of(config, site)
        self._freezer = freezer_of(config, site)
        self._flow, _, self._name = config.deployment.partition("/")

    def freeze(self, key: str, window: Window) -> str:
        """See Pipeline.freeze."""
        return self._freezer.freeze(key, window)

    def start(self, key: str, snapshot: str, window: Window) -> None:
        """See Pipeline.start."""
        path = f"/deployments/name/{segment(self._flow)}/{segment(self._name)}"
        found = record(self._http.request("GET", path, idempotent=True).body)
        deployment = text(found.get("id"))
        if deployment is None:
            raise BadReplyError(f"{self._config.deployment} has no id")
        body: Json = {
            "parameters": told(self._config, key, snapshot, window),
            "idempotency_key": key,
            "state": {"type": "SCHEDULED"},
        }
        create = f"/deployments/{segment(deployment)}/create_flow_run"
        self._http.request("POST", create, json=body, idempotent=True)

    def status(self, key: str) -> PipelineRun:
        """See Pipeline.status."""
        run = self._found(key)
        if run is None:
            return PipelineRun(state="unknown", detail="never started")
        written = one_line(text(run.get("state_type")) or "nothing", 40)
        state = _STATES.get(written)
        if state is None:
            raise BadReplyError(f"{self._config.deployment}: the run is in the state `{written}`")
        said = text(record(run.get("state")).get("message")) or ""
        name = one_line(text(run.get("name")) or "without a name", 80)
        return PipelineRun(
            state=state,
            version=version_said(said) if state == "succeeded" else None,
            detail=f"flow run {name}: {one_line(said) or written.lower()}",
        )

    def cancel(self, key: str) -> None:
        """See Pipeline.cancel; it is over once `status` says so."""
        run = self._found(key)
        if run is None or _STATES.get(text(run.get("state_type")) or "") != "running":
            return
        path = f"/flow_runs/{segment(text(run.get('id')) or '')}/set_state"
        body: Json = {"state": {"type": "CANCELLING"}}
        self._http.request("POST", path, json=body, idempotent=True)

    def _found(self, key: str) -> Record | None:
        body: Json = {
            "flows": {"name": {"any_": [self._flow]}},
            "flow_runs": {"idempotency_key": {"any_": [key]}},
            "limit": 1,
        }
        reply = self._http.request("POST", "/flow_runs/filter", json=body, idempotent=True)
        if not isinstance(reply.body, list):
            raise BadReplyError(f"{self._http.base_url}: a list of flow runs was expected")
        return record(reply.body[0]) if reply.body else None
