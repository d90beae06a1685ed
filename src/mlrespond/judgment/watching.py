"""What a look at a share makes of those before it: how sure it must be, and what it leaves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from mlrespond.judgment.beta import student_upper
from mlrespond.judgment.dispersion import (
    INDEPENDENT,
    LEAST_SLICES,
    Dispersion,
    Slices,
    dispersion_of,
)
from mlrespond.judgment.look import Look
from mlrespond.judgment.proportion import Difference, difference_at, exact_tail
from mlrespond.judgment.sequence import FEW, alpha_at, log_e_worse, needed
from mlrespond.model.verdict import Watch

MOST_GAINS: Final = 120
"""Even; beyond it the gains of looks are joined in twos."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A look's difference of shares, whether it is proven, and all that it rests on."""

    found: Difference
    proven: bool
    alpha: float
    spread: Dispersion
    watch: Watch

    @property
    def known(self) -> bool:
        """Return whether bursts were looked for, and not merely taken for absent."""
        return self.spread is not INDEPENDENT


def spread_of(look: Look) -> Dispersion:
    """Return the dispersion that is given, or else the one that the looks' own gains show."""
    if look.dispersion is not None:
        return look.dispersion
    gains = look.watch.gains if look.watch else ()
    if len(gains) < LEAST_SLICES:
        return INDEPENDENT
    found = dispersion_of(Slices(1.0, gains))
    return INDEPENDENT.at_least(found.current, found.current) if found else INDEPENDENT


def weighed(look: Look, k: int, n: int, k_base: int, n_base: int) -> Weighed:
    """Return what `k` bad events of `n` say at this look, against `k_base` of `n_base`.

    Both sides count as fewer requests, by their dispersion; where that is estimated, t takes the
    place of z. Proof is Fisher's exact test at this look's error rate, and beyond `FEW` looks an
    exact e-process, whose best look counts.
    """
    spread = spread_of(look)
    size, size_base = n / spread.current, n_base / spread.baseline
    alpha, first = alpha_at(look, size)
    z = student_upper(alpha / 2, spread.dof)
    found = _widened(difference_at(k / n, size, k_base / n_base, size_base, z), spread)
    watch = replace(watched(look.watch, k, n), information=first)
    if look.at_most > FEW:
        side = look.alpha / 2
        log_e = log_e_worse(k / spread.current, size, k_base / n_base, size_base, side)
        watch = replace(watch, log_e=max(watch.log_e, log_e))
        return Weighed(found, watch.log_e >= needed(side), alpha, spread, watch)
    tail = exact_tail(
        int(k / spread.current),
        ceil(size),
        ceil(k_base / spread.baseline),
        max(ceil(k_base / spread.baseline), int(size_base)),
    )
    return Weighed(found, tail <= alpha / 2, alpha, spread, watch)


def _widened(found: Difference, spread: Dispersion) -> Difference:
    """Return a difference no surer than the baseline's own swings over a stretch as long."""
    low = min(found.low, found.effect - spread.rise)
    return Difference(found.effect, low, max(found.high, found.effect + spread.fall))


def watched(watch: Watch | None, k: int, n: int) -> Watch:
    """Return the watch with what this look added; counts that fell back add nothing."""
    before = watch or Watch()
    gain = n - before.seen
    if gain <= 0:
        return before
    gains = (*before.gains, (min(gain, max(0, k - before.events)), gain))
    if len(gains) > MOST_GAINS:
        *rest, newest = gains
        pairs = zip(rest[::2], rest[1::2], strict=True)
        gains = (*((one + two, of + more) for (one, of), (two, more) in pairs), newest)
    return replace(before, events=k, seen=n, gains=gains)
