"""A model registry of MLflow, spoken to over its REST API (measured with MLflow 3.17).

There is no lock and no version tag to compare: two writers never notice each other. So every move
of the alias is read back, and the caller holds a lease of its own while it reads, sets and reads.
Source: mlflow.org/docs/latest/api_reference/rest-api.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlencode

from pydantic import ConfigDict, Field

from mlrespond.adapters.http import Http
from mlrespond.adapters.site import Site
from mlrespond.errors import BadReplyError, NotThereError, RejectedError
from mlrespond.model.json import Json, Record, items, number, record, text
from mlrespond.model.reading import Version
from mlrespond.model.service import Auth, Component
from mlrespond.ports.service import Registry

_API = "/api/2.0/mlflow"
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_PAGE = 200
_MOST_PAGES = 100
_NEWEST = 20  # so many versions are told with the metrics of their runs: each costs a call
_AT_ONCE = 8


class Config(Component):
    """A registered model of MLflow."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["mlflow"] = Field(description="MLflow's model registry")
    url: str = Field(description="The tracking server's address")
    model: str = Field(description="The registered model's name", min_length=1)
    alias: str = Field(default="champion", description="The alias that serving follows")
    auth: Auth | None = Field(default=None, description="How to log in")


def build(config: Config, site: Site) -> Registry:
    """Return the registry of one model."""
    http = Http(config.url, clock=site.clock, auth=config.auth, secrets=site.secrets)
    return MlflowRegistry(http, config.model, config.alias)


class MlflowRegistry:
    """The versions of one registered model, and one of its aliases. Versions are numbers."""

    def __init__(self, http: Http, model: str, alias: str) -> None:
        self._http = http
        self._model = model
        self._alias = alias

    def wanted(self) -> str | None:
        """See Registry.wanted.

        The model's own list of aliases is asked: a missing alias is an error 400 elsewhere, which
        looks like any other mistake.
        """
        model = record(self._get("registered-models/get", name=self._model).get("registered_model"))
        if text(model.get("name")) != self._model:
            raise BadReplyError(f"{self._http.base_url} answered about another model")
        aliases = [record(one) for one in items(model.get("aliases"))]
        found = [one for one in aliases if one.get("alias") == self._alias]
        return _version_name(found[0].get("version"), self._http.base_url) if found else None

    def versions(self) -> tuple[Version, ...]:
        """See Registry.versions; the newest twenty with the metrics of the runs they came from."""
        found = sorted(self._written(), key=lambda one: int(one[0].name))
        older, newest = found[:-_NEWEST], found[-_NEWEST:]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            measured = list(pool.map(self._measured, newest))
        return (*(version for version, _ in older), *measured)

    def want(self, version: str) -> None:
        """See Registry.want."""
        self._numbered(version)
        body: Record = {"name": self._model, "alias": self._alias, "version": version}
        self._http.request("POST", f"{_API}/registered-models/alias", json=body, idempotent=True)
        seen = self.wanted()
        if seen != version:
            raise BadReplyError(
                f"{self._model}@{self._alias} was set to {version}, and is {seen} now: "
                "somebody else moved it"
            )

    def tag(self, version: str, key: str, value: str) -> None:
        """See Registry.tag."""
        self._numbered(version)
        body: Record = {"name": self._model, "version": version, "key": key, "value": value}
        self._http.request("POST", f"{_API}/model-versions/set-tag", json=body, idempotent=True)

    def _numbered(self, version: str) -> None:
        if not _NUMBER.fullmatch(version):
            raise NotThereError(f"{self._model} has no version `{version}`: versions are numbers")

    def _get(self, path: str, **query: str) -> Record:
        asked = f"{_API}/{path}?{urlencode(query, errors='replace')}"
        return record(self._http.request("GET", asked, idempotent=True).body)

    def _written(self) -> Iterator[tuple[Version, str | None]]:
        """Yield each version with the id of its run, page by page; none found has no key at all."""
        token: str | None = ""
        for _ in range(_MOST_PAGES):
            more = {"page_token": token} if token else {}
            page = self._get(
                "model-versions/search",
                filter=f"name={_quoted(self._model)}",
                max_results=str(_PAGE),
                **more,
            )
            for one in items(page.get("model_versions")):
                yield _version(record(one), self._http.base_url), text(record(one).get("run_id"))
            last, token = token, text(page.get("next_page_token"))
            if not token:
                return
            if token == last:
                break
        raise BadReplyError(f"{self._http.base_url}: the pages of {self._model} have no end")

    def _measured(self, found: tuple[Version, str | None]) -> Version:
        """Return the version with what its run measured: nothing, if that was deleted."""
        version, run = found
        if not run:
            return version
        try:
            told = self._get("runs/get", run_id=run)
        except (NotThereError, RejectedError):
            return version
        data = record(record(told.get("run")).get("data"))
        return replace(version, metrics=_metrics(data))


def _quoted(name: str) -> str:
    """Return a name as the filter language takes it; it has no escape for a quote."""
    if "'" not in name:
        return f"'{name}'"
    if '"' not in name:
        return f'"{name}"'
    raise RejectedError(f"MLflow cannot search for a model that is called {name}")


def _version_name(value: Json, source: str) -> str:
    """Return a version as MLflow writes it: digits in a string."""
    found = text(value)
    if found is None or not _NUMBER.fullmatch(found):
        raise BadReplyError(f"{source} named a version that is no number in a string")
    return found


def _version(written: Record, source: str) -> Version:
    return Version(
        name=_version_name(written.get("version"), source),
        created_at=_time(written.get("creation_timestamp")),
        tags=dict(_pairs(written.get("tags"))),
    )


def _pairs(written: Json) -> Iterator[tuple[str, str]]:
    for one in items(written):
        key, value = text(record(one).get("key")), record(one).get("value")
        if key is not None:
            yield key, str(value)


def _metrics(data: Record) -> Mapping[str, float]:
    """Return the metrics that are numbers: MLflow writes NaN as a string."""
    found: dict[str, float] = {}
    for one in items(data.get("metrics")):
        key, value = text(record(one).get("key")), number(record(one).get("value"))
        if key is not None and value is not None:
            found[key] = value
    return found


def _time(milliseconds: Json) -> datetime | None:
    found = number(milliseconds)
    try:
        return None if found is None else datetime.fromtimestamp(found / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
