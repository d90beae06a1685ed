"""Drift: a large effect that is no chance fails, whatever the number of rows says by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.judgment.columns import Floats, drawn, specs

from mlrespond.judgment.drift import judge_drift
from mlrespond.judgment.inputs import judge_inputs
from mlrespond.judgment.worth import worth_of
from mlrespond.model.reading import FeatureProfile, FeatureSpec, Profile
from mlrespond.model.verdict import MetricVerdict

COUNTRIES = ("de", "fr", "pt", "es", "it")


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def judged(current: Profile, baseline: Profile) -> dict[str, MetricVerdict]:
    return {one.name: one for one in judge_drift(current, baseline, specs(baseline), 0.05)}


def against(now: Floats | list[str], before: Floats | list[str]) -> MetricVerdict:
    baseline = drawn({"x": before})
    return judged(drawn({"x": now}, baseline.edges), baseline)["drift:x"]


def words(chance: np.random.Generator, n: int, shares: tuple[float, ...]) -> list[str]:
    return [str(one) for one in chance.choice(COUNTRIES, n, p=shares)]


USUAL = (0.5, 0.2, 0.15, 0.1, 0.05)


def test_chance_is_ruled_out_at_the_share_of_each_look() -> None:
    chance = rng(3)
    baseline = drawn({"x": words(chance, 300, USUAL)})
    current = drawn({"x": words(chance, 300, (0.25, 0.45, 0.15, 0.1, 0.05))}, baseline.edges)

    found = {
        alpha: judge_drift(current, baseline, specs(baseline), alpha)[0].verdict
        for alpha in (0.05, 1e-7)
    }

    assert found == {0.05: "fail", 1e-7: "inconclusive"}


@pytest.mark.parametrize("n", [500, 5000])
def test_the_same_distribution_passes(n: int) -> None:
    chance = rng()

    number = against(chance.lognormal(size=n), chance.lognormal(size=n))
    category = against(words(chance, n, USUAL), words(chance, n, USUAL))

    assert (number.verdict, number.reason) == ("pass", "not_worse")
    assert (category.verdict, category.reason) == ("pass", "not_worse")


@pytest.mark.parametrize("n", [500, 5000])
@pytest.mark.parametrize(
    "change",
    [
        lambda x: x * 1000,
        lambda x: 1.8 * x + 32,
        lambda x: x + 1,
        lambda x: np.where(np.arange(len(x)) % 3 == 0, -1.0, x),
    ],
    ids=["x1000", "x1.8+32", "shifted", "a third is -1"],
)
def test_a_large_change_fails(n: int, change: Callable[[Floats], Floats]) -> None:
    chance = rng()

    found = against(change(chance.normal(size=n)), chance.normal(size=n))

    assert (found.verdict, found.reason) == ("fail", "worse")
    assert "not by chance" in found.said


def test_a_change_of_shares_fails() -> None:
    chance = rng()

    found = against(words(chance, 1000, (0.2, 0.5, 0.15, 0.1, 0.05)), words(chance, 1000, USUAL))

    assert found.verdict == "fail"
    assert "share of a category 2" in found.said or "share of a category 3" in found.said


def test_other_words_fail() -> None:
    chance = rng()

    found = against([one.upper() for one in words(chance, 1000, USUAL)], words(chance, 1000, USUAL))

    assert found.verdict == "fail"


def test_what_is_significant_and_small_passes_with_or_without_a_warning() -> None:
    """A scale 8% wider shows at a million rows, p being 0; nobody should be paged for it."""
    chance = rng()

    small = against(1.08 * chance.normal(size=300_000), chance.normal(size=300_000))
    larger = against(chance.normal(size=300_000) + 0.35, chance.normal(size=300_000))

    assert (small.verdict, small.warn) == ("pass", False)
    assert (larger.verdict, larger.warn, larger.reason) == ("pass", True, "worse_but_small")


def test_few_rows_are_inconclusive_and_say_how_many_more() -> None:
    found = against(rng().normal(size=150) + 9, rng(2).normal(size=1000))

    assert (found.verdict, found.reason, found.more_needed) == ("inconclusive", "too_few", 50)


@pytest.mark.parametrize("n", [0, 1, 5])
def test_nothing_and_next_to_nothing_are_inconclusive(n: int) -> None:
    found = against(np.full(n, 3.0) if n else np.full(3, np.nan), rng().normal(size=1000))

    assert found.verdict == "inconclusive"
    assert found.said


def test_a_present_that_was_counted_in_other_bins_is_not_comparable() -> None:
    baseline = drawn({"x": rng().normal(size=1000)})
    current = drawn({"x": rng(2).normal(size=1000)}, {"x": (0.0, 1.0)})

    found = judged(current, baseline)["drift:x"]

    assert (found.verdict, found.reason) == ("inconclusive", "not_comparable")


def test_a_feature_that_is_gone_or_of_another_type_is_not_comparable() -> None:
    baseline = drawn({"x": rng().normal(size=1000)})
    other = replace(baseline.features[0], type="category", categories={"a": 1000}, bins=())

    for features in ((), (other,)):
        found = judged(replace(baseline, features=features), baseline)["drift:x"]
        assert (found.verdict, found.reason) == ("inconclusive", "not_comparable")


def test_a_feature_that_may_drift_and_a_baseline_without_bins_are_left_out() -> None:
    baseline = drawn({"x": rng().normal(size=1000)})
    bare = replace(baseline, features=(replace(baseline.features[0], edges=(), bins=()),))
    may = {"x": FeatureSpec(type="number", drift=False)}

    assert judge_drift(baseline, baseline, may, 0.05) == ()
    assert judge_drift(baseline, bare, specs(baseline), 0.05) == ()


@pytest.mark.parametrize("type_", ["number", "category"])
def test_a_baseline_without_any_value_says_nothing_of_drift(
    type_: Literal["number", "category"],
) -> None:
    empty = FeatureProfile(name="x", type=type_, n=1000, nulls=1000)
    baseline = replace(drawn({"x": rng().normal(size=1000)}), features=(empty,))

    found = judged(drawn({"x": rng().normal(size=1000)}), baseline)["drift:x"]

    assert (found.verdict, found.reason) == ("inconclusive", "no_baseline")
    assert found.said == "drift of x: the baseline has no value of the right type"


@pytest.mark.parametrize("value", [0.0, 7.5, -1e300])
def test_a_constant_stays_or_changes(value: float) -> None:
    constant = np.full(1000, value)

    assert against(constant, constant).verdict == "pass"
    assert against(constant + (1 + abs(value)), constant).verdict == "fail"
    assert against(constant - (1 + abs(value)), constant).verdict == "fail"


@given(
    st.lists(st.integers(0, 400), min_size=3, max_size=12),
    st.lists(st.integers(0, 400), min_size=12, max_size=12),
)
def test_both_sides_may_change_places(now: list[int], before: list[int]) -> None:
    sides = [_binned(now), _binned(before[: len(now)])]

    one, other = (judged(first, second) for first, second in (sides, sides[::-1]))

    assert {key: value.verdict for key, value in one.items() if value.n and value.n_base} == {
        key: value.verdict for key, value in other.items() if value.n and value.n_base
    }


def _binned(bins: list[int]) -> Profile:
    edges = tuple(float(at) for at in range(len(bins) - 1))
    feature = FeatureProfile(name="x", type="number", n=sum(bins), edges=edges, bins=tuple(bins))
    return replace(drawn({"x": np.zeros(1)}), features=(feature,))


@given(st.integers(0, 5000))
def test_nulls_change_nothing(nulls: int) -> None:
    baseline = drawn({"x": rng().normal(size=500)})
    current = drawn({"x": rng(3).normal(size=500) + 2}, baseline.edges).features[0]
    worse = replace(current, n=current.n + nulls, nulls=nulls)

    found = judged(replace(baseline, features=(worse,)), baseline)["drift:x"]

    assert found.verdict == "fail"


def autocorrelated(chance: np.random.Generator, n: int, rho: float) -> Floats:
    found = np.empty((20, n + 100))
    noise = chance.normal(size=(20, n + 100))
    found[:, 0] = noise[:, 0]
    for at in range(1, n + 100):
        found[:, at] = rho * found[:, at - 1] + noise[:, at]
    return found[:, 100:]


def independent(chance: np.random.Generator, n: int) -> Floats:
    return chance.lognormal(size=(20, n))


def whole(chance: np.random.Generator, n: int) -> Floats:
    return chance.poisson(3, size=(20, n)).astype(float)


def spells(chance: np.random.Generator, n: int) -> Floats:
    return autocorrelated(chance, n, 0.6)


def long_spells(chance: np.random.Generator, n: int) -> Floats:
    return autocorrelated(chance, n, 0.9)


DRAWS = (independent, whole, spells, long_spells)


@pytest.mark.parametrize(("n", "draw"), list(product([50, 500, 5000], DRAWS)))
def test_twenty_features_that_did_not_change_rarely_raise_an_alarm(
    n: int, draw: Callable[[np.random.Generator, int], Floats]
) -> None:
    """Any of twenty, of checks and drift together: at most 7% (30 draws, 2 of them)."""
    chance, alarms = rng(5), 0
    for _ in range(30 if n < 5000 else 8):
        baseline = drawn({f"f{at}": one for at, one in enumerate(draw(chance, n))})
        now = {f"f{at}": one for at, one in enumerate(draw(chance, n))}
        current = drawn(now, baseline.edges)
        found = (
            *judge_inputs(current, baseline, specs(baseline), 0.05),
            *judge_drift(current, baseline, specs(baseline), 0.05),
        )
        alarms += any(one.verdict == "fail" for one in found)

    assert alarms <= 2


@pytest.mark.parametrize(("rho", "least", "most"), [(0.0, 1.0, 1.7), (0.9, 8.0, 25.0)])
def test_rows_in_spells_are_worth_fewer(rho: float, least: float, most: float) -> None:
    """Of an AR(1) series the share below the median has 13 times the variance at rho 0.9."""
    baseline = drawn({f"f{n}": one for n, one in enumerate(autocorrelated(rng(), 3000, rho))})

    worth = sorted(worth_of(one) for one in baseline.features)

    assert least <= worth[10] <= most
