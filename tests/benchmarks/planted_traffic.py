"""Faults of traffic, planted: how often they are found, and at which look."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from math import exp, log
from random import Random
from typing import Final

from tests.benchmarks.false_alarms import SLICES, Case, simulated
from tests.benchmarks.heading import heading, rows
from tests.benchmarks.traffic_kinds import STEP_S

from mlrespond.judgment.histogram import Histogram
from mlrespond.judgment.latency import LatencySlices, judge_latency
from mlrespond.judgment.look import Look

RUNS: Final = 200
EDGES: Final = tuple(0.005 * 2 ** (at / 2) for at in range(22))
"""From 5 ms to 7 s, by the root of two."""

_SLOW: Final = 0.02
_ERRORS: Final = (0.02, 0.04)
_COLUMNS = ("fault", "requests a side", "found", "median look", "unchanged alarms")


def latencies(rng: Random, n: int, slow: float) -> tuple[LatencySlices, Histogram]:
    """Draw lognormal latencies; a share `slow` of requests takes twice the usual 99th percentile.

    Median 50 ms, 99th percentile 160 ms.
    """
    slices, total = [], Counter[int]()
    for _ in range(SLICES):
        counts = Counter[int]()
        for _ in range(n // SLICES):
            deviation = rng.gauss(0, 0.5)
            usual = log(0.05) + deviation
            found = 2 * 0.05 * exp(0.5 * 2.326) if rng.random() < slow else exp(usual)
            counts[bisect_left(EDGES, found)] += 1
        slices.append(_histogram(counts))
        total += counts
    return LatencySlices(STEP_S, tuple(slices)), _histogram(total)


def _histogram(counts: Counter[int]) -> Histogram:
    return tuple((edge, counts[at]) for at, edge in enumerate((*EDGES, float("inf"))))


def slow_found(n: int, slow: float, runs: int, seed: int = 1) -> float:
    """Return how often one look at the latency fails, with slow requests planted or none."""
    rng, found = Random(f"{seed} {n} {slow}"), 0  # noqa: S311  # a simulation that repeats
    for _ in range(runs):
        (past, base), (now, current) = latencies(rng, n, 0.0), latencies(rng, n, slow)
        verdict = judge_latency(
            "latency_p99",
            current,
            base,
            quantile=0.99,
            margin=None,
            alpha=Look(),
            max_s=None,
            slices=(now, past),
        )
        found += verdict.verdict == "fail"
    return found / runs


def table(runs: int = RUNS) -> str:
    """Plant the faults, and return the table."""
    lines = [*(_latency(n, runs) for n in (1000, 5000)), *(_errors(n, runs) for n in (100, 500))]
    title = heading(f"Planted faults of traffic: {runs} runs each")
    return f"{title}\n{rows(_COLUMNS, lines)}"


def _latency(n: int, runs: int) -> tuple[str, ...]:
    few = max(1, runs // 4)
    return (
        *("p99 twice as long for 2% of requests", f"{n:,}"),
        *(f"{slow_found(n, _SLOW, few):.2f}", "1", f"{slow_found(n, 0.0, few):.2f}"),
    )


def _errors(each: int, runs: int) -> tuple[str, ...]:
    """Ten looks at error rates; the baseline has an hour at the same rate."""
    before, after = _ERRORS
    case = Case("independent", each * 10, share=before, margin=None, looks=10)
    worse = Case(case.kind, case.n, worse=after - before, share=before, margin=None, looks=10)
    found, same = simulated(worse, runs), simulated(case, runs)
    return (
        *(f"errors 2% to 4%, ten looks of {each}", f"{case.n:,}", f"{found.fails:.2f}"),
        *(f"{found.look:g}" if found.look else "", f"{same.fails:.2f}"),
    )
