"""Codes of values, and the profiles that are read off them."""

from __future__ import annotations

import math
import statistics
from collections import Counter

import pytest

from mlrespond.lab.signal_chance import drawn
from mlrespond.lab.signal_condition import Conditions
from mlrespond.lab.signal_effect import Effect
from mlrespond.lab.signal_input import AMOUNT_MAX, SCORE, Inputs
from mlrespond.lab.signal_scale import NULL, SLICES, shared, tilted

T = 1_764_000_000.0


def inputs(*effects: Effect) -> Inputs:
    return Inputs(3, Conditions(3, effects, T, rate=50.0, phi=1.0))


def test_random_bytes_become_slices_of_equal_probability() -> None:
    counts = Counter(tilted(0.0))

    assert counts == dict.fromkeys(range(SLICES), 256 // SLICES)


def test_a_tilt_moves_values_by_as_many_deviations() -> None:
    column = drawn("tilt").randbytes(40_000)

    usual, later = (SCORE.profile(Counter(column.translate(tilted(shift)))) for shift in (0.0, 1.0))

    assert usual.median is not None
    assert later.median is not None
    logits = [math.log(p / (1 - p)) for p in (usual.median, later.median)]
    assert logits[1] - logits[0] == pytest.approx(1.3, abs=0.08)


def test_shares_are_kept_within_a_byte() -> None:
    table = shared((0.5, 0.3, 0.2))

    assert len(table) == 256
    assert [table.count(code) / 256 for code in range(3)] == pytest.approx(
        [0.5, 0.3, 0.2], abs=0.004
    )


def test_amounts_are_lognormal_with_a_median_of_36_euro() -> None:
    column = inputs().draw("amount", T, "eu-1", 60_000)

    profile = inputs().scales["amount"].profile(Counter(column))

    assert profile.n == 60_000
    assert profile.median == pytest.approx(math.exp(3.6), rel=0.1)
    assert profile.high_quartile == pytest.approx(math.exp(3.6 + 0.674), rel=0.1)
    assert profile.low_quartile == pytest.approx(math.exp(3.6 - 0.674), rel=0.1)
    assert 0 < profile.nulls < 90
    assert profile.out_of_range == 0
    assert 15_000 < profile.distinct < 30_000


def test_amounts_in_another_unit_are_that_many_times_as_large() -> None:
    broken = inputs(Effect(before_s=0.0, unit=1000.0))

    before, after = (
        broken.scales["amount"].profile(Counter(broken.draw("amount", t, "eu-1", 20_000)))
        for t in (T - 5, T)
    )

    assert before.median is not None
    assert after.median == pytest.approx(before.median * 1000, rel=0.05)
    assert before.out_of_range == 0
    assert after.out_of_range > 10_000 * (math.exp(3.6) * 1000 > AMOUNT_MAX)


def test_mixed_units_are_read_in_the_order_of_their_values() -> None:
    broken = inputs(Effect(before_s=0.0, unit=0.01))
    column = broken.draw("amount", T - 5, "eu-1", 3000) + broken.draw("amount", T, "eu-1", 1000)

    profile = broken.scales["amount"].profile(Counter(column))

    assert profile.low_quartile is not None
    assert profile.low_quartile < 20
    assert profile.median is not None
    assert 20 < profile.median < math.exp(3.6)


def test_countries_come_with_about_their_shares() -> None:
    column = inputs().draw("country", T, "eu-1", 50_000)

    profile = inputs().scales["country"].profile(Counter(column))

    assert profile.type == "category"
    assert sum(profile.categories.values()) + profile.nulls == profile.n == 50_000
    assert profile.categories["DE"] / profile.n == pytest.approx(0.3, abs=0.03)
    assert 0.004 < profile.nulls / profile.n < 0.02


def test_hours_are_those_of_the_customers_clocks() -> None:
    at_noon = T - T % 86_400 + 12 * 3600

    profile = inputs().scales["hour"].profile(Counter(inputs().draw("hour", at_noon, "us-1", 5000)))

    assert (profile.low_quartile, profile.median, profile.high_quartile) == (13, 13, 13)
    assert profile.distinct == 3


def test_whole_numbers_are_whole() -> None:
    column = inputs().draw("prior_orders", T, "us-1", 20_000)

    profile = inputs().scales["prior_orders"].profile(Counter(column))

    assert profile.median in {5.0, 6.0}
    assert 50 < profile.distinct < 200


def test_features_of_one_source_are_lost_in_the_same_rows() -> None:
    broken = inputs(Effect(before_s=0.0, nulls={"amount": 0.4, "country": 0.4}))

    amounts, countries = (broken.draw(name, T, "eu-1", 5000) for name in ("amount", "country"))

    both = statistics.fmean(
        a == NULL and c == NULL for a, c in zip(amounts, countries, strict=True)
    )
    assert both == pytest.approx(0.4, abs=0.03)


def test_no_values_have_no_quartiles() -> None:
    profile = SCORE.profile(Counter())

    assert (profile.n, profile.median, profile.distinct) == (0, None, 0)
