"""Whom bad versions reached: what is asked of a log of predictions, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mlrespond.model.reading import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """Which predictions are meant: those of a window that one of some versions served.

    No version named means every version. `decisions` narrows the worklist only; none named means
    every row that has a decision.
    """

    window: Window
    versions: frozenset[str] = frozenset()
    decisions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Counts over the records of a window, exact for what is logged.

    `logged` are all its rows, `affected` those of the asked versions. Entities are None where the
    log names none, or no column for them is declared. `anonymous` affected rows name no entity,
    `nameless` rows of the worklist no id; `worklist` counts its different ids.
    `by_hour` has (affected, logged) by the hour's start in ISO 8601; `by_decision` has the
    affected rows, and those without a decision under the empty text.
    """

    logged: int = 0
    affected: int = 0
    unversioned: int = 0
    unreadable: int = 0
    entities: int | None = None
    entities_affected: int | None = None
    anonymous: int = 0
    worklist: int = 0
    nameless: int = 0
    by_version: Mapping[str, int] = field(default_factory=dict)
    by_decision: Mapping[str, int] = field(default_factory=dict)
    by_hour: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    first_logged: datetime | None = None
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One affected prediction; what the log does not say of it is empty. `at` is when it was."""

    at: datetime
    id: str
    version: str
    entity: str
    decision: str
    score: str
