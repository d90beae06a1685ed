"""Whole incidents on real servers: from an alert that Prometheus fires to the proof of the mend."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.lab.observed import eventually, now
from tests.render.browser import Browser
from tests.render.courses import records_in
from tests.render.opened import check_page
from tests.stack.incident import Stack, stack_lab
from tests.stack.losing import losing

from mlrespond.lab.folder import ROUTER
from mlrespond.lab.stack.platform import catalogue
from mlrespond.lab.state import known
from mlrespond.model.json import Json, items, record, text
from mlrespond.usecases.alerts import read_alerts

pytestmark = pytest.mark.stack

ON_TRITON = pytest.param(
    "mlflow+triton+prometheus", marks=pytest.mark.xdist_group("lab-triton"), id="triton"
)
QUIET = """\
runbook: quiet-rollback
title: Roll back, and tell nobody anew meanwhile
mitigated_when: steps.recovered.verdict == "pass"
mitigated_for: 3s
steps:
  - id: quiet
    hold: {what: [alerts]}
  - id: back
    rollback: {to: last_healthy}
    verify: {every: 500ms}
  - id: recovered
    compare:
      {against: before_release, metrics: [validity], since: "{{ steps.back.verified_at }}",
       looks: {every: 2s, at_most: 12}}
"""
OUT = """\
runbook: out
title: Take a replica out
mitigated_when: steps.out.outcome == "ok"
mitigated_for: 1s
steps:
  - id: out
    drain: {replicas: [us-1]}
    verify: {every: 500ms}
"""
IN_ORDER = """\
runbook: in-order
title: Roll back, one region after another
mitigated_when: steps.back.outcome == "ok"
steps:
  - id: back
    rollback: {to: last_healthy, order: [us, eu], preflight: []}
    verify: {within: 8s, every: 500ms}
    on_unknown: continue
"""
ALONE = ("--approve", "all", "--park-after", "60s")


@pytest.fixture(
    scope="module",
    params=[
        ON_TRITON,
        pytest.param(
            "mlflow+mlserver+prometheus",
            marks=pytest.mark.xdist_group("lab-mlserver"),
            id="mlserver",
        ),
    ],
)
def stack(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Stack]:
    with stack_lab(tmp_path_factory.mktemp("stack"), str(request.param)) as lab:
        yield lab


@pytest.fixture
def lab(stack: Stack) -> Iterator[Stack]:
    yield stack
    stack.recovered()
    stack.closed()


def test_a_bad_version_is_rolled_back_under_load_and_no_request_fails(lab: Stack) -> None:
    alert = lab.broken("bad-release")
    began = now()

    code, told = lab.run("respond", "--alert", str(alert), *ALONE)

    assert code == 0, told
    assert "mitigated" in told
    assert lab.lab.served() == ["2", "2"]
    assert catalogue(lab.lab.folder, known(lab.lab.folder)).wanted() == "2"
    rows = lab.lab.rows(began)
    assert len(rows) > 100
    assert [row for row in rows if not row["ok"]] == []
    code, told = lab.run("audit")
    assert (code, "whole" in told) == (0, True), told
    code, told = lab.run("postmortem", "--format", "html", "-o", str(lab.root))
    assert code == 0, told
    incident = str(record(items(lab.json("incidents").get("incidents"))[0])["id"])
    with Browser() as browser:
        records = records_in(lab.root, incident)
        check_page(browser, lab.root / f"{incident}.html", records, f"stack-{lab.root.name}")


def test_an_alias_that_moved_alone_is_told_from_what_is_served(lab: Stack) -> None:
    catalogue(lab.lab.folder, known(lab.lab.folder)).want("1")

    found = lab.json("diagnose", "fraud-scorer")

    assert (found["verdict"], found["top"]) == ("fail", "wrong_alias")
    assert lab.lab.served() == ["2", "2"]


def test_an_alias_that_somebody_moves_between_plan_and_act_stops_the_run(
    lab: Stack, tmp_path: Path
) -> None:
    lab.broken("bad-release", seed=2)
    plan = tmp_path / "plan.json"
    code, told = lab.run("plan", "fraud-scorer", "--runbook", "bad-release", "--out", str(plan))
    assert code == 0, told
    catalogue(lab.lab.folder, known(lab.lab.folder)).want("1")

    code, told = lab.run("respond", "--plan", str(plan), *ALONE)

    assert code == 5, told
    assert catalogue(lab.lab.folder, known(lab.lab.folder)).wanted() == "1"


@pytest.mark.parametrize("stack", [ON_TRITON], indirect=True)
def test_a_registry_that_refuses_the_login_ends_with_4_and_nothing_is_changed(
    lab: Stack, guarded_url: str
) -> None:
    (lab.root / "login").write_text("admin:guessed")
    lab.describe("registry", url=guarded_url, auth={"basic": "file:login"})
    lab.runbook("in-order", IN_ORDER.replace("last_healthy", "'1'"))
    before = lab.lab.served()

    code, told = lab.run("respond", "fraud-scorer", "--runbook", "in-order", *ALONE)

    assert code == 4, told
    assert "401" in told
    assert lab.lab.served() == before
    assert _told(lab, "action_intended") == []


def test_a_server_killed_in_the_middle_is_named_and_no_success(lab: Stack) -> None:
    alert = lab.broken("bad-release", seed=3)
    responding = lab.start("respond", "--alert", str(alert), "--approve", "all", "--no-input")
    eventually(lambda: "eu-1" in _sent(lab), 180.0)

    lab.kill("us-1")
    told, _ = responding.communicate(timeout=240)

    # 7: it was killed after it was asked; 8: before, and going back to the bad version asks first
    assert responding.returncode in {7, 8}, told
    assert "serve 2 on us-1" in told
    assert "run ended: mitigated" not in told
    code, audited = lab.run("audit")
    assert code == 0, audited


def test_a_replica_drained_by_the_teams_own_commands_gets_no_request(lab: Stack) -> None:
    balancer = [sys.executable, str(Path(__file__).with_name("balancer.py")), lab.url(ROUTER)]
    hooks = {name: [*balancer, name, "{{ replica }}"] for name in ("drain", "undrain")}
    lab.describe("serving", routes_through=None, hooks={**hooks, "drained": [*balancer, "drained"]})
    lab.runbook("out", OUT)

    code, told = lab.run("respond", "fraud-scorer", "--runbook", "out", *ALONE)

    assert code == 0, told
    assert lab.asked(since=now()) == {"eu-1"}
    incident = record(items(lab.json("incidents")["incidents"])[0])["id"]
    code, told = lab.run("undo", str(incident), "--approve", "all")
    assert code == 0, told
    assert lab.asked(since=now()) == {"eu-1", "us-1"}


def test_a_replica_that_stays_behind_is_named_and_the_outcome_unknown(
    lab: Stack, tmp_path: Path
) -> None:
    alert = Path(shutil.copy(lab.broken("bad-release", seed=5), tmp_path))
    bad = lab.lab.served()[0]
    lab.runbook("in-order", IN_ORDER)
    with losing(lab.url("eu-1"), "/load") as between:
        replicas: list[Json] = [
            {"name": "eu-1", "region": "eu", "url": between},
            {"name": "us-1", "region": "us", "url": lab.url("us-1")},
        ]
        lab.describe("serving", replicas=replicas)

        code, told = lab.run("respond", "--alert", str(alert), "--runbook", "in-order", *ALONE)

    assert code == 7, told
    assert f"eu-1 serves {bad}" in told
    assert "run ended: mitigated" not in told
    assert lab.lab.served() == [bad, "2"]
    intended = [one for one in _told(lab, "action_intended") if "serve 2 on" in one]
    assert [one.partition(" on ")[2][:4] for one in intended] == ["us-1", "eu-1"]


# the last one: an alert that ends in silence and fires again soon is not sent a second time
def test_an_incidents_alerts_are_silent_while_it_is_mitigated_and_no_longer(
    lab: Stack, tmp_path: Path
) -> None:
    # a copy: half-way through the rollback another alert comes
    alert = Path(shutil.copy(lab.broken("bad-release", seed=4), tmp_path))
    lab.runbook("quiet-rollback", QUIET)

    code, told = lab.run("respond", "--alert", str(alert), "--runbook", "quiet-rollback", *ALONE)

    assert code == 0, told
    (stands,) = lab.silences()
    (fired,) = read_alerts(alert.read_bytes())
    matchers = [record(one) for one in items(stands["matchers"])]
    assert {str(one["name"]): str(one["value"]) for one in matchers} == dict(fired.labels)
    incident = record(items(lab.json("incidents")["incidents"])[0])["id"]
    assert str(incident) in str(stands["comment"])
    assert datetime.fromisoformat(str(stands["endsAt"])) > datetime.now(UTC) + timedelta(hours=11)
    code, told = lab.run("resolve", str(incident))
    assert code == 0, told
    assert lab.silences() == []


def _sent(lab: Stack) -> str:
    """Return what the newest incident's actions were, so far."""
    return " ".join(_told(lab, "action_sent"))


def _told(lab: Stack, kind: str) -> list[str]:
    """Return the lines of the newest incident's events of a kind."""
    found = lab.json("incidents").get("incidents")
    newest = record(items(found)[0]).get("id") if items(found) else None
    if newest is None:
        return []
    told = lab.json("timeline", str(newest)).get("events")
    events = [record(one) for one in items(told)]
    return [text(one.get("summary")) or "" for one in events if one["kind"] == kind]
