"""The metrics of a serving process, in Prometheus's text format 0.0.4."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from mlrespond.lab.model import Scored
from mlrespond.lab.tensor import DATATYPES
from mlrespond.lab.world import Row

EDGES_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
MEDIA = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(slots=True)
class _Counts:
    requests: int = 0
    failures: int = 0
    invalid: int = 0
    seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(EDGES_S) + 1))


class Exposition:
    """Counters by version; every version starts at zero, so that its first increase is seen."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._started = time.time()
        self._counts: dict[str, _Counts] = {}
        self._rows = self._lacking = 0
        self._lock = threading.Lock()

    def register(self, version: str) -> None:
        """Show a version from now on."""
        with self._lock:
            self._counts.setdefault(version, _Counts())

    def counted(
        self, version: str, seconds: float, rows: Sequence[Row], scored: Sequence[Scored]
    ) -> None:
        """Count one request about rows, and what it got; no scores mean that it failed."""
        invalid = sum(one.p is None or not 0 <= one.p <= 1 for one in scored)
        self.observe(version, seconds, failed=not scored, invalid=invalid)
        self.nulls(sum(any(row[name] is None for name in DATATYPES) for row in rows), len(rows))

    def observe(self, version: str, seconds: float, *, failed: bool, invalid: int = 0) -> None:
        """Count one request, and how many of its scores were no probabilities."""
        with self._lock:
            counts = self._counts.setdefault(version, _Counts())
            counts.requests += 1
            counts.failures += failed
            counts.invalid += invalid
            counts.seconds += seconds
            counts.buckets[bisect_left(EDGES_S, seconds)] += 1

    def nulls(self, lacking: int, rows: int) -> None:
        """Count rows, and those in which a value was missing."""
        with self._lock:
            self._rows += rows
            self._lacking += lacking

    def render(self) -> str:
        """Return the text that `/metrics` answers."""
        with self._lock:
            lines = [*self._totals(), *self._durations(), *self._inputs()]
        lines += _head("process_start_time_seconds", "gauge", "When the process started")
        lines.append(f"process_start_time_seconds {self._started:.3f}")
        return "\n".join(lines) + "\n"

    def _totals(self) -> Iterator[str]:
        yield from _head("inference_requests_total", "counter", "Requests, failed ones included")
        for version, counts in self._counts.items():
            yield f"inference_requests_total{{{self._labels(version)}}} {counts.requests}"
        yield from _head("inference_failures_total", "counter", "Requests that failed")
        for version, counts in self._counts.items():
            yield f"inference_failures_total{{{self._labels(version)}}} {counts.failures}"
        yield from _head("inference_invalid_total", "counter", "Scores that are no probabilities")
        for version, counts in self._counts.items():
            yield f"inference_invalid_total{{{self._labels(version)}}} {counts.invalid}"

    def _inputs(self) -> Iterator[str]:
        yield from _head("inference_rows_total", "counter", "Rows that were asked about")
        yield f"inference_rows_total {self._rows}"
        yield from _head("inference_null_rows_total", "counter", "Rows with a missing value")
        yield f"inference_null_rows_total {self._lacking}"

    def _durations(self) -> Iterator[str]:
        name = "inference_duration_seconds"
        yield from _head(name, "histogram", "Time to answer a request")
        for version, counts in self._counts.items():
            labels = self._labels(version)
            for edge, total in zip((*EDGES_S, "+Inf"), accumulate(counts.buckets), strict=True):
                yield f'{name}_bucket{{{labels},le="{edge}"}} {total}'
            yield f"{name}_sum{{{labels}}} {counts.seconds:.6f}"
            yield f"{name}_count{{{labels}}} {counts.requests}"

    def _labels(self, version: str) -> str:
        return f'model="{self._model}",version="{version}"'


def _head(name: str, kind: str, meaning: str) -> list[str]:
    return [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"]
