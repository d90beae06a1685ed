"""The onset of a change: its interval holds the truth, and no change is no onset."""

from __future__ import annotations

from math import inf, log, nan
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate

from mlrespond.judgment.dispersion import LEAST_SLICES, Pair, Slices
from mlrespond.judgment.onset import onset

pairs = st.integers(0, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def drawn(rng: Random, slices: int, each: int, p: float, *, bursts: float = 0.0) -> list[Pair]:
    found = []
    for _ in range(slices):
        share = min(1.0, p * (1 + 4 * (rng.random() < bursts)))
        found.append((sum(rng.random() < share for _ in range(each)), each))
    return [(float(k), float(n)) for k, n in found]


def changed(seed: int, runs: int, *, bursts: float) -> tuple[int, int]:
    """Return how often a change was found, and how often its interval held the truth."""
    rng, found, held = Random(seed), 0, 0  # noqa: S311  # a simulation that repeats, no secret
    for _ in range(runs):
        true = rng.randrange(15, 50)
        before, after = (
            drawn(rng, slices, 40, p, bursts=bursts)
            for slices, p in ((true, 0.02), (60 - true, 0.1))
        )
        one = onset(Slices(60.0, (*before, *after)))
        found += one is not None
        held += one is not None and one.first <= true <= one.last
    return found, held


@pytest.mark.parametrize("bursts", [0.0, 0.1])
def test_the_interval_holds_the_true_moment(bursts: float) -> None:
    found, held = changed(1, 60, bursts=bursts)

    assert found >= 40 if bursts else found >= 58
    assert held >= 0.9 * found


@pytest.mark.parametrize("bursts", [0.0, 0.1])
def test_where_nothing_changed_there_is_hardly_ever_an_onset(bursts: float) -> None:
    rng = Random(2)  # noqa: S311  # a simulation that repeats, no secret

    found = [onset(Slices(60.0, tuple(drawn(rng, 60, 40, 0.05, bursts=bursts)))) for _ in range(60)]

    assert sum(one is not None for one in found) <= 3


def test_the_evidence_is_the_ratio_of_integrals() -> None:
    counts: list[Pair] = [(0.0, 9.0)] * 5 + [(7.0, 9.0)] * 4
    prior = 1 / float(integrate.quad(lambda p: (p * (1 - p)) ** -0.5, 0, 1)[0])

    def marginal(part: list[Pair]) -> float:
        k, n = sum(k for k, _ in part), sum(n for _, n in part)
        area = float(integrate.quad(lambda p: p ** (k - 0.5) * (1 - p) ** (n - k - 0.5), 0, 1)[0])
        return prior * area

    found = onset(Slices(1.0, tuple(counts)))

    splits = [marginal(counts[:at]) * marginal(counts[at:]) for at in range(1, 9)]
    assert found is not None
    assert found.at == 5
    assert found.log_e == pytest.approx(log(sum(splits) / 8 / marginal(counts)), rel=1e-3)


def test_shares_on_both_sides_are_told() -> None:
    found = onset(Slices(1.0, ((1.0, 100.0),) * 20 + ((30.0, 100.0),) * 20))

    assert found is not None
    assert (found.at, found.before, found.after) == (20, 0.01, 0.3)
    assert found.first <= 20 <= found.last


@given(st.lists(pairs, max_size=40))
def test_no_counts_break_it(counts: list[Pair]) -> None:
    found = onset(Slices(1.0, tuple(counts)))

    if found is not None:
        assert 0 <= found.first <= found.last < len(counts)
        assert found.first <= found.at <= found.last


@given(st.lists(pairs, min_size=8, max_size=30))
def test_good_events_change_when_bad_ones_do(counts: list[Pair]) -> None:
    one, other = onset(Slices(1.0, tuple(counts))), onset(Slices(1.0, tuple(counts)).others())

    assert (one is None) == (other is None)
    if one and other:
        assert (one.first, one.last) == (other.first, other.last)


@pytest.mark.parametrize("broken", [(nan, 9.0), (9.0, inf), (10.0, 9.0)])
def test_what_cannot_have_been_counted_has_no_onset(broken: Pair) -> None:
    assert onset(Slices(1.0, ((0.0, 9.0),) * 20 + (broken,) + ((9.0, 9.0),) * 20)) is None


def test_too_few_slices_have_no_onset() -> None:
    assert onset(Slices(1.0, ((0.0, 999.0), (999.0, 999.0)) * ((LEAST_SLICES - 1) // 2))) is None
