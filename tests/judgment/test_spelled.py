"""Rows in spells raise no alarm where few are counted: the benchmark's short form."""

from __future__ import annotations

import numpy as np
import pytest
from tests.benchmarks.spelled import alarms, bursty
from tests.judgment.columns import drawn, specs

from mlrespond.judgment.inputs import judge_inputs

SPELLED = (
    "AR(1) of 0.9",
    "bursts of 20 rows, x5",
    "Markov-modulated",
    "bursts of a user, words",
    "nulls in spells",
)


@pytest.mark.parametrize("n", [50, 500])
@pytest.mark.parametrize("kind", SPELLED)
def test_twenty_features_in_spells_rarely_raise_an_alarm(kind: str, n: int) -> None:
    assert alarms(kind, n, 8)["any"] <= 1


@pytest.mark.parametrize("n", [50, 200, 500])
@pytest.mark.parametrize("kind", [*SPELLED, "zeros in spells", "rare words in spells"])
def test_two_features_in_spells_rarely_raise_an_alarm(kind: str, n: int) -> None:
    """At most 7%; 30 draws, in which nulls in spells raised an alarm 10 times before."""
    assert alarms(kind, n, 30, features=2)["any"] <= 3


def test_what_no_spell_does_is_still_found() -> None:
    """Bursts make rows five times as large; one feature is a thousand times as large."""
    chance = np.random.default_rng(3)
    baseline = drawn({f"f{at}": np.asarray(bursty(chance, 500)) for at in range(20)})
    now = {f"f{at}": np.asarray(bursty(chance, 500), dtype=np.float64) for at in range(20)}
    now["f0"] *= 1000

    found = judge_inputs(drawn(now, baseline.edges), baseline, specs(baseline), 0.05)

    assert [one.name for one in found if one.verdict == "fail"] == ["unit:f0"]
