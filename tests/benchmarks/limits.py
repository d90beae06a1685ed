"""How often a share that only just keeps its limit is called recovered, in traffic of all kinds.

A latency with a limit is held to the baseline and to the limit, and both must be shown.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from random import Random
from typing import Final

from tests.benchmarks.false_alarms import LOOKS, SLICES, drawn, summed
from tests.benchmarks.heading import heading, rows
from tests.benchmarks.traffic_kinds import HARDER, KINDS, STEP_S

from mlrespond.judgment.dispersion import Slices, dispersion, dispersion_beside
from mlrespond.judgment.limit import judge_share_limit
from mlrespond.judgment.look import Look
from mlrespond.judgment.rate import judge_rate
from mlrespond.model.word import VerdictWord

LIMIT: Final = 0.05
MARGIN: Final = 0.025
SIZES: Final = (500, 5000)
RUNS: Final = 200
BASES: Final = (0.045, 0.03, 0.025)
"""Shares of the baseline; the last one is the limit less the margin."""

USUAL: Final = 0.02
_COLUMNS = (
    *("traffic", "requests", *(f"just at the limit, {base:.1%} before" for base in BASES)),
    "2.0% as before, shown",
)


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of traffic: requests now, the share before, and the share now."""

    kind: str
    n: int
    before: float
    now: float = LIMIT


def passes(case: Case, runs: int = RUNS, seed: int = 1) -> float:
    """Return how often twenty looks call it recovered."""
    rng = Random(f"{seed} {case}")  # noqa: S311  # a simulation that repeats, no secret
    return sum(_run(case, rng) == "pass" for _ in range(runs)) / runs


def _run(case: Case, rng: Random) -> VerdictWord:
    past = drawn(case.kind, rng, 3 * case.n, case.before)
    now = drawn(case.kind, rng, case.n, case.now)
    for look in range(1, LOOKS + 1):
        seen = now[: SLICES * look // LOOKS]
        current = summed(seen)
        if not current.n:
            continue
        sides = Slices(STEP_S, tuple(seen)), Slices(STEP_S, tuple(past))
        beside, between = (
            Look(at_most=LOOKS, dispersion=one(*sides)) for one in (dispersion_beside, dispersion)
        )
        limit = judge_share_limit(
            "slow", current, max_share=LIMIT, min_share=None, alpha=beside, kind="latency"
        )
        rate = judge_rate("slow", current, summed(past), margin=MARGIN, alpha=between)
        if "fail" in {limit.verdict, rate.verdict}:
            return "fail"
        if limit.verdict == rate.verdict == "pass":
            return "pass"
    return "inconclusive"


def table(runs: int = RUNS) -> str:
    """Simulate all kinds of traffic, and return the table."""
    cells = [(kind, n) for kind in (*KINDS, *HARDER) for n in SIZES]
    title = heading(f"Recovered, though just at the limit: {runs:,} runs of each cell")
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        lines = list(pool.map(partial(_line, runs), cells))
    return f"{title}\nGoal: at most 0.025.\n\n{rows(_COLUMNS, lines)}"


def _line(runs: int, cell: tuple[str, int]) -> tuple[str, ...]:
    kind, n = cell
    cases = [*(Case(kind, n, base) for base in BASES), Case(kind, n, USUAL, USUAL)]
    return (kind, f"{n:,}", *(f"{passes(case, runs):.3f}" for case in cases))
