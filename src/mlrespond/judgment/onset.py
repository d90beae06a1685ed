"""When it began: the moment at which a share changed, as an interval and never as a point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import exp, log
from typing import Final

from mlrespond.judgment.beta import log_beta
from mlrespond.judgment.dispersion import INDEPENDENT, LEAST_SLICES, Pair, Slices, dispersion

CONFIDENCE: Final = 0.95
PRIOR: Final = 0.5
"""Jeffreys' prior of a share."""

EVIDENCE: Final = log(20)
"""How much likelier a change must be than none, as a logarithm: strong evidence by the scale of
Kass and Raftery, JASA 90 (1995) 773."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Onset:
    """A change began in a slice from `first` to `last`, most probably in `at`, counted from 0.

    `log_e` is how much likelier it is than no change, as a logarithm; `before` and `after` are the
    shares on both sides.
    """

    first: int
    last: int
    at: int
    log_e: float
    before: float
    after: float


def onset(slices: Slices, confidence: float = CONFIDENCE) -> Onset | None:
    """Return where a share changed once, or None if no change is likely enough, or too few tell.

    Each place is weighed by how well two shares, one before and one after, explain the counts, both
    averaged over Jeffreys' prior (Smith, Biometrika 62 (1975) 407); the interval holds the true
    one with probability `confidence`. Bursts make counts weigh less, by the dispersion on both
    sides of the best place.
    """
    counts = slices.counts
    if not slices.sound or len(counts) < LEAST_SLICES:
        return None
    plain = _weights(counts, 1.0)
    best = max(plain, key=plain.__getitem__)
    worth, spell = _worth(slices, best)
    weights = _weights(counts, worth)
    evidence = _log_mean(list(weights.values())) - _log_marginal(_total(counts), worth)
    if evidence < EVIDENCE:
        return None
    return _told(counts, weights, confidence, evidence, spell)


def _weights(counts: Sequence[Pair], worth: float) -> dict[int, float]:
    """Return the log-likelihood of a change at the start of each slice but the first."""
    sums = list(accumulate(counts, lambda one, other: (one[0] + other[0], one[1] + other[1])))
    k, n = sums[-1]
    return {
        at + 1: _log_marginal(below, worth) + _log_marginal((k - below[0], n - below[1]), worth)
        for at, below in enumerate(sums[:-1])
    }


def _log_marginal(pair: Pair, worth: float) -> float:
    k, n = pair[0] / worth, pair[1] / worth
    return log_beta(k + PRIOR, n - k + PRIOR) - log_beta(PRIOR, PRIOR)


def _total(counts: Sequence[Pair]) -> Pair:
    return sum(k for k, _ in counts), sum(n for _, n in counts)


def _worth(slices: Slices, at: int) -> tuple[float, float]:
    """Return the dispersion round the shares before and after, and how long a spell is."""
    sides = [Slices(slices.step_s, part) for part in (slices.counts[at:], slices.counts[:at])]
    found = dispersion(*sides) or INDEPENDENT
    return max(found.current, found.baseline), found.spell


def _told(
    counts: Sequence[Pair],
    weights: dict[int, float],
    confidence: float,
    evidence: float,
    spell: float,
) -> Onset:
    most = max(weights.values())
    shares = {at: exp(one - most) for at, one in weights.items()}
    order = sorted(shares, key=shares.__getitem__, reverse=True)
    kept, held, wanted = [], 0.0, confidence * sum(shares.values())
    for at in order:
        kept.append(at)
        held += shares[at]
        if held >= wanted:
            break
    slack = round(spell) - 1  # a spell may begin before the change, or hide its first slices
    first, last = max(1, min(kept) - slack), min(len(counts) - 1, max(kept) + slack)
    before, after = _total(counts[: order[0]]), _total(counts[order[0] :])
    return Onset(
        first=first - 1,  # what changed within a slice shows from the next one on
        last=last,
        at=order[0],
        log_e=evidence,
        before=before[0] / before[1] if before[1] else 0.0,
        after=after[0] / after[1] if after[1] else 0.0,
    )


def _log_mean(values: Sequence[float]) -> float:
    most = max(values)
    return most + log(sum(exp(one - most) for one in values) / len(values))
