"""Short forms of the judgment's tables: what they promise, on fewer runs; the long ones too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp
from typing import TypeAlias

import numpy as np
import pytest
from tests.benchmarks import amounts, sequences
from tests.benchmarks.false_alarms import FALSE_ALARM, FALSE_RECOVERY, MARGIN, Case, simulated
from tests.benchmarks.false_alarms import table as false_alarms
from tests.benchmarks.limits import LIMIT, USUAL, passes
from tests.benchmarks.limits import Case as AtLimit
from tests.benchmarks.planted_traffic import slow_found
from tests.benchmarks.planted_traffic import table as planted
from tests.benchmarks.traffic_kinds import KINDS
from tests.benchmarks.unchanged import GOAL, alarms

Process: TypeAlias = Callable[[sequences.Streams, int], Sequence[float]]

FEW = 60
SLACK = 0.05
"""Three standard errors of a share of 0.025 in so few runs, and a little more."""


@pytest.mark.parametrize("n", [50, 500, 5000])
@pytest.mark.parametrize("kind", KINDS)
def test_twenty_looks_rarely_call_unchanged_traffic_worse(kind: str, n: int) -> None:
    assert simulated(Case(kind, n), FEW).fails <= FALSE_ALARM + SLACK


@pytest.mark.parametrize("n", [500, 5000])
@pytest.mark.parametrize("kind", KINDS)
def test_twenty_looks_rarely_call_recovered_what_is_worse_by_the_margin(kind: str, n: int) -> None:
    assert simulated(Case(kind, n, MARGIN), FEW).passes <= FALSE_RECOVERY + SLACK


@pytest.mark.parametrize("kind", KINDS)
def test_what_only_just_keeps_its_limit_is_rarely_called_recovered(kind: str) -> None:
    assert passes(AtLimit(kind, 5000, 0.03), FEW) <= FALSE_RECOVERY + SLACK


def test_what_keeps_its_limit_by_far_is_shown_to() -> None:
    assert LIMIT > 2 * USUAL
    assert passes(AtLimit("independent", 5000, USUAL, USUAL), 20) >= 0.9


def test_a_doubled_error_rate_is_found_within_ten_looks() -> None:
    found = simulated(Case("independent", 5000, 0.02, share=0.02, margin=None, looks=10), FEW)

    assert found.fails >= 0.9


def test_a_slow_tail_is_found_at_five_thousand_requests_and_no_other() -> None:
    assert slow_found(5000, 0.02, 8) == 1.0
    assert slow_found(5000, 0.0, 8) == 0.0


@pytest.mark.parametrize("n", [50, 500])
def test_twenty_unchanged_features_rarely_alarm(n: int) -> None:
    any_alarm, _ = alarms(n, 20)

    assert any_alarm <= 0.15


@pytest.mark.parametrize("table", [false_alarms, planted])
def test_a_table_can_be_made(table: object) -> None:
    assert callable(table)
    text = table(2)

    assert text.startswith("## ")
    assert "commit" in text


@pytest.mark.long
@pytest.mark.parametrize("n", [50, 500, 5000])
@pytest.mark.parametrize("kind", KINDS)
def test_the_promised_error_rates_hold(kind: str, n: int) -> None:
    assert simulated(Case(kind, n), 2000).fails <= FALSE_ALARM
    assert simulated(Case(kind, n, MARGIN), 2000).passes <= FALSE_RECOVERY


@pytest.mark.long
@pytest.mark.parametrize("n", [50, 500, 5000])
def test_the_promised_rate_over_twenty_features_holds(n: int) -> None:
    assert alarms(n, 400)[0] <= GOAL


@pytest.mark.parametrize("kind", amounts.KINDS)
def test_an_unchanged_mean_is_rarely_dearer_and_one_that_is_by_half_is_found(kind: str) -> None:
    def fails(sides: tuple[amounts.Side, amounts.Side]) -> bool:
        return amounts.judged(sides) == "fail"

    assert amounts.share(kind, 600, 1.0, 40, fails) <= FALSE_ALARM + SLACK
    assert amounts.share(kind, 6000, 1.5, 10, fails) >= 0.6


def test_bounds_of_the_literature_hold_the_share_at_every_look() -> None:
    chance = np.random.default_rng(1)
    missed = {"bernstein": 0, "betting": 0}
    for _ in range(40):
        values = (chance.random(800) < 0.1).astype(np.float64)
        low, high = sequences.bernstein(values, 0.05)
        missed["bernstein"] += bool((low > 0.1).any() or (high < 0.1).any())
        low, high = sequences.betting(values, 0.05, [199, 399, 799])
        missed["betting"] += bool((low > 0.1).any() or (high < 0.1).any())

    assert max(missed.values()) <= 6


@pytest.mark.parametrize("process", [sequences.two_by_two, sequences.conditional])
def test_an_e_process_is_worth_at_most_one_where_nothing_changed(process: Process) -> None:
    chance = np.random.default_rng(2)
    told = []
    for _ in range(300):
        now, before = (chance.random((2, 400)) < 0.1).astype(np.float64)
        told.append(exp(process((now, before), 4)[-1]))

    assert sum(told) / len(told) <= 1.2
    assert sum(one >= 20 for one in told) <= 15


def test_what_stands_finds_what_the_literature_finds() -> None:
    case = sequences.Case("independent", 0.05, 0.02, 20)

    same, worse = sequences.found(case, 0.0, 4), sequences.found(case, 0.04, 4)

    assert same[0] == 0.0
    assert worse[0] == worse[1] == worse[2] == 1.0
