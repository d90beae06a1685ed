"""Confidence sequences and e-processes: valid at every look, however many there are.

Up to `FEW` looks an equal share of the error rate each is stronger. Beyond that the interval is
that of the normal mixture, and what is called worse is proven by an exact e-process as well.
"""

from __future__ import annotations

from math import inf, log, log1p, sqrt
from typing import Final

from mlrespond.judgment.beta import incomplete_beta, log_beta
from mlrespond.judgment.look import Look
from mlrespond.judgment.proportion import normal_quantile, normal_upper, score_interval

FEW: Final = 30
"""The looks up to which alpha over the number of looks is at least as narrow: two-sided at 0.05 its
z is 3.02 for 20 looks and 3.14 for 30; the mixture's is 3.03 where it is best, 3.3 a tenth away."""

BEST_AT: Final = 0.25
"""After which part of all looks the mixture's interval is narrowest, if they grow evenly."""

LEAST_ALPHA: Final = 1e-12

_OF_BASELINE: Final = 0.2
"""Which part of the error rate the baseline's own chance may have."""


def mixture_bound(v: float, alpha: float, v_best: float) -> float:
    """Return the two-sided normal mixture bound on a sum of variance `v`, valid at all times.

    It is narrowest at about `v_best`. Robbins 1970; Howard and others, Annals of Statistics 49
    (2021) 1055, eq. 14, with the tuning of 3.5; confseq calls it `normal_mixture_bound`.
    """
    rho = v_best / (2 * log(1 / alpha) + log(1 + 2 * log(1 / alpha)))
    return sqrt((v + rho) * (log((v + rho) / rho) + 2 * log(1 / alpha)))


def mixture_alpha(v: float, alpha: float, v_best: float) -> float:
    """Return the two-sided error rate of a fixed look as wide as the mixture is at variance `v`.

    So one interval serves both; with an estimated variance it takes Student's t in its place
    (asymptotic confidence sequences: Waudby-Smith and others, Annals of Statistics 52 (2024) 2613).
    """
    return max(LEAST_ALPHA, 2 * normal_upper(mixture_bound(v, alpha, v_best) / sqrt(v)))


def log_e_above(k: float, n: float, p: float) -> float:
    """Return the logarithm of the e-value of `k` events of `n` against "the share is at most p".

    Over all looks it is above log(1 / alpha) with probability alpha at most (Ville), as long as p
    does not change: the likelihood ratio to p, averaged over the shares above it. They weigh as a
    beta distribution whose mean is p, cut at p. k and n may be broken, 0 < p < 1; -inf where
    nothing speaks for it. Method of mixtures: Robbins, Annals of Mathematical Statistics 41 (1970)
    1397.
    """
    a, b = 1.0, 1 / p - 1
    after = incomplete_beta(1 - p, b + n - k, a + k)
    before = incomplete_beta(1 - p, b, a)
    if after <= 0:
        return -inf
    ratio = log_beta(a + k, b + n - k) + log(after) - log_beta(a, b) - log(before)
    return ratio - k * log(p) - (n - k) * log1p(-p)


def alpha_at(look: Look, information: float) -> tuple[float, float]:
    """Return the two-sided error rate of this look, and the information of the first one.

    `information` is how many independent requests the present is worth by now.
    """
    first = information if look.watch is None else look.watch.information or information
    if look.at_most <= FEW:
        return look.each, first
    return mixture_alpha(information, look.alpha, first * look.at_most * BEST_AT), first


def log_e_worse(events: float, n: float, share: float, n_base: float, alpha: float) -> float:
    """Return the logarithm of the e-value of the present against "no worse than the baseline".

    The baseline's share may be as large as its upper limit says, which misses with a fifth of
    `alpha`, one-sided; the e-value has to reach `needed`.
    """
    high = score_interval(share, n_base, -normal_quantile(alpha * _OF_BASELINE))[1]
    return log_e_above(events, n, high) if high < 1 else -inf


def needed(alpha: float) -> float:
    """Return what `log_e_worse` must reach to be wrong with probability `alpha`, one-sided."""
    return -log(alpha * (1 - _OF_BASELINE))
