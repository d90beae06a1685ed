"""What was changed to mitigate, how fast it took hold, and what the bad version left behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mlrespond.engine.ledger import Ledger
from mlrespond.model.event import Event
from mlrespond.model.instant import parse_iso
from mlrespond.model.json import items, record, text
from mlrespond.usecases.postmortem.serving import REGISTRY, ROUTER, Serving, union


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action as it went: intended, sent, settled; `took_s` is until it was proven."""

    step: str
    said: str
    outcome: str
    began_at: datetime
    settled_at: datetime | None
    took_s: float | None
    seq: int
    settled_seq: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A change of the served version: from, to, why that one, and how long it took to take hold.

    `propagation_s` is from the first action sent until every replica was proven to answer with it.
    """

    step: str
    before: str | None
    after: str | None
    preflight: tuple[str, ...]
    rejected: tuple[tuple[str, str], ...]
    outcome: str
    propagation_s: float | None
    said: str
    seq: int
    plan_seq: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """A stretch of time in which a bad version answered on at least one replica."""

    version: str
    since: datetime
    until: datetime
    over: bool
    replicas: tuple[str, ...]
    why: str
    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A stretch of data that a hold kept from being learned from; `over` when it was ended."""

    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A version that a retrain of this incident registered."""

    said: str
    ref: str


def actions(events: Sequence[Event]) -> tuple[Action, ...]:
    """Return the actions in the order in which they were begun; a retried one stands again."""
    found: list[Action] = []
    for at, event in enumerate(events):
        if event.kind == "action_intended":
            found.append(_action(event, _settlement(event, events[at + 1 :])))
    return tuple(found)


def _settlement(intended: Event, later: Sequence[Event]) -> Event | None:
    which = (intended.run, intended.step, intended.data.get("action"))
    for event in later:
        if (event.run, event.step, event.data.get("action")) == which and event.kind in {
            "action_settled",
            "action_intended",
        }:
            return event if event.kind == "action_settled" else None
    return None


def _action(event: Event, settled: Event | None) -> Action:
    return Action(
        step=str(event.step),
        said=text(event.data.get("summary")) or event.summary,
        outcome=text(settled.data.get("outcome")) or "" if settled else "not settled",
        began_at=event.occurred_at,
        settled_at=settled.occurred_at if settled else None,
        took_s=(settled.occurred_at - event.occurred_at).total_seconds() if settled else None,
        seq=event.seq,
        settled_seq=settled.seq if settled else None,
    )


def moves(events: Sequence[Event]) -> tuple[Move, ...]:
    """Return the steps that moved the service to a version, oldest first."""
    plans: dict[tuple[str | None, str | None], Event] = {}
    bodies: dict[tuple[str | None, str | None], Event] = {}
    found: list[Move] = []
    for event in events:
        key = (event.run, event.step)
        if event.kind == "plan_made":
            plans[key] = event
        elif event.kind == "step_started":
            bodies[key] = event
        elif event.kind == "step_finished" and event.data.get("outcome") != "skipped":
            yields = record(event.data.get("yields"))
            planned = _planned(plans.get(key))
            if "after" in {**planned, **yields}:
                found.append(_move(event, {**planned, **yields}, plans.get(key), bodies.get(key)))
    return tuple(found)


def _planned(plan: Event | None) -> Mapping[str, object]:
    return record(record(plan.data.get("plan")).get("yields")) if plan else {}


def _move(
    event: Event, told: Mapping[str, object], plan: Event | None, began: Event | None
) -> Move:
    sent, verified = told.get("sent_at"), told.get("verified_at")
    took = (
        (parse_iso(verified) - parse_iso(sent)).total_seconds()
        if isinstance(sent, str) and isinstance(verified, str)
        else None
    )
    body = record(began.data.get("body")) if began else {}
    rejected = told.get("rejected")
    return Move(
        step=str(event.step),
        before=_name(told.get("before")),
        after=_name(told.get("after")),
        preflight=tuple(str(one) for one in items(body.get("preflight"))),
        rejected=tuple(
            (str(record(one).get("version")), str(record(one).get("reason")))
            for one in (rejected if isinstance(rejected, Sequence) else ())
        ),
        outcome=text(event.data.get("outcome")) or "",
        propagation_s=took,
        said=text(event.data.get("said")) or text(event.data.get("reason")) or "",
        seq=event.seq,
        plan_seq=plan.seq if plan else None,
    )


def _name(value: object) -> str | None:
    return value if isinstance(value, str) else None


def exposures(
    history: Serving, bad: Mapping[str, tuple[str, str]], span: tuple[datetime, datetime]
) -> tuple[Exposure, ...]:
    """Return when each bad version answered, over all replicas; within the span."""
    found: list[Exposure] = []
    for version, (why, ref) in bad.items():
        mine = [
            one
            for one in history.stretches
            if one.lane not in {REGISTRY, ROUTER} and one.version == version
        ]
        times = union((max(one.since, span[0]), min(one.end(span[1]), span[1])) for one in mine)
        for since, until in times:
            inside = [one for one in mine if one.since <= until and one.end(span[1]) >= since]
            found.append(
                Exposure(
                    version=version,
                    since=since,
                    until=until,
                    over=all(one.until is not None for one in inside),
                    replicas=tuple(dict.fromkeys(one.lane for one in inside)),
                    why=why,
                    ref=ref,
                )
            )
    return tuple(sorted(found, key=lambda one: one.since))


def held(ledger: Ledger, until: datetime) -> tuple[Held, ...]:
    """Return the stretches of data that holds of training cover, those that stand last."""
    stands = [
        Held(since=since, until=one.window_to)
        for one in ledger.standing_at(until).values()
        if (one.sort, one.what) == ("hold", "training") and (since := one.window_from or one.since)
    ]
    return (*(Held(since=since, until=end) for since, end in ledger.held), *stands)


def trained(ledger: Iterable[Event], incident: str) -> tuple[Trained, ...]:
    """Return the versions that this incident's runs trained."""
    return tuple(
        Trained(said=event.summary, ref=f"s{event.seq}")
        for event in ledger
        if event.kind == "version_trained" and event.incident == incident and not event.erased
    )
