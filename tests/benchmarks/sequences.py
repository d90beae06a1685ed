"""What stands for repeated looks beside confidence sequences and e-processes of the literature.

They are exact, or nearly so, for independent requests, and know nothing of bursts; so both kinds of
traffic are drawn. All decide as we do: worse is a bound above 0 with the difference at the margin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from math import inf, log, sqrt
from multiprocessing import get_context
from random import Random
from typing import Final, TypeAlias

import numpy as np
from tests.benchmarks.heading import heading, rows
from tests.benchmarks.traffic_kinds import KINDS, Pairs

from mlrespond.judgment.beta import log_beta
from mlrespond.judgment.dispersion import Slices, dispersion
from mlrespond.judgment.look import Look
from mlrespond.judgment.rate import Counts, judge_rate
from mlrespond.model.verdict import Watch
from mlrespond.verbs.over_time import FINEST

Floats: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"
Streams: TypeAlias = "tuple[Floats, Floats]"
"""Events, 0 or 1, of the present and of the baseline, as they came."""

RUNS: Final = 200
ALPHA: Final = 0.05
SIDE: Final = ALPHA / 2
"""What one side may err, as ours: 2.5% calls an unchanged share worse."""

N: Final = 5000
LOOKS: Final = (20, 100)
TRAFFIC: Final = ("independent", "bursty")
SHARES: Final = ((0.05, 0.02), (0.005, 0.005), (0.5, 0.05))
"""(share of bad requests, margin)."""

GRID: Final = 200
_PRIOR: Final = 0.18


def two_by_two(streams: Streams, looks: int) -> Sequence[float]:
    """Return log e at each look: two streams of Bernoulli, plug-in, blocks of one request each.

    Turner, Ly and Grünwald, Generalized test martingales, arXiv:2106.02693, with the beta prior of
    0.18 that they found best; a process may be stopped at any time.
    """
    now, before = (np.cumsum(np.concatenate(([0.0], one[:-1]))) for one in streams)
    seen = np.arange(len(streams[0]))
    of_now = (now + _PRIOR) / (seen + 2 * _PRIOR)
    of_before = (before + _PRIOR) / (seen + 2 * _PRIOR)
    worse = of_now >= of_before  # one-sided: bets against "no worse" alone
    null = (of_now + of_before) / 2
    gain = sum(
        np.where(one == 1, np.log(told / null), np.log((1 - told) / (1 - null)))
        for one, told in zip(streams, (of_now, of_before), strict=True)
    )
    told: list[float] = np.cumsum(np.where(worse, gain, 0.0))[
        _ends(len(streams[0]), looks)
    ].tolist()
    return told


def conditional(streams: Streams, looks: int) -> Sequence[float]:
    """Return log e at each look: events of the present among all events, mixed over a beta.

    Robbins' mixture for the binomial that is left when the sum of two Poisson counts is known.
    """
    now, before = (np.cumsum(one)[_ends(len(one), looks)] for one in streams)
    return [
        log_beta(k + 10.0, k_base + 10.0) - log_beta(10.0, 10.0) + (k + k_base) * log(2)
        if k > k_base
        else -inf
        for k, k_base in zip(now.tolist(), before.tolist(), strict=True)
    ]


def bernstein(values: Floats, alpha: float) -> Streams:
    """Return lower and upper ends after each value: predictable plug-in empirical Bernstein.

    Waudby-Smith and Ramdas, JRSSB 86 (2024) 1, theorem 2.
    """
    n = np.arange(1, len(values) + 1)
    mean = (0.5 + np.cumsum(values)) / (n + 1)
    variance = (0.25 + np.cumsum((values - mean) ** 2)) / (n + 1)
    past_mean = np.concatenate(([0.5], mean[:-1]))
    past_variance = np.concatenate(([0.25], variance[:-1]))
    bets = np.minimum(np.sqrt(2 * log(2 / alpha) / (past_variance * n * np.log(n + 1))), 0.5)
    surprise = 4 * (values - past_mean) ** 2 * (-np.log1p(-bets) - bets) / 4
    weight = np.cumsum(bets)
    middle = np.cumsum(bets * values) / weight
    half = (log(2 / alpha) + np.cumsum(surprise)) / weight
    return np.maximum.accumulate(middle - half), np.minimum.accumulate(middle + half)


def betting(values: Floats, alpha: float, ends: Sequence[int]) -> Streams:
    """Return lower and upper ends at some counts: the hedged capital process, on a grid.

    Waudby-Smith and Ramdas, JRSSB 86 (2024) 1, theorem 3, with their bets, cut at one half.
    """
    n = np.arange(1, len(values) + 1)
    mean = (0.5 + np.cumsum(values)) / (n + 1)
    variance = (0.25 + np.cumsum((values - mean) ** 2)) / (n + 1)
    past = np.concatenate(([0.25], variance[:-1]))
    plain = np.sqrt(2 * log(2 / alpha) / (past * n * np.log(n + 1)))
    lows, highs = np.zeros(len(ends)), np.ones(len(ends))
    low, high = float(values.mean()), float(values.mean())
    reach = 6 * sqrt(max(low * (1 - low), 1 / len(values)) / ends[0])
    for m in np.linspace(max(1e-4, low - reach), min(1 - 1e-4, high + reach), GRID):
        up, down = np.minimum(plain, 0.5 / m), np.minimum(plain, 0.5 / (1 - m))
        rise = np.cumsum(np.log1p(up * (values - m)))[ends] - log(2)
        fall = np.cumsum(np.log1p(-down * (values - m)))[ends] - log(2)
        out = np.maximum(rise, fall) >= log(1 / alpha)
        mean_at = mean[ends]
        lows = np.where(out & (m < mean_at), np.maximum(lows, m), lows)
        highs = np.where(out & (m > mean_at), np.minimum(highs, m), highs)
    return np.maximum.accumulate(lows), np.minimum.accumulate(highs)


def _ends(n: int, looks: int) -> list[int]:
    return [n * at // looks - 1 for at in range(1, looks + 1)]


def _effects(streams: Streams, looks: int) -> Floats:
    now, before = (np.cumsum(one)[_ends(len(one), looks)] for one in streams)
    told: Floats = (now - before) / (np.array(_ends(len(streams[0]), looks)) + 1)
    return told


def _of_e(process: Callable[[Streams, int], Sequence[float]]) -> Rule:
    def rule(streams: Streams, looks: int, margin: float) -> bool:
        told = np.maximum.accumulate(np.array(process(streams, looks)))
        return bool(((told >= -log(SIDE)) & (_effects(streams, looks) >= margin)).any())

    return rule


def _by_bernstein(streams: Streams, looks: int, margin: float) -> bool:
    ends = _ends(len(streams[0]), looks)
    low, high = bernstein(streams[0], SIDE)[0][ends], bernstein(streams[1], SIDE)[1][ends]
    return bool(((low > high) & (_effects(streams, looks) >= margin)).any())


def _by_betting(streams: Streams, looks: int, margin: float) -> bool:
    ends = _ends(len(streams[0]), looks)
    low, high = betting(streams[0], SIDE, ends)[0], betting(streams[1], SIDE, ends)[1]
    return bool(((low > high) & (_effects(streams, looks) >= margin)).any())


Rule: TypeAlias = Callable[[Streams, int, float], bool]
RULES: Final[Mapping[str, Rule]] = {
    "2x2 e-process": _of_e(two_by_two),
    "conditional e-process": _of_e(conditional),
    "empirical Bernstein": _by_bernstein,
    "betting": _by_betting,
}


@dataclass(frozen=True, slots=True)
class Case:
    """Looks at requests of a kind of traffic, some of them bad, in more slices than looks."""

    kind: str
    share: float
    margin: float
    looks: int


def ours(streams: Streams, case: Case) -> bool:
    """Return whether any look calls it worse; the baseline grows with the present, as theirs.

    Each look cuts both sides into `FINEST` slices, as a window is.
    """
    watch: Watch | None = None
    for end in _ends(len(streams[0]), case.looks):
        sides = [one[: end + 1] for one in streams]
        current, base = (Counts(int(one.sum()), len(one)) for one in sides)
        slices = [_sliced(one) for one in sides]
        how = Look(at_most=case.looks, watch=watch, dispersion=dispersion(*slices))
        verdict = judge_rate("errors", current, base, margin=case.margin, alpha=how)
        watch = verdict.watch
        if verdict.verdict == "fail":
            return True
    return False


def _sliced(side: Floats) -> Slices:
    parts = np.array_split(side, FINEST)
    return Slices(len(side) / FINEST, tuple((float(one.sum()), len(one)) for one in parts))


def found(case: Case, worse: float, runs: int) -> list[float]:
    """Return in which part of runs each method calls the present worse: ours first."""
    rng = Random(f"{case} {worse}")  # noqa: S311  # a simulation that repeats
    slices = max(100, case.looks)
    told = [0] * (1 + len(RULES))
    for _ in range(runs):
        draw = KINDS[case.kind]
        now = draw(rng, slices, N / slices, case.share + worse)
        past = draw(rng, slices, N / slices, case.share)
        streams = (_stream(now, rng), _stream(past, rng))
        told[0] += ours(streams, case)
        for at, rule in enumerate(RULES.values(), start=1):
            told[at] += rule(streams, case.looks, case.margin)
    return [one / runs for one in told]


def _stream(pairs: Pairs, rng: Random) -> Floats:
    """Return each slice's events among its requests, in any order."""
    told: list[float] = []
    for k, n in pairs:
        part = [1.0] * k + [0.0] * (n - k)
        rng.shuffle(part)
        told += part
    return np.array(told)


def table(runs: int = RUNS) -> str:
    """Simulate all cells, and return the table."""
    title = heading(f"Repeated looks, against the literature: {runs:,} runs of each cell")
    cells = [
        (Case(kind, share, margin, looks), worse)
        for kind in TRAFFIC
        for share, margin in SHARES
        for looks in LOOKS
        for worse in (0.0, 1.5 * margin)
    ]
    about = (
        f"{N:,} requests a side in equal parts a look; called worse are shares that are the same, "
        "or larger by one and a half margins.\n\n"
    )
    columns = ("traffic", "share", "margin", "looks", "larger by", "what stands", *RULES)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        lines = list(pool.map(partial(_line, runs), cells))
    return f"{title}\n{about}{rows(columns, lines)}"


def _line(runs: int, cell: tuple[Case, float]) -> tuple[str, ...]:
    case, worse = cell
    told = found(case, worse, runs)
    return (
        *(case.kind, f"{case.share:.1%}", f"{case.margin:.1%}", str(case.looks), f"{worse:.2%}"),
        *(f"{one:.3f}" for one in told),
    )
