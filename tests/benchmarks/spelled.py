"""Any false alarm over twenty unchanged features whose rows come in spells of several kinds.

None of these was used to set a threshold of the judgment: they differ in what they break.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import numpy as np
from tests.benchmarks.heading import heading, rows
from tests.judgment.columns import Floats, drawn, specs

from mlrespond.judgment.drift import judge_drift
from mlrespond.judgment.inputs import judge_inputs
from mlrespond.judgment.look import ALPHA

Chance: TypeAlias = np.random.Generator
Column: TypeAlias = "Floats | list[str | None]"
FEATURES: Final = 20
SIZES: Final = (50, 200, 500, 5000)
RUNS: Final = 100
GOAL: Final = 0.07
WORDS: Final = ("de", "fr", "pt", "es", "it")


def independent(chance: Chance, n: int) -> Column:
    return chance.lognormal(3, 1, n)


def whole(chance: Chance, n: int) -> Column:
    return chance.poisson(3, n).astype(float)


def _wandering(chance: Chance, n: int, rho: float) -> Floats:
    at, found = chance.normal(), np.empty(n)
    for row, step in enumerate(chance.normal(0, np.sqrt(1 - rho * rho), n)):
        at = rho * at + step
        found[row] = at
    return found


def autocorrelated(chance: Chance, n: int) -> Column:
    """AR(1) of 0.6 by row."""
    return _wandering(chance, n, 0.6)


def slow(chance: Chance, n: int) -> Column:
    """AR(1) of 0.9 by row."""
    return _wandering(chance, n, 0.9)


def bursty(chance: Chance, n: int) -> Column:
    """One in ten runs of 20 rows is five times as large."""
    large = np.repeat(chance.random(n // 20 + 1) < 0.1, 20)[:n]
    return chance.lognormal(3, 0.5, n) * np.where(large, 5.0, 1.0)


def _state(
    chance: Chance, n: int, share: float, length: float
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    inside, found = bool(chance.random() < share), np.empty(n, dtype=np.bool_)
    leave = (1 / length, share / (1 - share) / length)
    for row, at in enumerate(chance.random(n)):
        found[row] = inside
        inside = inside != (at < leave[0 if inside else 1])
    return found


def modulated(chance: Chance, n: int) -> Column:
    """Markov-modulated: a state of about 30 rows, a quarter of them, is three deviations off."""
    return chance.normal(10, 2, n) + 6 * _state(chance, n, 0.25, 30)


def by_user(chance: Chance, n: int) -> Column:
    """Each user asks about ten times in a row, near a level of their own."""
    found = np.empty(0)
    while len(found) < n:
        asks = chance.geometric(0.1)
        found = np.append(found, chance.lognormal(3, 1) * chance.lognormal(0, 0.1, asks))
    return found[:n]


def words(chance: Chance, n: int) -> Column:
    """Words that users have: each asks about ten times in a row with one word."""
    found: list[str | None] = []
    while len(found) < n:
        found += [str(chance.choice(WORDS, p=(0.4, 0.3, 0.2, 0.08, 0.02)))] * chance.geometric(0.1)
    return found[:n]


def gaps(chance: Chance, n: int) -> Column:
    """Nulls come in spells of about 20 rows, a tenth of all rows."""
    return np.where(_state(chance, n, 0.1, 20), np.nan, chance.normal(10, 2, n))


KINDS: Final[Mapping[str, Callable[[Chance, int], Column]]] = {
    "independent": independent,
    "whole numbers": whole,
    "AR(1) of 0.6": autocorrelated,
    "AR(1) of 0.9": slow,
    "bursts of 20 rows, x5": bursty,
    "Markov-modulated": modulated,
    "bursts of a user, numbers": by_user,
    "bursts of a user, words": words,
    "nulls in spells": gaps,
}


def alarms(kind: str, n: int, runs: int, seed: int = 1) -> Counter[str]:
    """Return in how many runs each check fails for any feature, and `any` of them."""
    chance, found = np.random.default_rng((seed, n)), Counter[str]()
    for _ in range(runs):
        draw = KINDS[kind]
        before = drawn({f"f{at}": draw(chance, n) for at in range(FEATURES)})
        now = drawn({f"f{at}": draw(chance, n) for at in range(FEATURES)}, before.edges)
        told = (
            *judge_inputs(now, before, specs(before), ALPHA),
            *judge_drift(now, before, specs(before), ALPHA),
        )
        failed = {one.name.partition(":")[0] for one in told if one.verdict == "fail"}
        found.update(failed | ({"any"} if failed else set()))
    return found


def table(runs: int = RUNS) -> str:
    """Draw all kinds, and return the table."""
    lines = [[kind, *(f"{_share(kind, n, runs)}" for n in SIZES)] for kind in KINDS]
    title = heading(f"Any false alarm over twenty unchanged features in spells, {runs} draws")
    columns = ("rows come", *(f"n {n:,}" for n in SIZES))
    return f"{title}\nGoal: at most {GOAL}.\n\n{rows(columns, lines)}"


def _share(kind: str, n: int, runs: int) -> str:
    return f"{alarms(kind, n, runs)['any'] / runs:.1%}"
