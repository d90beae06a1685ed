"""Alertmanager's API v2, as far as we speak it: alerts by their labels, silences by name."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import unquote

from tests.adapters.loopback import Page, Seen, page

from mlrespond.model.instant import iso
from mlrespond.model.json import Json
from mlrespond.testing.clock import START


class Manager:
    """What an Alertmanager knows: alerts by labels, silences by name."""

    def __init__(self, since: datetime = START) -> None:
        self.since = since
        self.alerts: list[dict[str, str]] = []
        self.silences: dict[str, dict[str, Json]] = {}

    def __call__(self, seen: Seen) -> Page:
        path = unquote(seen.path.partition("?")[0])
        match (seen.method, path.removeprefix("/api/v2/").split("/")):
            case ("GET", ["alerts"]):
                return page([self._alert(one) for one in self.alerts])
            case ("GET", ["silences"]):
                return page(list(self.silences.values()))
            case ("POST", ["silences"]):
                return self._post(seen.json)
            case ("DELETE", ["silence", name]):
                self.silences[name]["status"] = {"state": "expired"}
                return Page()
        return page("not found", 404)

    def _post(self, body: dict[str, Json]) -> Page:
        if not body["matchers"]:
            return page("at least one matcher required", 400)
        name = str(body.get("id") or f"s{len(self.silences) + 1}")
        self.silences[name] = {**body, "id": name, "status": {"state": "active"}}
        return page({"silenceID": name})

    def _alert(self, labels: dict[str, str]) -> Json:
        by = [name for name, one in self.silences.items() if _about(one, labels)]
        status: Json = {
            "state": "suppressed" if by else "active",
            "silencedBy": list(by),
            "inhibitedBy": [],
        }
        starts = iso(self.since)
        return {"labels": dict(labels), "fingerprint": "f", "startsAt": starts, "status": status}


def _about(silence: dict[str, Json], labels: dict[str, str]) -> bool:
    matchers = silence["matchers"]
    assert isinstance(matchers, list)
    wanted = {one["name"]: one["value"] for one in matchers if isinstance(one, dict)}
    return silence["status"] == {"state": "active"} and wanted.items() <= labels.items()
