"""Timing arms side by side: A B A B …, so that what the machine does meanwhile meets all alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from statistics import median
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Paired:
    """Seconds by arm, one for each round, in the order of the rounds.

    `cpu` are the seconds that a processor was at work, in this process and in those it waited for:
    they say what an arm costs where others have the processors too.
    """

    seconds: Mapping[str, tuple[float, ...]]
    cpu: Mapping[str, tuple[float, ...]]

    def median(self, arm: str) -> float:
        """Return the median of an arm, in seconds."""
        return median(self.seconds[arm])

    def cpu_median(self, arm: str) -> float:
        """Return the median of an arm's processor time, in seconds."""
        return median(self.cpu[arm])

    def ratio(self, arm: str, to: str) -> float:
        """Return the median over the rounds of how many times as long an arm took as another."""
        pairs = zip(self.seconds[arm], self.seconds[to], strict=True)
        return median(one / other for one, other in pairs)


def paired(arms: Mapping[str, Callable[[], object]], rounds: int) -> Paired:
    """Run every arm once a round, after one round that does not count."""
    for arm in arms.values():
        arm()
    seconds: dict[str, list[float]] = {name: [] for name in arms}
    cpu: dict[str, list[float]] = {name: [] for name in arms}
    for _ in range(rounds):
        for name, arm in arms.items():
            before = cpu_seconds()
            seconds[name].append(timed(arm))
            cpu[name].append(cpu_seconds() - before)
    return Paired(
        seconds={name: tuple(found) for name, found in seconds.items()},
        cpu={name: tuple(found) for name, found in cpu.items()},
    )


def cpu_seconds() -> float:
    """Return how long processors have worked for this process and those it waited for."""
    known = (getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in known)


def timed(arm: Callable[[], object]) -> float:
    """Return how many seconds a call took."""
    began = perf_counter()
    arm()
    return perf_counter() - began
