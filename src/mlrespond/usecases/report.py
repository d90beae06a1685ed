"""Making a report over many incidents out of their accounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Protocol

from mlrespond.engine.account import (
    ACCOUNT_KINDS,
    Account,
    Move,
    account,
    moved_by_others,
    moves,
)
from mlrespond.engine.incident import OPEN
from mlrespond.engine.measure import PHASES
from mlrespond.errors import UsageError
from mlrespond.model.event import Event
from mlrespond.ports.timeline import Filter, History, Outlines
from mlrespond.usecases.context import service_stream
from mlrespond.usecases.report_figure import (
    GOOD_ENDINGS,
    REPEATS,
    BlastTotal,
    Dot,
    Repeat,
    Report,
    RunbookTotal,
    ServiceTotal,
    Spread,
    Toil,
)


class Read(History, Outlines, Protocol):
    """What a report asks of the timeline."""


def report(
    store: Read,
    now: datetime,
    *,
    service: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Report:
    """Return the report over the incidents that were opened in a time, of one service or of all."""
    if since is not None and until is not None and since >= until:
        raise UsageError("the time is empty: it ends before it begins", hint="--since and --until")
    opened = [one for one in store.find(Filter(kinds=("incident_opened",))) if not one.late]
    chosen = [one for one in opened if _in_time(one, since, until)]
    if service is not None:
        chosen = [one for one in chosen if one.data.get("service") == service]
    found = tuple(_accounts(store, [one.stream for one in chosen]))
    counted = tuple(sorted((one for one in found if not _why_out(one)), key=_opened))
    known_moves = _moves(store, {one.service for one in counted})
    items = [item for one in found for item in one.items]
    left = tuple(one for one in items if one.status == "open")
    return Report(
        made_at=now,
        service=service,
        since=since,
        until=until,
        incidents=counted,
        left_out=Counter(word for one in found if (word := _why_out(one))),
        weeks=tuple(_weeks(counted, until or now)),
        services=tuple(_services(counted)),
        phases=tuple(_phases(counted)),
        runbooks=tuple(_runbooks(counted)),
        repeats=tuple(_repeats(counted)),
        toil=_toil(counted, known_moves, now),
        open_items=left,
        overdue=sum(one.overdue(now) for one in left),
        items=len(items),
        blast=_blast(counted),
    )


def _in_time(event: Event, since: datetime | None, until: datetime | None) -> bool:
    at = event.occurred_at
    return (since is None or at >= since) and (until is None or at < until)


def _accounts(store: Read, streams: Sequence[str]) -> Iterator[Account]:
    by_stream: dict[str, list[Event]] = {}
    for event in store.outlines(streams, ACCOUNT_KINDS):
        by_stream.setdefault(event.stream, []).append(event)
    for events in by_stream.values():
        found = account(events)
        if found is not None:
            yield found


def _why_out(one: Account) -> str:
    if one.drill:
        return "drill"
    return one.status if one.status in {"merged", "declined"} else ""


def _opened(one: Account) -> tuple[datetime, str]:
    return one.opened_at, one.id


def _moves(store: Read, services: Iterable[str]) -> tuple[Move, ...]:
    by_stream: dict[str, list[Event]] = {}
    streams = [service_stream(one) for one in services]
    for event in store.outlines(streams, ("service_looked",)):
        by_stream.setdefault(event.stream, []).append(event)
    return tuple(
        move
        for stream, looks in by_stream.items()
        for move in moves(stream.removeprefix(service_stream("")), looks)
    )


def _weeks(known: Sequence[Account], until: datetime) -> Iterator[tuple[str, int]]:
    """Yield how many incidents were opened in each week from the first one's, by its Monday."""
    if not known:
        return
    counts = Counter(_monday(one.opened_at) for one in known)
    week, last = min(counts), _monday(max(until, known[-1].opened_at))
    while week <= last:
        yield f"{week:%Y-%m-%d}", counts[week]
        week += timedelta(days=7)


def _monday(at: datetime) -> datetime:
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def _services(known: Sequence[Account]) -> Iterator[ServiceTotal]:
    for name in sorted({one.service for one in known}):
        mine = [one for one in known if one.service == name]
        between = tuple(
            Dot(name=after.id, seconds=(after.opened_at - before.opened_at).total_seconds())
            for before, after in pairwise(mine)
        )
        yield ServiceTotal(
            service=name,
            incidents=len(mine),
            by_severity=dict(sorted(Counter(one.severity for one in mine).items())),
            still_open=sum(one.status in OPEN for one in mine),
            between=Spread(
                name="between", formula="declared - declared before", dots=between, missing={}
            ),
        )


def _phases(known: Sequence[Account]) -> Iterator[Spread]:
    for phase in PHASES:
        dots = []
        missing: Counter[str] = Counter()
        for one in known:
            measured = next(it for it in one.phases if it.name == phase.name)
            if measured.seconds is None:
                missing[", ".join(measured.missing)] += 1
            else:
                dots.append(Dot(name=one.id, seconds=measured.seconds))
        yield Spread(name=phase.name, formula=phase.formula, dots=tuple(dots), missing=missing)


def _runbooks(known: Sequence[Account]) -> Iterator[RunbookTotal]:
    names = sorted({run.runbook for one in known for run in one.runs})
    for name in names:
        mine = [one for one in known if any(run.runbook == name for run in one.runs)]
        runs = [run for one in mine for run in one.runs if run.runbook == name]
        services = {one.service for one in mine}
        ended = [(run.run, run.seconds) for run in runs if run.seconds is not None]
        yield RunbookTotal(
            runbook=name,
            endings=dict(sorted(Counter(run.ending or "running" for run in runs).items())),
            took=Spread(
                name=name,
                formula="run ended - run requested",
                dots=tuple(Dot(name=run, seconds=seconds) for run, seconds in ended),
                missing=_without("run ended", len(runs) - len(ended)),
            ),
            respond=_responses(one for one in known if name in _helped(one)),
            by_hand=_responses(
                one for one in known if one.service in services and not _helped(one)
            ),
            lost_s=sum(run.seconds or 0.0 for run in runs if run.ending not in GOOD_ENDINGS),
        )


def _helped(one: Account) -> frozenset[str]:
    """Return the runbooks with a run of theirs that mitigated the incident."""
    return frozenset(run.runbook for run in one.runs if run.ending == "mitigated")


def _responses(chosen: Iterable[Account]) -> Spread:
    """Return how long incidents took from their opening to their mitigation."""
    told = [(one.id, one.seconds("respond")) for one in chosen]
    dots = tuple(Dot(name=name, seconds=seconds) for name, seconds in told if seconds is not None)
    return Spread(
        name="respond",
        formula="mitigated - declared",
        dots=dots,
        missing=_without("mitigated", len(told) - len(dots)),
    )


def _without(word: str, n: int) -> Mapping[str, int]:
    return {word: n} if n else {}


def _repeats(known: Sequence[Account]) -> Iterator[Repeat]:
    found: dict[tuple[str, str, str], list[str]] = {}
    for one in known:
        for name in one.alerts:
            found.setdefault((one.service, "alert", name), []).append(one.id)
        if one.mode:
            found.setdefault((one.service, "mode", one.mode), []).append(one.id)
    for (service, by, name), incidents in sorted(
        found.items(), key=lambda pair: (-len(pair[1]), pair[0])
    ):
        if len(incidents) >= REPEATS:
            yield Repeat(service=service, by=by, name=name, incidents=tuple(incidents))


def _toil(known: Sequence[Account], moved: Sequence[Move], now: datetime) -> Toil:
    approvals: Counter[str] = Counter()
    for one in known:
        approvals.update(one.approvals)
    others = {move for one in known for move in moved_by_others(one, moved, now)}
    return Toil(
        machine=sum(one.actions for one in known),
        told=sum(one.told for one in known),
        moved=tuple(sorted(others, key=lambda move: (move.at, move.service))),
        by_word=sum(one.by_word for one in known),
        unproven=sum(one.unproven for one in known),
        approvals=dict(sorted(approvals.items())),
    )


def _blast(known: Sequence[Account]) -> BlastTotal:
    measured = [one.blast for one in known if one.blast is not None]
    return BlastTotal(
        measured=len(measured),
        unmeasured=len(known) - len(measured),
        predictions_affected=sum(one.measured.affected for one in measured),
        predictions=sum(one.measured.logged for one in measured),
        to_reverse=sum(one.measured.to_reverse for one in measured),
        left=sum(one.left for one in measured),
    )
