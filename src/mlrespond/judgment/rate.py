"""A share of events against the baseline's: as good, worse, or not known yet.

Pass is shown (not worse than the margin), never the mere absence of a significant difference.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, floor, isclose, log10
from typing import Final, Literal

from mlrespond.judgment.look import ALPHA, Look
from mlrespond.judgment.proportion import Difference, score_interval, two_sided
from mlrespond.judgment.sample import more_needed
from mlrespond.judgment.watching import Weighed, spread_of, weighed
from mlrespond.model.verdict import MetricKind, MetricVerdict, Reason
from mlrespond.model.word import VerdictWord

LEAST_MARGIN: Final = 0.01
WORSE_BY: Final = 0.5
TOLD_FROM: Final = 1.1
FEW_DEGREES: Final = 8.0
LEAST_EVENTS: Final = 3
"""A fail never rests on one or two requests, however rare their like was before."""


@dataclass(frozen=True, slots=True)
class Counts:
    """`k` events (bad ones, mostly) of `n`."""

    k: int
    n: int

    @property
    def possible(self) -> bool:
        """Return whether these are counts at all: whole, and no more events than there are."""
        whole = isinstance(self.k, int) and isinstance(self.n, int)
        return whole and 0 <= self.k <= self.n

    @property
    def counted(self) -> bool:
        """Return whether there is a share to speak of: possible counts, of something."""
        return self.possible and self.n > 0

    @property
    def share(self) -> float:
        """Return k of n. Raises ZeroDivisionError where nothing was counted."""
        return self.k / self.n

    @property
    def others(self) -> Counts:
        """Return those of n that are not among the k."""
        return Counts(self.n - self.k, self.n)


def default_margin(baseline: Counts, least: float = LEAST_MARGIN, dispersion: float = 1.0) -> float:
    """Return how much worse a share may be: `least`, or half of what the baseline surely has.

    "Surely" is its lower 95% limit. Half of the observed share would be a margin that grows with
    the baseline's luck: against a baseline of 500, "pass" would err 9% of the time, not 2.5%.
    """
    surely = score_interval(baseline.share, baseline.n / dispersion, two_sided(ALPHA))[0]
    return max(least, WORSE_BY * surely)


def judge_rate(
    name: str,
    current: Counts | None,
    baseline: Counts | None,
    *,
    margin: float | None,
    alpha: float | Look,
    kind: MetricKind = "ratio",
    worse: Literal["higher", "lower"] = "higher",
    feature: str | None = None,
) -> MetricVerdict:
    """Return whether a share is as good as the baseline's, within `margin`, at this look.

    `alpha` is two-sided, for one look (`alpha_per_look`), or a `Look` among several, which knows
    those before it and how requests stray over time; the verdict's `watch` is for the next look.
    Fail needs the interval above 0, the difference at the margin or beyond, an exact proof and
    three events; pass needs the whole interval below the margin; all else, and missing or
    impossible counts, is inconclusive. Rules: statistics.md 2.1.
    """
    look = alpha if isinstance(alpha, Look) else Look(alpha=alpha)
    if current is None or baseline is None or not (current.counted and baseline.counted):
        return replace(_unjudged(name, kind, feature, current, baseline), watch=look.watch)
    bad, bad_base = (current, baseline) if worse == "higher" else (current.others, baseline.others)
    if margin is None:
        margin = default_margin(bad_base, dispersion=spread_of(look).baseline)
    at = weighed(look, bad.k, bad.n, bad_base.k, bad_base.n)
    verdict, reason = weigh(at.found, margin, proven=at.proven and bad.k >= LEAST_EVENTS)
    more = None
    if verdict == "inconclusive":
        reason, more = _still_needed(bad, bad_base, at, margin)
    seen = at.found if worse == "higher" else at.found.mirrored()
    told = f"{interval(seen, at.alpha)}; margin {points(margin)}{_bursts(at)}"
    return MetricVerdict(
        name=name,
        kind=kind,
        verdict=verdict,
        reason=reason,
        said=f"{name} {_shares(current, baseline)} ({told})"
        + (waiting(more) if verdict == "inconclusive" else ""),
        warn=reason == "worse_but_small",
        current=current.share,
        baseline=baseline.share,
        effect=at.found.effect,
        low=at.found.low,
        high=at.found.high,
        margin=margin,
        n=current.n,
        n_base=baseline.n,
        more_needed=more,
        dispersion=at.spread.current if at.known else None,
        feature=feature,
        watch=at.watch if look.at_most > 1 else None,
    )


def weigh(found: Difference, margin: float, *, proven: bool = True) -> tuple[VerdictWord, Reason]:
    """Return what a difference with its interval says against a margin.

    `proven` is whether something surer than the interval agrees that it is worse: fail needs it.
    """
    if found.high < margin:
        better: Reason = "better" if found.high < 0 else "not_worse"
        return "pass", "worse_but_small" if found.low > 0 else better
    large = found.effect >= margin or isclose(found.effect, margin)
    if found.low > 0 and large and proven:
        return "fail", "worse"
    return "inconclusive", "wide_interval"


def _unjudged(
    name: str,
    kind: MetricKind,
    feature: str | None,
    current: Counts | None,
    baseline: Counts | None,
) -> MetricVerdict:
    verdict = MetricVerdict(
        name=name,
        kind=kind,
        verdict="inconclusive",
        reason="no_baseline",
        said=f"{name}: nothing to compare with",
        feature=feature,
    )
    for counts in (current, baseline):
        if counts is not None and not counts.possible:
            said = f"{name}: {counts.k} of {counts.n} cannot have been counted"
            return replace(verdict, reason="error", said=said)
    verdict = replace(verdict, n=current.n if current else 0, n_base=baseline.n if baseline else 0)
    if not verdict.n:
        return replace(verdict, reason="no_data", said=f"{name}: no data")
    return verdict


def _still_needed(
    bad: Counts, base: Counts, at: Weighed, margin: float
) -> tuple[Reason, int | None]:
    """Too few to show even that nothing changed; or enough for that, but it lies in between."""
    share, found = (bad.k + base.k) / (bad.n + base.n), at.found
    more = _more(share, margin, bad, base, at)
    if more != 0:
        return "too_few", more
    if found.effect < margin:
        more = _more(bad.share, margin - found.effect, bad, base, at)
    else:
        more = _more(1 - bad.share, found.effect, bad, base, at)
    if at.spread.dof < FEW_DEGREES:
        return "too_few", more or bad.n
    return "wide_interval", bad.n if more == 0 else more


def _more(share: float, margin: float, bad: Counts, base: Counts, at: Weighed) -> int | None:
    """Return how many more of requests that come in bursts are worth the independent ones."""
    worth = at.spread.current
    size, size_base = int(bad.n / worth), max(1, int(base.n / at.spread.baseline))
    more = more_needed(share, margin, size, size_base, at.alpha)
    return None if more is None else ceil(more * worth)


def _bursts(at: Weighed) -> str:
    worth = at.spread.current
    return f"; bursts make its variance x{worth:.2g}" if worth > TOLD_FROM else ""


def _shares(current: Counts, baseline: Counts) -> str:
    return " against ".join(f"{percent(one.share)} of {one.n:,}" for one in (current, baseline))


def percent(share: float) -> str:
    """Return `4.1%`; below 1% and above 99% two digits of what is left: `0.25%`, `99.96%`."""
    return _trimmed(100 * share, _decimals(100 * min(share, 1 - share))) + "%"


def points(difference: float) -> str:
    """Return a difference of shares in percentage points, without a sign: `3.2`, `0.04`."""
    return _trimmed(abs(100 * difference), _decimals(abs(100 * difference)))


def interval(found: Difference, alpha: float) -> str:
    """Return `+3.2 points, 95% interval +1.8..+4.9`, as exact as the interval is narrow."""
    decimals = _decimals(100 * (found.high - found.low))
    effect, low, high = (
        f"{100 * one:+z.{decimals}f}" for one in (found.effect, found.low, found.high)
    )
    return f"{effect} points, {confidence(alpha)} interval {low}..{high}"


def confidence(alpha: float) -> str:
    """Return `95%` for an alpha of 0.05; it is never 100."""
    told = f"{100 * (1 - alpha):.4g}"
    return f"{told}%" if told != "100" else f"{100 - float(f'{100 * alpha:.1g}'):.12g}%"


def waiting(more: int | None) -> str:
    """Return the end of a sentence that says how many more are needed, in round figures."""
    if more is None:
        return "; more of the same will not decide it"
    step = 10 ** max(0, len(str(more)) - 3)
    return f"; about {-(-more // step) * step:,} more needed"


def _decimals(value: float) -> int:
    """How many it takes to show two digits of what is below 1; one above that."""
    return 1 - floor(log10(value)) if 0 < value < 1 else 1


def _trimmed(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals > 1 else text
