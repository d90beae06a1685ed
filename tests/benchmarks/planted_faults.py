"""Faults of data, planted: how often the check that is meant for each finds it, and says so.

The clean columns are drawn anew for each seed: lognormal, normal, whole numbers, categories of
several sizes; one of them gets the fault, and twenty features share the error rate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from tests.benchmarks.heading import heading, rows
from tests.judgment.columns import Floats, drawn, specs

from mlrespond.judgment.drift import judge_drift
from mlrespond.judgment.inputs import judge_inputs

Words: TypeAlias = list[str | None]
Columns: TypeAlias = dict[str, "Floats | Words"]
Chance: TypeAlias = np.random.Generator

SIZES = (200, 500, 1000, 5000)
SEEDS = 40
WORDS = ("de", "fr", "pt", "es", "it", "nl", "be", "at", "pl", "cz", "ch", "dk")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault: which check should find it on which feature, and what it does to that column."""

    title: str
    check: str
    feature: str
    plant: Callable[[Chance, Columns], None]


def clean(chance: Chance, n: int) -> Columns:
    """Return twenty columns without a fault: ten of numbers and ten of categories."""
    numbers: Columns = {
        "amount": np.round(chance.lognormal(3, 1, n), 2),
        "age_days": np.floor(chance.exponential(400, n)),
        "celsius": chance.normal(12, 8, n),
        "ratio": chance.beta(2, 5, n),
        "items": chance.poisson(3, n).astype(float),
        **{f"number_{at}": chance.normal(at, 1 + at, n) for at in range(5)},
    }
    categories: Columns = {}
    for at in range(10):
        names = WORDS[: 2 + at]
        shares = np.linspace(1, 0.2, len(names))
        picked = chance.choice(np.array(names), n, p=shares / shares.sum())
        categories[f"word_{at}"] = [str(one) for one in picked]
    found = {**numbers, **categories}
    for name in ("celsius", "word_3"):
        _blank(chance, found, name, 0.05)
    return found


def _blank(chance: Chance, columns: Columns, name: str, share: float) -> None:
    column = columns[name]
    gone = chance.random(len(column)) < share
    if isinstance(column, np.ndarray):
        column[gone] = np.nan
    else:
        columns[name] = [None if lost else one for one, lost in zip(column, gone, strict=True)]


def _nulls(name: str) -> Callable[[Chance, Columns], None]:
    """5% are null already: of the rest as many that a fifth of all is."""
    return lambda chance, columns: _blank(chance, columns, name, 0.15 / 0.95)


def _scaled(name: str, factor: float, shift: float = 0.0) -> Callable[[Chance, Columns], None]:
    def plant(_: Chance, columns: Columns) -> None:
        columns[name] = np.asarray(columns[name], dtype=np.float64) * factor + shift

    return plant


def _upper(_: Chance, columns: Columns) -> None:
    columns["word_4"] = [str(one).upper() for one in columns["word_4"]]


def _new(chance: Chance, columns: Columns) -> None:
    picked = chance.random(len(columns["word_4"])) < 0.01  # 1%
    pairs = zip(columns["word_4"], picked, strict=True)
    columns["word_4"] = ["xk" if new else one for one, new in pairs]


def _sentinel(chance: Chance, columns: Columns) -> None:
    column = np.asarray(columns["amount"], dtype=np.float64)
    column[chance.random(len(column)) < 0.3] = -1.0  # 30%
    columns["amount"] = column


def _frozen(_: Chance, columns: Columns) -> None:
    columns["celsius"] = np.full(len(columns["celsius"]), 11.3)


FAULTS = (
    Fault(
        title="nulls 5 -> 20% (number)", check="nulls", feature="celsius", plant=_nulls("celsius")
    ),
    Fault(
        title="nulls 5 -> 20% (category)", check="nulls", feature="word_3", plant=_nulls("word_3")
    ),
    Fault(title="x1000", check="unit", feature="amount", plant=_scaled("amount", 1000)),
    Fault(title="x0.01", check="unit", feature="number_3", plant=_scaled("number_3", 0.01)),
    Fault(title="x1.8 + 32", check="unit", feature="celsius", plant=_scaled("celsius", 1.8, 32)),
    Fault(title="upper case", check="unseen", feature="word_4", plant=_upper),
    Fault(title="1% of a new category", check="unseen", feature="word_4", plant=_new),
    Fault(title="-1 in 30% of rows", check="frozen", feature="amount", plant=_sentinel),
    Fault(title="one number for ever", check="frozen", feature="celsius", plant=_frozen),
)


def found(fault: Fault | None, n: int, n_base: int, seed: int) -> set[str]:
    """Return the checks that fail, by name, when a fault is planted into `n` rows."""
    chance = np.random.default_rng(seed)
    baseline = drawn(clean(chance, n_base))
    now = clean(chance, n)
    if fault is not None:
        fault.plant(chance, now)
    current = drawn(now, baseline.edges)
    verdicts = (
        *judge_inputs(current, baseline, specs(baseline), 0.05),
        *judge_drift(current, baseline, specs(baseline), 0.05),
    )
    return {one.name for one in verdicts if one.verdict == "fail"}


def table(seeds: int = SEEDS, sizes: tuple[int, ...] = SIZES) -> str:
    """Return how often each fault is found, and how often a clean window raises any alarm."""
    lines = [[fault.title, fault.check, *_recall(fault, seeds, sizes)] for fault in FAULTS]
    alarms = [f"{sum(bool(found(None, n, n, seed)) for seed in range(seeds))}" for n in sizes]
    return (
        heading("Planted faults of data")
        + f"\nTwenty features, as many rows in the baseline as now, {seeds} seeds: how many were "
        "found by the check that is meant for them, and how many had another feature fail too.\n\n"
        + rows(
            ["fault", "check", *(f"n {size:,}" for size in sizes)],
            [*lines, ["none", "any", *alarms]],
        )
    )


def _recall(fault: Fault, seeds: int, sizes: tuple[int, ...]) -> Iterator[str]:
    for n in sizes:
        told = [found(fault, n, n, seed) for seed in range(seeds)]
        right = sum(f"{fault.check}:{fault.feature}" in one for one in told)
        others = sum(any(not name.endswith(f":{fault.feature}") for name in one) for one in told)
        yield f"{right} of {seeds}" + (f" (+{others})" if others else "")
