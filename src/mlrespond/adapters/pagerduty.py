"""PagerDuty's Events API v2: a page is an alert with a key, under which it is also resolved.

As a chat it posts change events, which wake nobody. The events API does not tell who took a page;
where an API token is given, the REST API is asked. Source: PagerDuty/api-schema, events-v2.
"""

from __future__ import annotations

import hashlib
from typing import Literal
from urllib.parse import urlencode

from pydantic import ConfigDict, Field

from mlrespond.adapters.http import Http
from mlrespond.adapters.site import Site
from mlrespond.errors import BadReplyError, UnsupportedError
from mlrespond.model.authored import Authored, Secret
from mlrespond.model.instant import iso, parse_iso
from mlrespond.model.json import Record, items, record, text
from mlrespond.model.reading import Acknowledged
from mlrespond.model.service import Component

_EVENTS = "https://events.pagerduty.com"
_API = "https://api.pagerduty.com"
_SUMMARY = 1024  # what the API keeps of a summary, in characters
_KEY = 255


class Api(Authored):
    """The REST API, which knows who took a page."""

    token: Secret = Field(description="An API token: env:NAME or file:PATH")
    url: str = Field(default=_API, description="Its address; the EU has one of its own")


class Config(Component):
    """A service of PagerDuty, by its integration key."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["pagerduty"] = Field(description="PagerDuty's Events API v2")
    key: Secret = Field(description="The integration key: env:NAME or file:PATH")
    url: str = Field(default=_EVENTS, description="Its address; the EU has one of its own")
    severity: Literal["critical", "error", "warning", "info"] = Field(
        default="critical", description="Which severity a page has there"
    )
    api: Api | None = Field(default=None, description="Where to ask who took a page")


def build(config: Config, site: Site) -> PagerDuty:
    """Return the service as pager, or as chat."""
    return PagerDuty(config, site)


class PagerDuty:
    """Pager and Chat on one integration."""

    def __init__(self, config: Config, site: Site) -> None:
        self._config = config
        self._site = site
        self._events = Http(config.url, clock=site.clock)
        self._api = Http(config.api.url, clock=site.clock) if config.api else None

    def page(self, key: str, to: str, text: str) -> str:
        """See Pager.page: the key makes a second one the same alert."""
        payload: Record = {
            "summary": _short(text),
            "source": self._site.service,
            "severity": self._config.severity,
            "timestamp": iso(self._site.clock.now()),
            "custom_details": {"for": to, "text": text[:4000]},
        }
        return self._send("trigger", key, {"payload": payload, "client": "mlrespond"})

    def acknowledged(self, key: str) -> Acknowledged | None:
        """See Pager.acknowledged; UnsupportedError without an API token."""
        if self._api is None or self._config.api is None:
            raise UnsupportedError(
                "PagerDuty's events do not tell who took a page",
                hint="say it here: mlir ack; or set `api: {token: env:NAME}` of the pager",
            )
        token = self._site.secrets.get(self._config.api.token)
        reply = self._api.request(
            "GET",
            f"/incidents?{urlencode({'incident_key': _dedup(key)})}",
            headers={
                "authorization": f"Token token={token}",
                "accept": "application/vnd.pagerduty+json;version=2",
            },
            idempotent=True,
        )
        for incident in items(record(reply.body).get("incidents")):
            for one in items(record(incident).get("acknowledgements")):
                return _taken(record(one))
        return None

    def acknowledge(self, key: str, by: str) -> None:
        """See Pager.acknowledge; an event cannot say by whom, so PagerDuty does not know it."""
        self._send("acknowledge", key, {})

    def resolve(self, key: str) -> None:
        """See Pager.resolve."""
        self._send("resolve", key, {})

    def post(self, key: str, to: str, text: str) -> str:
        """See Chat.post: a change event."""
        payload: Record = {
            "summary": _short(text),
            "source": self._site.service,
            "timestamp": iso(self._site.clock.now()),
            "custom_details": {"key": key, "for": to},
        }
        body: Record = {"routing_key": self._routing_key(), "payload": payload}
        self._events.request("POST", "/v2/change/enqueue", json=body)
        return f"change:{key}"

    def _send(self, action: str, key: str, more: Record) -> str:
        dedup = _dedup(key)
        body: Record = {
            "routing_key": self._routing_key(),
            "event_action": action,
            "dedup_key": dedup,
            **more,
        }
        reply = self._events.request("POST", "/v2/enqueue", json=body, idempotent=True)
        told = text(record(reply.body).get("dedup_key"))
        if told != dedup:
            raise BadReplyError(f"{self._events.base_url} took the event under another key")
        return dedup

    def _routing_key(self) -> str:
        return self._site.secrets.get(self._config.key)


def _dedup(key: str) -> str:
    """Return the key as PagerDuty takes it: ours, told from others', and not too long."""
    named = f"mlir/{key}"
    if len(named) <= _KEY:
        return named
    digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
    return f"{named[: _KEY - 17]}/{digest[:16]}"


def _short(said: str) -> str:
    line = " ".join(said.split()) or "(no text)"
    return line if len(line) <= _SUMMARY else f"{line[: _SUMMARY - 1]}…"


def _taken(told: Record) -> Acknowledged:
    who = record(told.get("acknowledger"))
    by, at = text(who.get("summary")) or text(who.get("id")), text(told.get("at"))
    if not by or not at:
        raise BadReplyError("PagerDuty told of an acknowledgement without who or when")
    return Acknowledged(by=by, at=parse_iso(at))
