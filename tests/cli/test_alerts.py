"""`mlir alerts`: what fires, by a monitor over HTTP; and from there to an incident, by a pipe."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from tests.adapters.loopback import Loopback, page
from tests.adapters.manager import Manager
from tests.cli.screen import screen, still
from tests.cli.shop import SERVICE, Shop

from mlrespond.model.json import Json

LOW = {"alertname": "GoldenAccuracyLow", "service": SERVICE, "severity": "critical"}
DRIFT = {"alertname": "PredictionDrift", "service": SERVICE}
OTHER = {"alertname": "DiskFull", "service": "billing"}
MATCHERS: Json = [{"name": "alertname", "value": "PredictionDrift"}]


@pytest.fixture
def server() -> Iterator[Loopback]:
    server = Loopback()
    yield server
    server.close()


@pytest.fixture
def manager(shop: Shop, server: Loopback) -> Manager:
    """Return the monitor of the shop's service; two of its alerts fire, one is silenced."""
    manager = Manager(datetime.now(UTC) - timedelta(minutes=5))
    server.answers(manager)
    manager.alerts = [LOW, DRIFT, OTHER]
    manager.silences["s1"] = {"matchers": MATCHERS, "status": {"state": "active"}}
    shop.settings(monitor={"kind": "alertmanager", "url": server.url})
    return manager


def piped(shop: Shop, capsys: pytest.CaptureFixture[str]) -> int:
    """Run `mlir alerts SERVICE --webhook | mlir respond --alert -`."""
    assert shop.mlir("alerts", SERVICE, "--webhook") == 0
    respond = ("respond", "--alert", "-", "--runbook", "back", "--approve", "all")
    return subprocess.run(
        [sys.executable, "-m", "mlrespond", "-C", str(shop.folder), *respond],
        input=capsys.readouterr().out,
        capture_output=True,
        text=True,
        check=False,
    ).returncode


@pytest.mark.usefixtures("manager")
def test_it_shows_what_fires_and_what_to_do_next(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shop.mlir("alerts") == 0

    assert still(capsys.readouterr().out) == screen(
        f"""
        TIME  {SERVICE}  critical  GoldenAccuracyLow
                              for TOOK, not silenced, of no open incident
                              next: mlir alerts {SERVICE} --webhook | mlir respond --alert -
        TIME  {SERVICE}  -  PredictionDrift
                              for TOOK, silenced, of no open incident
        """
    )


@pytest.mark.usefixtures("manager")
def test_the_pipe_opens_an_incident_and_then_the_alert_is_of_it(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert piped(shop, capsys) == 0
    capsys.readouterr()

    assert shop.mlir("alerts", SERVICE, "--json") == 0

    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "mlrespond/alerts/v1"
    assert [(one["name"], one["quiet"], one["incident"]) for one in told["alerts"]] == [
        ("GoldenAccuracyLow", False, "INC-0001"),
        ("PredictionDrift", True, None),
    ]
    assert told["alerts"][0]["next"] == "mlir resolve INC-0001"
    assert told["failed"] == []


@pytest.mark.usefixtures("manager")
def test_an_alert_that_is_pulled_twice_is_recorded_once(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert shop.mlir("alerts", SERVICE, "--webhook") == 0
        alert = shop.write("pulled.json", capsys.readouterr().out)
        shop.mlir("respond", "--alert", str(alert), "--runbook", "back", "--approve", "all")

    assert shop.kinds().count("alert_received") == 1


def test_what_is_silenced_is_not_responded_to(
    shop: Shop, manager: Manager, capsys: pytest.CaptureFixture[str]
) -> None:
    manager.alerts = [DRIFT]

    assert shop.mlir("alerts", SERVICE, "--webhook") == 1

    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "nothing fires; 1 silenced\n")


def test_where_nothing_fires_that_is_said(
    shop: Shop, manager: Manager, capsys: pytest.CaptureFixture[str]
) -> None:
    manager.alerts = [OTHER]

    assert shop.mlir("alerts") == 0
    assert capsys.readouterr().err == "nothing fires\n"


@pytest.mark.parametrize("args", [(), (SERVICE,), (SERVICE, "--webhook")])
def test_without_a_monitor_it_says_how_to_give_one(
    shop: Shop, capsys: pytest.CaptureFixture[str], args: tuple[str, ...]
) -> None:
    assert shop.mlir("alerts", *args) == 2

    told = capsys.readouterr().err
    assert "monitor" in told
    assert "monitor: {kind: alertmanager" in told


@pytest.mark.parametrize(
    ("status", "code", "how"),
    [(500, 1, "--json"), (401, 4, "--webhook"), (403, 4, None), (403, 4, "--json")],
)
@pytest.mark.usefixtures("manager")
def test_a_monitor_that_does_not_answer_is_not_one_without_alerts(
    shop: Shop,
    server: Loopback,
    capsys: pytest.CaptureFixture[str],
    status: int,
    code: int,
    how: str | None,
) -> None:
    server.answers(page({"error": "no"}, status))

    assert shop.mlir("alerts", *([how] if how else [])) == code

    told = capsys.readouterr()
    assert f"error: {SERVICE}: GET {server.url}/api/v2/alerts: {status}" in told.err
    assert "nothing fires" not in told.err
    assert bool(told.out) is (how == "--json")


@pytest.mark.usefixtures("manager")
def test_hostile_text_stays_text(
    shop: Shop, manager: Manager, capsys: pytest.CaptureFixture[str]
) -> None:
    manager.alerts = [{**LOW, "severity": "\x1b[2J\nnext: rm", "alertname": "a\nb\x07"}]

    assert shop.mlir("alerts") == 0

    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert "\x07" not in told
    assert len(told.splitlines()) == 3


def test_one_document_at_a_time(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert shop.mlir("alerts", SERVICE, "--webhook", "--json") == 2
    assert "leave --json out" in capsys.readouterr().err
