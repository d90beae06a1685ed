"""Decisions in another world than the lab's: few requests, season, missing signals, two faults."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.rig import Rig
from tests.usecases.shop import NOW, OBJECTIVES, Ways, shop

from mlrespond.model.json import Json

MOVES = {"want", "activate", "route", "restart", "train"}
SEEDS = range(2)


def moves(here: Rig) -> list[str]:
    """Return what was done to the world, in order, without pages and tags."""
    found = [one.split()[0] for one in here.effects()]
    return [one for one in found if one in MOVES]


def answer(here: Rig, runbook: str, *, since_s: float = 240.0) -> Json:
    """Respond with a runbook, every approval given, and return the ending."""
    inputs = {"window": "3h", "lookback": "5h"} if runbook == "stale-model-retrain" else {}
    onset = NOW - timedelta(seconds=since_s)
    here.respond(runbook=runbook, inputs=inputs, approve=("all",), onset=onset)
    return here.ending()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("runbook", ["first-look", "serving-errors"])
def test_a_release_that_refuses_is_rolled_back_at_four_requests_a_second(
    seed: int, runbook: str
) -> None:
    ways = Ways(refused=lambda _t, version, _r: 0.3 if version == "3" else 0.01)
    here = shop(ways, seed=seed, released_s=300)

    ending = answer(here, runbook)

    assert moves(here)[:1] == ["want"]
    assert here.world.look().served == {"eu-1": "2", "us-1": "2"}
    assert ending == "mitigated"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("runbook", ["first-look", "bad-release", "stale-model-retrain"])
def test_nothing_is_changed_where_nothing_is_wrong(seed: int, runbook: str) -> None:
    here = shop(Ways(rate=2.0), seed=seed, released_s=1500 if seed % 2 else None)

    ending = answer(here, runbook)

    assert moves(here) == []
    assert ending in {"no_fault", "escalated"}


@pytest.mark.parametrize("runbook", ["first-look", "bad-release", "latency-regression"])
def test_without_metrics_nothing_is_changed_and_somebody_is_paged(runbook: str) -> None:
    here = shop(Ways(), released_s=300, broken=("metrics",))

    ending = answer(here, runbook)

    assert moves(here) == []
    assert ending == "escalated"
    assert here.world.look().pages


def test_without_a_golden_set_a_release_that_refuses_is_still_rolled_back() -> None:
    ways = Ways(refused=lambda _t, version, _r: 0.4 if version == "3" else 0.01)
    objectives = {name: one for name, one in OBJECTIVES.items() if name != "known_answers"}
    here = shop(ways, released_s=300, golden=None, objectives=objectives)

    ending = answer(here, "serving-errors")

    assert here.world.look().served == {"eu-1": "2", "us-1": "2"}
    assert ending == "mitigated"


@pytest.mark.parametrize("runbook", ["first-look", "serving-errors", "stale-model-retrain"])
def test_with_an_empty_ledger_nothing_is_changed(runbook: str) -> None:
    here = shop(Ways(refused=lambda t, _v, _r: 0.3 if t > -240 else 0.01), watched=False)

    ending = answer(here, runbook)

    assert moves(here) == []
    assert ending == "escalated"


def test_the_only_replica_is_not_restarted_for_failing_like_all() -> None:
    ways = Ways(refused=lambda t, _v, _r: 0.3 if t > -240 else 0.01)
    here = shop(ways, replicas=("solo",))

    ending = answer(here, "serving-errors")

    assert moves(here) == []
    assert ending == "escalated"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_replica_is_not_to_blame_for_failing_more_than_others_that_fail_too(seed: int) -> None:
    ways = Ways(
        rate=20.0,
        refused=lambda t, _v, replica: 0.01 if t < -240 else 0.5 if replica == "eu-1" else 0.4,
    )
    here = shop(ways, seed=seed)

    ending = answer(here, "serving-errors")

    assert moves(here) == []
    assert ending == "escalated"


@pytest.mark.parametrize("seed", SEEDS)
def test_the_replica_that_fails_alone_is_restarted(seed: int) -> None:
    ways = Ways(refused=lambda t, _v, replica: 0.4 if t > -240 and replica == "us-1" else 0.01)
    here = shop(ways, seed=seed)

    answer(here, "serving-errors")

    assert here.effects()[0] == "restart us-1"
    assert set(moves(here)) == {"restart"}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("runbook", ["partial-rollout", "serving-errors"])
def test_a_rollout_that_is_half_way_and_refuses_goes_back(seed: int, runbook: str) -> None:
    ways = Ways(refused=lambda _t, version, _r: 0.3 if version == "3" else 0.01)
    here = shop(ways, seed=seed, released_s=400, half=True)

    ending = answer(here, runbook)

    assert moves(here)[:1] == ["want"]
    assert here.world.look().wanted == "2"
    assert here.world.look().served == {"eu-1": "2", "us-1": "2"}
    assert ending == "mitigated"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("runbook", ["partial-rollout", "first-look"])
def test_a_rollout_that_is_half_way_and_fine_goes_on(seed: int, runbook: str) -> None:
    here = shop(Ways(), seed=seed, released_s=400, half=True)

    ending = answer(here, runbook)

    assert here.world.look().served == {"eu-1": "3", "us-1": "3"}
    assert ending == "mitigated"


def test_a_wanted_version_that_is_unfit_is_left_everywhere() -> None:
    here = shop(Ways(golden={"3": 5}), released_s=400, half=True)

    answer(here, "partial-rollout")

    assert here.world.look().served == {"eu-1": "2", "us-1": "2"}


def _drift(t: float, version: str) -> float:
    return 0.9 if t < -3 * 3600 or version not in {"1", "2", "3"} else 0.6


@pytest.mark.parametrize("seed", SEEDS)
def test_labels_that_fell_without_a_release_lead_to_a_retrain_and_no_promotion_unasked(
    seed: int,
) -> None:
    here = shop(Ways(right=_drift), seed=seed)

    here.respond(
        runbook="stale-model-retrain",
        inputs={"window": "3h", "lookback": "5h"},
        approve=("fresh",),
        onset=NOW - timedelta(minutes=5),
    )

    assert moves(here) == ["train"]
    assert here.world.look().served == {"eu-1": "2", "us-1": "2"}
    assert here.kinds()[-1] == "run_parked"


@pytest.mark.parametrize(
    "ways",
    [
        Ways(right=_drift, unit=lambda t: 100.0 if t > -1800 else 1.0),
        Ways(right=_drift, empty=lambda t: 0.3 if t > -1800 else 0.005),
    ],
    ids=["unit", "nulls"],
)
@pytest.mark.parametrize("runbook", ["stale-model-retrain", "input-data-broken"])
def test_nothing_is_trained_while_inputs_are_broken(ways: Ways, runbook: str) -> None:
    here = shop(ways)

    answer(here, runbook, since_s=1700)

    assert "train" not in moves(here)
    assert "want" not in moves(here)


def test_nothing_is_trained_while_the_inputs_cannot_be_looked_at() -> None:
    here = shop(Ways(right=_drift), broken=("predictions",))

    ending = answer(here, "stale-model-retrain")

    assert moves(here) == []
    assert ending == "escalated"


def test_without_labels_nothing_is_trained() -> None:
    predictions: dict[str, Json] = {"kind": "fake", "features": {"basket": {"type": "number"}}}
    here = shop(Ways(right=_drift), predictions=predictions)

    answer(here, "stale-model-retrain")

    assert moves(here) == []
