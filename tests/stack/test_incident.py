"""Whole incidents on real servers: from an alert that Prometheus fires to the proof of the mend."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.lab.observed import eventually, now
from tests.stack.incident import Stack, stack_lab

from mlrespond.lab.stack.platform import catalogue
from mlrespond.lab.state import known
from mlrespond.model.json import items, record, text

pytestmark = pytest.mark.stack

ALONE = ("--approve", "all", "--park-after", "60s")


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("mlflow+triton+prometheus", marks=pytest.mark.xdist_group("lab-triton")),
        pytest.param("mlflow+mlserver+prometheus", marks=pytest.mark.xdist_group("lab-mlserver")),
    ],
    ids=["triton", "mlserver"],
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
    for one in items(stack.json("incidents").get("incidents")):
        if record(one).get("status") in {"open", "mitigated"}:
            stack.run("resolve", str(record(one).get("id")), "--keep", "a test is over")


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
    code, told = lab.run("postmortem", "-o", str(lab.root))
    assert code == 0, told


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


def test_a_server_killed_in_the_middle_is_named_and_no_success(lab: Stack) -> None:
    alert = lab.broken("bad-release", seed=3)
    responding = lab.start("respond", "--alert", str(alert), "--approve", "all", "--no-input")
    eventually(lambda: "eu-1" in _sent(lab), 60.0)

    lab.kill("us-1")
    told, _ = responding.communicate(timeout=240)

    # 7: it was killed after it was asked; 8: before, and going back to the bad version asks first
    assert responding.returncode in {7, 8}, told
    assert "serve 2 on us-1" in told
    assert "run ended: mitigated" not in told
    code, audited = lab.run("audit")
    assert code == 0, audited


def _sent(lab: Stack) -> str:
    """Return what the newest incident's actions were, so far."""
    found = lab.json("incidents").get("incidents")
    newest = record(items(found)[0]).get("id") if items(found) else None
    if newest is None:
        return ""
    told = lab.json("timeline", str(newest)).get("events")
    events = [record(one) for one in items(told)]
    return " ".join(
        text(one.get("summary")) or "" for one in events if one["kind"] == "action_sent"
    )
