"""Dispersion: what bursts and spells add to the variance of a share."""

from __future__ import annotations

import math
from random import Random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrespond.judgment.dispersion import (
    INDEPENDENT,
    LEAST_SLICES,
    Pair,
    Slices,
    design_effect,
    dispersion,
    dispersion_beside,
    dispersion_of,
    residuals,
)
from mlrespond.model.reading import Clusters

pairs = st.integers(0, 50).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
rows = st.lists(pairs, max_size=80)
NOTHING = Slices(1.0, ())


def drawn(rng: Random, n: int, p: float) -> int:
    return sum(rng.random() < p for _ in range(n))


def spells(rng: Random, slices: int, each: int, low: float, high: float, stay: float) -> Slices:
    """Draw slices of a process with good and bad spells; `stay` is the chance to stay in one."""
    bad, counts = False, []
    for _ in range(slices):
        counts.append((drawn(rng, each, high if bad else low), each))
        bad = bad if rng.random() < stay else not bad
    return Slices(10.0, tuple(counts))


def told(seed: int, stay: float, high: float = 0.05) -> list[float]:
    rng = Random(seed)  # noqa: S311  # a simulation that repeats, no secret
    found = [
        dispersion(spells(rng, 60, 40, 0.05, high, stay), spells(rng, 60, 40, 0.05, high, stay))
        for _ in range(60)
    ]
    return [one.baseline for one in found if one is not None]


def test_independent_requests_count_nearly_in_full() -> None:
    assert fmean(told(1, 0.5)) < 1.5


def test_bad_spells_raise_it_to_about_what_they_are_worth() -> None:
    share, apart, stay = 0.15, 0.10, 0.8
    plain = 1 + 39 * apart**2 / (share * (1 - share))
    long_run = 1 + (plain - 1) * 1.6 / 0.4  # 1 + 2 * (0.6 + 0.36 + …), of the part that lasts

    assert 0.6 < fmean(told(2, stay, high=0.25)) / long_run < 1.6


def test_too_few_slices_tell_nothing() -> None:
    few = Slices(1.0, ((1, 9),) * (LEAST_SLICES - 1))

    assert dispersion(few, few) is None
    assert dispersion_of(NOTHING) is None


def test_a_limit_is_judged_by_the_spells_of_both_sides() -> None:
    """Sixteen slices alone know their dispersion badly; those of the baseline know it as well."""
    rng = Random(5)  # noqa: S311  # a simulation that repeats, no secret
    past, now = (spells(rng, n, 40, 0.05, 0.25, 0.8) for n in (120, 16))
    alone, beside = dispersion_of(now), dispersion_beside(now, past)

    assert alone is not None
    assert beside is not None
    assert beside.dof > 5 * alone.dof
    assert beside.rise > 0


def test_a_baseline_without_events_tells_nothing_of_how_they_come() -> None:
    rng = Random(6)  # noqa: S311  # a simulation that repeats, no secret
    now, quiet = spells(rng, 30, 40, 0.05, 0.25, 0.8), Slices(10.0, ((0, 40),) * 120)

    assert dispersion_beside(now, quiet) == dispersion_of(now)
    assert dispersion_beside(now, NOTHING) == dispersion_of(now)


def test_swings_of_good_ones_are_those_of_bad_ones_the_other_way() -> None:
    rng = Random(7)  # noqa: S311  # a simulation that repeats, no secret
    past, now = (spells(rng, n, 40, 0.05, 0.25, 0.8) for n in (60, 10))
    bad, good = dispersion(now, past), dispersion(now.others(), past.others())

    assert bad is not None
    assert good is not None
    assert (good.mirrored().rise, good.mirrored().fall) == pytest.approx((bad.rise, bad.fall))


@pytest.mark.parametrize("wrong", [(2.0, 1.0), (-1.0, 4.0), (math.nan, 4.0), (1.0, math.inf)])
def test_what_cannot_have_been_counted_tells_nothing(wrong: Pair) -> None:
    sound = Slices(1.0, ((1, 9),) * 20)

    assert dispersion(Slices(1.0, (*sound.counts, wrong)), sound) is None
    assert dispersion(sound, Slices(0.0, sound.counts)) is None


@given(rows, rows, st.sampled_from([1.0, 7.0]))
def test_no_counts_break_it_and_it_is_never_less_than_one(
    now: list[Pair], before: list[Pair], step_s: float
) -> None:
    found = dispersion(Slices(1.0, tuple(now)), Slices(step_s, tuple(before)))

    if found is not None:
        assert found.current >= 1
        assert found.baseline >= 1
        assert found.dof >= 1
        assert math.isfinite(found.current)


@given(rows, rows)
def test_good_events_stray_as_bad_ones_do(now: list[Pair], before: list[Pair]) -> None:
    current, baseline = Slices(1.0, tuple(now)), Slices(1.0, tuple(before))
    bad, good = dispersion(current, baseline), dispersion(current.others(), baseline.others())

    assert (bad is None) == (good is None)
    if bad and good:
        assert good.current == pytest.approx(bad.current)
        assert good.dof == pytest.approx(bad.dof)


@given(rows, st.integers(1, 9))
def test_joining_slices_loses_no_request_but_those_of_the_oldest(
    counts: list[Pair], times: int
) -> None:
    joined = Slices(1.0, tuple(counts)).coarser(times)

    assert joined.step_s == times
    kept = counts[len(counts) % times :]
    assert sum(n for _, n in joined.counts) == sum(n for _, n in kept)


def test_slices_of_other_lengths_are_made_alike() -> None:
    rng = Random(3)  # noqa: S311  # a simulation that repeats, no secret
    fine = spells(rng, 240, 40, 0.05, 0.25, 0.95)
    coarse = spells(rng, 60, 160, 0.05, 0.25, 0.8)

    found = dispersion(Slices(2.5, fine.counts), coarse)

    assert found is not None
    assert found.current > 5


def test_residuals_of_what_never_strays_are_nought() -> None:
    assert residuals([(0, 5), (0, 7)]) == [0.0, 0.0]
    assert residuals([(0, 0)]) == []


def test_a_short_present_is_no_surer_than_the_swings_of_the_baseline() -> None:
    past = Slices(10.0, ((1.0, 100.0),) * 50 + ((21.0, 100.0),) * 10)

    short = dispersion(Slices(10.0, ((1.0, 100.0),) * 4), past)
    long = dispersion(Slices(10.0, ((1.0, 100.0),) * 30), past)

    assert short is not None
    assert long is not None
    assert short.rise == pytest.approx(0.21 - 260 / 6000)
    assert short.fall == pytest.approx(260 / 6000 - 0.01)
    assert long.rise < short.rise


class TestUsers:
    def test_one_request_each_counts_in_full(self) -> None:
        once = Clusters.of([(at % 2, 1) for at in range(100)])

        assert design_effect(once) == pytest.approx(100 / 99)

    def test_users_that_always_fail_count_as_one_request(self) -> None:
        alike = Clusters.of([(20 * (at % 2), 20) for at in range(100)])

        assert design_effect(alike) == pytest.approx(20, rel=0.02)

    @pytest.mark.parametrize(
        "clusters", [None, Clusters.of([]), Clusters.of([(1, 1)]), Clusters.of([(0, 4)] * 30)]
    )
    def test_without_users_or_events_nothing_is_known(self, clusters: Clusters | None) -> None:
        assert design_effect(clusters) == 1.0

    def test_the_larger_factor_holds(self) -> None:
        found = INDEPENDENT.at_least(3.0, 1.0)

        assert (found.current, found.baseline) == (3.0, 1.0)
