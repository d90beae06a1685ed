"""Absolute limits: a share against one through its interval, a single number without a test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil, isfinite

from mlrespond.judgment.beta import student_upper
from mlrespond.judgment.look import Look
from mlrespond.judgment.proportion import Difference, binomial_tail, score_interval
from mlrespond.judgment.rate import LEAST_EVENTS, Counts, confidence, percent, waiting
from mlrespond.judgment.sample import more_needed
from mlrespond.judgment.watching import spread_of
from mlrespond.model.verdict import MetricKind, MetricVerdict


def judge_share_limit(
    name: str,
    counts: Counts | None,
    *,
    max_share: float | None,
    min_share: float | None,
    alpha: float | Look,
    kind: MetricKind,
) -> MetricVerdict:
    """Return whether a share is shown to keep its limits: pass inside, fail beyond, else open.

    The Wilson interval at two-sided `alpha`, or at one `Look` of several, must lie wholly inside or
    wholly beyond, and fail needs the exact test and three events, too. `effect` is how far the
    share is beyond the limit that it is nearest to (below 0: inside). No data, no limit or
    impossible counts are inconclusive. The cases of a golden set are no sample of anything: its
    score is for `judge_value_limit`.
    """
    verdict = MetricVerdict(name=name, kind=kind, verdict="inconclusive", reason="no_data")
    sides = _sides(counts, max_share, min_share) if counts and counts.counted else []
    if counts is None or not sides:
        limited = max_share is not None or min_share is not None
        return _unjudged(verdict, counts, limited=limited)
    bad, limit = max(sides, key=lambda side: side[0].share - side[1])
    sure = _Sure.of(alpha)
    found = sure.beyond(bad, limit)
    said = f"{name} {sure.share(counts)}; {_allowed(max_share, min_share, percent)})"
    verdict = replace(
        verdict,
        said=said,
        current=counts.share,
        effect=found.effect,
        low=found.low,
        high=found.high,
        n=counts.n,
    )
    proven = bad.k >= LEAST_EVENTS and sure.tail(bad, limit) <= sure.alpha / 2
    if found.low > 0 and proven:
        return replace(verdict, verdict="fail", reason="beyond_limit")
    if all(sure.beyond(*side).high <= 0 for side in sides):
        return replace(verdict, verdict="pass", reason="within_limit")
    more = sure.more(bad, found.effect)
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


@dataclass(frozen=True, slots=True)
class _Sure:
    """How sure this look must be; each request counts as one of `worth`."""

    alpha: float
    z: float
    worth: float
    swing: float

    @classmethod
    def of(cls, alpha: float | Look) -> _Sure:
        look = alpha if isinstance(alpha, Look) else Look(alpha=alpha)
        spread = spread_of(look)
        z = student_upper(look.each / 2, spread.dof)
        return cls(look.each, z, spread.current, max(spread.rise, spread.fall))

    def interval(self, counts: Counts) -> tuple[float, float]:
        """Return an interval no narrower than the baseline's own swings over as long a stretch."""
        share = counts.share
        low, high = score_interval(share, counts.n / self.worth, self.z)
        return max(0.0, min(low, share - self.swing)), min(1.0, max(high, share + self.swing))

    def share(self, counts: Counts) -> str:
        low, high = (percent(one) for one in self.interval(counts))
        told = f"{confidence(self.alpha)} interval {low}..{high}"
        return f"{percent(counts.share)} of {counts.n:,} ({told}"

    def beyond(self, bad: Counts, limit: float) -> Difference:
        low, high = self.interval(bad)
        return Difference(bad.share - limit, low - limit, high - limit)

    def tail(self, bad: Counts, limit: float) -> float:
        return binomial_tail(int(bad.k / self.worth), ceil(bad.n / self.worth), limit)

    def more(self, bad: Counts, effect: float) -> int | None:
        share = bad.share if effect < 0 else 1 - bad.share
        more = more_needed(share, abs(effect), int(bad.n / self.worth), None, self.alpha)
        return None if more is None else ceil(more * self.worth)


def _allowed(maximum: float | None, minimum: float | None, written: Callable[[float], str]) -> str:
    ends = (("at least", minimum), ("at most", maximum))
    return ", ".join(f"{word} {written(end)}" for word, end in ends if end is not None)


def _number(value: float) -> str:
    return f"{value:.4g}"
