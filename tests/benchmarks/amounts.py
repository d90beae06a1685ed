"""How often verdicts on costs err and what they find, beside the textbook's; one look each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from math import ceil, sqrt
from multiprocessing import get_context
from typing import Final, TypeAlias

import numpy as np
from tests.benchmarks.heading import heading, rows

from mlrespond.judgment.amount import Counted, judge_amounts, written_in
from mlrespond.judgment.length import judge_length
from mlrespond.judgment.look import Look
from mlrespond.judgment.mean import judge_mean
from mlrespond.judgment.proportion import two_sided
from mlrespond.judgment.tail import Tail
from mlrespond.model.amount import LOG_GAMMA, SMALLEST, Amounts, Buckets
from mlrespond.model.word import VerdictWord

Floats: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"
Chance: TypeAlias = np.random.Generator
Draw: TypeAlias = Callable[[Chance, int, int], Floats]
"""(chance, slices, amounts in a slice) to amounts of shape (slices, each)."""

RUNS: Final = 150
SLICES: Final = 30
BEFORE: Final = 4
"""So many times as long is the baseline, at the same rate."""
SIZES: Final = (60, 600, 6000)
TIMES: Final = (1.2, 1.3, 1.5)
ALPHA: Final = 0.05

_COLUMNS = (
    *("amounts", "in the present", "unchanged fails", "Welch's t at 0.05", "t of logarithms"),
    *("unchanged passes", "+20% (the margin) passes", "+20% found", "+30% found", "+50% found"),
    *("+30% by t of logarithms", "p99: unchanged fails", "p99: 2% at twice of it found"),
    *("length: unchanged fails", "length: doubled found"),
)


def independent(chance: Chance, slices: int, each: int) -> Floats:
    return np.exp(chance.normal(0, 1, (slices, each)))


def heavy(chance: Chance, slices: int, each: int) -> Floats:
    return np.exp(chance.normal(0, 2, (slices, each)))


def noughts(chance: Chance, slices: int, each: int) -> Floats:
    """Four of ten cost nothing: answers from a cache."""
    return independent(chance, slices, each) * (chance.random((slices, each)) >= 0.4)


def bursty(chance: Chance, slices: int, each: int) -> Floats:
    """Every slice has a level of its own."""
    levels = chance.normal(0, 0.3, (slices, 1))
    return np.exp(levels + chance.normal(0, 0.5, (slices, each)))


def wandering(chance: Chance, slices: int, each: int) -> Floats:
    """The level's logarithm is an AR(1) of 0.6 by slice, with deviation 0.2."""
    levels = np.empty(slices)
    levels[0] = chance.normal(0, 0.2)
    for at in range(1, slices):
        levels[at] = 0.6 * levels[at - 1] + 0.8 * chance.normal(0, 0.2)
    return np.exp(levels[:, None] + chance.normal(0, 0.5, (slices, each)))


KINDS: Mapping[str, Draw] = {
    "independent": independent,
    "heavy": heavy,
    "noughts": noughts,
    "bursty": bursty,
    "wandering": wandering,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Amounts as they came, and as they are counted."""

    values: Floats

    @property
    def counted(self) -> Counted:
        """Return the buckets of each slice of a minute."""
        parts = tuple(_buckets(one) for one in self.values)
        return Counted(Amounts(name="cost", slices=parts), 60.0)


def pair(kind: str, n: int, times: float, chance: Chance) -> tuple[Side, Side]:
    """Return a present whose amounts are so many times as large, and its baseline."""
    draw, each = KINDS[kind], n // SLICES
    now = times * draw(chance, SLICES, each)
    return Side(values=now), Side(values=draw(chance, BEFORE * SLICES, each))


def judged(sides: tuple[Side, Side]) -> VerdictWord:
    """Return what is said of the mean."""
    now, before = (one.counted for one in sides)
    how = {"margin": None, "at_most": None}
    return judge_mean("cost", now, before, look=Look(), written=written_in(""), **how).verdict


def tail(sides: tuple[Side, Side]) -> VerdictWord:
    """Return what is said of the 99th percentile."""
    now, before = (one.counted for one in sides)
    told = Tail(name="cost", kind="cost", quantile=0.99, written=written_in(""))
    return judge_amounts(told, now, before, look=Look()).verdict


def length(sides: tuple[Side, Side]) -> VerdictWord:
    """Return what is said of lengths that are distributed so."""
    now, before = (one.counted for one in sides)
    how = Look()
    return judge_length(
        "length", now, before, margin=None, look=how, written=written_in("")
    ).verdict


def welch(sides: tuple[Side, Side], *, logarithms: bool = False) -> bool:
    """Return whether the textbook calls the present larger, as if requests were independent."""
    now, before = (np.ravel(one.values) for one in sides)
    if logarithms:
        now, before = np.log(now + 1e-3), np.log(before + 1e-3)
    error = sqrt(now.var(ddof=1) / now.size + before.var(ddof=1) / before.size)
    return bool(now.mean() - before.mean() > two_sided(ALPHA) * error)


def spiked(sides: tuple[Side, Side], chance: Chance) -> tuple[Side, Side]:
    """Return the same with twice the baseline's 99th percentile for 2% of the present."""
    now, before = sides
    far = 2 * np.quantile(before.values, 0.99)
    hit = chance.random(now.values.shape) < 0.02
    return Side(values=np.where(hit, far, now.values)), before


def share(
    kind: str, n: int, times: float, runs: int, told: Callable[[tuple[Side, Side]], bool]
) -> float:
    """Return in which part of runs something is said of a change."""
    chance = np.random.default_rng((runs, n, ceil(100 * times), len(kind)))
    return sum(told(pair(kind, n, times, chance)) for _ in range(runs)) / runs


def table(runs: int = RUNS) -> str:
    """Simulate all kinds of amounts, and return the table."""
    title = heading(f"Costs at one look: {runs:,} runs of each cell")
    cells = [(kind, n) for kind in KINDS for n in SIZES]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        lines = list(pool.map(partial(_line, runs), cells))
    return f"{title}\n{rows(_COLUMNS, lines)}"


def _line(runs: int, cell: tuple[str, int]) -> tuple[str, ...]:
    kind, n = cell
    at = partial(share, kind, n)
    chance = np.random.default_rng(n)
    few = max(1, runs // 2)
    found = [
        at(1.0, runs, lambda sides: judged(sides) == "fail"),
        at(1.0, runs, welch),
        at(1.0, runs, partial(welch, logarithms=True)),
        at(1.0, runs, lambda sides: judged(sides) == "pass"),
        at(TIMES[0], runs, lambda sides: judged(sides) == "pass"),
        *(at(times, runs, lambda sides: judged(sides) == "fail") for times in TIMES),
        at(TIMES[1], runs, partial(welch, logarithms=True)),
        at(1.0, few, lambda sides: tail(sides) == "fail"),
        at(1.0, few, lambda sides: tail(spiked(sides, chance)) == "fail"),
        at(1.0, few, lambda sides: length(sides) == "fail"),
        at(2.0, few, lambda sides: length(sides) == "fail"),
    ]
    return (kind, f"{n:,}", *(f"{one:.3f}" for one in found))


def _buckets(values: Floats) -> Buckets:
    some = values[values >= SMALLEST]
    found, counts = np.unique(np.ceil(np.log(some) / LOG_GAMMA), return_counts=True)
    told = zip(found.astype(int).tolist(), counts.tolist(), strict=True)
    return Buckets(int(values.size - some.size), tuple(told))
