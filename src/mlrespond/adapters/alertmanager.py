"""Prometheus's Alertmanager, over its API v2: what fires, and silences.

A silence has no name of ours, so our key stands at the end of its comment, and is looked for
before another is made. A silence is about every alert that has all its labels.
Source: prometheus/alertmanager, api/v2/openapi.yaml (measured with 0.25).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Literal

from pydantic import ConfigDict, Field

from mlrespond.adapters.address import segment
from mlrespond.adapters.http import Http
from mlrespond.adapters.site import Site
from mlrespond.errors import BadReplyError, InvalidInputError
from mlrespond.model.alert import Alert
from mlrespond.model.authored import Duration
from mlrespond.model.instant import iso, parse_duration, parse_iso
from mlrespond.model.json import Json, Record, items, record, text
from mlrespond.model.reading import Firing, Silence
from mlrespond.model.service import Auth, Component
from mlrespond.ports.clock import Clock
from mlrespond.ports.service import Monitor

_API = "/api/v2"
_WE = "mlrespond"
_SKEW = timedelta(hours=1)  # a start in the past counts as now, whatever its clock says


class Config(Component):
    """An Alertmanager, or what speaks its API."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["alertmanager"] = Field(description="Alertmanager's API v2")
    url: str = Field(description="Its address, with any prefix before /api/v2")
    auth: Auth | None = Field(default=None, description="How to log in")
    timeout: Duration = Field(default="10s", description="How long an answer may take")


def build(config: Config, site: Site) -> Monitor:
    """Return the monitor."""
    http = Http(
        config.url,
        clock=site.clock,
        auth=config.auth,
        secrets=site.secrets,
        deadline_s=parse_duration(config.timeout),
    )
    return Alertmanager(http, site.clock)


class Alertmanager:
    """A monitor that groups, silences and sends alerts."""

    def __init__(self, http: Http, clock: Clock) -> None:
        self._http = http
        self._clock = clock

    def firing(self) -> tuple[Firing, ...]:
        """See Monitor.firing."""
        found = self._list("/alerts?active=true&silenced=true&inhibited=true&unprocessed=true")
        return tuple(self._alert(one) for one in found)

    def silences(self, key: str) -> tuple[Silence, ...]:
        """See Monitor.silences."""
        return tuple(self._silence(one) for one in self._ours(key))

    def silence(self, key: str, labels: Mapping[str, str], until: datetime, comment: str) -> None:
        """See Monitor.silence."""
        wanted: Record = {
            "matchers": [_matcher(name, value) for name, value in sorted(labels.items())],
            "startsAt": iso(self._clock.now() - _SKEW),
            "endsAt": iso(until),
            "createdBy": _WE,
            "comment": f"{comment} {_mark(key)}",
        }
        for one in self._ours(key):
            stands = self._silence(one)
            if dict(stands.labels) != dict(labels):
                continue
            if abs(stands.until - until) < timedelta(seconds=1):  # kept to the millisecond
                return
            wanted = {**wanted, "id": stands.id, "startsAt": one.get("startsAt")}
        reply = self._http.request("POST", f"{_API}/silences", json=wanted)
        if not text(record(reply.body).get("silenceID")):
            raise BadReplyError(f"{self._http.base_url} took a silence without a name for it")

    def end_silences(self, key: str) -> None:
        """See Monitor.end_silences."""
        for one in self.silences(key):
            self._http.request("DELETE", f"{_API}/silence/{segment(one.id)}")

    def _ours(self, key: str) -> Iterator[Record]:
        for one in self._list("/silences"):
            comment, state = text(one.get("comment")) or "", record(one.get("status")).get("state")
            ours = one.get("createdBy") == _WE and comment.endswith(_mark(key))
            if ours and state in {"active", "pending"}:
                yield one

    def _list(self, path: str) -> list[Record]:
        body = self._http.request("GET", _API + path, idempotent=True).body
        if not isinstance(body, list) or not all(isinstance(one, Mapping) for one in body):
            raise BadReplyError(f"{self._http.base_url}: no list of records below {_API}")
        return [record(one) for one in body]

    def _alert(self, given: Record) -> Firing:
        status = record(given.get("status"))
        alert = Alert(
            fingerprint=self._text(given, "fingerprint"),
            status="firing",
            starts_at=self._time(given, "startsAt"),
            labels=_texts(given.get("labels")),
            annotations=_texts(given.get("annotations")),
            generator_url=text(given.get("generatorURL")) or "",
        )
        by = tuple(str(one) for one in items(status.get("silencedBy")))
        return Firing(alert=alert, silenced_by=by, quiet=status.get("state") == "suppressed")

    def _silence(self, given: Record) -> Silence:
        """Return a silence of ours; one whose matchers somebody changed has other labels."""
        matchers = [record(one) for one in items(given.get("matchers"))]
        labels = {_told(one): text(one.get("value")) or "" for one in matchers}
        until = self._time(given, "endsAt")
        return Silence(id=self._text(given, "id"), labels=labels, until=until)

    def _text(self, given: Record, name: str) -> str:
        found = text(given.get(name))
        if not found:
            raise BadReplyError(f"{self._http.base_url}: an entry has no {name}")
        return found

    def _time(self, given: Record, name: str) -> datetime:
        try:
            return parse_iso(self._text(given, name))
        except InvalidInputError as cause:
            raise BadReplyError(f"{self._http.base_url}: {name}: {cause.message}") from cause


def _mark(key: str) -> str:
    return f"[{key}]"


def _matcher(name: str, value: str) -> Json:
    return {"name": name, "value": value, "isRegex": False, "isEqual": True}


def _told(matcher: Record) -> str:
    """Return the label of a matcher, told apart if it is not one of plain equality."""
    name = text(matcher.get("name")) or ""
    equal = matcher.get("isEqual", True) is True
    if matcher.get("isRegex") is False and equal:
        return name
    return f"{name}{'=' if equal else '!'}~"


def _texts(given: Json) -> dict[str, str]:
    return {str(name): str(value) for name, value in record(given).items()}
