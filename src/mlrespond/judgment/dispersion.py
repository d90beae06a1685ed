"""How much less a request says than an independent one: requests come in bursts and spells.

Time is cut into slices, and what counts is how far their shares stray: a share of n requests is
then known as well as that of n / factor independent ones. Tests that take requests for
independent call four of ten quiet hours worse (docs/judgment.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from math import inf, isfinite, sqrt
from typing import Final, TypeAlias

from mlrespond.model.reading import Clusters

Pair: TypeAlias = tuple[float, float]
"""(events, all) of one slice of time."""

LEAST_SLICES: Final = 8
MANY: Final = 60
LEAST_MEAN: Final = 10.0
"""More than `MANY` slices are joined in twos while they hold fewer requests than this."""

_NOTHING: Final = 1e-9
_SURE: Final = 2.5
_MOST_DOUBT: Final = 0.9
_MOST_BIAS: Final = 4.0


@dataclass(frozen=True, slots=True)
class Slices:
    """Counts of equally long slices of time, oldest first; those without data are left out."""

    step_s: float
    counts: tuple[Pair, ...]

    @property
    def sound(self) -> bool:
        """Return whether these are counts of slices: no share above 1, nothing below 0."""
        return 0 < self.step_s < inf and all(
            isfinite(k) and isfinite(n) and 0 <= k <= n for k, n in self.counts
        )

    def coarser(self, times: int) -> Slices:
        """Return so many slices joined into one, from the newest on; the oldest may be left out."""
        first = len(self.counts) % times
        joined = tuple(
            (
                sum(k for k, _ in self.counts[at : at + times]),
                sum(n for _, n in self.counts[at : at + times]),
            )
            for at in range(first, len(self.counts), times)
        )
        return Slices(self.step_s * times, joined)

    def others(self) -> Slices:
        """Return the same with the events that are not among these."""
        return Slices(self.step_s, tuple((n - k, n) for k, n in self.counts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispersion:
    """By what each side's variance is larger than that of independent events, and how surely.

    `dof` are the degrees of freedom of that estimate. `spell` is how many slices long one
    independent stretch is. `rise` and `fall` are how far the baseline's own share went up and down
    in a stretch as long as the present.
    """

    current: float
    baseline: float
    dof: float
    spell: float = 1.0
    rise: float = 0.0
    fall: float = 0.0

    def at_least(self, current: float, baseline: float) -> Dispersion:
        """Return the larger of these factors and others, such as those of requests by one user."""
        return replace(
            self, current=max(self.current, current), baseline=max(self.baseline, baseline)
        )

    def mirrored(self) -> Dispersion:
        """Return the same of the events that are not among these."""
        return replace(self, rise=self.fall, fall=self.rise)


INDEPENDENT: Final = Dispersion(current=1.0, baseline=1.0, dof=inf)


def dispersion(
    current: Slices, baseline: Slices, *, variances: tuple[float, float] | None = None
) -> Dispersion | None:
    """Return the dispersion of both sides, or None if there are too few slices to tell.

    Slices hold events of all, or sums of values from 0 to 1 of all; then `variances` are those of
    one value on each side.

    The long-run variance of the slices' residuals (of the share as a ratio estimate), both sides
    pooled: the initial monotone sequence of Geyer, Statistical Science 7 (1992) 473, corrected for
    the mean that was taken out. Where one side alone strays surely more, it has its own factor.
    Degrees of freedom are those of a lag window (Priestley, Spectral Analysis and Time Series,
    6.2.4). A present that is short may lie in one spell, which no variance tells: so the baseline's
    largest swings over as long a stretch are told, too.
    """
    if not (current.sound and baseline.sound):
        return None
    now, before = _alike(current, baseline)
    known = variances or (None, None)
    sides = [residuals(one.counts, of) for one, of in zip((now, before), known, strict=True)]
    if max(map(len, sides)) < LEAST_SLICES:
        return None
    both = _long_run(sides)
    own = [_long_run([side]) if len(side) >= LEAST_SLICES else None for side in sides]
    spell = max(both.spell, own[1].spell if own[1] else 1.0)
    unsure = (both.dof + 2) / both.dof
    factors = [max(1.0, both.variance * unsure, one.surely if one else 0.0) for one in own]
    rise, fall = _swings(before.counts, len(sides[0]))
    return Dispersion(
        current=factors[0],
        baseline=factors[1],
        dof=both.dof,
        spell=spell,
        rise=rise,
        fall=fall,
    )


def _swings(counts: Sequence[Pair], length: int) -> tuple[float, float]:
    """Return how far above and below its mean a share was over any so long stretch."""
    sums = [(0.0, 0.0), *accumulate(counts, lambda one, two: (one[0] + two[0], one[1] + two[1]))]
    k, n = sums[-1]
    length = max(1, min(length, len(counts) // 2))
    shares = [
        (after[0] - before[0]) / (after[1] - before[1])
        for before, after in zip(sums, sums[length:], strict=False)
        if after[1] > before[1]
    ]
    if not shares or not n:
        return 0.0, 0.0
    return max(0.0, max(shares) - k / n), max(0.0, k / n - min(shares))


def dispersion_of(one: Slices) -> Dispersion | None:
    """Return the dispersion of one side alone, as `current`; None with too few slices."""
    return dispersion(one, Slices(one.step_s, ()))


def dispersion_beside(current: Slices, baseline: Slices) -> Dispersion | None:
    """Return the dispersion for a share that is held to a limit, and not to the baseline.

    How requests stray belongs to the traffic, whatever the share is: a present of some ten slices
    tells it with few degrees of freedom, and both sides together with many. Where a side has no
    event, it tells nothing of how they come, and the present has to tell it alone.
    """
    told = any(residuals(baseline.counts)) if baseline.sound else False
    return dispersion(current, baseline) if told else dispersion_of(current)


def residuals(counts: Sequence[Pair], variance: float | None = None) -> list[float]:
    """Return how far each slice strays from the common share, in deviations of independent events.

    Slices without requests are left out. Nothing strays where all or none are events. `variance`
    is that of one value, where these are no events.
    """
    asked = [(k, n) for k, n in counts if n > 0]
    total = sum(n for _, n in asked)
    share = sum(k for k, _ in asked) / total if total else 0.0
    spread = share * (1 - share) if variance is None else variance
    if spread <= 0:
        return [0.0] * len(asked)
    mean = total / len(asked)  # as a ratio estimate weighs: slices of more requests stray more
    return [(k - share * n) / sqrt(spread * mean) for k, n in asked]


@dataclass(frozen=True, slots=True)
class _LongRun:
    variance: float
    spell: float
    dof: float
    n: int

    @property
    def surely(self) -> float:
        """Return the variance less its own standard error."""
        return self.variance * (1 - min(_MOST_DOUBT, sqrt(2 / self.dof)))


def _long_run(parts: Sequence[Sequence[float]]) -> _LongRun:
    parts = [part for part in parts if len(part) > 1]
    n = sum(map(len, parts))
    if not n:
        return _LongRun(0.0, 1.0, 1.0, 0)
    longest = max(map(len, parts))
    plain = _covariance(parts, 0) / n
    if plain <= _NOTHING:
        return _LongRun(0.0, 1.0, max(1.0, n / 3 - 1), n)
    total, pairs, last = 0.0, 0, inf
    while 2 * pairs + 1 < longest // 2:
        pair = (_covariance(parts, 2 * pairs) + _covariance(parts, 2 * pairs + 1)) / n
        if pair <= 0:
            break
        last = min(pair, last)
        total += last
        pairs += 1
    variance = max(2 * total - plain, plain)
    spell = variance / plain
    corrected = variance * n / max(n - len(parts) * spell, n / _MOST_BIAS)
    return _LongRun(corrected, spell, max(1.0, n / (2 * max(pairs, 1) + 1) - 1), n)


def _covariance(parts: Sequence[Sequence[float]], lag: int) -> float:
    return sum(one * other for part in parts for one, other in zip(part, part[lag:], strict=False))


def _alike(current: Slices, baseline: Slices) -> tuple[Slices, Slices]:
    """Return both sides in slices of about the same length, and of a few requests each."""
    if not baseline.counts:
        return _filled(current), baseline
    times = _filled(baseline).step_s / baseline.step_s
    before = baseline.coarser(round(times))
    if before.step_s >= current.step_s:
        return current.coarser(max(1, round(before.step_s / current.step_s))), before
    return current, baseline.coarser(max(1, round(current.step_s / baseline.step_s)))


def _filled(one: Slices) -> Slices:
    while len(one.counts) > MANY and sum(n for _, n in one.counts) < LEAST_MEAN * len(one.counts):
        one = one.coarser(2)
    return one


def design_effect(clusters: Clusters | None) -> float:
    """Return by what users that differ raise the variance of a share; 1 where nothing is known.

    That of a ratio over clusters: Cochran, Sampling Techniques, 3rd ed., 6.4 and 9A.2.
    """
    if clusters is None or clusters.units < LEAST_SLICES or clusters.n <= 0:
        return 1.0
    share = clusters.k / clusters.n
    if not 0 < share < 1:
        return 1.0
    strays = clusters.kk - 2 * share * clusters.kn + share * share * clusters.nn
    units = clusters.units / (clusters.units - 1)
    return max(1.0, units * strays / (clusters.n * share * (1 - share)))


def dispersion_of_shares(*wholes: Sequence[Slices]) -> float:
    """Return by what the variance of several shares of the same requests is larger, on average.

    Each of `wholes` has shares of one whole, such as those of a histogram's bins: several of them
    count together, and one that alone strays surely more counts alone. 1 with too few slices to
    tell; a whole in which nothing happened, or always, tells nothing.
    """
    known = [told for one in wholes if (told := _told(one))]
    if not known:
        return 1.0
    together = _long_run([side for one in known for side in one])
    shares = sum(map(len, known)) / len(known)  # those of one whole tell the same story
    dof = max(1.0, together.dof / shares)
    alone = [_long_run(one) for one in known] if len(known) > 1 else []
    surely = (replace(one, dof=max(1.0, one.dof / shares)).surely for one in alone)
    return max(1.0, together.variance * (dof + 2) / dof, *surely)


def strays(one: Slices) -> bool:
    """Return whether a share surely strays more over its slices than independent requests would.

    Its variance is too large for chance, or neighbours are too alike; the estimate of how much
    more is far less sure than this. Errs in about 2 of 100, with 30 slices.
    """
    side = residuals(one.counts)
    if len(side) < LEAST_SLICES:
        return False
    variance, alike = (_covariance([side], lag) / len(side) for lag in (0, 1))
    error = _SURE / sqrt(len(side))
    return variance > 1 + sqrt(2) * error or alike > error * variance


def _told(whole: Sequence[Slices]) -> list[list[float]]:
    sides = [residuals(one.counts) for one in whole if one.sound]
    return [side for side in sides if len(side) >= LEAST_SLICES and any(side)]
