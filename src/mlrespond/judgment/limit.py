"""Absolute limits: a share against one through its interval, a single number without a test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import isfinite

from mlrespond.judgment.proportion import Difference, binomial_tail, wilson
from mlrespond.judgment.rate import LEAST_EVENTS, Counts, confidence, percent, waiting
from mlrespond.judgment.sample import more_needed
from mlrespond.model.verdict import MetricKind, MetricVerdict


def judge_share_limit(
    name: str,
    counts: Counts | None,
    *,
    max_share: float | None,
    min_share: float | None,
    alpha: float,
    kind: MetricKind,
) -> MetricVerdict:
    """Return whether a share is shown to keep its limits: pass inside, fail beyond, else open.

    The Wilson interval at two-sided `alpha` must lie wholly inside or wholly beyond, and fail needs
    the exact test and three events, too. `effect` is how far the share is beyond the limit that it
    is nearest to (below 0: inside). No data, no limit or impossible counts are inconclusive. The
    cases of a golden set are no sample of anything: its score is for `judge_value_limit`.
    """
    verdict = MetricVerdict(name=name, kind=kind, verdict="inconclusive", reason="no_data")
    sides = _sides(counts, max_share, min_share) if counts and counts.counted else []
    if counts is None or not sides:
        limited = max_share is not None or min_share is not None
        return _unjudged(verdict, counts, limited=limited)
    bad, limit = max(sides, key=lambda side: side[0].share - side[1])
    found = _beyond(bad, limit, alpha)
    said = f"{name} {_share(counts, alpha)}; {_allowed(max_share, min_share, percent)})"
    verdict = replace(
        verdict,
        said=said,
        current=counts.share,
        effect=found.effect,
        low=found.low,
        high=found.high,
        n=counts.n,
    )
    proven = bad.k >= LEAST_EVENTS and binomial_tail(bad.k, bad.n, limit) <= alpha / 2
    if found.low > 0 and proven:
        return replace(verdict, verdict="fail", reason="beyond_limit")
    if all(_beyond(*side, alpha).high <= 0 for side in sides):
        return replace(verdict, verdict="pass", reason="within_limit")
    more = _still_needed(bad, found.effect, alpha)
    return replace(verdict, reason="too_few", more_needed=more, said=said + waiting(more))


def judge_value_limit(
    name: str, value: float | None, *, maximum: float | None, minimum: float | None
) -> MetricVerdict:
    """Return whether one number keeps its limits; a limit itself is kept.

    Never a test: one number has no sample size. Null, NaN and infinities are no data, and without
    a limit nothing is judged. `effect` is how far the number is beyond the limit that it is
    nearest to, in the number's own unit (below 0: inside).
    """
    verdict = MetricVerdict(name=name, kind="value", verdict="inconclusive", reason="no_data")
    if value is None or not isfinite(value):
        return replace(verdict, said=f"{name}: no data")
    beyond = [] if maximum is None else [value - maximum]
    if minimum is not None:
        beyond.append(minimum - value)
    if not beyond:
        return replace(verdict, reason="error", said=f"{name}: no limit is set", current=value)
    said = f"{name} {_number(value)} ({_allowed(maximum, minimum, _number)})"
    verdict = replace(verdict, said=said, current=value, effect=max(beyond), n=1)
    if max(beyond) > 0:
        return replace(verdict, verdict="fail", reason="beyond_limit")
    return replace(verdict, verdict="pass", reason="within_limit")


def bracketed(surely: MetricVerdict, possibly: MetricVerdict, why: str) -> MetricVerdict:
    """Return the verdict on events of which some may or may not count, such as those in a bucket.

    Fail needs those that `surely` count, pass holds with all that `possibly` do, and where the
    two disagree `why` says what hides the truth.
    """
    if surely.verdict == "fail":
        return surely
    if possibly.verdict in {"pass", surely.verdict}:
        return possibly
    return replace(
        possibly,
        verdict="inconclusive",
        reason="wide_interval",
        warn=False,
        said=f"{possibly.said}; {why}",
    )


def _unjudged(verdict: MetricVerdict, counts: Counts | None, *, limited: bool) -> MetricVerdict:
    if not limited:
        return replace(verdict, reason="error", said=f"{verdict.name}: no limit is set")
    if counts is None or counts.possible:
        return replace(verdict, said=f"{verdict.name}: no data")
    said = f"{verdict.name}: {counts.k} of {counts.n} cannot have been counted"
    return replace(verdict, reason="error", said=said)


def _sides(
    counts: Counts, max_share: float | None, min_share: float | None
) -> list[tuple[Counts, float]]:
    """List each limit as the most that there may be of something."""
    most = [] if max_share is None else [(counts, max_share)]
    return most if min_share is None else [*most, (counts.others, 1 - min_share)]


def _share(counts: Counts, alpha: float) -> str:
    low, high = (percent(one) for one in wilson(counts.k, counts.n, alpha))
    interval = f"{confidence(alpha)} interval {low}..{high}"
    return f"{percent(counts.share)} of {counts.n:,} ({interval}"


def _beyond(bad: Counts, limit: float, alpha: float) -> Difference:
    low, high = wilson(bad.k, bad.n, alpha)
    return Difference(bad.share - limit, low - limit, high - limit)


def _still_needed(bad: Counts, effect: float, alpha: float) -> int | None:
    share = bad.share if effect < 0 else 1 - bad.share
    return more_needed(share, abs(effect), bad.n, None, alpha)


def _allowed(maximum: float | None, minimum: float | None, written: Callable[[float], str]) -> str:
    ends = (("at least", minimum), ("at most", maximum))
    return ", ".join(f"{word} {written(end)}" for word, end in ends if end is not None)


def _number(value: float) -> str:
    return f"{value:.4g}"
