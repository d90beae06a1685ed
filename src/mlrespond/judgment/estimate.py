"""Quality without labels: an estimate from scores, never a measurement, and no proof of anything.

A calibrated score of p says itself how often it is right: max(p, 1 - p). So the mean of that over
unlabelled predictions is the accuracy to expect (confidence-based performance estimation: NannyML,
"CBPE"; Guillory et al., ICCV 2021, "average confidence"). It holds while scores stay calibrated:
where the world answers otherwise than before to the same inputs (concept drift), it is blind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import fsum, isfinite, sqrt
from typing import Final

from mlrespond.judgment.proportion import Difference, score_interval, two_sided
from mlrespond.judgment.rate import interval, percent, points, weigh
from mlrespond.model.verdict import MetricVerdict, Reason

LEAST_LABELLED: Final = 100
LEAST_SCORED: Final = 50
GROUPS: Final = 5
MARGIN: Final = 0.05


@dataclass(frozen=True, slots=True)
class Past:
    """A labelled prediction: its score from 0 to 1, and whether it was right."""

    score: float
    right: bool


@dataclass(frozen=True, slots=True)
class Scored:
    """One version's scores in a window, and its labelled predictions, which show what they mean."""

    scores: Sequence[float]
    labelled: Sequence[Past]


def judge_estimate(
    name: str,
    current: Scored,
    baseline: Scored | None = None,
    *,
    alpha: float,
    margin: float = MARGIN,
) -> MetricVerdict:
    """Return what scores say of the present accuracy, against the baseline's; marked `estimated`.

    Without a baseline it is held against the version's own labelled past. It never fails: what
    would be a fail is inconclusive, for scores are no labels. It is not trusted, and says why,
    unless scores of each side were calibrated in its labelled past (`uncalibrated`), and with fewer
    than 100 labelled predictions or 50 scores on a side. `effect` is how much lower the expected
    accuracy is, with Welch's interval at two-sided `alpha` of the mean confidences.
    """
    verdict = MetricVerdict(
        name=name,
        kind="estimate",
        verdict="inconclusive",
        reason="too_few",
        n=len(current.scores),
        n_base=len(baseline.scores if baseline else current.labelled),
        estimated=True,
    )
    sides = [(current, ""), *([(baseline, " of the baseline")] if baseline else [])]
    for side, of in sides:
        reason, why_not = _untrusted(side, of, alpha, margin)
        if why_not:
            return replace(verdict, reason=reason, said=f"{name} is not estimated: {why_not}")
    return _estimated(verdict, current, baseline, alpha, margin)


def _untrusted(side: Scored, of: str, alpha: float, margin: float) -> tuple[Reason, str]:
    """Return why the scores of a side say nothing, or nothing."""
    scores, labelled = side.scores, side.labelled
    if len(scores) < LEAST_SCORED or len(labelled) < LEAST_LABELLED:
        return "too_few", (
            f"{len(scores)} scores{of or ' now'} and {len(labelled)} labelled ones before, where "
            f"{LEAST_SCORED} and {LEAST_LABELLED} are needed"
        )
    known = (*scores, *(one.score for one in labelled))
    if not all(isfinite(one) and 0 <= one <= 1 for one in known):
        return "error", f"some scores{of} are no probabilities"
    return "not_comparable", uncalibrated(labelled, alpha=alpha, margin=margin)


def uncalibrated(past: Sequence[Past], *, alpha: float, margin: float = MARGIN) -> str:
    """Return why scores of the past do not tell how often predictions are right, or nothing.

    They do if the share that was right lies within `margin` of what confidence says, shown by
    Wilson's interval at `alpha` over all, and if no fifth of them, by confidence, is off by more
    than `margin` for certain (Wilson's interval at `alpha` / 5). Empty where nothing is known.
    """
    known = sorted(past, key=lambda one: confidence(one.score))
    if not known:
        return ""
    low, high, expected = _off(known, alpha)
    if low < -margin or high > margin:
        rights = percent(sum(one.right for one in known) / len(known))
        return (
            f"scores are not shown to be calibrated; they said {percent(expected)} of "
            f"{len(known):,} labelled predictions would be right, and {rights} were"
        )
    for part in _groups(known):
        low, high, expected = _off(part, alpha / GROUPS)
        if low > margin or high < -margin:
            rights = percent(sum(one.right for one in part) / len(part))
            return (
                f"scores are not calibrated; where they said {percent(expected)} would be "
                f"right, {rights} of {len(part):,} labelled predictions were"
            )
    return ""


def confidence(score: float) -> float:
    """Return how often a calibrated score is right, of a decision at one half."""
    return max(score, 1 - score)


def _groups(known: Sequence[Past]) -> Iterator[Sequence[Past]]:
    ends = [len(known) * at // GROUPS for at in range(GROUPS + 1)]
    yield from (known[start:end] for start, end in pairwise(ends) if end > start)


def _off(part: Sequence[Past], alpha: float) -> tuple[float, float, float]:
    """Return by how much more were right than expected, as an interval; and what was expected."""
    expected = sum(confidence(one.score) for one in part) / len(part)
    share = sum(one.right for one in part) / len(part)
    low, high = score_interval(share, len(part), two_sided(alpha))
    return low - expected, high - expected, expected


def _estimated(
    verdict: MetricVerdict,
    current: Scored,
    baseline: Scored | None,
    alpha: float,
    margin: float,
) -> MetricVerdict:
    past = current.labelled
    then = baseline.scores if baseline else [one.score for one in past]
    now, error = _mean([confidence(one) for one in current.scores])
    before, error_before = _mean([confidence(one) for one in then])
    half = two_sided(alpha) * sqrt(error + error_before)
    effect = before - now
    found = Difference(effect, effect - half, effect + half)
    word, reason = weigh(found, margin)
    base = before if baseline else sum(one.right for one in past) / len(past)
    share = min(1.0, max(0.0, base - effect))
    of = "of the baseline" if baseline else "labelled before"
    lower = ", which only labels can prove" if word == "fail" else ""
    said = (
        f"{verdict.name} is estimated from scores, not measured: about {percent(share)} of "
        f"{verdict.n:,} against {percent(base)} of {verdict.n_base:,} {of} "
        f"({interval(found.mirrored(), alpha)}; margin {points(margin)}){lower}"
    )
    return replace(
        verdict,
        verdict="inconclusive" if word == "fail" else word,
        reason=reason,
        warn=reason == "worse_but_small",
        said=said,
        current=share,
        baseline=base,
        effect=effect,
        low=found.low,
        high=found.high,
        margin=margin,
    )


def _mean(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean and the square of its standard error."""
    n = len(values)
    mean = fsum(values) / n
    return mean, fsum((one - mean) ** 2 for one in values) / (n - 1) / n
