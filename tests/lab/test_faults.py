"""Every fault shows in what the lab logs, measures and answers, and mending removes it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.lab.observed import Lab, eventually, median, metric, now, null_share

from mlrespond.errors import BadReplyError, UnreachableError, UsageError
from mlrespond.lab.client import ask
from mlrespond.lab.faults import MODES, break_
from mlrespond.lab.folder import MODEL
from mlrespond.lab.mend import mend
from mlrespond.lab.registry import LabRegistry
from mlrespond.lab.restart import restart_replica
from mlrespond.model.json import Record

pytestmark = pytest.mark.live

SLOW = "inference_duration_seconds_bucket"


def settled(lab: Lab, count: int, healthy: Callable[[list[Record]], bool]) -> None:
    """Mend, and wait until that many rows served since then look healthy."""
    mend(lab.root)
    since = [now()]

    def fine() -> bool:
        rows = lab.rows(since[0])
        if len(rows) >= count and not healthy(rows):
            since[0] = now()  # traffic takes up its control a moment later
        return len(rows) >= count and healthy(rows)

    eventually(fine)
    assert lab.state.faults == ()


def alert(lab: Lab) -> str:
    body = json.loads(lab.folder.alert.read_text())
    return str(body["alerts"][0]["labels"]["alertname"])


def test_a_bad_release_answers_garbage_until_it_is_mended(lab: Lab) -> None:
    began = now()

    broken = break_(lab.root, "bad-release", 1)

    assert alert(lab) == "GoldenAccuracyLow"
    version = LabRegistry(lab.folder.registry).wanted()
    assert version not in {"1", "2"}
    assert f"version {version}" in broken.did
    assert lab.served() == [version, version]
    assert lab.golden() < 0.7
    assert lab.golden("2") >= 0.95
    eventually(lambda: sum(row["valid"] is False for row in lab.rows(began)) > 5)
    settled(lab, 60, lambda rows: all(row["valid"] for row in rows))
    assert lab.served() == ["2", "2"]
    assert LabRegistry(lab.folder.registry).wanted() == "2"


def test_a_slow_release_takes_over_a_tenth_of_a_second(lab: Lab) -> None:
    began = now()

    break_(lab.root, "slow-release", 1)

    assert alert(lab) == "LatencyHigh"
    version = str(LabRegistry(lab.folder.registry).wanted())
    port = lab.port("eu-1")
    eventually(lambda: metric(port, SLOW, version=version, le="+Inf") > 30)
    assert metric(port, SLOW, version=version, le="0.1") == 0
    eventually(lambda: len(lab.rows(began)) > 100)
    assert all(row["ok"] and row["valid"] for row in lab.rows(began))
    assert lab.golden() >= 0.95
    settled(lab, 30, lambda rows: rows[-1]["model_version"] == "2")


def test_nulls_surge_in_two_features(lab: Lab) -> None:
    before = now()
    broken = break_(lab.root, "null-surge", 1)
    eventually(lambda: any(row["amount"] is None for row in lab.rows(before)))
    began = now()

    eventually(lambda: len(lab.rows(began)) > 150)

    rows = lab.rows(began)
    share = float(broken.did.partition("%")[0].split()[-1]) / 100
    assert share - 0.15 < null_share(rows, "amount") < share + 0.15
    assert null_share(rows, "country") >= null_share(rows, "amount")
    assert null_share(rows, "hour") == 0
    assert alert(lab) == "InputDataBroken"
    settled(lab, 60, lambda rows: null_share(rows, "amount") == 0)


def test_a_unit_change_multiplies_amounts(lab: Lab) -> None:
    usual = median(lab.rows(""), "amount")

    break_(lab.root, "unit-change", 2)

    began = now()
    eventually(lambda: median(lab.rows(began) or [{"amount": 0}], "amount") > 50 * usual)
    assert alert(lab) == "InputDataBroken"
    settled(lab, 60, lambda rows: median(rows, "amount") < 2 * usual)


def test_a_stuck_replica_serves_the_old_version(lab: Lab) -> None:
    break_(lab.root, "stuck-replica", 1)

    version = LabRegistry(lab.folder.registry).wanted()
    assert lab.served() == [version, "2"]
    assert version != "2"
    assert lab.golden(version) >= 0.95
    assert alert(lab) == "MixedVersions"
    mend(lab.root)
    assert lab.served() == ["2", "2"]


def test_serving_errors_come_from_one_replica_and_a_restart_clears_them(lab: Lab) -> None:
    began = now()

    break_(lab.root, "serving-errors", 1)

    eventually(lambda: len(lab.rows(began)) > 100)
    (failing,) = {str(row["replica"]) for row in lab.rows(began) if not row["ok"]}
    hit = [row for row in lab.rows(began) if row["replica"] == failing]
    assert 0.1 < sum(not row["ok"] for row in hit) / len(hit) < 0.9
    assert metric(lab.port(failing), "inference_failures_total", version="2") > 10
    assert alert(lab) == "ErrorRatioHigh"
    restart_replica(lab.root, failing)
    after = now()
    eventually(lambda: len(lab.rows(after)) > 60)
    assert all(row["ok"] for row in lab.rows(after))
    assert lab.served() == ["2", "2"]


def test_without_the_registry_serving_goes_on_but_nothing_can_be_released(lab: Lab) -> None:
    break_(lab.root, "registry-down", 1)

    assert not lab.folder.registry.exists()
    assert alert(lab) == "RegistryDown"
    load = f"/v2/repository/models/{MODEL}/load"
    with pytest.raises(BadReplyError, match="400"):
        ask(lab.port("eu-1"), "POST", load, {"parameters": {"version": "77"}})
    began = now()
    eventually(lambda: len(lab.rows(began)) > 60)
    assert all(row["ok"] for row in lab.rows(began))
    mend(lab.root)
    assert LabRegistry(lab.folder.registry).wanted() == "2"


def test_a_replica_restarted_without_the_registry_serves_nothing_until_mended(lab: Lab) -> None:
    break_(lab.root, "registry-down", 1)

    restart_replica(lab.root, "us-1")

    with pytest.raises(BadReplyError, match="503"):
        ask(lab.port("us-1"), "GET", "/v2/health/ready")
    mend(lab.root)
    assert lab.served() == ["2", "2"]


def test_concept_drift_shows_in_labels_and_not_in_inputs(lab: Lab) -> None:
    usual = median(lab.rows(""), "amount")
    break_(lab.root, "concept-drift", 7)

    def disagree() -> bool:
        labelled, share = lab.agreement(since[0])
        if labelled < 100:
            return False
        if share > 0.75:
            since[0] = now()
        return share <= 0.75

    since = [now()]
    eventually(disagree, 40)

    assert alert(lab) == "LabelQualityLow"
    rows = lab.rows(since[0])
    assert 0.6 * usual < median(rows, "amount") < 1.6 * usual
    assert null_share(rows, "amount") == 0
    assert all(row["ok"] and row["valid"] for row in rows)


def test_nothing_is_an_alert_without_a_fault(lab: Lab) -> None:
    broken = break_(lab.root, "nothing", 5)

    assert broken.alert == lab.folder.alert
    assert alert(lab) == "PredictionDrift"
    assert lab.served() == ["2", "2"]
    began = now()
    eventually(lambda: len(lab.rows(began)) > 60)
    assert all(row["ok"] and row["valid"] for row in lab.rows(began))


def test_faults_add_up_and_one_mend_removes_them_all(lab: Lab) -> None:
    break_(lab.root, "serving-errors", 3)
    break_(lab.root, "null-surge", 3)

    assert [fault.mode for fault in lab.state.faults] == ["serving-errors", "null-surge"]

    undone = mend(lab.root)

    assert [fault.mode for fault in undone] == ["serving-errors", "null-surge"]
    assert lab.state.faults == ()


def test_without_the_registry_a_release_fails_and_mending_still_works(lab: Lab) -> None:
    break_(lab.root, "registry-down", 1)
    break_(lab.root, "registry-down", 2)

    with pytest.raises(UnreachableError):
        break_(lab.root, "bad-release", 1)

    mend(lab.root)
    assert LabRegistry(lab.folder.registry).wanted() == "2"
    assert lab.served() == ["2", "2"]


def test_the_same_seed_breaks_the_same_way(lab: Lab) -> None:
    said = [break_(lab.root, "null-surge", seed).did for seed in (4, 4, 5)]

    assert said[0] == said[1] != said[2]


def test_an_unknown_mode_is_refused_with_the_modes_there_are(lab: Lab) -> None:
    with pytest.raises(UsageError) as refused:
        break_(lab.root, "sharks")

    assert all(mode in refused.value.hint for mode in MODES)


def test_a_dead_replica_is_started_again_by_mending(lab: Lab) -> None:
    os.kill(lab.process("eu-1").pid, signal.SIGKILL)
    eventually(lambda: not lab.process("eu-1").alive)

    mend(lab.root)

    assert lab.served() == ["2", "2"]


def test_where_no_lab_is_nothing_can_be_broken_or_mended(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no lab"):
        break_(tmp_path, "nothing")
    with pytest.raises(UsageError, match="no lab"):
        mend(tmp_path)

    assert list(tmp_path.iterdir()) == []
