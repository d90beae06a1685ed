"""Alertmanager, on a real server: what fires, and silences about one alert alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from tests.adapters.loopback import Loopback
from tests.stack.servers import launched, running

from mlrespond.adapters.alertmanager import Config, build
from mlrespond.adapters.http import Http
from mlrespond.adapters.site import Site
from mlrespond.adapters.system import SystemClock
from mlrespond.lab.deadline import wait_until
from mlrespond.lab.stack import prometheus
from mlrespond.lab.stack.server import url
from mlrespond.ports.service import Monitor
from mlrespond.testing.contract.monitor import Fire, Labels, MonitorContract
from mlrespond.usecases.alerts import read_alerts

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("prometheus")]


@pytest.fixture(scope="module")
def hook() -> Iterator[Loopback]:
    """Return where Alertmanager posts what fires."""
    server = Loopback()
    yield server
    server.close()


@pytest.fixture(scope="module")
def manager_url(tmp_path_factory: pytest.TempPathFactory, hook: Loopback) -> Iterator[str]:
    home = tmp_path_factory.mktemp("alertmanager")
    launch = launched(lambda: prometheus.alertmanager(home, hook.url))
    with running([launch], home) as (server,):
        yield url(server)


@pytest.fixture
def monitor(manager_url: str, site: Site) -> Monitor:
    return build(Config(kind="alertmanager", url=manager_url), site)


@pytest.fixture
def fire(manager_url: str) -> Fire:
    http = Http(manager_url, clock=SystemClock())

    def now(labels: Labels) -> None:
        http.request("POST", "/api/v2/alerts", json=[{"labels": dict(labels)}])

    return now


class TestAlertmanager(MonitorContract):
    @pytest.fixture
    def now(self) -> datetime:
        return datetime.now(UTC)

    @pytest.fixture
    def unreachable(self, site: Site) -> Monitor:
        return build(Config(kind="alertmanager", url="http://127.0.0.1:9"), site)


def test_what_is_pulled_is_the_alert_that_is_pushed(
    monitor: Monitor, fire: Fire, hook: Loopback
) -> None:
    fire({"alertname": "Pushed", "service": "fraud-scorer"})
    (pulled,) = (one.alert for one in monitor.firing() if one.alert.name == "Pushed")

    def pushed() -> list[str]:
        bodies = [json.dumps(seen.json) for seen in hook.seen if seen.method == "POST"]
        return [one.key for body in bodies for one in read_alerts(body)]

    assert wait_until(lambda: pulled.key in pushed(), 20.0, every_s=0.1)
