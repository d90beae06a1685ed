"""A tail against the baseline's: the share of requests above one bucket edge that both sides have.

Tests on ranks or means hardly see a tail (statistics.md §0.7); a share of what exceeds an edge
does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf, isfinite, log
from typing import Final, Protocol

from mlrespond.judgment.dispersion import Slices, dispersion, dispersion_beside
from mlrespond.judgment.histogram import Histogram, exceeding, quantile_bracket, sound
from mlrespond.judgment.limit import bracketed, judge_share_limit
from mlrespond.judgment.look import ALPHA, Look
from mlrespond.judgment.order import quantile_interval
from mlrespond.judgment.proportion import score_interval, two_sided
from mlrespond.judgment.rate import Counts, judge_rate
from mlrespond.judgment.watching import spread_of
from mlrespond.model.verdict import MetricKind, MetricVerdict, Quantile, Reason

LEAST_MARGIN: Final = 0.005
MOST_MARGIN: Final = 0.10
_TWICE = 2
_HALF = 0.5
_ORDER: Final = {"fail": 0, "inconclusive": 1, "pass": 2}


class Sliced(Protocol):
    """Counts of equally long slices of time."""

    def above(self, threshold: float) -> Slices:
        """Return how many requests of each slice were surely above `threshold`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """Which tail is judged: what it is called, which quantile begins it, and in which unit.

    `margin` is how much larger the share may be (None: as `judge_tail` says), and `at_most` the
    largest quantile that is allowed.
    """

    name: str
    kind: MetricKind
    quantile: float
    written: Callable[[float], str]
    margin: float | None = None
    at_most: float | None = None


def judge_tail(
    tail: Tail,
    current: Histogram | None,
    baseline: Histogram | None,
    *,
    look: Look,
    slices: tuple[Sliced, Sliced] | None = None,
) -> MetricVerdict:
    """Return whether a tail is no larger than the baseline's, and keeps `at_most`, at one look.

    Both sides are counted above one edge: that next to the baseline's `quantile`, the one above
    which its share is nearest to 1 - quantile. The shares are compared as any rate; the default
    margin is as many requests again as the baseline surely has there, at most 10 points, and at
    least 0.5 and half of what the quantile leaves (where coarse buckets leave far fewer, twice as
    many is still next to nothing).
    `at_most` is kept if the share above it is shown to be at most 1 - quantile. Without a baseline
    only `at_most` is judged. `slices`, of both sides, tell how large values come in bursts. The
    worse of the two verdicts is returned, and says both, and beside them where the quantiles of
    both sides lie. What happens within one bucket is not seen: the edges must be as close as the
    regressions that matter.
    """
    if not all(sound(hist) for hist in (current, baseline) if hist):
        return _open(tail, "error", "its buckets contradict one another")
    if not current or not sum(count for _, count in current):
        return _open(tail, "no_data", "no data")
    parts = []
    if baseline is not None:
        parts.append(_against_baseline(tail, current, baseline, look, slices))
    if tail.at_most is not None:
        parts.append(_against_limit(tail, current, look, tail.at_most, slices))
    if not parts:
        return _open(tail, "no_baseline", "nothing to compare with")
    worst = min(parts, key=lambda part: _ORDER[part.verdict])
    at, at_base = _quantiles(tail, current, baseline, look, slices)
    beside = said_quantiles(at, at_base, tail.written)
    return replace(
        worst,
        name=tail.name,
        said="; ".join([*(part.said for part in parts), *beside]),
        watch=parts[0].watch,
        quantile=at,
        quantile_base=at_base,
    )


def said_quantiles(
    at: Quantile | None, base: Quantile | None, written: Callable[[float], str]
) -> list[str]:
    """Return `p99 380ms..441ms against 350ms..405ms`, if anything is known."""
    sides = [_ends(one, written) for one in (at, base) if one is not None]
    return [f"p{100 * at.q:g} {' against '.join(sides)}"] if at is not None else []


def _ends(one: Quantile, written: Callable[[float], str]) -> str:
    match one.low, one.high:
        case None, None:
            return "anywhere"
        case None, high if high is not None:
            return f"at most {written(high)}"
        case low, None if low is not None:
            return f"at least {written(low)}"
        case low, high:
            return f"{written(low or 0.0)}..{written(high or 0.0)}"


def _quantiles(
    tail: Tail,
    current: Histogram,
    baseline: Histogram | None,
    look: Look,
    slices: tuple[Sliced, Sliced] | None,
) -> tuple[Quantile | None, Quantile | None]:
    """Return where the quantile lies on both sides, as surely as this look must be."""
    bracket = quantile_bracket(baseline or current, tail.quantile)
    if slices is not None and bracket is not None:
        edge = next(one for one in reversed(bracket) if isfinite(one))
        look = replace(look, dispersion=dispersion(slices[0].above(edge), slices[1].above(edge)))
    spread = spread_of(look)
    sides = ((current, spread.current), (baseline or (), spread.baseline))
    at, at_base = (
        quantile_interval(hist, tail.quantile, look.each, worth, spread.dof)
        for hist, worth in sides
    )
    return at, at_base


def _against_baseline(
    tail: Tail,
    current: Histogram,
    baseline: Histogram,
    look: Look,
    slices: tuple[Sliced, Sliced] | None,
) -> MetricVerdict:
    if not sum(count for _, count in baseline):
        return _open(tail, "no_baseline", "nothing to compare with")
    edge = shared_edge(current, baseline, tail.quantile)
    if edge is None:
        return _open(tail, "not_comparable", "the two sides have no bucket edge in common there")
    beyond, beyond_base = exceeding(current, edge)[0], exceeding(baseline, edge)[0]
    if slices is not None:
        look = replace(look, dispersion=dispersion(slices[0].above(edge), slices[1].above(edge)))
    return judge_rate(
        f"{tail.name} above {tail.written(edge)}",
        beyond,
        beyond_base,
        margin=_margin(tail, beyond_base, look) if tail.margin is None else tail.margin,
        alpha=look,
        kind=tail.kind,
    )


def _margin(tail: Tail, base: Counts, look: Look) -> float:
    size = base.n / spread_of(look).baseline
    surely = score_interval(base.share, size, two_sided(ALPHA))[0]
    least = max(LEAST_MARGIN, (1 - tail.quantile) / _TWICE)
    return min(max(least, surely), MOST_MARGIN)


def shared_edge(current: Histogram, baseline: Histogram, quantile: float) -> float | None:
    """Return the common edge above which the baseline's share is nearest to 1 - quantile.

    An edge far above the quantile's bucket sees nothing, one below the median sees everything.
    """
    shared = {edge for edge, _ in current} & {edge for edge, _ in baseline} - {inf}
    bracket = quantile_bracket(baseline, quantile)
    highest = _TWICE * bracket[1] if bracket else inf
    counts = {edge: exceeding(baseline, edge)[0] for edge in shared if edge <= highest}
    seen = [edge for edge, beyond in counts.items() if beyond.share <= _HALF]
    return min(seen, key=lambda edge: (_off(counts[edge], 1 - quantile), -edge), default=None)


def _off(beyond: Counts, wanted: float) -> float:
    """How many times too large or small a share is, as a logarithm; none counts as half a one."""
    return abs(log(max(beyond.k, _HALF) / beyond.n / wanted))


def _against_limit(
    tail: Tail,
    current: Histogram,
    look: Look,
    at_most: float,
    slices: tuple[Sliced, Sliced] | None,
) -> MetricVerdict:
    if slices is not None:
        beside = dispersion_beside(slices[0].above(at_most), slices[1].above(at_most))
        look = replace(look, dispersion=beside)
    surely, possibly = (
        judge_share_limit(
            f"{tail.name} above {tail.written(at_most)}",
            counts,
            max_share=1 - tail.quantile,
            min_share=None,
            alpha=look,
            kind=tail.kind,
        )
        for counts in exceeding(current, at_most)
    )
    return bracketed(surely, possibly, f"{tail.written(at_most)} lies inside a bucket")


def _open(tail: Tail, reason: Reason, said: str) -> MetricVerdict:
    return MetricVerdict(
        name=tail.name,
        kind=tail.kind,
        verdict="inconclusive",
        reason=reason,
        said=f"{tail.name}: {said}",
    )
