"""Whether a feature is distributed otherwise: by effect and chance both, never by chance alone.

With many rows everything differs significantly, and with few everything seems to. So fail needs a
large effect that chance does not bring, among all the features that were looked at; pass needs a
large effect to be ruled out. Rows come in spells: the baseline's slices of time, all features
together, say how many independent ones they are worth. Nulls are not looked at here: they have
a check of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from math import ceil, log, sqrt
from typing import Final

from mlrespond.judgment.chi_square import chi_square_tail, homogeneity
from mlrespond.judgment.discovery import discovered
from mlrespond.judgment.proportion import Difference, difference_at, two_sided
from mlrespond.judgment.rate import confidence, points, waiting
from mlrespond.judgment.worth import worths_of
from mlrespond.model.reading import FeatureProfile, FeatureSpec, Profile
from mlrespond.model.verdict import MetricVerdict, Reason

LEAST_ROWS: Final = 200
LEAST_WORTH: Final = 100
"""Independent rows, at least, that those of a side must be worth."""

LEAST_EXPECTED: Final = 5
ROWS_PER_CLASS: Final = 20

DISTANCE: Final = 0.2
SHARE: Final = 0.15
SMALL: Final = 0.5
"""Half of a margin is worth a warning."""

STABILITY: Final = 0.25
ASSOCIATION: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """Both sides counted by class, and what that says: p is null where nothing can be said."""

    verdict: MetricVerdict
    p: float | None = None
    large: bool = False


def judge_drift(
    current: Profile, baseline: Profile, features: Mapping[str, FeatureSpec], alpha: float
) -> tuple[MetricVerdict, ...]:
    """Return a verdict on each feature that may not drift and whose baseline was counted by bin.

    `drift:NAME`; `effect` is the largest difference of cumulative shares over a number's bins (the
    Kolmogorov-Smirnov distance, on them), or of shares over categories, as a share from 0 to 1,
    and `margin` is 0.2 or 0.15. `alpha` is that of this look. Fail needs chance to be ruled out
    among all these features (false discovery rate `alpha`, under any dependence), and the effect at
    its margin, or a population stability index of 0.25, what chance adds to it taken off, or a
    Cramér's V of 0.25. Pass needs every difference's interval (two-sided `alpha`) within the
    margin; all must hold, so none is corrected for the others. Rules: statistics.md 2.2 and 2.3.
    """
    worths = worths_of(current, baseline).values
    compared = [
        _compared(current.feature(name), before, alpha, worths[name])
        for name, spec in features.items()
        if spec.drift and (before := baseline.feature(name)) and _told(before)
    ]
    tested = [one.p for one in compared if one.p is not None]
    found = iter(discovered(tested, alpha))
    return tuple(
        one.verdict if one.p is None else _decided(one, surely=next(found)) for one in compared
    )


def _told(baseline: FeatureProfile) -> bool:
    """Whether there is something to say: classes, or that there is no value to compare with."""
    return bool(baseline.bins or baseline.categories) or baseline.values == 0


def _decided(one: _Compared, *, surely: bool) -> MetricVerdict:
    verdict = one.verdict
    assert verdict.effect is not None
    assert verdict.high is not None
    assert verdict.margin is not None
    chance = "not by chance" if surely else "which chance may bring"
    said = f"{verdict.said}, {chance}"
    if surely and one.large:
        return replace(verdict, verdict="fail", reason="worse", said=said)
    if verdict.high < verdict.margin and not one.large:
        small = surely and verdict.effect >= SMALL * verdict.margin
        reason: Reason = "worse_but_small" if small else "not_worse"
        return replace(verdict, verdict="pass", reason=reason, warn=small, said=said)
    more = verdict.n  # the interval of twice as many is narrower by a third
    said = said + waiting(more)
    return replace(verdict, reason="wide_interval", more_needed=more, said=said)


def _compared(
    current: FeatureProfile | None, baseline: FeatureProfile, alpha: float, worth: float
) -> _Compared:
    name = baseline.name
    verdict = MetricVerdict(
        name=f"drift:{name}",
        kind="input",
        verdict="inconclusive",
        reason="no_data",
        said=f"drift of {name}: no values",
        feature=name,
    )
    if not baseline.values:
        said = f"drift of {name}: the baseline has no value of the right type"
        return _Compared(verdict=replace(verdict, reason="no_baseline", said=said))
    counts = _classes(current, baseline) if current else None
    if counts is None:
        said = f"drift of {name}: it was not counted in the baseline's bins"
        return _Compared(verdict=replace(verdict, reason="not_comparable", said=said))
    n, m = sum(counts[0]), sum(counts[1])
    verdict = replace(verdict, n=n, n_base=m)
    if not n or not m:
        return _Compared(verdict=verdict if m else replace(verdict, reason="no_baseline"))
    if min(n, m) < LEAST_ROWS or min(n, m) / worth < LEAST_WORTH:
        return _Compared(verdict=_too_few(verdict, worth))
    return _tested(verdict, counts, worth, alpha, number=baseline.type == "number")


def _tested(
    verdict: MetricVerdict,
    counts: tuple[Sequence[int], Sequence[int]],
    worth: float,
    alpha: float,
    *,
    number: bool,
) -> _Compared:
    now, before = _pooled(*counts, worth)
    size, size_base = verdict.n / worth, verdict.n_base / worth
    statistic = homogeneity(now, before) / worth
    degrees = len(now) - 1
    p = chi_square_tail(statistic, degrees) if degrees else 1.0
    shares = _cumulated(counts) if number else _shares((now, before))
    z = two_sided(alpha)
    found = [_absolute(difference_at(one, size, other, size_base, z)) for one, other in shares]
    effect = max(found, key=lambda one: one.effect)
    margin = DISTANCE if number else SHARE
    further = (
        _stability(now, before, worth)
        if number
        else _association(statistic, degrees, verdict, worth)
    )
    large = effect.effect >= margin or further >= (STABILITY if number else ASSOCIATION)
    what = "cumulative share" if number else "share of a category"
    index = f"stability index {further:.2g}" if number else f"V {further:.2g}"
    said = (
        f"drift of {verdict.feature}: a {what} {points(effect.effect)} points off "
        f"({confidence(alpha)} interval {points(effect.low)}..{points(effect.high)}; "
        f"margin {points(margin)}), {index}, of {verdict.n:,} against {verdict.n_base:,}"
    )
    verdict = replace(
        verdict,
        said=said,
        effect=effect.effect,
        low=effect.low,
        high=max(one.high for one in found),
        margin=margin,
        dispersion=worth,
    )
    return _Compared(verdict=verdict, p=p, large=large)


def _too_few(verdict: MetricVerdict, worth: float) -> MetricVerdict:
    needed = max(LEAST_ROWS, ceil(LEAST_WORTH * worth))
    more = needed - verdict.n if verdict.n_base >= needed else None
    more = more if more is None or more > 0 else None
    said = f"{verdict.said.partition(':')[0]}: {verdict.n:,} values against {verdict.n_base:,}"
    return replace(verdict, reason="too_few", more_needed=more, said=said + waiting(more))


def _classes(
    current: FeatureProfile, baseline: FeatureProfile
) -> tuple[Sequence[int], Sequence[int]] | None:
    """Return both sides' counts, class by class; None where they were not counted alike."""
    if baseline.type != current.type:
        return None
    if baseline.type == "category":
        names = list(dict.fromkeys([*baseline.categories, *current.categories]))
        sides = (current, baseline)
        now, before = ([one.categories.get(name, 0) for name in names] for one in sides)
        rest = [max(0, one.values - sum(one.categories.values())) for one in sides]
        return [*now, rest[0]], [*before, rest[1]]
    if current.values and (current.edges != baseline.edges or not current.bins):
        return None
    return current.bins or [0] * len(baseline.bins), baseline.bins


def _pooled(
    now: Sequence[int], before: Sequence[int], worth: float
) -> tuple[Sequence[int], Sequence[int]]:
    """Join the rarest classes: none is expected less than 5 times, and 20 rows are due to each."""
    n, m = sum(now), sum(before)
    rare = min(n, m) / (n + m) / worth
    most = max(2, int(min(n, m) / worth / ROWS_PER_CLASS))
    pairs = sorted(zip(now, before, strict=True), key=sum, reverse=True)
    kept = [one for at, one in enumerate(pairs) if sum(one) * rare >= LEAST_EXPECTED and at < most]
    rest = pairs[len(kept) :]
    if rest:
        kept.append((sum(one for one, _ in rest), sum(other for _, other in rest)))
    return [one for one, _ in kept], [other for _, other in kept]


def _cumulated(counts: tuple[Sequence[int], Sequence[int]]) -> list[tuple[float, float]]:
    now, before = (list(accumulate(one)) for one in counts)
    return [(one / now[-1], other / before[-1]) for one, other in zip(now, before, strict=True)]


def _shares(counts: tuple[Sequence[int], Sequence[int]]) -> list[tuple[float, float]]:
    n, m = map(sum, counts)
    return [(one / n, other / m) for one, other in zip(*counts, strict=True)]


def _absolute(found: Difference) -> Difference:
    """Return a difference as how far apart: up or down is both drift."""
    other = found if found.effect >= 0 else found.mirrored()
    return Difference(other.effect, max(0.0, other.low), max(other.high, -other.low))


def _stability(now: Sequence[int], before: Sequence[int], worth: float) -> float:
    """Return the population stability index less what chance alone adds to it.

    Expected under no change: (classes - 1)(1/n + 1/m) (Yurdakul, Western Michigan University
    dissertations 3208 (2018)).
    """
    n, m = sum(now) + len(now) / 2, sum(before) + len(now) / 2
    shares = [((one + 0.5) / n, (other + 0.5) / m) for one, other in zip(now, before, strict=True)]
    index = sum((one - other) * log(one / other) for one, other in shares)
    return index - worth * (len(now) - 1) * (1 / n + 1 / m)


def _association(statistic: float, degrees: int, verdict: MetricVerdict, worth: float) -> float:
    """Return Cramér's V of side and class, its bias taken off.

    Bergsma, Journal of the Korean Statistical Society 42 (2013) 323. Sides of unequal size make
    it small; so it is that of two sides as large as the smaller one.
    """
    n, m = verdict.n / worth, verdict.n_base / worth
    balance = (n + m) ** 2 / (4 * n * m)
    squared = statistic / (n + m) - degrees / (n + m - 1)
    return sqrt(max(0.0, squared * balance))
