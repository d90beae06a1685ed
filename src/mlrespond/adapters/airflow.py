"""Trainings by Airflow (REST API v2, measured with 3.3): a DAG run whose id is made of the key.

A second start with the same id is answered with 409, so a crash never trains twice.
Source: airflow.apache.org/docs/apache-airflow/stable/stable-rest-api-ref.html.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from mlrespond.adapters.address import segment
from mlrespond.adapters.http_error import Answer
from mlrespond.adapters.remote_pipeline import (
    RemoteConfig,
    freezer_of,
    http_of,
    name_of,
    told,
    version_in,
)
from mlrespond.adapters.site import Site
from mlrespond.errors import AccessRefusedError, BadReplyError, NotThereError
from mlrespond.model.authored import Secret
from mlrespond.model.json import Json, record, text
from mlrespond.model.reading import PipelineRun, PipelineState, Window
from mlrespond.model.text import one_line
from mlrespond.ports.service import Pipeline

_API = "/api/v2"
_CONFLICT = 409
_UNAUTHORISED = 401
_UNSAFE = re.compile(r"[^A-Za-z0-9_.~:+-]")
_NOTE = "cancelled by mlir"
_STATES: Mapping[str, PipelineState] = {
    "queued": "running",
    "running": "running",
    "success": "succeeded",
    "failed": "failed",
}


class Config(RemoteConfig):
    """A DAG of Airflow."""

    kind: Literal["airflow"] = Field(description="Airflow's REST API, version 2")
    dag: str = Field(description="The DAG's id", min_length=1)
    login: Secret | None = Field(
        default=None,
        description="user:password for /auth/token, where tokens are not handed out otherwise",
    )
    result_task: str | None = Field(
        default=None, description="The task whose return value names the version"
    )


def build(config: Config, site: Site) -> Pipeline:
    """Return the pipeline."""
    return Airflow(config, site)


class Airflow:
    """One DAG."""

    def __init__(self, config: Config, site: Site) -> None:
        self._config = config
        self._site = site
        self._http = http_of(config, site)
        self._freezer = freezer_of(config, site)
        self._runs = f"{_API}/dags/{segment(config.dag)}/dagRuns"
        self._token: str | None = None

    def freeze(self, key: str, window: Window) -> str:
        """See Pipeline.freeze."""
        return self._freezer.freeze(key, window)

    def start(self, key: str, snapshot: str, window: Window) -> None:
        """See Pipeline.start; 409 says that this key was started before."""
        body: Json = {
            "dag_run_id": _run_id(key),
            "logical_date": None,  # required, and none is meant
            "conf": told(self._config, key, snapshot, window),
        }
        answer = self._answer("POST", self._runs, body)
        if answer.status != _CONFLICT:
            self._http.checked(answer, self._http.what("POST", self._runs))

    def status(self, key: str) -> PipelineRun:
        """See Pipeline.status."""
        try:
            run = record(self._called("GET", f"{self._runs}/{segment(_run_id(key))}"))
        except NotThereError:
            return PipelineRun(state="unknown", detail="never started")
        written = one_line(text(run.get("state")) or "nothing", 40)
        state = _STATES.get(written)
        if state is None:
            raise BadReplyError(f"{self._config.dag}: the run is in the state `{written}`")
        if state == "failed" and run.get("note") == _NOTE:
            return PipelineRun(state="cancelled", detail=_NOTE)
        version = self._version(key) if state == "succeeded" else None
        return PipelineRun(
            state=state, version=version, detail=f"DAG run {_run_id(key)}: {written}"
        )

    def cancel(self, key: str) -> None:
        """See Pipeline.cancel: the run is marked as failed, with a note that says why."""
        if self.status(key).state != "running":
            return
        path = f"{self._runs}/{segment(_run_id(key))}"
        body: Json = {"state": "failed", "note": _NOTE}
        self._called("PATCH", path, body)

    def _version(self, key: str) -> str | None:
        if self._config.result_task is None:
            return None
        task = segment(self._config.result_task)
        of_run = f"{self._runs}/{segment(_run_id(key))}"
        try:
            found = self._called("GET", f"{of_run}/taskInstances/{task}/xcomEntries/return_value")
        except NotThereError:
            return None
        return version_in(record(found).get("value"))

    def _called(self, method: str, path: str, body: Json = None) -> Json:
        return self._http.checked(
            self._answer(method, path, body), self._http.what(method, path)
        ).body

    def _answer(self, method: str, path: str, body: Json = None) -> Answer:
        """Return what was answered; a token that is no longer taken is asked for anew, once."""
        held = self._token
        answer = self._sent(method, path, body)
        if answer.status != _UNAUTHORISED or held is None:
            return answer
        self._token = None
        return self._sent(method, path, body)

    def _sent(self, method: str, path: str, body: Json) -> Answer:
        # a repeated start is answered with 409, so every call may be repeated
        return self._http.answer(method, path, json=body, headers=self._headers(), idempotent=True)

    def _headers(self) -> Mapping[str, str]:
        """Return the header of a token that Airflow hands out for a login, asked for once."""
        if self._config.login is None:
            return {}
        if self._token is None:
            user, _, password = self._site.secrets.get(self._config.login).partition(":")
            body: Json = {"username": user, "password": password}
            reply = self._http.request("POST", "/auth/token", json=body, idempotent=True)
            self._token = text(record(reply.body).get("access_token"))
        if not self._token:
            raise AccessRefusedError(f"{self._http.base_url} handed out no token")
        return {"authorization": f"Bearer {self._token}"}


def _run_id(key: str) -> str:
    return name_of(key, _UNSAFE)
