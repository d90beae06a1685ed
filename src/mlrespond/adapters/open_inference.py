"""Replicas that speak the Open Inference Protocol (the lab's, or any server that is faithful)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import ConfigDict, Field

from mlrespond.adapters.address import segment
from mlrespond.adapters.inference_model import InferenceModel
from mlrespond.adapters.replicas import Replicas
from mlrespond.adapters.site import Site
from mlrespond.errors import AccessRefusedError, BadReplyError, PortError
from mlrespond.model.authored import Duration
from mlrespond.model.instant import parse_duration
from mlrespond.model.json import Json, record
from mlrespond.model.reading import Predicted, Served
from mlrespond.model.service import Serving as ServingPart
from mlrespond.model.text import one_line
from mlrespond.ports.service import Serving


class Config(ServingPart):
    """Replicas that speak the Open Inference Protocol."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["open_inference"] = Field(description="The Open Inference Protocol, v2")
    probe: dict[str, bool | int | float | str | None] | None = Field(
        default=None,
        description="An input row: the answer to it tells which version really serves",
    )
    output: str = Field(
        default="decision", description="Which output is the prediction; else the first one"
    )
    timeout: Duration = Field(default="10s", description="How long an answer may take")
    load_timeout: Duration = Field(default="1m", description="How long loading may take")


def build(config: Config, site: Site) -> Serving:
    """Return the replicas as the port."""
    return OpenInference(config, Replicas(config, site))


class OpenInference:
    """Replicas asked at their data plane."""

    def __init__(self, config: Config, replicas: Replicas) -> None:
        self._config = config
        self._replicas = replicas
        self._load_path = f"/v2/repository/models/{segment(config.model)}/load"
        self._timeout_s = parse_duration(config.timeout)

    def served(self, replica: str) -> Served:
        """See Serving.served; a replica that does not answer is an answer, not an error."""
        model = self._model(replica)
        try:
            return self._served(replica, model)
        except AccessRefusedError:
            raise
        except PortError as failed:
            return Served(replica=replica, version=None, ready=False, error=failed.message)

    def load(self, replica: str, version: str) -> None:
        """See Serving.load."""
        self._load(replica, {"version": version})
        if not self._model(replica).ready(version):
            raise BadReplyError(f"{replica} said that it loaded {version}, but it is not ready")

    def activate(self, replica: str, version: str) -> None:
        """See Serving.activate."""
        self._load(replica, {"version": version, "default": True})

    def predict(
        self, replica: str, rows: Sequence[Mapping[str, Json]], version: str | None = None
    ) -> Predicted:
        """See Serving.predict; a row that fails alone is null, ten in a row are an error."""
        return self._model(replica).predict(rows, version)

    def _model(self, replica: str) -> InferenceModel:
        http = self._replicas.http(replica)
        return InferenceModel(http, self._config.model, self._config.output, self._timeout_s)

    def _served(self, replica: str, model: InferenceModel) -> Served:
        if self._config.probe is not None:
            version = model.answers(self._config.probe)
            error = None if version else "the reply names no version"
            return Served(replica=replica, version=version, ready=True, error=error)
        versions = model.versions()
        ready = model.ready()
        return Served(
            replica=replica,
            version=versions[0] if len(versions) == 1 else None,
            ready=ready,
            error=_doubt(versions) if ready else "the model is not ready",
        )

    def _load(self, replica: str, parameters: Mapping[str, Json]) -> None:
        reply = self._replicas.http(replica).request(
            "POST",
            self._load_path,
            json={"parameters": parameters},
            idempotent=True,
            deadline_s=parse_duration(self._config.load_timeout),
        )
        error = record(reply.body).get("error")
        if error:
            raise BadReplyError(f"{replica} said 200 and an error: {one_line(str(error))}")


def _doubt(versions: Sequence[str]) -> str | None:
    if len(versions) == 1:
        return None
    told = "several versions are loaded" if versions else "the server lists no version"
    return f"{told}; give `probe`"
