"""A Prometheus, asked over its HTTP API (measured with 2.42; the same in 3).

NaN and an empty answer are no data: without traffic a ratio is NaN, and that is no good news.
Source: prometheus.io/docs/prometheus/latest/querying/api.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlencode

from pydantic import ConfigDict, Field

from mlrespond.adapters.http import Http
from mlrespond.adapters.promql_series import times
from mlrespond.adapters.site import Site
from mlrespond.errors import BadReplyError
from mlrespond.model.authored import Duration
from mlrespond.model.instant import iso, parse_duration
from mlrespond.model.json import Json, Record, items, number, record, text
from mlrespond.model.reading import Sample, Series, Window
from mlrespond.model.service import Auth, Component
from mlrespond.ports.service import Metrics

_API = "/api/v1"


class Config(Component):
    """A Prometheus, or what speaks its query API (Thanos, Mimir, VictoriaMetrics)."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["prometheus"] = Field(description="Prometheus's query API")
    url: str = Field(description="Its address, with any prefix before /api/v1")
    auth: Auth | None = Field(default=None, description="How to log in")
    timeout: Duration = Field(default="10s", description="How long an answer may take")


def build(config: Config, site: Site) -> Metrics:
    """Return the metrics store."""
    http = Http(
        config.url,
        clock=site.clock,
        auth=config.auth,
        secrets=site.secrets,
        deadline_s=parse_duration(config.timeout),
    )
    return Prometheus(http)


class Prometheus:
    """A metrics store that evaluates queries itself."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def instant(self, query: str, at: datetime) -> tuple[Sample, ...]:
        """See Metrics.instant."""
        data = self._ask("query", query=query, time=iso(at))
        match text(data.get("resultType")):
            case "vector":
                return tuple(_samples(data, self._http.base_url))
            case "scalar":
                point = _point(data.get("result"), self._http.base_url)
                return () if point is None else (Sample(labels={}, value=point[1]),)
            case other:
                raise BadReplyError(f"{self._http.base_url}: a query gave a {other}, no vector")

    def range(self, query: str, window: Window, step_s: float) -> tuple[Series, ...]:
        """See Metrics.range."""
        moments = times(window, step_s)
        data = self._ask(
            "query_range",
            query=query,
            start=iso(moments[0]),
            end=iso(moments[-1]),
            step=f"{step_s:.3f}",
        )
        if data.get("resultType") != "matrix":
            raise BadReplyError(f"{self._http.base_url}: a range gave no matrix")
        return tuple(_series(data, self._http.base_url))

    def _ask(self, path: str, **query: str) -> Record:
        asked = f"{_API}/{path}?{urlencode(query, errors='replace')}"
        body = record(self._http.request("GET", asked, idempotent=True).body)
        if body.get("status") != "success":
            raise BadReplyError(f"{self._http.base_url} answered 200 without success")
        return record(body.get("data"))


def _samples(data: Record, source: str) -> Iterator[Sample]:
    for one in items(data.get("result")):
        point = _point(record(one).get("value"), source)
        if point is not None:
            yield Sample(labels=_labels(one), value=point[1])


def _series(data: Record, source: str) -> Iterator[Series]:
    for one in items(data.get("result")):
        found = [_point(value, source) for value in items(record(one).get("values"))]
        points = tuple(point for point in found if point is not None)
        if points:
            yield Series(labels=_labels(one), points=points)


def _labels(one: Json) -> Mapping[str, str]:
    return {name: str(value) for name, value in record(record(one).get("metric")).items()}


def _point(pair: Json, source: str) -> tuple[datetime, float] | None:
    """Return the time and the value of a pair; None for NaN and infinities, which are no data."""
    parts = items(pair)
    at = number(parts[0]) if len(parts) == 2 else None  # noqa: PLR2004  # a pair
    written = text(parts[1]) if at is not None else None
    try:
        value = float(written or "")
        when = datetime.fromtimestamp(at or 0.0, UTC)
    except (ValueError, OverflowError, OSError) as cause:
        raise BadReplyError(f"{source}: a sample is no pair of a time and a number") from cause
    return (when, value) if math.isfinite(value) else None
