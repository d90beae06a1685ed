"""Replicas of Triton Inference Server (measured with 2.51), which tell what they serve truthfully.

A version is served by loading the model with its full configuration and a version policy of one
version. A partial configuration would be taken too, and then every request fails. The override
lives in the server's memory: what a restart serves is what stands on its disk.
Source: github.com/triton-inference-server/server, docs/protocol/extension_model_repository.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Literal

from pydantic import ConfigDict, Field

from mlrespond.adapters.address import segment
from mlrespond.adapters.inference_model import InferenceModel
from mlrespond.adapters.replicas import Replicas
from mlrespond.adapters.site import Site
from mlrespond.errors import (
    AccessRefusedError,
    NotThereError,
    PortError,
    RejectedError,
    UnsupportedError,
)
from mlrespond.model.authored import Duration
from mlrespond.model.instant import parse_duration
from mlrespond.model.json import Json, Record, dump, items, record
from mlrespond.model.reading import Predicted, Served
from mlrespond.model.service import Serving as ServingPart
from mlrespond.ports.service import Serving


class Config(ServingPart):
    """Replicas of Triton in explicit model control mode."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["triton"] = Field(description="NVIDIA Triton Inference Server")
    probe: dict[str, bool | int | float | str | None] | None = Field(
        default=None,
        description="An input row: the answer to it tells which version really serves",
    )
    output: str = Field(default="", description="Which output is the prediction; else the first")
    timeout: Duration = Field(default="10s", description="How long an answer may take")
    load_timeout: Duration = Field(default="2m", description="How long loading may take")


def build(config: Config, site: Site) -> Serving:
    """Return the replicas as the port."""
    return Triton(config, Replicas(config, site))


class Triton:
    """Replicas whose versions are numbers; requests that name none go to the highest one."""

    def __init__(self, config: Config, replicas: Replicas) -> None:
        self._config = config
        self._replicas = replicas
        self._model_path = f"/v2/models/{segment(config.model)}"
        self._load_path = f"/v2/repository/models/{segment(config.model)}/load"
        self._timeout_s = parse_duration(config.timeout)

    def served(self, replica: str) -> Served:
        """See Serving.served; the model's own list is the truth, and the probe's answer more so.

        The server's readiness is not asked: it says no as soon as any version failed to load.
        """
        model = self._model(replica)
        try:
            return self._served(replica, model)
        except AccessRefusedError:
            raise
        except PortError as failed:
            return Served(replica=replica, version=None, ready=False, error=failed.message)

    def load(self, replica: str, version: str) -> None:
        """See Serving.load; UnsupportedError for a version that would answer at once.

        The highest version that is loaded answers requests that name none, so only a lower one
        than the served one can be loaded beside it.
        """
        number = _number(version, replica)
        loaded = self._loaded(replica)
        if number in loaded:
            return
        if not loaded or number > max(loaded):
            raise UnsupportedError(
                f"{replica} cannot load {version} without serving it: its highest version answers",
                hint="leave `load` out of the preflight",
            )
        self._serve(replica, [number, *loaded])

    def activate(self, replica: str, version: str) -> None:
        """See Serving.activate; what was served stays when the new version cannot be loaded."""
        self._serve(replica, [_number(version, replica)])

    def predict(
        self, replica: str, rows: Sequence[Mapping[str, Json]], version: str | None = None
    ) -> Predicted:
        """See Serving.predict; a missing value is an input left out."""
        return self._model(replica).predict(rows, version)

    def _model(self, replica: str) -> InferenceModel:
        http = self._replicas.http(replica)
        config = self._config
        return InferenceModel(http, config.model, config.output, self._timeout_s, nulls=False)

    def _served(self, replica: str, model: InferenceModel) -> Served:
        if self._config.probe is not None:
            version = model.answers(self._config.probe)
            error = None if version else "the reply names no version"
            return Served(replica=replica, version=version, ready=True, error=error)
        loaded = self._loaded(replica)
        if not loaded:
            return Served(replica=replica, version=None, ready=False, error="no version is loaded")
        version = str(max(loaded))
        ready = model.ready(version)
        error = None if ready else f"version {version} is listed, but not ready"
        return Served(replica=replica, version=version, ready=ready, error=error)

    def _loaded(self, replica: str) -> list[int]:
        """Return the versions that are served, by the model's metadata; none if it is unloaded."""
        try:
            found = self._model(replica).versions()
        except (NotThereError, RejectedError):
            return []
        return sorted(int(one) for one in found if one.isdecimal())

    def _serve(self, replica: str, versions: Sequence[int]) -> None:
        known = self._configuration(replica)
        policy: Record = {"specific": {"versions": sorted(versions)}}
        try:
            self._load(replica, {**known, "version_policy": policy})
        except RejectedError:
            # the policy of the refused load stays in the server; take it back, or the next plain
            # load would fail for a reason that nobody remembers
            with suppress(PortError):
                self._load(replica, known)
            raise

    def _configuration(self, replica: str) -> Record:
        """Return the model's whole configuration; a model that is unloaded is loaded for it."""
        path = f"{self._model_path}/config"
        http = self._replicas.http(replica)
        try:
            found = http.request("GET", path, idempotent=True, deadline_s=self._timeout_s)
        except (NotThereError, RejectedError):
            self._load(replica, None)
            found = http.request("GET", path, idempotent=True, deadline_s=self._timeout_s)
        known = record(found.body)
        if not items(known.get("input")) or not items(known.get("output")):
            raise RejectedError(
                f"{replica}: the configuration in its memory has no inputs or no outputs: somebody "
                "loaded the model with a part of one",
                hint="touch its config.pbtxt, and load it again",
            )
        return known

    def _load(self, replica: str, configuration: Record | None) -> None:
        body: Record = {}
        if configuration is not None:
            body = {"parameters": {"config": dump(configuration)}}
        self._replicas.http(replica).request(
            "POST",
            self._load_path,
            json=body,
            idempotent=True,
            deadline_s=parse_duration(self._config.load_timeout),
        )


def _number(version: str, replica: str) -> int:
    if not version.isascii() or not version.isdecimal() or int(version) < 1:
        raise NotThereError(f"{replica} has no version `{version}`: Triton's are numbers")
    return int(version)
