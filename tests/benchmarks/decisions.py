"""Which first move each staged fault gets, over many seeds, and what that is worth.

Scored as the reference on failure modes says: right +1, a safe abstention +0.3, wrong without a
change 0, wrong with one -1, forbidden -2. Beside it stand two rules that need no diagnosis.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Literal

from tests.benchmarks.expected import EXPECTED, Expected, expected
from tests.benchmarks.heading import heading, rows
from tests.staged import Decision, decide

Mark = Literal["right", "abstained", "wrong", "harmful", "forbidden"]
WORTH: Mapping[Mark, float] = {
    "right": 1.0,
    "abstained": 0.3,
    "wrong": 0.0,
    "harmful": -1.0,
    "forbidden": -2.0,
}
SEEDS = range(20)

_PAGES = "escalate"
_COLUMNS = (
    *("fault", "right first move", "acceptable abstention", "wrong", "forbidden"),
    *("ended as it should", "utility", "always roll back", "always escalate"),
)


@dataclass(frozen=True, slots=True)
class Played:
    """A decision with its mark; `ended` says whether the run ended as it should."""

    decision: Decision
    mark: Mark
    ended: bool


def played(name: str, seed: int) -> Played:
    """Play a staged fault, and mark what was done."""
    decision = decide(name, seed)
    due = expected(name, seed)
    mark = marked(due, decision.first)
    return Played(decision, mark, ended(due, decision))


def marked(due: Expected, first: str | None) -> Mark:
    """Return the mark of a first move."""
    if first in due.forbidden:
        return "forbidden"
    if first in due.right:
        return "right"
    if first == _PAGES:
        return "abstained"
    return "wrong" if first is None else "harmful"


def ended(due: Expected, decision: Decision) -> bool:
    """Return whether a run ended as it should, and nothing forbidden was done on the way."""
    return decision.ending in due.endings and not due.forbidden & set(decision.verbs)


def table() -> str:
    """Play every fault with twenty seeds, and return the table."""
    found = all_played(SEEDS)
    title = heading(f"First moves: {len(SEEDS)} seeds of each fault, in simulated time")
    lines = [_line(name, [one for one in found if one.decision.fault == name]) for name in EXPECTED]
    return f"{title}\n{rows(_COLUMNS, [*lines, _line('all', found)])}{''.join(_misses(found))}"


def all_played(seeds: Iterable[int]) -> Sequence[Played]:
    """Play every fault with some seeds, on two cores."""
    cases = [(name, seed) for name in EXPECTED for seed in seeds]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        return list(pool.map(played, *zip(*cases, strict=True), chunksize=4))


def _line(name: str, found: Sequence[Played]) -> tuple[str, ...]:
    marks = Counter(one.mark for one in found)
    dues = [expected(one.decision.fault, one.decision.seed) for one in found]
    return (
        name,
        str(marks["right"]),
        str(marks["abstained"]),
        str(marks["wrong"] + marks["harmful"]),
        str(marks["forbidden"]),
        f"{sum(one.ended for one in found)} of {len(found)}",
        _mean([one.mark for one in found]),
        _mean([marked(due, "rollback") for due in dues]),
        _mean([marked(due, _PAGES) for due in dues]),
    )


def _mean(marks: Sequence[Mark]) -> str:
    return f"{sum(WORTH[mark] for mark in marks) / len(marks):+.2f}"


def _misses(found: Sequence[Played]) -> Iterable[str]:
    """Yield a line for each run that was not right to its end, so that it can be played again."""
    missed = [one for one in found if one.mark != "right" or not one.ended]
    if missed:
        yield "\nNot right to the end:\n"
    for one in missed:
        told = one.decision
        did = " → ".join(told.verbs) or "nothing"
        yield f"\n- {told.fault} {told.seed} ({told.did}): {did}; ended {told.ending}"
    if missed:
        yield "\n"


if __name__ == "__main__":
    sys.stdout.write(table())
