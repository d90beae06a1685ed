"""Any false alarm over unchanged features, few or many, whose rows come in spells of many kinds.

The kinds differ in what they break. No threshold of the judgment was set by them; which side's
spells count was chosen after the first runs of them all had been seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import numpy as np
from tests.benchmarks.heading import heading, rows
from tests.judgment.columns import Floats, following, joined, log, specs

from mlrespond.judgment.drift import judge_drift
from mlrespond.judgment.look import ALPHA
from mlrespond.judgment.midway import judge_inputs_midway

Chance: TypeAlias = np.random.Generator
Column: TypeAlias = "Floats | list[str | None]"
FEATURES: Final = (1, 2, 5, 20)
SIZES: Final = (50, 200, 500, 5000)
RUNS: Final = 200
MANY: Final = 20
GOAL: Final = 0.07
WORDS: Final = ("de", "fr", "pt", "es", "it")


def independent(chance: Chance, n: int) -> Column:
    return chance.lognormal(3, 1, n)


def whole(chance: Chance, n: int) -> Column:
    return chance.poisson(3, n).astype(float)


def _wandering(chance: Chance, n: int, rho: float) -> Floats:
    at, found = 0.0, chance.normal(0, np.sqrt(1 - rho * rho), n)
    found[0] = chance.normal()
    for row, step in enumerate(found):
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
    found, at = np.zeros(n, dtype=np.bool_), 0
    inside = bool(chance.random() < share)
    while at < n:
        stays = chance.geometric(1 / length if inside else share / (1 - share) / length)
        found[at : at + stays] = inside
        at, inside = at + stays, not inside
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


def heavy(chance: Chance, n: int) -> Column:
    """AR(1) of 0.95 by row, its exponential."""
    found: Floats = np.exp(_wandering(chance, n, 0.95))
    return found


def zeros(chance: Chance, n: int) -> Column:
    """Zeros come in spells of about 15 rows, 15% of all."""
    return np.where(_state(chance, n, 0.15, 15), 0.0, chance.exponential(20, n))


def switching(chance: Chance, n: int) -> Column:
    """Words are drawn otherwise in spells of about 25 rows."""
    usual, other = (0.7, 0.1, 0.1, 0.05, 0.05), (0.1, 0.2, 0.3, 0.3, 0.1)
    inside = _state(chance, n, 0.3, 25)
    return [str(chance.choice(WORDS, p=usual if one else other)) for one in inside]


def word_gaps(chance: Chance, n: int) -> Column:
    """Words are missing in spells of about 12 rows, 5% of all."""
    inside = _state(chance, n, 0.05, 12)
    return [None if one else str(chance.choice(WORDS)) for one in inside]


def rare(chance: Chance, n: int) -> Column:
    """One of a thousand rare words in each row of a spell of about 10 rows, 3% of all."""
    inside = _state(chance, n, 0.03, 10)
    return [f"x{chance.integers(1000)}" if one else str(chance.choice(WORDS)) for one in inside]


def waves(chance: Chance, n: int) -> Column:
    """A mean that goes up and down two to six times in the window."""
    turns, start = chance.uniform(2, 6), chance.uniform(0, 6.3)
    values = chance.normal(10, 2, n)
    found: Floats = values + 4 * np.sin(np.arange(n) / n * 2 * np.pi * turns + start)
    return found


def levels(chance: Chance, n: int) -> Column:
    """A level of its own for each 40 rows."""
    return np.repeat(chance.normal(0, 2, n // 40 + 1), 40)[:n] + chance.normal(0, 1, n)


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
    "AR(1) of 0.95, lognormal": heavy,
    "zeros in spells": zeros,
    "words otherwise in spells": switching,
    "words missing in spells": word_gaps,
    "rare words in spells": rare,
    "waves": waves,
    "levels of 40 rows": levels,
}


def alarms(kind: str, n: int, runs: int, features: int = MANY, seed: int = 1) -> Counter[str]:
    """Return in how many runs each check fails for any feature, and `any` of them.

    The present comes right after the baseline, so that breaks of both are searched for.
    """
    chance, found = np.random.default_rng((seed, n, features)), Counter[str]()
    for _ in range(runs):
        draw = KINDS[kind]
        past, present = ({f"f{at}": draw(chance, n) for at in range(features)} for _ in range(2))
        read = log(joined(past, present), n)
        now, before = following(read)
        told = (
            *judge_inputs_midway(now, before, specs(before), ALPHA, read),
            *judge_drift(now, before, specs(before), ALPHA),
        )
        failed = {one.name.partition(":")[0] for one in told if one.verdict == "fail"}
        found.update(failed | ({"any"} if failed else set()))
    return found


def table(runs: int = RUNS) -> str:
    """Draw all kinds, a tenth as often for twenty features, and return the tables."""
    title = heading(f"Any false alarm over unchanged features in spells, {runs} draws")
    columns = ("rows come", *(f"n {n:,}" for n in SIZES))
    parts = [f"{title}\nGoal: at most {GOAL}."]
    for features in FEATURES:
        draws = runs if features < MANY else max(1, runs // 10)
        lines = [[kind, *(_share(kind, n, draws, features) for n in SIZES)] for kind in KINDS]
        parts.append(f"Features: {features}, draws: {draws}.\n\n{rows(columns, lines)}")
    return "\n\n".join(parts)


def _share(kind: str, n: int, runs: int, features: int) -> str:
    return f"{alarms(kind, n, runs, features)['any'] / runs:.1%}"
