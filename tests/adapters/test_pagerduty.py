"""PagerDuty's events, as its API describes them, on a server of ours that keeps its rules."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.adapters.loopback import Loopback, Page, Seen, page

from mlrespond.adapters.pagerduty import Config, PagerDuty, build
from mlrespond.adapters.secrets import EnvSecrets
from mlrespond.adapters.site import Site
from mlrespond.errors import AccessRefusedError, BadReplyError, RejectedError, UnsupportedError
from mlrespond.model.json import Json
from mlrespond.ports.service import Chat, Pager
from mlrespond.testing.clock import FixedClock
from mlrespond.testing.contract.chat import ChatContract
from mlrespond.testing.contract.pager import KEY, PagerContract

ROUTING_KEY = "0123456789abcdef0123456789abcdef"
API_TOKEN = "pd-api-token"


class Events:
    """What the events API and the REST API know: alerts by key, changes, and who took what."""

    def __init__(self) -> None:
        self.alerts: dict[str, str] = {}
        self.changes: list[str] = []
        self.taken: dict[str, str] = {}

    def __call__(self, seen: Seen) -> Page:
        path, _, query = seen.path.partition("?")
        if path == "/incidents":
            return self._incidents(seen, query)
        body = seen.json
        if body["routing_key"] != ROUTING_KEY:
            return page({"status": "invalid event", "message": "Event object is invalid"}, 400)
        if path == "/v2/change/enqueue":
            self.changes.append(body["payload"]["summary"])
            return page({"status": "success", "message": "Change event processed"}, 202)
        if body["event_action"] == "trigger":
            self.alerts.setdefault(body["dedup_key"], body["payload"]["custom_details"]["text"])
        if body["event_action"] == "acknowledge":
            self.taken[body["dedup_key"]] = "Events API"
        if body["event_action"] == "resolve":
            self.alerts.pop(body["dedup_key"], None)
        return page({"status": "success", "dedup_key": body["dedup_key"]}, 202)

    def _incidents(self, seen: Seen, query: str) -> Page:
        if seen.headers.get("authorization") != f"Token token={API_TOKEN}":
            return page({"error": {"message": "no"}}, 401)
        key = query.partition("=")[2].replace("%2F", "/").replace("%3A", ":")
        by = self.taken.get(key)
        taken: list[Json] = [{"at": "2026-11-22T03:05:00Z", "acknowledger": {"summary": by}}]
        return page({"incidents": [{"acknowledgements": taken if by else []}]})


@pytest.fixture
def events(server: Loopback) -> Events:
    events = Events()
    server.answers(events)
    return events


@pytest.fixture
def pager_site(site: Site, clock: FixedClock) -> Site:
    environ = {"PD_KEY": ROUTING_KEY, "PD_TOKEN": API_TOKEN}
    secrets = EnvSecrets(site.folder, environ)
    return Site(folder=site.folder, secrets=secrets, clock=clock, state=site.state, service="fraud")


@pytest.fixture
def pagerduty(server: Loopback, events: Events, pager_site: Site) -> PagerDuty:
    assert events
    api = {"token": "env:PD_TOKEN", "url": server.url}
    written = {"kind": "pagerduty", "key": "env:PD_KEY", "url": server.url, "api": api}
    return build(Config.model_validate(written), pager_site)


class TestPages(PagerContract):
    @pytest.fixture
    def pager(self, pagerduty: PagerDuty) -> Pager:
        return pagerduty

    @pytest.fixture
    def pages(self, events: Events) -> Callable[[], list[str]]:
        return lambda: list(events.alerts.values())

    @pytest.fixture
    def acknowledge(self, events: Events) -> Callable[[str, str], None]:
        return lambda key, by: events.taken.update({f"mlir/{key}": by})


class TestChanges(ChatContract):
    @pytest.fixture
    def chat(self, pagerduty: PagerDuty) -> Chat:
        return pagerduty

    @pytest.fixture
    def posts(self, events: Events) -> Callable[[], list[str]]:
        # a summary is one line; the contract's second text has two
        return lambda: [one.replace(" by ana", "\nby ana") for one in events.changes]


def test_a_page_is_an_event_as_the_api_describes_it(pagerduty: PagerDuty, server: Loopback) -> None:
    pagerduty.page(KEY, "payments-oncall", "fraud-scorer blocks all")

    (seen,) = server.seen
    assert (seen.method, seen.path) == ("POST", "/v2/enqueue")
    assert seen.json == {
        "routing_key": ROUTING_KEY,
        "event_action": "trigger",
        "dedup_key": f"mlir/{KEY}",
        "client": "mlrespond",
        "payload": {
            "summary": "fraud-scorer blocks all",
            "source": "fraud",
            "severity": "critical",
            "timestamp": "2026-11-22T03:00:00.000000Z",
            "custom_details": {"for": "payments-oncall", "text": "fraud-scorer blocks all"},
        },
    }


def test_limits_are_kept(pagerduty: PagerDuty, server: Loopback) -> None:
    receipts = {pagerduty.page(f"{'k' * 300}{at}", "a", "x" * 5000) for at in range(2)}

    assert len(receipts) == 2
    for seen in server.seen:
        assert len(seen.json["dedup_key"]) <= 255
        assert len(seen.json["payload"]["summary"]) <= 1024


def test_a_key_that_pagerduty_does_not_know_is_refused(
    server: Loopback, events: Events, pager_site: Site
) -> None:
    written = {"kind": "pagerduty", "key": "env:PD_TOKEN", "url": server.url}
    pager = build(Config.model_validate(written), pager_site)

    with pytest.raises(RejectedError, match="invalid"):
        pager.page(KEY, "payments-oncall", "help")

    assert events.alerts == {}


def test_without_an_api_token_it_is_told_how_else_a_page_is_taken(
    server: Loopback, pager_site: Site
) -> None:
    written = {"kind": "pagerduty", "key": "env:PD_KEY", "url": server.url}

    with pytest.raises(UnsupportedError) as raised:
        build(Config.model_validate(written), pager_site).acknowledged(KEY)

    assert "mlir ack" in raised.value.hint


def test_an_api_token_that_is_refused_is_told(
    server: Loopback, events: Events, pager_site: Site
) -> None:
    assert not events.taken
    api = {"token": "env:PD_KEY", "url": server.url}
    written = {"kind": "pagerduty", "key": "env:PD_KEY", "url": server.url, "api": api}

    with pytest.raises(AccessRefusedError):
        build(Config.model_validate(written), pager_site).acknowledged(KEY)


def test_an_answer_about_another_key_is_not_believed(
    server: Loopback, pagerduty: PagerDuty
) -> None:
    server.answers(page({"status": "success", "dedup_key": "another"}, 202))

    with pytest.raises(BadReplyError):
        pagerduty.page(KEY, "payments-oncall", "help")
