"""Whom some versions reached, counted row by row over a log."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from mlrespond.adapters.log_rows import Timed
from mlrespond.adapters.tally import as_text
from mlrespond.model.json import Json, Record
from mlrespond.model.reach import Affected, Decided, Reach
from mlrespond.model.service import Predictions


class ReachTally:
    """Counts of the rows of a window; it keeps the ids and entities, never a record."""

    def __init__(self, config: Predictions, asked: Affected) -> None:
        self._config = config
        self._asked = asked
        self._logged = self._affected = self._unversioned = self._unreadable = 0
        self._anonymous = self._nameless = 0
        self._entities: set[str] = set()
        self._reached: set[str] = set()
        self._ids: set[str] = set()
        self._versions: Counter[str] = Counter()
        self._decisions: Counter[str] = Counter()
        self._hours: Counter[str] = Counter()
        self._hours_affected: Counter[str] = Counter()
        self._times: list[datetime] = []
        self._oldest: datetime | None = None

    def add(self, found: Timed | None) -> None:
        """Count a row; None stands for one that cannot be read."""
        if found is None:
            self._unreadable += 1
            return
        at, row = found
        version, entity = cell(row, self._config.version), cell(row, self._config.entity)
        self._logged += 1
        self._oldest = min(at, self._oldest or at)
        self._hours[hour(at)] += 1
        self._unversioned += not version
        if version:
            self._versions[version] += 1
        if entity:
            self._entities.add(entity)
        if is_affected(self._asked, version):
            self._add_affected(at, row, entity)

    def _add_affected(self, at: datetime, row: Record, entity: str) -> None:
        self._affected += 1
        self._hours_affected[hour(at)] += 1
        self._times = [min([at, *self._times]), max([at, *self._times])]
        self._anonymous += not entity
        if entity:
            self._reached.add(entity)
        decision = cell(row, self._config.decision)
        self._decisions[decision] += 1
        if is_listed(self._config, self._asked, decision):
            name = cell(row, self._config.id)
            self._nameless += not name
            if name:
                self._ids.add(name)

    def reach(self) -> Reach:
        """Return the counts."""
        named = self._config.entity is not None and bool(self._entities or not self._logged)
        return Reach(
            logged=self._logged,
            affected=self._affected,
            unversioned=self._unversioned,
            unreadable=self._unreadable,
            entities=len(self._entities) if named else None,
            entities_affected=len(self._reached) if named else None,
            anonymous=self._anonymous,
            worklist=len(self._ids),
            nameless=self._nameless,
            by_version=dict(sorted(self._versions.items())),
            by_decision=dict(sorted(self._decisions.items())),
            by_hour={
                name: (self._hours_affected[name], n) for name, n in sorted(self._hours.items())
            },
            first_logged=self._oldest,
            first=self._times[0] if self._times else None,
            last=self._times[-1] if self._times else None,
        )


def decided(config: Predictions, asked: Affected, found: Timed) -> Decided | None:
    """Return the row as an entry of the worklist, or None where it is not part of it."""
    at, row = found
    one = Decided(
        at=at,
        id=cell(row, config.id),
        version=cell(row, config.version),
        entity=cell(row, config.entity),
        decision=cell(row, config.decision),
        score=cell(row, config.score),
    )
    listed = is_affected(asked, one.version) and is_listed(config, asked, one.decision)
    return one if listed else None


def is_affected(asked: Affected, version: str) -> bool:
    """Return whether a row of this version is meant."""
    return not asked.versions or version in asked.versions


def is_listed(config: Predictions, asked: Affected, decision: str) -> bool:
    """Return whether a row with this decision is part of the worklist.

    Where no column has decisions, every answer counts as one.
    """
    if asked.decisions:
        return decision in asked.decisions
    return config.decision is None or bool(decision)


def cell(row: Record, column: str | None) -> str:
    """Return a value of a row as text; what is not there is empty."""
    value: Json = row.get(column) if column else None
    return "" if value is None else as_text(value)


def hour(at: datetime) -> str:
    """Return the start of a time's hour, as ISO 8601."""
    return f"{at:%Y-%m-%dT%H}:00Z"
