"""Alertmanager's API v2 on a server of ours that keeps its rules; the real one: tests/stack."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from tests.adapters.loopback import Loopback, page
from tests.adapters.manager import Manager

from mlrespond.adapters.alertmanager import Config, build
from mlrespond.adapters.secrets import EnvSecrets
from mlrespond.adapters.site import Site
from mlrespond.errors import AccessRefusedError, BadReplyError
from mlrespond.model.instant import parse_iso
from mlrespond.model.json import Json
from mlrespond.ports.service import Monitor
from mlrespond.testing.clock import START, FixedClock
from mlrespond.testing.contract.monitor import Fire, MonitorContract

KEY = "INC-0001@1"
LABELS = {"alertname": "A", "service": "fraud-scorer"}
UNTIL = START + timedelta(hours=1)


@pytest.fixture
def manager(server: Loopback) -> Manager:
    manager = Manager()
    server.answers(manager)
    return manager


@pytest.fixture
def monitor(server: Loopback, site: Site, clock: FixedClock) -> Monitor:
    return _monitor(server.url, site, clock)


def _monitor(url: str, site: Site, clock: FixedClock) -> Monitor:
    secrets = EnvSecrets(site.folder, {"AM_TOKEN": "am-token"})
    known = Site(
        folder=site.folder, secrets=secrets, clock=clock, state=site.state, service="fraud-scorer"
    )
    written = {"kind": "alertmanager", "url": url, "auth": {"bearer": "env:AM_TOKEN"}}
    return build(Config.model_validate({**written, "timeout": "2s"}), known)


@pytest.mark.usefixtures("manager")
class TestAlertmanager(MonitorContract):
    @pytest.fixture
    def now(self) -> datetime:
        return START

    @pytest.fixture
    def fire(self, manager: Manager) -> Fire:
        return manager.alerts.append

    @pytest.fixture
    def unreachable(self, site: Site, clock: FixedClock) -> Monitor:
        return _monitor("http://127.0.0.1:9", site, clock)


def test_the_token_goes_along_and_the_key_stands_in_the_comment(
    monitor: Monitor, server: Loopback, manager: Manager
) -> None:
    monitor.silence(KEY, LABELS, UNTIL, "mitigating")

    assert {one.headers["authorization"] for one in server.seen} == {"Bearer am-token"}
    (silence,) = manager.silences.values()
    assert (silence["comment"], silence["createdBy"]) == ("mitigating [INC-0001@1]", "mlrespond")


def test_a_silence_of_somebody_else_is_left_alone(monitor: Monitor, manager: Manager) -> None:
    monitor.silence(KEY, LABELS, UNTIL, "mitigating")
    theirs = {**manager.silences["s1"], "id": "theirs", "createdBy": "ana"}
    manager.silences["theirs"] = theirs

    monitor.end_silences(KEY)

    assert theirs["status"] == {"state": "active"}
    assert monitor.silences(KEY) == ()


@pytest.mark.parametrize("change", [{"isRegex": True}, {"isEqual": False}])
def test_matchers_that_somebody_widened_are_not_our_labels(
    monitor: Monitor, manager: Manager, change: dict[str, Json]
) -> None:
    monitor.silence(KEY, LABELS, UNTIL, "mitigating")
    matchers = manager.silences["s1"]["matchers"]
    assert isinstance(matchers, list)
    first = matchers[0]
    assert isinstance(first, dict)
    manager.silences["s1"]["matchers"] = [{**first, **change}, *matchers[1:]]

    (found,) = monitor.silences(KEY)

    assert dict(found.labels) != LABELS


def test_a_refusal_is_told_as_one(monitor: Monitor, server: Loopback) -> None:
    server.answers(page({"error": "not for you"}, 403))

    with pytest.raises(AccessRefusedError):
        monitor.firing()


@pytest.mark.parametrize(
    "body",
    [{}, {"data": []}, ["a"], [{}], [{"fingerprint": "f"}], [{"fingerprint": "f", "startsAt": 1}]],
)
def test_what_is_no_list_of_alerts_is_a_bad_reply(
    monitor: Monitor, server: Loopback, body: Json
) -> None:
    server.answers(page(body))

    with pytest.raises(BadReplyError):
        monitor.firing()


def test_a_silence_without_a_name_is_a_bad_reply(monitor: Monitor, server: Loopback) -> None:
    server.answers(lambda seen: page([] if seen.method == "GET" else {}))

    with pytest.raises(BadReplyError, match="without a name"):
        monitor.silence(KEY, LABELS, UNTIL, "mitigating")


def test_the_start_lies_in_the_past_so_that_clocks_may_differ(
    monitor: Monitor, manager: Manager
) -> None:
    monitor.silence(KEY, LABELS, UNTIL, "mitigating")

    assert parse_iso(str(manager.silences["s1"]["startsAt"])) < START
