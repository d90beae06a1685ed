"""Replicas of MLServer (measured with 1.7), whose index is never asked, for it tells what it likes.

A version is served by rewriting the model's settings file and loading the model. What is served is
what an answer names and what `versions/V/ready` says; the index repeats the file on disk.
Source: mlserver.readthedocs.io/en/latest/user-guide/model-repository.html.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, Field

from mlrespond.adapters.address import segment
from mlrespond.adapters.inference_model import InferenceModel
from mlrespond.adapters.mlserver_settings import (
    pointing_to,
    read_settings,
    remove_settings,
    write_settings,
)
from mlrespond.adapters.replicas import Replicas
from mlrespond.adapters.site import Site
from mlrespond.errors import (
    AccessRefusedError,
    BadReplyError,
    NotThereError,
    PortError,
    RejectedError,
    UnsupportedError,
)
from mlrespond.model.authored import Duration, TplText
from mlrespond.model.evaluate import fill, shown
from mlrespond.model.instant import parse_duration
from mlrespond.model.json import Json, Record
from mlrespond.model.reading import Predicted, Served
from mlrespond.model.service import Serving as ServingPart
from mlrespond.ports.service import Serving

CANDIDATE = "mlir-candidate"


class Config(ServingPart):
    """Replicas of MLServer, with the settings files that they load from."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["mlserver"] = Field(description="Seldon's MLServer")
    settings: TplText = Field(
        description="The model-settings.json of a replica; `{{ replica }}` is its name"
    )
    uri: TplText = Field(description="Where a version's artefact is; `{{ version }}` is its name")
    probe: dict[str, bool | int | float | str | None] = Field(
        description="An input row: the answer to it tells which version really serves"
    )
    output: str = Field(default="", description="Which output is the prediction; else the first")
    timeout: Duration = Field(default="10s", description="How long an answer may take")
    load_timeout: Duration = Field(default="2m", description="How long loading may take")


def build(config: Config, site: Site) -> Serving:
    """Return the replicas as the port."""
    for replica in config.replicas:
        fill(config.settings, {"replica": replica.name})
    fill(config.uri, {"version": ""})
    return MLServer(config, Replicas(config, site), site)


class MLServer:
    """Replicas that serve what a settings file says when they are told to load it."""

    def __init__(self, config: Config, replicas: Replicas, site: Site) -> None:
        self._config = config
        self._replicas = replicas
        self._site = site
        self._load_path = f"/v2/repository/models/{segment(config.model)}/load"
        self._timeout_s = parse_duration(config.timeout)

    def served(self, replica: str) -> Served:
        """See Serving.served: the version that the answer to the probe names, if it is ready."""
        model = self._model(replica)
        try:
            version = model.answers(self._config.probe)
            ready = version is not None and model.ready(version)
        except AccessRefusedError:
            raise
        except PortError as failed:
            return Served(replica=replica, version=None, ready=False, error=failed.message)
        if version is None:
            why = "the reply names no version (settings that point to a registry's alias do not)"
            return Served(replica=replica, version=None, ready=True, error=why)
        error = None if ready else f"version {version} answers, but is not ready"
        return Served(replica=replica, version=version, ready=ready, error=error)

    def load(self, replica: str, version: str) -> None:
        """See Serving.load; UnsupportedError for a version that would answer at once.

        The highest number answers requests that name none, so only a lower one can be loaded
        beside it; it is, from settings in a folder of their own.
        """
        now = self.served(replica).version
        if now == version:
            return
        if not _lower(version, now):
            raise UnsupportedError(
                f"{replica} cannot load {version} beside {now} without serving it",
                hint="leave `load` out of the preflight",
            )
        settings, candidate = self._settings(replica), self._candidate(replica)
        write_settings(candidate, self._pointing(read_settings(settings), version))
        try:
            self._load(replica, version)
            if not self._model(replica).ready(version):
                raise RejectedError(f"{replica} said that it loaded {version}, but has it not")
        except PortError:
            remove_settings(candidate)
            raise

    def activate(self, replica: str, version: str) -> None:
        """See Serving.activate; what was served stays, on disk too, when the new one fails.

        A server that said yes is not asked again here: what it serves is seen when it is verified,
        and a replica that stays behind is unknown, for what it was told may still come true.
        """
        settings = self._settings(replica)
        before = read_settings(settings)
        write_settings(settings, self._pointing(before, version))
        remove_settings(self._candidate(replica))
        try:
            self._load(replica, version)
        except RejectedError:
            write_settings(settings, before)
            raise

    def predict(
        self, replica: str, rows: Sequence[Mapping[str, Json]], version: str | None = None
    ) -> Predicted:
        """See Serving.predict."""
        return self._model(replica).predict(rows, version)

    def _model(self, replica: str) -> InferenceModel:
        http = self._replicas.http(replica)
        return InferenceModel(http, self._config.model, self._config.output, self._timeout_s)

    def _settings(self, replica: str) -> Path:
        self._replicas.http(replica)
        return self._site.path(shown(fill(self._config.settings, {"replica": replica})))

    def _candidate(self, replica: str) -> Path:
        """Return where a version is loaded from that does not serve: beside the slot's folder."""
        settings = self._settings(replica)
        return settings.parent.with_name(CANDIDATE) / settings.name

    def _pointing(self, settings: Record, version: str) -> Record:
        """Return settings that point to a version; NotThereError if its artefact is not there."""
        if not version or version in {".", ".."} or "/" in version or not version.isprintable():
            raise NotThereError(f"`{version}` is no version")
        uri = shown(fill(self._config.uri, {"version": version}))
        if ":" not in uri:
            place = self._site.path(uri)
            if not place.exists():
                raise NotThereError(f"version {version} has no artefact at {place}")
            uri = str(place)
        return pointing_to(settings, uri, version)

    def _load(self, replica: str, version: str) -> None:
        """Tell the server to look at its folder.

        A load that fails is answered with 422, or with 500 and a text; it is over by then, so what
        is not ready was certainly not loaded.
        """
        try:
            self._replicas.http(replica).request(
                "POST",
                self._load_path,
                json={},
                idempotent=True,
                deadline_s=parse_duration(self._config.load_timeout),
            )
        except BadReplyError as failed:
            if not self._model(replica).ready(version):
                raise RejectedError(failed.message, hint=failed.hint) from failed


def _lower(version: str, served: str | None) -> bool:
    if served is None or not served.isdecimal() or not version.isdecimal():
        return False
    return int(version) < int(served)
