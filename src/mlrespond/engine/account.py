"""One incident as a report counts it: phases, signals, runs, who did what, what is left to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mlrespond.engine.action_item import ITEM_KINDS, ActionItem, fold_items
from mlrespond.engine.blast import BLAST_KINDS, Blast, fold_blast
from mlrespond.engine.incident import fold_incident
from mlrespond.engine.measure import Phase, first_mode, milestones, phases
from mlrespond.model.event import Event
from mlrespond.model.instant import parse_iso
from mlrespond.model.json import record, text
from mlrespond.model.word import IncidentStatus, Severity

_STATUS_KINDS = (
    "incident_opened",
    "incident_acknowledged",
    "incident_mitigated",
    "incident_resolved",
    "incident_reopened",
    "incident_closed",
    "incident_merged",
    "incident_declined",
    "severity_set",
    "alert_received",
)
_MEASURED = (
    "step_started",
    "step_finished",
    "question_asked",
    "question_answered",
    "action_sent",
)
ACCOUNT_KINDS = (
    *_STATUS_KINDS,
    *_MEASURED,
    "action_settled",
    "run_requested",
    "run_ended",
    *ITEM_KINDS,
    *BLAST_KINDS,
)
"""What an account is folded from; of large bodies an outline is enough (model/outline)."""
_WELL = frozenset({"ok", "reconciled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAccount:
    """A run: which runbook, from when to when, and how it ended; None while it has not."""

    run: str
    runbook: str
    requested_at: datetime
    ended_at: datetime | None = None
    ending: str | None = None

    @property
    def seconds(self) -> float | None:
        """Return how long it took, waiting included; None while it has not ended."""
        return (self.ended_at - self.requested_at).total_seconds() if self.ended_at else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An incident in figures.

    `actions` were done by runs and proven, `unproven` were begun and not proven. `approvals` are
    counted by how leave was given. `told` counts what people did or found out for a run: answers
    to what it asked, and changes that a person says were made. `by_word` means that a person, and
    no criterion, said that the harm has stopped. `sent` are the times of the calls that returned.
    """

    id: str
    service: str
    title: str
    severity: Severity
    status: IncidentStatus
    drill: bool
    opened_at: datetime
    over_at: datetime | None
    phases: tuple[Phase, ...]
    alerts: tuple[str, ...] = ()
    mode: str | None = None
    runs: tuple[RunAccount, ...] = ()
    actions: int = 0
    unproven: int = 0
    approvals: Mapping[str, int]
    told: int = 0
    by_word: bool = False
    sent: tuple[datetime, ...] = ()
    items: tuple[ActionItem, ...] = ()
    blast: Blast | None = None

    def seconds(self, phase: str) -> float | None:
        """Return how long a phase took; None where one of its milestones is missing."""
        return next((one.seconds for one in self.phases if one.name == phase), None)


def account(events: Sequence[Event]) -> Account | None:
    """Return the account of an incident's events, or None if it was never opened."""
    known = [one for one in events if not one.late]
    state = fold_incident(one for one in known if one.kind in _STATUS_KINDS)
    if state is None:
        return None
    marks = milestones(one for one in known if one.kind in {*_STATUS_KINDS, *_MEASURED})
    settled = Counter(str(one.data.get("outcome")) for one in _acts(known, "action_settled"))
    return Account(
        id=state.id,
        service=state.service,
        title=state.title,
        severity=state.severity,
        status=state.status,
        drill=state.drill,
        opened_at=state.opened_at,
        over_at=state.first.get("resolved") or state.first.get("closed"),
        phases=phases(marks),
        alerts=tuple(sorted({one.name for one in state.alerts if one.status == "firing"})),
        mode=first_mode(known),
        runs=_runs(known),
        actions=sum(n for outcome, n in settled.items() if outcome in _WELL),
        unproven=sum(n for outcome, n in settled.items() if outcome not in _WELL),
        approvals=Counter(via for via, choice, _ in _answers(known) if choice == "approve"),
        told=sum(sort == "ask" or choice == "done" for _, choice, sort in _answers(known)),
        by_word=_by_word(known),
        sent=tuple(one.occurred_at for one in _acts(known, "action_sent")),
        items=fold_items(known),
        blast=fold_blast(known),
    )


def _acts(events: Iterable[Event], kind: str) -> Iterator[Event]:
    """Yield the events of a kind that are of a change; a page is none."""
    known = tuple(events)
    pages = {
        (one.run, one.step)
        for one in known
        if one.kind == "step_started" and one.data.get("effect") == "page"
    }
    for event in known:
        if event.kind == kind and (event.run, event.step) not in pages:
            yield event


def _runs(events: Iterable[Event]) -> tuple[RunAccount, ...]:
    asked: dict[str, tuple[datetime, str]] = {}
    ended: dict[str, tuple[datetime, str]] = {}
    for event in events:
        run = str(event.run)
        if event.kind == "run_requested":
            name = text(record(event.data.get("runbook")).get("name"))
            asked.setdefault(run, (event.occurred_at, name or "(erased)"))
        elif event.kind == "run_ended":
            ended.setdefault(run, (event.occurred_at, text(event.data.get("ending")) or "(erased)"))
    return tuple(
        RunAccount(
            run=run,
            runbook=name,
            requested_at=at,
            ended_at=ended[run][0] if run in ended else None,
            ending=ended[run][1] if run in ended else None,
        )
        for run, (at, name) in asked.items()
    )


def _answers(events: Iterable[Event]) -> Iterator[tuple[str, str, str]]:
    """Yield (how it came, what was chosen, the question's sort) of each answer that counts."""
    sorts: dict[str, str] = {}
    for event in events:
        if event.kind == "question_asked" and not event.erased:
            sorts[str(event.data.get("question"))] = str(event.data.get("sort"))
        elif event.kind == "question_answered" and not event.erased:
            data = event.data
            sort = sorts.get(str(data.get("question")), "")
            yield str(data.get("via")), str(data.get("choice")), sort


def _by_word(events: Iterable[Event]) -> bool:
    first = next((one for one in events if one.kind == "incident_mitigated"), None)
    return first is not None and first.source == "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What the registry wants, changed between two looks."""

    service: str
    before: str
    to: str
    after: datetime
    at: datetime


def moves(service: str, looks: Iterable[Event]) -> tuple[Move, ...]:
    """Return when a service's wanted version changed, from its looks; unread ones tell nothing."""
    found: list[Move] = []
    last: tuple[str, datetime] | None = None
    for event in sorted(looks, key=lambda one: one.occurred_at):
        wanted = text(event.data.get("wanted"))
        if event.late or wanted is None:
            continue
        if last is not None and last[0] != wanted:
            previous = text(event.data.get("previous_at"))
            after = parse_iso(previous) if previous else last[1]
            found.append(
                Move(service=service, before=last[0], to=wanted, after=after, at=event.occurred_at)
            )
        last = (wanted, event.occurred_at)
    return tuple(found)


def moved_by_others(one: Account, known: Iterable[Move], now: datetime) -> tuple[Move, ...]:
    """Return the moves during an incident that no call of its runs explains."""
    until = one.over_at or now
    return tuple(
        move
        for move in known
        if move.service == one.service
        and one.opened_at <= move.at <= until
        and not any(move.after <= at <= move.at for at in one.sent)
    )
