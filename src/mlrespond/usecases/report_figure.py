"""The figures of a report: how often, how long, which runbooks, what repeats, what is left.

No figure is a lone mean: a median stands with every dot and their number, and what is missing is
counted, never put at zero (verica.io, "MTTR is a misleading metric").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from mlrespond.engine.account import Account, Move
from mlrespond.engine.action_item import ActionItem

GOOD_ENDINGS = frozenset({"mitigated", "no_fault", "not_ours", "done"})
"""Endings of a run that did what it was there for."""
REPEATS = 2
"""So many incidents with the same alert or mode are a repetition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One incident's, or one run's, number of seconds."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Every dot and their median, None without dots; `missing` counts the rest, by what lacks."""

    name: str
    formula: str
    dots: tuple[Dot, ...]
    missing: Mapping[str, int]

    @property
    def n(self) -> int:
        """Return how many dots there are."""
        return len(self.dots)

    @property
    def median(self) -> float | None:
        """Return the median in seconds."""
        return median(one.seconds for one in self.dots) if self.dots else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTotal:
    """How often a service had incidents."""

    service: str
    incidents: int
    by_severity: Mapping[str, int]
    still_open: int
    between: Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookTotal:
    """What a runbook did. `took` has its runs, `respond` the incidents that it mitigated.

    `by_hand` has those of the same services that were mitigated without any run's help: what it
    is held against. `lost_s` is the time of its runs that did not help.
    """

    runbook: str
    endings: Mapping[str, int]
    took: Spread
    respond: Spread
    by_hand: Spread
    lost_s: float

    @property
    def saved_s(self) -> float | None:
        """Return the difference of both medians; None where there is nothing to hold it against."""
        mine, theirs = self.respond.median, self.by_hand.median
        return None if mine is None or theirs is None else theirs - mine


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """Incidents of a service that have the same alert, or the same mode, oldest first."""

    service: str
    by: str
    name: str
    incidents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Toil:
    """Who did what: changes by runs, and by hand.

    `told` are things that people did or found out for a run, `moved` are changes of the wanted
    version that no run made, `by_word` are mitigations on a person's word.
    """

    machine: int
    told: int
    moved: tuple[Move, ...]
    by_word: int
    unproven: int
    approvals: Mapping[str, int]

    @property
    def hand(self) -> int:
        """Return how much was done by hand."""
        return self.told + len(self.moved) + self.by_word

    @property
    def share_by_hand(self) -> float | None:
        """Return the share that was done by hand; None where nothing was done."""
        done = self.machine + self.hand
        return self.hand / done if done else None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlastTotal:
    """The measured blast radii together; entities of several incidents cannot be added."""

    measured: int
    unmeasured: int
    predictions_affected: int
    predictions: int
    to_reverse: int
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that is rendered. Drills, merged and declined incidents are only counted."""

    made_at: datetime
    service: str | None
    since: datetime | None
    until: datetime | None
    incidents: tuple[Account, ...]
    left_out: Mapping[str, int]
    weeks: tuple[tuple[str, int], ...]
    services: tuple[ServiceTotal, ...]
    phases: tuple[Spread, ...]
    runbooks: tuple[RunbookTotal, ...]
    repeats: tuple[Repeat, ...]
    toil: Toil
    open_items: tuple[ActionItem, ...]
    overdue: int
    items: int
    blast: BlastTotal
