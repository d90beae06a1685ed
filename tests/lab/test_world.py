"""The truth behind the lab."""

from __future__ import annotations

import statistics
from itertools import islice, repeat

from mlrespond.lab.world import FEATURES, QUARTER_TURN, Payment, World, golden_cases


def payments(seed: int, count: int) -> list[Payment]:
    world = World(seed)
    return [world.draw() for _ in repeat(None, count)]


def test_the_same_seed_draws_the_same_payments() -> None:
    assert payments(3, 50) == payments(3, 50)
    assert payments(3, 50) != payments(4, 50)


def test_every_payment_has_every_feature_in_its_range() -> None:
    for payment in payments(1, 500):
        row = payment.row
        assert tuple(row) == FEATURES
        assert row["hour"] in range(24)
        assert isinstance(row["amount"], float)
        assert 0 < row["amount"] < 20_000


def test_drift_turns_the_truth_but_not_the_payments() -> None:
    drawn = payments(5, 3000)

    before = [payment.truth() == "block" for payment in drawn]
    after = [payment.truth(QUARTER_TURN) == "block" for payment in drawn]

    assert abs(statistics.fmean(before) - statistics.fmean(after)) < 0.04
    agreement = statistics.fmean(a == b for a, b in zip(before, after, strict=True))
    assert 0.5 < agreement < 0.7


def test_drift_is_gradual() -> None:
    drawn = payments(5, 3000)

    shares = [
        statistics.fmean(payment.truth() == payment.truth(angle) for payment in drawn)
        for angle in (0.0, 20.0, 45.0, 70.0, QUARTER_TURN)
    ]

    assert shares == sorted(shares, reverse=True)


def test_golden_cases_are_balanced_and_always_the_same() -> None:
    cases = golden_cases()

    assert len(cases) == 60
    assert sum(label == "block" for _, label in cases) == 30
    assert list(islice(golden_cases(), 5)) == cases[:5]
