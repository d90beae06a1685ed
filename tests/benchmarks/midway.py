"""Faults of data that begin within the judged window: how often the check meant for each fails.

The columns are those of `planted_faults`: twenty features that share one error rate.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Final

import numpy as np
from tests.benchmarks.heading import heading, rows
from tests.benchmarks.planted_faults import WORDS, Chance, Columns, clean
from tests.judgment.columns import NOW, WINDOW, Floats, following, joined, log, specs

from mlrespond.judgment.inputs import judge_inputs
from mlrespond.judgment.midway import judge_inputs_midway
from mlrespond.model.reading import Window

SIZES: Final = (300, 1000)
ONSETS: Final = (0.0, 0.25, 0.5, 0.75, 0.9)
SEEDS: Final = 20
LATE: Final = (0.1, 0.25, 0.5)
LATE_SEEDS: Final = 4
HOUR: Final = 1800


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault: the verdict that should fail, and what it does to the rows from one on."""

    title: str
    check: str
    plant: Callable[[Chance, Columns, int], None]


def _numbers(
    name: str, changed: Callable[[Chance, Floats], Floats]
) -> Callable[[Chance, Columns, int], None]:
    def plant(chance: Chance, columns: Columns, first: int) -> None:
        column = np.asarray(columns[name], dtype=np.float64)
        columns[name] = np.concatenate([column[:first], changed(chance, column[first:])])

    return plant


def _words(
    name: str, changed: Callable[[Chance, str], str]
) -> Callable[[Chance, Columns, int], None]:
    def plant(chance: Chance, columns: Columns, first: int) -> None:
        column = list(columns[name])
        columns[name] = [*column[:first], *(changed(chance, str(one)) for one in column[first:])]

    return plant


def _replaced(share: float, value: float) -> Callable[[Chance, Floats], Floats]:
    return lambda chance, column: np.where(chance.random(len(column)) < share, value, column)


FAULTS: Final = (
    Fault(
        title="nulls 0 -> 40%",
        check="nulls:amount",
        plant=_numbers("amount", _replaced(0.4, np.nan)),
    ),
    Fault(
        title="nulls 5 -> 20%",
        check="nulls:celsius",
        plant=_numbers("celsius", _replaced(0.15 / 0.95, np.nan)),
    ),
    Fault(title="x1000", check="unit:amount", plant=_numbers("amount", lambda _, one: one * 1000)),
    Fault(
        title="x0.01", check="unit:number_3", plant=_numbers("number_3", lambda _, one: one * 0.01)
    ),
    Fault(
        title="x1.8 + 32",
        check="unit:celsius",
        plant=_numbers("celsius", lambda _, one: one * 1.8 + 32),
    ),
    Fault(
        title="upper case",
        check="unseen:word_4",
        plant=_words("word_4", lambda _, one: one.upper()),
    ),
    Fault(
        title="a new word in half of the rows",
        check="unseen:word_4",
        plant=_words("word_4", lambda chance, one: "xk" if chance.random() < 1 / 2 else one),
    ),
    Fault(
        title="one number for ever",
        check="frozen:celsius",
        plant=_numbers("celsius", _replaced(1.0, 11.3)),
    ),
    Fault(title="-1 in 30%", check="frozen:amount", plant=_numbers("amount", _replaced(0.3, -1.0))),
)
assert "xk" not in WORDS


def found(fault: Fault, n: int, onset: float, seed: int) -> tuple[bool, bool]:
    """Return whether a fault that begins after that part of the window fails: whole, and from where
    it broke.
    """
    chance = np.random.default_rng((seed, n))
    past, now = clean(chance, n), clean(chance, n)
    fault.plant(chance, now, round(onset * n))
    read = log(joined(past, now), n)
    current, baseline = following(read)
    known = specs(baseline)
    whole = judge_inputs(current, baseline, known, 0.05)
    late = judge_inputs_midway(current, baseline, known, 0.05, read)
    return tuple(  # type: ignore[return-value]  # of two
        any(one.name == fault.check and one.verdict == "fail" for one in told)
        for told in (whole, late)
    )


def found_late(fault: Fault, late: float, seed: int) -> bool:
    """Return whether a fault fails in ten minutes after an hour whose last part it broke, too."""
    chance = np.random.default_rng((seed, HOUR))
    columns = clean(chance, HOUR + HOUR // 6)
    fault.plant(chance, columns, round(HOUR * (1 - late)))
    read = log(columns, HOUR)
    baseline = read(WINDOW, None)
    present = Window(since=NOW, until=NOW + (NOW - WINDOW.since) / 6)
    now = read(present, baseline.edges)
    told = judge_inputs_midway(now, baseline, specs(baseline), 0.05, read)
    return any(one.name == fault.check and one.verdict == "fail" for one in told)


def table(seeds: int = SEEDS) -> str:
    """Plant every fault at every onset, and return the table."""
    cells = [(fault, n) for fault in range(len(FAULTS)) for n in SIZES]
    title = heading(f"Faults that begin within the window, {seeds} seeds each")
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        lines = list(pool.map(partial(_line, seeds), cells))
    columns = ("fault", "rows", *(f"after {onset:.0%}" for onset in ONSETS))
    return f"{title}\n{rows(columns, lines)}\n\n{_late(LATE_SEEDS)}"


def _late(seeds: int) -> str:
    lines = [
        (
            fault.title,
            *(str(sum(found_late(fault, late, seed) for seed in range(seeds))) for late in LATE),
        )
        for fault in FAULTS
    ]
    columns = ("fault", *(f"baseline's last {late:.0%}" for late in LATE))
    return f"Alerts that come late, {seeds} seeds each.\n\n{rows(columns, lines)}"


def _line(seeds: int, cell: tuple[int, int]) -> tuple[str, ...]:
    fault, n = FAULTS[cell[0]], cell[1]
    told = [[found(fault, n, onset, seed) for seed in range(seeds)] for onset in ONSETS]
    sums = (f"{sum(one for one, _ in each)} → {sum(two for _, two in each)}" for each in told)
    return (fault.title, f"{n:,}", *sums)
