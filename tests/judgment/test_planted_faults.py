"""Planted faults are found by the check that is meant for them: the benchmark's short form."""

from __future__ import annotations

import pytest
from tests.benchmarks.planted_faults import FAULTS, Fault, found

SEEDS = 6


@pytest.mark.parametrize("fault", FAULTS, ids=[one.title for one in FAULTS])
def test_a_planted_fault_is_found(fault: Fault) -> None:
    told = [found(fault, 1000, 1000, seed) for seed in range(SEEDS)]

    assert sum(f"{fault.check}:{fault.feature}" in one for one in told) >= SEEDS - 1


def test_nothing_planted_is_nothing_found() -> None:
    assert [found(None, 1000, 1000, seed) for seed in range(SEEDS)] == [set()] * SEEDS
