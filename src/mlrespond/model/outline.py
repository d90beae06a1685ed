"""Which parts of large bodies a report reads; all other kinds are read whole.

Both timelines leave out the rest by this one table: a run's request alone holds its whole runbook.
"""

from __future__ import annotations

from collections.abc import Mapping

from mlrespond.model.json import Json, Record

PATHS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "run_requested": (("service",), ("runbook", "name")),
    "step_started": (("effect",),),
    "step_finished": (("outcome",), ("yields", "suspects"), ("yields", "verified_at")),
    "service_looked": (("wanted",), ("previous_at",)),
}


def outline(kind: str, data: Record) -> Record:
    """Return the parts of an event's data that a report reads; what is null is left out."""
    if kind not in PATHS:
        return data
    found: dict[str, Json] = {}
    for path in PATHS[kind]:
        value = _at(data, path)
        if value is not None:
            _put(found, path, value)
    return found


def _at(data: Json, path: tuple[str, ...]) -> Json:
    for name in path:
        data = data.get(name) if isinstance(data, Mapping) else None
    return data


def _put(found: dict[str, Json], path: tuple[str, ...], value: Json) -> None:
    for name in path[:-1]:
        inner = found.setdefault(name, {})
        assert isinstance(inner, dict)
        found = inner
    found[path[-1]] = value
