"""Whether a number changed its unit: median and quartile range both moved as a conversion would.

Drift measures take a changed unit for a changed world. Unit changes: failure-modes.md 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil, inf, isfinite, log, sqrt
from typing import Final

from mlrespond.judgment.proportion import two_sided
from mlrespond.judgment.rate import Counts, waiting
from mlrespond.judgment.worth import SHORT
from mlrespond.model.reading import FeatureProfile
from mlrespond.model.verdict import MetricVerdict, Reason
from mlrespond.model.word import VerdictWord

LEAST_NUMBERS: Final = 30
LEAST_WORTH: Final = 20
"""So many independent rows, at least, those of a side must be worth."""

LEAST_WORTH_LARGE: Final = 6
"""So many for a conversion by a large factor: six spells beyond all of six are no chance."""

FEW_VALUES: Final = 20
"""With so few different values the quartiles jump; only conversions by a large factor show."""

LARGE: Final = 5.0
SPREAD_ERROR: Final = (0.75, 0.55)
"""Standard error of a quartile range, relative, times the root of n: a + b * skew, where skew is
the larger half of the range over the smaller. Fitted to the large-sample formula (David and
Nagaraja, Order Statistics, 10.3): 1.17 normal, 1.49 exponential, 1.74 and 2.86 lognormal with
sigma 1 and 2."""

MOST_SKEW: Final = 4.0
MEDIAN_ERROR: Final = 1.0
"""Standard error of a median in quartile ranges, times the root of n: 0.93 normal, 1 uniform."""

SPREAD_SLACK: Final = 0.05
MEDIAN_SLACK: Final = 0.02
"""Slack for conversions that round, and for the small drift of every live feature."""

FAR: Final = 10.0

LARGE_SLACK: Final = 0.25
"""Slack, for both, of a conversion by a large factor: drift of a quarter does not hide that."""

UNKNOWN_FEW: Final = 60
"""With so few different values (hours, days, minutes) no unknown unit is looked for."""

TOGETHER: Final = 0.5
"""How far apart, as a logarithm, median and spread may have moved by one unknown factor."""

CLOSE: Final = 2.0
"""How many standard errors off a conversion may be to be named: honest drift seldom is as near."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """A change of unit: new = factor * old + shift."""

    old: str
    new: str
    factor: float
    shift: float = 0.0

    @property
    def back(self) -> Conversion:
        """Return the change the other way."""
        return Conversion(self.new, self.old, 1 / self.factor, -self.shift / self.factor)

    def __str__(self) -> str:
        shift = f" {self.shift:+.4g}" if self.shift else ""
        return f"{self.new} instead of {self.old} (x{self.factor:.4g}{shift})"


SAME: Final = Conversion("before", "before", 1.0)
CONVERSIONS: Final = (
    Conversion("units", "hundredths", 100),
    Conversion("units", "thousandths", 1000),
    Conversion("units", "millionths", 1_000_000),
    Conversion("minutes", "seconds", 60),
    Conversion("hours", "seconds", 3600),
    Conversion("inches", "centimetres", 2.54),
    Conversion("pounds", "kilograms", 0.45359237),
    Conversion("miles", "kilometres", 1.609344),
    Conversion("feet", "metres", 0.3048),
    Conversion("°C", "°F", 1.8, 32),
    Conversion("°C", "K", 1.0, 273.15),
)


@dataclass(frozen=True, slots=True)
class _Numbers:
    n: float
    median: float
    spread: float
    skew: float


def judge_unit(
    feature: str,
    current: FeatureProfile | None,
    baseline: FeatureProfile | None,
    alpha: float,
    *,
    worth: float = 1.0,
) -> MetricVerdict:
    """Return whether a number's unit changed: fail if median and quartiles moved as a unit would.

    Pass if they lie where chance puts them from the baseline and from no conversion of it, or
    moved as no unit would; inconclusive if both are possible, if the spread changed 5-fold without
    a unit that explains it, or with fewer than 30 numbers on a side. `alpha` is two-sided, for
    chance: fail needs the baseline's unit ruled out at it, and a conversion that comes close.
    `worth` is how many rows say as much as an independent one (`judgment.worth`). Against fewer
    than 120 rows, or of rows that are worth fewer than 20, only a factor of ten is told from a
    spell.
    """
    verdict = MetricVerdict(
        name=f"unit:{feature}",
        kind="input",
        verdict="inconclusive",
        reason="no_data",
        said=f"unit of {feature}: no numbers",
        feature=feature,
    )
    now, before = _numbers(current), _numbers(baseline)
    if now is None:
        return verdict
    verdict = replace(verdict, current=now.median, n=int(now.n))
    if before is None:
        return replace(verdict, reason="no_baseline", said=f"unit of {feature}: no baseline")
    verdict = replace(verdict, baseline=before.median, n_base=int(before.n))
    rows = min(now.n, before.n)
    if rows < max(LEAST_NUMBERS, LEAST_WORTH_LARGE * worth):
        return _too_few(verdict, max(LEAST_NUMBERS, ceil(LEAST_WORTH * worth)))
    now, before = replace(now, n=now.n / worth), replace(before, n=before.n / worth)
    z = two_sided(alpha)
    few = any(0 < one.distinct <= FEW_VALUES for one in (current, baseline) if one)
    others = [one for one in _conversions(before, few=few) if _fits(one, now, before, z)]
    others.sort(key=lambda one: _stretch(now.spread, one.factor * before.spread))
    near = [one for one in others if _fits(one, now, before, CLOSE)]
    word, reason, said = _unit(
        now,
        before,
        near,
        others,
        same=_fits(SAME, now, before, z),
        few=any(0 < one.distinct <= UNKNOWN_FEW for one in (current, baseline) if one),
    )
    if rows < LEAST_WORTH * worth and word != "fail":
        return _too_few(verdict, ceil(LEAST_WORTH * worth))
    if (
        word == "fail"
        and (verdict.n_base < SHORT or rows < LEAST_WORTH * worth)
        and not _far(now, before)
    ):
        word, reason, said = "inconclusive", "too_few", f"{said}, or one spell of rows does"
    said = f"{feature} {said}: median {now.median:.4g} against {before.median:.4g}"
    return replace(verdict, verdict=word, reason=reason, said=said)


def _too_few(verdict: MetricVerdict, needed: int) -> MetricVerdict:
    assert verdict.n_base is not None
    more = max(1, needed - verdict.n) if verdict.n_base >= needed else None
    said = f"unit of {verdict.feature}: {verdict.n} numbers against {verdict.n_base}{waiting(more)}"
    return replace(verdict, reason="too_few", more_needed=more, said=said)


def _far(now: _Numbers, before: _Numbers) -> bool:
    """Whether median and spread both are farther off than a spell puts them: ten times or more."""
    ratio = _ratio(now.median, before.median)
    moved = inf if ratio is None else abs(log(ratio))
    return min(moved, _stretch(now.spread, before.spread)) >= log(FAR)


def _unit(
    now: _Numbers,
    before: _Numbers,
    near: list[Conversion],
    others: list[Conversion],
    *,
    same: bool,
    few: bool,
) -> tuple[VerdictWord, Reason, str]:
    if near and not same:
        return "fail", "worse", f"looks like {near[0]}"
    if others:
        doubt = "may be as before, or" if same else "moved, and may be"
        return "inconclusive", "wide_interval", f"{doubt} {others[0]}"
    if same:
        return "pass", "not_worse", "has the same unit"
    scale = _scale(now, before)
    if scale and not few:
        return "fail", "worse", f"looks x{scale:.3g}, by no unit known"
    if _stretch(now.spread, before.spread) >= log(LARGE) and not (few and _alike(now, before)):
        return "inconclusive", "not_comparable", "is spread otherwise, by no unit known"
    return "pass", "not_worse", "moved, but not as a unit would"


def _scale(now: _Numbers, before: _Numbers) -> float | None:
    """Return the factor by which median and spread moved together, if it is a large one."""
    ratio, spread = _ratio(now.median, before.median), _ratio(now.spread, before.spread)
    if ratio is None or spread is None or abs(log(ratio) - log(spread)) > TOGETHER:
        return None
    return ratio if min(abs(log(ratio)), abs(log(spread))) >= log(LARGE) else None


def _alike(now: _Numbers, before: _Numbers) -> bool:
    """Whether a spread of nought on one side is but ties: values so close jump by whole steps.

    An hour of the day, say: all of one hour now, two hours before. The medians are no farther
    apart than the one spread that there is, and that is no larger than the values themselves.
    """
    spread = max(now.spread, before.spread)
    near = abs(now.median - before.median) <= spread
    largest = max(abs(now.median), abs(before.median))
    return min(now.spread, before.spread) == 0 and near and spread <= largest


def _ratio(one: float, other: float) -> float | None:
    if 0 in (one, other) or (one > 0) != (other > 0):
        return None
    found = one / other
    return found if 0 < found < inf else None


def _conversions(before: _Numbers, *, few: bool) -> Iterator[Conversion]:
    for there in CONVERSIONS:
        for one in (there, there.back):
            large = abs(log(one.factor)) >= log(LARGE)
            told = one.shift or before.median or before.spread
            if told and (large or not few):
                yield one


def _numbers(profile: FeatureProfile | None) -> _Numbers | None:
    if profile is None:
        return None
    low, median, high = profile.low_quartile, profile.median, profile.high_quartile
    n = profile.n - profile.nulls - profile.mismatched
    if low is None or median is None or high is None or not Counts(0, n).possible or n == 0:
        return None
    if not all(isfinite(one) for one in (low, median, high)) or not low <= median <= high:
        return None
    halves = sorted((high - median, median - low))
    skew = halves[1] / halves[0] if halves[0] > 0 else MOST_SKEW
    return _Numbers(n, median, high - low, min(skew, MOST_SKEW))


def _fits(conversion: Conversion, now: _Numbers, before: _Numbers, z: float) -> bool:
    """Whether chance and rounding suffice to take the converted baseline to the present."""
    spread = conversion.factor * before.spread
    median = conversion.factor * before.median + conversion.shift
    chance = z * sqrt(1 / now.n + 1 / before.n)
    error = SPREAD_ERROR[0] + SPREAD_ERROR[1] * max(now.skew, before.skew)
    large = abs(log(conversion.factor)) >= log(LARGE)
    if _stretch(now.spread, spread) > (LARGE_SLACK if large else SPREAD_SLACK) + error * chance:
        return False
    chance = z * sqrt(now.spread**2 / now.n + spread**2 / before.n)
    slack = LARGE_SLACK if large else MEDIAN_SLACK
    return abs(now.median - median) <= slack * abs(median) + MEDIAN_ERROR * chance


def _stretch(spread: float, other: float) -> float:
    """How far apart two spreads are, as the logarithm of their ratio."""
    if spread == other:
        return 0.0
    return abs(log(spread) - log(other)) if spread > 0 and other > 0 else inf
