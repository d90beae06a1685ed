"""`mlir gate` and the reports that it shares with `compare` and `diagnose`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
import yaml
from tests.cli.shop import SERVICE, Shop

from mlrespond.model.service_kind import StandingSet, VersionQuarantined


def test_a_version_that_is_worse_does_not_get_through(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    for server in shop.servers.values():
        server.serves = "6"

    assert shop.mlir("gate", SERVICE, "--candidate", "7") == 1

    told = capsys.readouterr().out
    assert told.startswith(f"{SERVICE} 7: fail: golden")
    assert "version 7 is registered, and nobody suspects it" in told
    assert not shop.events()


def test_a_version_that_is_as_good_gets_through(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shop.mlir("gate", SERVICE, "--candidate", "6", "--json") == 0

    told = json.loads(capsys.readouterr().out)
    assert (told["verdict"], told["candidate"]) == ("pass", "6")
    assert told["schema"] == "mlrespond/gate/v1"


def test_a_service_without_a_registry_is_judged_by_what_it_answers(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    path = shop.folder / "mlir.yaml"
    project = yaml.safe_load(path.read_text())
    del project["services"][SERVICE]["registry"]
    path.write_text(yaml.safe_dump(project))

    assert shop.mlir("gate", SERVICE, "--candidate", "6") == 0

    assert "there is no registry; nobody suspects 6" in capsys.readouterr().out


def test_one_that_cannot_be_asked_is_neither(shop: Shop) -> None:
    for server in shop.servers.values():
        server.known = {"7"}

    assert shop.mlir("gate", SERVICE, "--candidate", "6") == 9


def test_where_there_is_nothing_to_ask_nothing_gets_through(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    path = shop.folder / "mlir.yaml"
    project = yaml.safe_load(path.read_text())
    for part in ("golden", "objectives"):
        del project["services"][SERVICE][part]
    path.write_text(yaml.safe_dump(project))

    assert shop.mlir("gate", SERVICE, "--candidate", "6") == 9

    assert "nothing could be asked" in capsys.readouterr().out


def test_while_a_hold_of_deploys_stands_nothing_gets_through(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    held = StandingSet(sort="hold", what="deploy", until="resolved")
    shop.say(held, f"service:{SERVICE}", datetime.now(UTC))
    report = shop.folder / "gate.xml"

    assert shop.mlir("gate", SERVICE, "--candidate", "6", "--junit", str(report)) == 6

    told = capsys.readouterr()
    assert "deploys of fraud-scorer are held until resolved" in told.err
    assert ET.fromstring(report.read_text())[0].get("failures") == "1"  # noqa: S314  # our own


def test_a_version_that_an_incident_condemned_does_not_get_through(shop: Shop) -> None:
    bad = VersionQuarantined(version="6", reason="it was bad")
    shop.say(bad, f"service:{SERVICE}", datetime.now(UTC))

    assert shop.mlir("gate", SERVICE, "--candidate", "6") == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--candidate", "99"), 2, "there is no version `99`"),
        ((), 2, "--candidate"),
        (("--candidate", "6", "--json", "--markdown"), 2, "not both"),
        (("--candidate", "6", "--junit", "/nowhere/at/all.xml"), 2, "cannot be written"),
    ],
)
def test_what_makes_no_sense_is_said(
    shop: Shop,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    assert shop.mlir("gate", SERVICE, *words) == code
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("command", ["diagnose", "compare"])
def test_a_look_is_told_to_pipelines_as_well(
    shop: Shop, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    report = shop.folder / "look.xml"

    assert shop.mlir(command, "--markdown", "--junit", str(report)) == 1

    told = capsys.readouterr().out
    assert told.startswith("## ✗ ")
    assert "| ✗ fail | golden |" in told
    suite = ET.fromstring(report.read_text())[0]  # noqa: S314  # our own
    failed = [one.get("name") for one in suite if one[0].tag == "failure"]
    assert failed == ["golden"]
