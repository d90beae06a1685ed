"""Trainings by Ray Jobs (measured with 2.60): a job whose submission id is made of the key.

A second submission with the same id is answered with 500 and a traceback; asking for the job then
tells that it is there. Source: docs.ray.io/en/latest/cluster/running-applications/job-submission.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from shlex import quote
from typing import Literal

from pydantic import Field

from mlrespond.adapters.address import segment
from mlrespond.adapters.freezer import names_of
from mlrespond.adapters.http import Http
from mlrespond.adapters.remote_pipeline import (
    RemoteConfig,
    freezer_of,
    http_of,
    name_of,
    told,
    version_said,
)
from mlrespond.adapters.site import Site
from mlrespond.errors import BadReplyError, NotThereError
from mlrespond.model.authored import TplText
from mlrespond.model.evaluate import fill, shown
from mlrespond.model.json import Json, dump, record, text
from mlrespond.model.reading import PipelineRun, PipelineState, Window
from mlrespond.model.text import one_line
from mlrespond.ports.service import Pipeline

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")
_LOG_CAP = 64 << 20  # the API hands out a job's whole output, or nothing
_STATES: Mapping[str, PipelineState] = {
    "PENDING": "running",
    "RUNNING": "running",
    "SUCCEEDED": "succeeded",
    "FAILED": "failed",
    "STOPPED": "cancelled",
}


class Config(RemoteConfig):
    """Jobs of a Ray cluster."""

    kind: Literal["ray"] = Field(description="Ray's job submission API")
    entrypoint: TplText = Field(
        description="The command that trains, as the cluster's shell takes it; `{{ key }}`, "
        "`{{ snapshot }}` and the window are known, and quoted for it: write no quotes around "
        'them; its last line may be {"version": "7"}'
    )


def build(config: Config, site: Site) -> Pipeline:
    """Return the pipeline; a template that cannot be filled is an error here."""
    fill(config.entrypoint, {})
    return Ray(config, site)


class Ray:
    """The jobs of one cluster."""

    def __init__(self, config: Config, site: Site) -> None:
        self._config = config
        self._http = http_of(config, site)
        self._freezer = freezer_of(config, site)
        self._logs = Http(
            config.url,
            clock=site.clock,
            auth=config.auth,
            secrets=site.secrets,
            body_cap=_LOG_CAP,
        )

    def freeze(self, key: str, window: Window) -> str:
        """See Pipeline.freeze."""
        return self._freezer.freeze(key, window)

    def start(self, key: str, snapshot: str, window: Window) -> None:
        """See Pipeline.start."""
        names = {**names_of(quote(key), window), "snapshot": quote(snapshot)}
        body: Json = {
            "entrypoint": shown(fill(self._config.entrypoint, names)),
            "submission_id": _job(key),
            "metadata": {
                name: value if isinstance(value, str) else dump(value)
                for name, value in told(self._config, key, snapshot, window).items()
            },
        }
        try:
            self._http.request("POST", "/api/jobs/", json=body, idempotent=True)
        except BadReplyError:
            if self.status(key).state == "unknown":
                raise

    def status(self, key: str) -> PipelineRun:
        """See Pipeline.status."""
        try:
            job = record(self._http.request("GET", self._path(key), idempotent=True).body)
        except NotThereError:
            return PipelineRun(state="unknown", detail="never started")
        written = one_line(text(job.get("status")) or "nothing", 40)
        state = _STATES.get(written)
        if state is None:
            raise BadReplyError(f"{_job(key)} is in the state `{written}`")
        said = one_line(text(job.get("message")) or written.lower())
        version = self._version(key) if state == "succeeded" else None
        return PipelineRun(state=state, version=version, detail=f"job {_job(key)}: {said}")

    def cancel(self, key: str) -> None:
        """See Pipeline.cancel; it is over once `status` says so."""
        if self.status(key).state == "running":
            self._http.request("POST", f"{self._path(key)}/stop", json={}, idempotent=True)

    def _path(self, key: str) -> str:
        return f"/api/jobs/{segment(_job(key))}"

    def _version(self, key: str) -> str | None:
        """Return the version that the last line of the job's output names."""
        reply = self._logs.request("GET", f"{self._path(key)}/logs", idempotent=True)
        lines = (text(record(reply.body).get("logs")) or "").strip().splitlines()
        return version_said(lines[-1]) if lines else None


def _job(key: str) -> str:
    return name_of(key, _UNSAFE)
