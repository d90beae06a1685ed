"""Which of two answers to the same input a judge preferred: wins against losses, ties told apart.

Whoever judges, a model or a person, sees pairs, so that inputs that are hard weigh on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from mlrespond.judgment.beta import student_upper
from mlrespond.judgment.dispersion import Slices, dispersion_of
from mlrespond.judgment.look import Look
from mlrespond.judgment.proportion import Difference, binomial_tail, score_interval
from mlrespond.judgment.rate import LEAST_EVENTS, confidence, percent, points, waiting, weigh
from mlrespond.judgment.sample import more_needed
from mlrespond.judgment.watching import spread_of
from mlrespond.model.verdict import MetricVerdict

MARGIN: Final = 0.05
"""How far below one half the share of wins may be."""

UNREAD: Final = 0.05
"""Where more of a judge's words than this cannot be read, the others are no fair sample."""

_HALF: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """Pairs by who was preferred: the present answer, neither, or the one it is held against.

    `unread` counts verdicts in other words. `slices` have (losses, wins and losses).
    """

    wins: int
    ties: int
    losses: int
    unread: int = 0
    slices: Slices | None = None

    @property
    def decided(self) -> int:
        """Return how many pairs had a winner."""
        return self.wins + self.losses


def judge_preference(
    name: str, found: Preferences | None, *, margin: float | None, look: Look, calibrated: bool
) -> MetricVerdict:
    """Return whether present answers are preferred as often as those they are held against.

    A sign test: among pairs with a winner, losses are held against one half, by the score interval
    and by the exact binomial test (Dixon and Mood, JASA 41 (1946) 557); ties say nothing of who is
    better, and are told beside it. Pass needs the whole interval below one half and `margin`, fail
    an interval above one half, the margin reached and the exact test. `effect` is the share of
    losses less one half. Where the judge is not calibrated the verdict is marked estimated, and
    what would be a fail is inconclusive: a judge has tastes of its own.
    """
    verdict = MetricVerdict(
        name=name, kind="judge", verdict="inconclusive", reason="no_data", estimated=not calibrated
    )
    if found is None or not found.decided + found.ties + found.unread:
        return replace(verdict, said=f"{name}: no verdicts of a judge")
    read = found.decided + found.ties
    verdict = replace(verdict, n=read)
    if found.unread > UNREAD * (read + found.unread):
        said = f"{name}: {found.unread:,} of {read + found.unread:,} verdicts cannot be read"
        return replace(verdict, reason="error", said=said)
    if not found.decided:
        return replace(verdict, reason="too_few", said=f"{name}: all {found.ties:,} pairs are ties")
    return _weighed(verdict, found, MARGIN if margin is None else margin, look)


def _weighed(
    verdict: MetricVerdict, found: Preferences, margin: float, look: Look
) -> MetricVerdict:
    if found.slices is not None:
        look = replace(look, dispersion=dispersion_of(found.slices))
    spread = spread_of(look)
    size = found.decided / spread.current
    share = found.losses / found.decided
    low, high = score_interval(share, size, student_upper(look.each / 2, spread.dof))
    tail = binomial_tail(int(found.losses / spread.current), ceil(size), _HALF)
    proven = tail <= look.each / 2 and found.losses >= LEAST_EVENTS
    off = Difference(share - _HALF, low - _HALF, high - _HALF)
    word, reason = weigh(off, margin, proven=proven)
    more = None
    if word == "inconclusive":
        open_ = off.effect < margin
        gap, of = (margin - off.effect, share) if open_ else (off.effect, 1 - share)
        needed = more_needed(of, gap, int(size), None, look.each)
        more = None if needed is None else ceil(needed * spread.current)
        reason = "too_few" if more else reason
    said = (
        f"{verdict.name} {percent(1 - share)} of {found.decided:,} pairs with a winner won "
        f"({confidence(look.each)} interval {percent(1 - high)}..{percent(1 - low)}; margin "
        f"{points(margin)} below 50%; {found.ties:,} ties)"
    ) + (waiting(more) if word == "inconclusive" else "")
    if verdict.estimated:
        said += "; the judge is not calibrated"
        if word == "fail":
            word, said = "inconclusive", f"{said}, so that this alone is no fail"
    return replace(
        verdict,
        verdict=word,
        reason=reason,
        warn=reason == "worse_but_small",
        said=said,
        current=1 - share,
        baseline=_HALF,
        effect=off.effect,
        low=off.low,
        high=off.high,
        margin=margin,
        more_needed=more,
        dispersion=spread.current,
    )
