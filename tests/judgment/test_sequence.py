"""Confidence sequences and e-processes, held against confseq's figures and against integrals."""

from __future__ import annotations

from math import exp, log, sqrt
from random import Random

import pytest
from scipy import integrate, stats

from mlrespond.judgment.look import ALPHA, Look
from mlrespond.judgment.proportion import two_sided
from mlrespond.judgment.sequence import (
    BEST_AT,
    FEW,
    alpha_at,
    log_e_above,
    log_e_worse,
    mixture_alpha,
    mixture_bound,
    needed,
)
from mlrespond.model.verdict import Watch


def test_the_mixture_bound_is_confseqs() -> None:
    """Frozen: confseq.boundaries.normal_mixture_bound(v, alpha, v_opt, alpha, False)."""
    assert mixture_bound(2000, 0.05, 2000) == pytest.approx(135.738672567996, abs=1e-9)


def test_it_is_narrowest_about_where_it_should_be() -> None:
    z = {v: mixture_bound(v, ALPHA, 100) / sqrt(v) for v in (10, 50, 100, 200, 1000)}

    assert min(z, key=z.__getitem__) in {50, 100, 200}


@pytest.mark.parametrize("k", [0, 3, 30])
def test_the_e_value_is_the_integral_that_it_says(k: int) -> None:
    n, p = 200, 0.05
    prior = stats.beta(1, 1 / p - 1)
    ratio = integrate.quad(
        lambda q: prior.pdf(q) * exp(k * log(q / p) + (n - k) * log((1 - q) / (1 - p))), p, 1
    )[0]

    assert log_e_above(k, n, p) == pytest.approx(log(ratio / prior.sf(p)), abs=1e-6)


def test_what_speaks_for_nothing_has_no_evidence() -> None:
    assert log_e_above(0, 1_000_000, 0.5) < -1000
    assert log_e_above(1000, 1000, 0.5) > 500


def test_it_rarely_proves_what_is_not_so_however_often_one_looks() -> None:
    rng, runs, wrong = Random(5), 400, 0  # noqa: S311  # a simulation that repeats, no secret
    for _ in range(runs):
        k = best = 0.0
        for n in range(1, 1001):
            k += rng.random() < 0.02
            best = max(best, log_e_above(k, n, 0.02)) if n % 10 == 0 else best
        wrong += best >= log(1 / 0.05)

    assert wrong / runs <= 0.05


def test_the_baselines_own_chance_has_a_part_of_the_error() -> None:
    assert needed(0.025) == pytest.approx(-log(0.02))
    assert log_e_worse(60, 1000, 0.02, 1e9, 0.025) > log_e_worse(60, 1000, 0.02, 1000, 0.025)
    assert log_e_worse(5, 5, 1.0, 5, 0.025) < 0


@pytest.mark.parametrize("at_most", [1, 5, 20, FEW])
def test_few_looks_share_the_error_evenly(at_most: int) -> None:
    assert alpha_at(Look(at_most=at_most), 100)[0] == ALPHA / at_most


def test_up_to_few_looks_that_is_narrower_than_the_mixture_ever_is() -> None:
    best = min(mixture_bound(v, ALPHA, 100) / sqrt(v) for v in range(1, 1000))

    assert two_sided(ALPHA / 20) < best
    assert two_sided(ALPHA / 2 / FEW) > best


def test_beyond_them_the_boundary_is_laid_out_at_the_first_look_and_kept() -> None:
    first, laid = alpha_at(Look(at_most=100), 50)
    later, kept = alpha_at(Look(at_most=100, watch=Watch(information=laid)), 50 * 100 * BEST_AT)

    assert laid == kept == 50
    assert later > first
    assert later > ALPHA / 100
    assert later == mixture_alpha(1250, ALPHA, 1250)
