"""Flags counted row by row: in all, by slice of time, and by who asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from mlrespond.model.edge import FLAG_SLICES, flag_slice
from mlrespond.model.reading import Clusters, Window


class FlagTally:
    """Counts of the columns that hold true and false."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._slices: defaultdict[str, list[list[int]]] = defaultdict(_slices)
        self._entities: defaultdict[str, dict[str, list[int]]] = defaultdict(_entities)

    def add(self, name: str, value: bool, at: datetime, entity: str | None) -> None:  # noqa: FBT001  # it is what is counted
        """Count a value of a column."""
        _count(self._slices[name][flag_slice(self._window, at)], value)
        if entity is not None:
            _count(self._entities[name][entity], value)

    def flags(self) -> Mapping[str, tuple[int, int]]:
        """Return how often each column was true, of how often it said anything."""
        return {
            name: (sum(true for true, _ in slices), sum(said for _, said in slices))
            for name, slices in self._slices.items()
        }

    def over_time(self) -> Mapping[str, tuple[tuple[int, int], ...]]:
        """Return the same by slice of the window."""
        return {
            name: tuple((true, said) for true, said in slices)
            for name, slices in self._slices.items()
        }

    def by_entity(self) -> Mapping[str, Clusters]:
        """Return the same by who asked."""
        return {
            name: Clusters.of((true, said) for true, said in known.values())
            for name, known in self._entities.items()
        }


def _slices() -> list[list[int]]:
    return [[0, 0] for _ in range(FLAG_SLICES)]


def _entities() -> dict[str, list[int]]:
    return defaultdict(lambda: [0, 0])


def _count(counts: list[int], value: bool) -> None:  # noqa: FBT001  # it is what is counted
    counts[0] += value
    counts[1] += 1
