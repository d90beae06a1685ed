"""What a diagnosis would do first about every failure mode of the reference, in a second world.

Scored as the reference on failure modes says, for many rows and few, and with signals missing.
"""

from __future__ import annotations

import math
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.benchmarks.field.faults import FAULTS
from tests.benchmarks.field.play import WORTH, Played, played
from tests.benchmarks.field.simple import RULES
from tests.benchmarks.heading import heading, rows

SEEDS = range(200, 206)  # none of these was looked at while the rules were written
LEVELS: Mapping[str, tuple[int, int]] = {
    "5,000 rows": (5000, 0),
    "500 rows": (500, 0),
    "50 rows": (50, 0),
    "5,000, one signal gone": (5000, 1),
    "5,000, two gone": (5000, 2),
}
CONTROL = "22 nothing"
NOT_OURS = frozenset(
    {"1 bad version", "9 slow version", "9 slow dependency", "8 rate limiting", "14 memory leak"}
    | {"15 cold cache", "16 wrong alias", "17 partial rollout", "18 registry outage"}
    | {"21 broken artefact", "one replica fails", "all replicas fail", "traffic", "19 clock"}
)


def table(seeds: Iterable[int] = SEEDS) -> str:
    """Play every case at every level, and return the tables."""
    found = all_played(list(seeds), LEVELS)
    title = heading(
        f"Every failure mode: {len(list(seeds))} cases of each, at five levels of noise"
    )
    first = next(iter(LEVELS))
    lines = [
        (
            name,
            *(_mean(found[level, name]) for level in LEVELS),
            *(_simple(found[first, name], rule) for rule in RULES),
        )
        for name in FAULTS
    ]
    whole = [_line("all modes alike", found, first, lambda _: 1.0)]
    whole += [_line("two thirds not of the model", found, first, _weight)]
    utilities = rows(("failure mode", *LEVELS, *RULES), [*lines, *whole])
    counted = rows(
        ("of all cases", *LEVELS),
        [
            ("right", *(_share(found, level, _is("right")) for level in LEVELS)),
            ("abstained", *(_share(found, level, _is("abstained")) for level in LEVELS)),
            ("wrong, without a change", *(_share(found, level, _is("wrong")) for level in LEVELS)),
            ("wrong, with a change", *(_share(found, level, _is("harmful")) for level in LEVELS)),
            ("forbidden", *(_share(found, level, _is("forbidden")) for level in LEVELS)),
            ("a change on a control", *(_controls(found, level) for level in LEVELS)),
            ("right, of those that change something", *(_precise(found, one) for one in LEVELS)),
        ],
    )
    return f"{title}\n{utilities}\n{counted}{''.join(_misses(found))}"


Found = Mapping[tuple[str, str], Sequence[Played]]


def all_played(seeds: Sequence[int], levels: Mapping[str, tuple[int, int]]) -> Found:
    """Play every mode with some seeds at some levels, on two cores."""
    cases = [
        (level, name, seed, *levels[level]) for level in levels for name in FAULTS for seed in seeds
    ]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        results = pool.map(played, *zip(*(one[1:] for one in cases), strict=True), chunksize=8)
        found: dict[tuple[str, str], list[Played]] = defaultdict(list)
        for (level, name, *_), result in zip(cases, results, strict=True):
            found[level, name].append(result)
    return found


def _mean(found: Sequence[Played]) -> str:
    return f"{sum(WORTH[one.mark] for one in found) / len(found):+.2f}"


def _simple(found: Sequence[Played], rule: str) -> str:
    return f"{sum(WORTH[one.simple[rule]] for one in found) / len(found):+.2f}"


def _weight(name: str) -> float:
    """Weigh causes that are not of the model twice (Papasian and Underwood, OpML 2020)."""
    others = len(FAULTS) - len(NOT_OURS)
    return 2 / len(NOT_OURS) if name in NOT_OURS else 1 / others


def _line(title: str, found: Found, first: str, weight: Callable[[str], float]) -> tuple[str, ...]:
    total = sum(weight(name) for name in FAULTS)

    def over(level: str, worth: Callable[[Played], float]) -> tuple[float, float]:
        """Return a weighted mean over modes and half its 95 % interval, over seeds within them."""
        mean = spread = 0.0
        for name in FAULTS:
            values = [worth(one) for one in found[level, name]]
            own = sum(values) / len(values)
            variance = sum((one - own) ** 2 for one in values) / max(1, len(values) - 1)
            mean += weight(name) / total * own
            spread += (weight(name) / total) ** 2 * variance / len(values)
        return mean, 1.96 * math.sqrt(spread)

    cells = [over(level, lambda one: WORTH[one.mark]) for level in LEVELS]
    simple = [
        over(first, lambda one, rule=rule: WORTH[one.simple[rule]])[0]  # type: ignore[misc]  # bound now
        for rule in RULES
    ]
    return (
        title,
        *(f"{mean:+.2f} ± {half:.2f}" for mean, half in cells),
        *(f"{mean:+.2f}" for mean in simple),
    )


def _is(mark: str) -> Callable[[Played], bool]:
    return lambda one: one.mark == mark


def _share(found: Found, level: str, holds: Callable[[Played], bool]) -> str:
    cases = [one for name in FAULTS for one in found[level, name]]
    return f"{sum(map(holds, cases))} of {len(cases)}"


def _controls(found: Found, level: str) -> str:
    cases = found[level, CONTROL]
    return f"{sum(one.changes for one in cases)} of {len(cases)}"


def _precise(found: Found, level: str) -> str:
    cases = [one for name in FAULTS for one in found[level, name] if one.changes]
    return f"{sum(one.mark == 'right' for one in cases)} of {len(cases)}"


def _misses(found: Found) -> Iterable[str]:
    """Yield a line for each case in which something wrong was changed."""
    missed = [
        (level, one)
        for (level, _), cases in found.items()
        for one in cases
        if one.mark in {"harmful", "forbidden"}
    ]
    if missed:
        yield "\nChanged what it should not have:\n"
    for level, one in missed:
        yield f"\n- {one.fault}, seed {one.seed}, {level}: {one.move} ({one.top}), {one.mark}"
    if missed:
        yield "\n"


if __name__ == "__main__":
    sys.stdout.write(table())
