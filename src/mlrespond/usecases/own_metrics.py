"""What the program tells of itself to a monitor: counts of the timeline, and of its own loop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from mlrespond.errors import TimelineError

Labels = Mapping[str, str]
_NEWEST = (
    "SELECT pos,CAST(strftime('%s',substr(recorded_at,1,19)) AS INTEGER)"
    " FROM event ORDER BY pos DESC LIMIT 1"
)
_LOOKED = (
    "SELECT substr(stream,9),CAST(strftime('%s',substr(MAX(occurred_at),1,19)) AS INTEGER)"
    " FROM event WHERE kind='service_looked' AND late=0 GROUP BY 1"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One metric: its name, what it means, and its values by labels."""

    name: str
    sort: str
    about: str
    values: tuple[tuple[Labels, float], ...]


class Counted(Protocol):
    """A timeline that can be counted."""

    def rows(self, query: str, values: tuple[str | int, ...] = ()) -> list[tuple[object, ...]]:
        """Return the rows of a read-only query over the views."""
        ...

    def active_runs(self) -> tuple[tuple[str, str], ...]:
        """See History.active_runs."""
        ...


@dataclass
class Loop:
    """What one loop has done since its process began; the loop's thread alone writes it."""

    name: str
    began: datetime
    rounds: int = 0
    last: datetime | None = None
    runs: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    def turned(self, at: datetime) -> None:
        """Count a round that is over."""
        self.rounds += 1
        self.last = at


def families(loop: Loop, version: str, timeline: Counted | None, waiting: int) -> Iterator[Family]:
    """Yield all metrics; without a timeline that can be read, those of the process alone.

    `waiting` is how many events wait in the spool.
    """
    yield _one("mlir_build_info", "gauge", "The program's version.", 1, version=version)
    yield _one(
        "mlir_loop_rounds_total", "counter", "Rounds of the loop.", loop.rounds, loop=loop.name
    )
    last = (loop.last or loop.began).timestamp()
    about = "When the last round of the loop was over, in Unix time."
    yield _one("mlir_loop_last_round_timestamp_seconds", "gauge", about, last, loop=loop.name)
    about = "Runs driven by this process, by what became of them."
    yield _counted("mlir_runs_driven_total", about, "became", loop.runs)
    yield _counted("mlir_loop_errors_total", "Errors of rounds.", "code", loop.errors)
    yield _one("mlir_spool_events", "gauge", "Events that wait in the spool.", waiting)
    yield from _of_timeline(timeline)


def _of_timeline(timeline: Counted | None) -> Iterator[Family]:
    found: list[Family] = []
    try:
        found = list(_counts(timeline)) if timeline is not None else []
    except TimelineError:
        found = []
    about = "Whether the timeline could be read for this page."
    yield _one("mlir_timeline_readable", "gauge", about, float(bool(found)))
    yield from found


def _counts(timeline: Counted) -> Iterator[Family]:
    ((last, at),) = timeline.rows(_NEWEST) or [(0, 0)]
    yield _one("mlir_timeline_events_total", "counter", "Events in the timeline.", _number(last))
    about = "When the newest event was recorded, in Unix time."
    yield _one("mlir_timeline_last_event_timestamp_seconds", "gauge", about, _number(at))
    yield _grouped(
        timeline,
        "mlir_incidents",
        "Incidents by service, severity and status.",
        ("service", "severity", "status"),
        "SELECT service,severity,status,COUNT(*) FROM incident GROUP BY 1,2,3",
    )
    about = "Runs that were requested and have not ended."
    yield _one("mlir_runs_active", "gauge", about, len(timeline.active_runs()))
    yield _grouped(
        timeline,
        "mlir_service_last_look_timestamp_seconds",
        "When a service was last looked at and that was recorded, in Unix time.",
        ("service",),
        _LOOKED,
    )


def _grouped(
    timeline: Counted, name: str, about: str, labels: tuple[str, ...], query: str
) -> Family:
    values = tuple(
        (dict(zip(labels, map(str, row), strict=False)), _number(row[-1]))
        for row in timeline.rows(query)
    )
    return Family(name=name, sort="gauge", about=about, values=values)


def _one(name: str, sort: str, about: str, value: float, **labels: str) -> Family:
    return Family(name=name, sort=sort, about=about, values=((labels, float(value)),))


def _counted(name: str, about: str, label: str, counts: Counter[str]) -> Family:
    values = tuple(({label: one}, float(count)) for one, count in sorted(counts.items()))
    return Family(name=name, sort="counter", about=about, values=values)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
