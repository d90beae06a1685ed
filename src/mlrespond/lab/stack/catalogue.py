"""The versions of a lab on a stack: registered in MLflow over REST, placed where servers look."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mlrespond.adapters.http import Http
from mlrespond.adapters.mlflow import MlflowRegistry
from mlrespond.adapters.system import SystemClock
from mlrespond.errors import BadReplyError, RejectedError
from mlrespond.lab.folder import ALIAS, MODEL
from mlrespond.lab.model import Model
from mlrespond.model.json import Json, Record, record, text

_API = "/api/2.0/mlflow"


class MlflowCatalogue:
    """See Catalogue. `place` is told each new version, so that servers can load it."""

    def __init__(self, url: str, place: Callable[[str, Model], None]) -> None:
        self._http = Http(url, clock=SystemClock())
        self._registry = MlflowRegistry(self._http, MODEL, ALIAS)
        self._place = place

    def create(self) -> None:
        """Register the model, without a version."""
        self._post("registered-models/create", name=MODEL)
        self._post("experiments/create", name=MODEL)

    def versions(self) -> tuple[str, ...]:
        """See Catalogue.versions."""
        return tuple(version.name for version in self._registry.versions())

    def wanted(self) -> str | None:
        """See Catalogue.wanted."""
        return self._registry.wanted()

    def want(self, version: str) -> None:
        """See Catalogue.want."""
        self._registry.want(version)

    def with_key(self, key: str) -> str | None:
        """See Catalogue.with_key."""
        found = (one.name for one in self._registry.versions() if one.tags.get("mlir.key") == key)
        return next(found, None)

    def add(self, model: Model, tags: Mapping[str, str], metrics: Mapping[str, float]) -> str:
        """See Catalogue.add: a run that measured the metrics, and a version that came of it."""
        experiment = record(self._get_experiment().get("experiment")).get("experiment_id")
        info = record(record(self._post("runs/create", experiment_id=experiment)["run"])["info"])
        run, artefacts = text(info.get("run_id")), text(info.get("artifact_uri"))
        measured: list[Json] = [
            {"key": name, "value": value, "timestamp": 0, "step": 0}
            for name, value in metrics.items()
        ]
        self._post("runs/log-batch", run_id=run, metrics=measured)
        self._post("runs/update", run_id=run, status="FINISHED")
        made = self._post(
            "model-versions/create",
            name=MODEL,
            source=f"{artefacts}/model",
            run_id=run,
            tags=[{"key": key, "value": value} for key, value in tags.items()],
        )
        version = text(record(made["model_version"]).get("version"))
        if version is None:
            raise BadReplyError("MLflow registered a version without a number")
        self._place(version, model)
        return version

    def _get_experiment(self) -> Record:
        path = f"{_API}/experiments/get-by-name?experiment_name={MODEL}"
        return record(self._http.request("GET", path, idempotent=True).body)

    def _post(self, path: str, **body: Json) -> Record:
        try:
            return record(self._http.request("POST", f"{_API}/{path}", json=body).body)
        except RejectedError as error:
            if "RESOURCE_ALREADY_EXISTS" in error.message:
                return {}
            raise
