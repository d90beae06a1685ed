"""A query over a stretch of time: its value at one moment after another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from mlrespond.errors import InvalidInputError
from mlrespond.model.reading import Sample, Series, Window

MOST_POINTS = 11_000
"""As many points as Prometheus gives for one range."""


def times(window: Window, step_s: float) -> tuple[datetime, ...]:
    """Return the moments of a window, one every step, from its start to its end, both included."""
    if step_s <= 0 or window.seconds / step_s > MOST_POINTS:
        raise InvalidInputError(f"a step of {step_s:g} s asks for too many points")
    steps = int(window.seconds / step_s) + 1
    return tuple(window.since + timedelta(seconds=at * step_s) for at in range(steps))


def joined(
    instant: Callable[[datetime], Sequence[Sample]], moments: Sequence[datetime]
) -> tuple[Series, ...]:
    """Return the series that the samples of all moments make, by their labels."""
    points: dict[tuple[tuple[str, str], ...], list[tuple[datetime, float]]] = {}
    for moment in moments:
        for sample in instant(moment):
            points.setdefault(_key(sample.labels), []).append((moment, sample.value))
    return tuple(Series(labels=dict(key), points=tuple(of)) for key, of in points.items())


def _key(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))
