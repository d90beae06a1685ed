"""Processes of `mlflow models serve` (measured with 3.17), which show no version and never reload.

The registry's alias is moved first, by the registry's own action; then the process is restarted by
the team's hook and loads `models:/NAME@ALIAS`. What it serves is what its answers to canary rows
tell. Its `/version` is MLflow's own, and is never asked.
Source: mlflow.org/docs/latest/ml/deployment/deploy-model-locally.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Literal

from pydantic import ConfigDict, Field

from mlrespond.adapters import hooks, reply_cache
from mlrespond.adapters.canary import Canary, Told
from mlrespond.adapters.commands import SystemCommands
from mlrespond.adapters.http import Http
from mlrespond.adapters.replicas import Replicas
from mlrespond.adapters.scoring_model import ScoringModel
from mlrespond.adapters.site import Site
from mlrespond.errors import (
    AccessRefusedError,
    BadReplyError,
    NotThereError,
    PortError,
    UnsupportedError,
)
from mlrespond.model.authored import Duration
from mlrespond.model.instant import parse_duration
from mlrespond.model.json import Json
from mlrespond.model.reading import Predicted, Served
from mlrespond.model.service import Serving as ServingPart
from mlrespond.ports.service import Hooks, Serving

_LOOK_S = 0.5


class Config(ServingPart):
    """Processes of `mlflow models serve`."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["mlflow_scoring"] = Field(description="MLflow's scoring server")
    canary: str = Field(
        description="A file of JSON lines, {version, row, output}: what each version answers"
    )
    tolerance: float = Field(
        default=1e-6, description="How far off a number of a canary may be", ge=0
    )
    output: str = Field(
        default="", description="Which column of an answer is the prediction; else the first"
    )
    timeout: Duration = Field(default="10s", description="How long an answer may take")
    load_timeout: Duration = Field(
        default="2m", description="How long a restarted process may take to serve the version"
    )
    cache: Duration | None = Field(
        default=None,
        description="How long answers to golden rows are remembered on this machine; default: "
        "not at all",
    )


def build(config: Config, site: Site) -> Serving:
    """Return the processes as the port."""
    restarts = hooks.build(config, site, SystemCommands(site.folder))
    return MlflowScoring(config, Replicas(config, site), restarts, site)


def through(config: Config, http: Http, site: Site) -> Callable[[], str | None]:
    """Return what tells which version answers at the router's address."""
    canary = Canary(site.path(config.canary), config.tolerance)
    model = ScoringModel(http, config.output, parse_duration(config.timeout), None)
    return lambda: _told(canary, model).version


class MlflowScoring:
    """Processes that each serve one version, known by how it answers."""

    def __init__(self, config: Config, replicas: Replicas, restarts: Hooks, site: Site) -> None:
        self._config = config
        self._replicas = replicas
        self._restarts = restarts
        self._clock = site.clock
        self._canary = Canary(site.path(config.canary), config.tolerance)
        self._cache = reply_cache.build(config.cache, site, config.auth)

    def served(self, replica: str) -> Served:
        """See Serving.served: the one version that answers all its canary rows as it should."""
        model = self._model(replica)
        try:
            told = _told(self._canary, model)
        except AccessRefusedError:
            raise
        except PortError as failed:
            return Served(replica=replica, version=None, ready=False, error=failed.message)
        return Served(replica=replica, version=told.version, ready=True, error=told.why)

    def load(self, replica: str, version: str) -> None:
        """See Serving.load; always UnsupportedError, for a process holds one version only."""
        self._replicas.http(replica)
        raise UnsupportedError(
            f"{replica} cannot load {version} without serving it: a process holds one version",
            hint="leave `load` and `golden` out of the preflight",
        )

    def activate(self, replica: str, version: str) -> None:
        """See Serving.activate: restarts the process, and returns when the version answers.

        NotThereError, before anything is done, for a version that no canary row tells.
        """
        if version not in {line.version for line in self._canary.lines()}:
            raise NotThereError(
                f"no canary row tells version `{version}`, so nothing could prove that it serves",
                hint=f"add its answers to {self._config.canary}",
            )
        if self.served(replica).version == version:
            return
        self._restarts.restart(replica)
        self._await(replica, version)

    def predict(
        self, replica: str, rows: Sequence[Mapping[str, Json]], version: str | None = None
    ) -> Predicted:
        """See Serving.predict; the canary rows are asked before and after, to know who answered."""
        model = self._model(replica)
        if not rows:
            return Predicted(version=None, outputs=())
        serves = _told(self._canary, model).version
        if version is not None and serves != version:
            raise UnsupportedError(
                f"{replica} serves {serves or 'what nobody knows'}, and cannot be asked for "
                f"{version}: a process holds one version"
            )
        found = model.predict(rows, serves)
        after = _told(self._canary, model).version
        return Predicted(
            version=serves if after == serves else None,
            outputs=found.outputs,
            failed=found.failed,
        )

    def _model(self, replica: str) -> ScoringModel:
        timeout_s = parse_duration(self._config.timeout)
        http = self._replicas.http(replica)
        return ScoringModel(http, self._config.output, timeout_s, self._cache)

    def _await(self, replica: str, version: str) -> None:
        """Return when the version answers; until then the old process may go on answering."""
        within = timedelta(seconds=parse_duration(self._config.load_timeout))
        ends = self._clock.now() + within
        while (served := self.served(replica)).version != version:
            if self._clock.now() >= ends:
                told = f"it serves {served.version}" if served.version else str(served.error)
                raise BadReplyError(
                    f"{replica} was restarted, and does not serve {version} after "
                    f"{self._config.load_timeout}: {told}",
                    hint="does it load the registry's alias, and is the alias there?",
                )
            self._clock.sleep(_LOOK_S)


def _told(canary: Canary, model: ScoringModel) -> Told:
    lines = canary.lines()
    return canary.told(lines, model.fresh([line.row for line in lines]))
