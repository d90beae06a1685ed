"""Trainings by whatever answers three calls: start with a key, tell the status, stop.

`POST {url}` with `{"key", "parameters"}` and the header `Idempotency-Key` starts, and the same key
starts nothing again; `GET {url}/KEY` answers `{"state", "version"?, "detail"?}`, or 404;
`DELETE {url}/KEY` stops. States are running, succeeded, failed and cancelled. In paths and in
the header a key is percent-encoded.
"""

from __future__ import annotations

from typing import Literal, get_args
from urllib.parse import quote

from pydantic import Field

from mlrespond.adapters.address import segment
from mlrespond.adapters.remote_pipeline import RemoteConfig, freezer_of, http_of, told, version_in
from mlrespond.adapters.site import Site
from mlrespond.errors import BadReplyError, NotThereError
from mlrespond.model.json import Json, record, text
from mlrespond.model.reading import PipelineRun, PipelineState, Window
from mlrespond.model.text import one_line
from mlrespond.ports.service import Pipeline


class Config(RemoteConfig):
    """An address that trains."""

    kind: Literal["webhook"] = Field(description="Three HTTP calls of your own")


def build(config: Config, site: Site) -> Pipeline:
    """Return the pipeline."""
    return Webhook(config, site)


class Webhook:
    """A pipeline behind one address."""

    def __init__(self, config: Config, site: Site) -> None:
        self._config = config
        self._http = http_of(config, site)
        self._freezer = freezer_of(config, site)

    def freeze(self, key: str, window: Window) -> str:
        """See Pipeline.freeze."""
        return self._freezer.freeze(key, window)

    def start(self, key: str, snapshot: str, window: Window) -> None:
        """See Pipeline.start."""
        body: Json = {"key": key, "parameters": told(self._config, key, snapshot, window)}
        headers = {"idempotency-key": quote(key, safe=":", errors="replace")}
        self._http.request("POST", "", json=body, headers=headers, idempotent=True)

    def status(self, key: str) -> PipelineRun:
        """See Pipeline.status."""
        try:
            run = record(self._http.request("GET", f"/{segment(key)}", idempotent=True).body)
        except NotThereError:
            return PipelineRun(state="unknown", detail="never started")
        written = text(run.get("state"))
        for state in get_args(PipelineState):
            if state == written:
                detail = one_line(text(run.get("detail")) or state)
                version = version_in(run) if state == "succeeded" else None
                return PipelineRun(state=state, version=version, detail=detail)
        raise BadReplyError(f"{self._http.base_url}: `state` is none of {get_args(PipelineState)}")

    def cancel(self, key: str) -> None:
        """See Pipeline.cancel; it is over once `status` says so."""
        if self.status(key).state == "running":
            self._http.request("DELETE", f"/{segment(key)}", idempotent=True)
