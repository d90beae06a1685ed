"""How often a comparison errs that looks twenty times, on traffic of different kinds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from math import sqrt
from multiprocessing import get_context
from random import Random
from statistics import NormalDist, median
from typing import Final

from tests.benchmarks.heading import heading, rows
from tests.benchmarks.traffic_kinds import HARDER, KINDS, STEP_S, Pairs

from mlrespond.judgment.dispersion import Slices, dispersion
from mlrespond.judgment.look import Look
from mlrespond.judgment.rate import Counts, judge_rate
from mlrespond.model.verdict import Watch

LOOKS: Final = 20
SLICES: Final = 60
SHARE: Final = 0.05
MARGIN: Final = 0.02
SIZES: Final = (50, 500, 5000)
RUNS: Final = 250
FALSE_ALARM: Final = 0.05
FALSE_RECOVERY: Final = 0.025

_Z = NormalDist().inv_cdf(0.975)
_COLUMNS = (
    *("traffic", "requests a side", "false alarm", "z test at 0.05", "alpha / 20, independent"),
    *("recovered, though worse by the margin", "not significant at look 20", "alpha / 20, too"),
    *("5% to 10% found", "median look", "unchanged passes"),
)


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of traffic, requests a side, and how much larger the share of bad ones is now."""

    kind: str
    n: int
    worse: float = 0.0
    share: float = SHARE
    margin: float | None = MARGIN
    looks: int = LOOKS


@dataclass(frozen=True, slots=True)
class Ran:
    """What a comparison came to, and at which look; and what plainer rules made of the same."""

    told: str
    look: int
    peeked: bool
    alone: str
    significant: bool


@dataclass(frozen=True, slots=True)
class Erred:
    """How often, of so many runs."""

    fails: float
    passes: float
    peeked: float
    alone_fails: float
    alone_passes: float
    insignificant: float
    look: float | None


def simulated(case: Case, runs: int = RUNS, seed: int = 1) -> Erred:
    """Return how often a case errs; a comparison stops once it is decided."""
    rng = Random(f"{seed} {case}")  # noqa: S311  # a simulation that repeats, no secret
    found = [_run(case, rng) for _ in range(runs)]
    looks = [one.look for one in found if one.told == "fail"]
    return Erred(
        fails=sum(one.told == "fail" for one in found) / runs,
        passes=sum(one.told == "pass" for one in found) / runs,
        peeked=sum(one.peeked for one in found) / runs,
        alone_fails=sum(one.alone == "fail" for one in found) / runs,
        alone_passes=sum(one.alone == "pass" for one in found) / runs,
        insignificant=sum(not one.significant for one in found) / runs,
        look=median(looks) if looks else None,
    )


def _run(case: Case, rng: Random) -> Ran:
    past = drawn(case.kind, rng, case.n, case.share)
    now = drawn(case.kind, rng, case.n, case.share + case.worse)
    base = summed(past)
    watch: Watch | None = None
    told, alone, at, seen = "inconclusive", "inconclusive", 0, []
    for look in range(1, case.looks + 1):
        slices = now[: SLICES * look // case.looks]
        current = summed(slices)
        if not current.n:
            continue
        seen.append(_significant(current, base))
        if told == "inconclusive":
            stray = dispersion(Slices(STEP_S, tuple(slices)), Slices(STEP_S, tuple(past)))
            how = Look(at_most=case.looks, watch=watch, dispersion=stray)
            verdict = judge_rate("errors", current, base, margin=case.margin, alpha=how)
            told, watch, at = verdict.verdict, verdict.watch, look
        if alone == "inconclusive":
            how = Look(at_most=case.looks)
            alone = judge_rate("errors", current, base, margin=case.margin, alpha=how).verdict
    return Ran(told, at, any(seen), alone, seen[-1])


def drawn(kind: str, rng: Random, n: int, share: float) -> Pairs:
    """Return `n` requests in slices, of which that share is bad."""
    return {**KINDS, **HARDER}[kind](rng, SLICES, n / SLICES, share)


def summed(slices: Sequence[tuple[int, int]]) -> Counts:
    """Return the counts of all slices together."""
    return Counts(sum(k for k, _ in slices), sum(n for _, n in slices))


def _significant(current: Counts, base: Counts) -> bool:
    """Return what the textbook z test says at 0.05, two-sided."""
    pooled = (current.k + base.k) / (current.n + base.n)
    if not 0 < pooled < 1:
        return False
    spread = sqrt(pooled * (1 - pooled) * (1 / current.n + 1 / base.n))
    return abs(current.share - base.share) / spread > _Z


def table(runs: int = RUNS) -> str:
    """Simulate all kinds of traffic, and return the table."""
    cells = [(kind, n) for kind in (*KINDS, *HARDER) for n in SIZES]
    title = heading(f"Twenty looks at a share: {runs:,} runs of each cell")
    about = (
        f"{SHARE:.0%} of requests are bad, the margin is {MARGIN:.0%}, both sides have as many "
        f"requests in {SLICES} slices, and a comparison stops once it is decided.\n"
        f"Goals: false alarm at most {FALSE_ALARM}, recovered at most {FALSE_RECOVERY}.\n\n"
    )
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        lines = list(pool.map(partial(_line, runs), cells))
    return f"{title}\n{about}{rows(_COLUMNS, lines)}"


def _line(runs: int, cell: tuple[str, int]) -> tuple[str, ...]:
    kind, n = cell
    same, margin, double = (simulated(Case(kind, n, worse), runs) for worse in (0.0, MARGIN, SHARE))
    return (
        *(kind, f"{n:,}"),
        *_told([same.fails, same.peeked, same.alone_fails]),
        *_told([margin.passes, margin.insignificant, margin.alone_passes]),
        *(*_told([double.fails]), f"{double.look:g}" if double.look else "", f"{same.passes:.3f}"),
    )


def _told(shares: Iterable[float]) -> list[str]:
    return [f"{share:.3f}" for share in shares]
