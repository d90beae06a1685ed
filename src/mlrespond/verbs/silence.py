"""Silencing an incident's own alerts while it is mitigated: what `hold: {what: [alerts]}` does.

The matchers are the labels of one alert, whole. What the monitor lists is the proof, and that it
tells the alert as silenced, where it fires.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from mlrespond.errors import PortError
from mlrespond.model.alert import Alert
from mlrespond.model.instant import iso, parse_iso
from mlrespond.model.json import Json, Record, items, record, text
from mlrespond.model.plan import Action, Reading
from mlrespond.model.reading import Firing, Silence
from mlrespond.model.word import Where
from mlrespond.verbs.interface import NoTarget, StepContext

ALERTS = "alerts"
LONGEST = timedelta(hours=12)  # a shift: what is forgotten must not hide the next incident

_MOST = 20
_PRECISION = timedelta(seconds=1)


def standing(incident: str) -> str:
    """Return what the ledger calls the silence of an incident's alerts."""
    return f"{ALERTS} of {incident}"


def action(ctx: StepContext, until: str) -> Action | NoTarget | None:
    """Return the action that silences the incident's alerts; None when it has none or it is so."""
    alerts = _own(ctx)
    ends = ctx.now + LONGEST if until == "resolved" else parse_iso(until)
    try:
        firing, stands = ctx.ports.monitor.firing(), ctx.ports.monitor.silences(ctx.incident.mark)
    except PortError as error:
        return NoTarget(reason=f"the monitor cannot be asked: {error.message}")
    wrong = _wrong(alerts, firing) or ("" if ends > ctx.now else f"{until} is over")
    if wrong:
        return NoTarget(reason=wrong)
    there = [dict(one.labels) for one in stands]
    if all(dict(one.labels) in there for one in alerts) and _known(ctx):
        return None
    labels: list[Json] = [dict(one.labels) for one in alerts]
    return Action(
        kind="hold",
        target=ALERTS,
        summary=f"silence {', '.join(_names(alerts))} of {ctx.name} until {iso(ends)[:19]}Z",
        before={"silences": _told(stands)} if stands else None,
        after={"what": ALERTS, "until": iso(ends), "labels": labels},
        settle="idempotent",
        lease=f"hold/{ctx.name}/{ALERTS}",
    )


def has_alert(ctx: StepContext) -> bool:
    """Return whether the incident has an alert that could be silenced."""
    return bool(_own(ctx))


def act(ctx: StepContext, done: Action) -> Json:
    """Silence each alert once, or end the silences; what is so already stays."""
    wanted = record(done.after)
    if done.undo:
        ctx.ports.monitor.end_silences(ctx.incident.mark)
        return done.after
    comment = f"{ctx.incident.id} is being mitigated ({ctx.run})"
    for labels in _labels(wanted):
        ctx.ports.monitor.silence(ctx.incident.mark, labels, parse_iso(_until(wanted)), comment)
    return done.after


def read(ctx: StepContext, done: Action) -> Reading:
    """Return what the monitor lists under our key, in relation to an action."""
    try:
        seen, firing = ctx.ports.monitor.silences(ctx.incident.mark), ctx.ports.monitor.firing()
    except PortError as error:
        return Reading(where="unreadable", detail=error.message)
    where, detail = _ended(seen) if done.undo else _stands(done, seen, firing)
    return Reading(where=where, seen={"silences": _told(seen)} if seen else None, detail=detail)


def _ended(seen: Sequence[Silence]) -> tuple[Where, str]:
    return ("before", "a silence still stands") if seen else ("reached", "no silence stands")


def _stands(done: Action, seen: Sequence[Silence], firing: Sequence[Firing]) -> tuple[Where, str]:
    wanted, before = record(done.after), items(record(done.before).get("silences"))
    moved, lacking = _moved(wanted, seen), _lacking(wanted, seen, firing)
    if not moved and not lacking:
        return "reached", f"silenced until {_until(wanted)[:19]}Z"
    if _told(seen) == list(before):
        return "before", lacking or moved
    return ("elsewhere", moved) if moved else ("pending", lacking)


def _told(seen: Sequence[Silence]) -> list[Json]:
    return [{"labels": dict(one.labels), "until": iso(one.until)} for one in seen]


def _own(ctx: StepContext) -> list[Alert]:
    """Return the incident's alerts, each set of labels once."""
    found: dict[tuple[tuple[str, str], ...], Alert] = {}
    for one in ctx.incident.alerts:
        found.setdefault(tuple(sorted(one.labels.items())), one)
    return list(found.values())


def _known(ctx: StepContext) -> bool:
    """Return whether the ledger tells of the silence."""
    return f"hold:{standing(ctx.incident.id)}" in ctx.ledger.standing_at(ctx.now)


def _wrong(alerts: Sequence[Alert], firing: Sequence[Firing]) -> str:
    """Return why these alerts cannot be silenced without silencing others."""
    if len(alerts) > _MOST:
        return f"the incident has {len(alerts)} alerts: silence them by what they have in common"
    if any(not one.labels.get("alertname") for one in alerts):
        return "an alert without a name cannot be silenced by its labels alone"
    own = [dict(one.labels) for one in alerts]
    others = [one.alert for one in firing if dict(one.alert.labels) not in own]
    caught = [one for one in others if any(_has(one.labels, labels) for labels in own)]
    if not caught:
        return ""
    more = sorted(f"{name}={value}" for name, value in caught[0].labels.items())
    return f"it would silence an alert of others too: {caught[0].name} ({', '.join(more)})"


def _has(labels: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Return whether labels match; a matcher with an empty value matches a label that is absent."""
    return all(labels.get(name, "") == value for name, value in wanted.items())


def _names(alerts: Sequence[Alert]) -> list[str]:
    return sorted({one.name for one in alerts})


def _moved(wanted: Record, seen: Sequence[Silence]) -> str:
    """Return how somebody changed a silence of ours, or nothing."""
    until, labels = parse_iso(_until(wanted)), list(_labels(wanted))
    for one in seen:
        if dict(one.labels) not in labels:
            return "a silence of ours has other matchers now"
        if abs(one.until - until) > _PRECISION:
            return f"it is silenced until {iso(one.until)[:19]}Z"
    return ""


def _lacking(wanted: Record, seen: Sequence[Silence], firing: Sequence[Firing]) -> str:
    """Return which alert is not silenced, or is told all the same; or nothing."""
    there, labels = [dict(one.labels) for one in seen], list(_labels(wanted))
    missing = [one for one in labels if one not in there]
    if missing:
        return f"{len(missing)} of {len(labels)} alerts are not silenced"
    ids = {one.id for one in seen}
    loud = [
        one.alert.name
        for one in firing
        if dict(one.alert.labels) in labels and ids.isdisjoint(one.silenced_by)
    ]
    return f"{loud[0]} is not told as silenced" if loud else ""


def _labels(wanted: Record) -> Iterator[dict[str, str]]:
    for one in items(wanted.get("labels")):
        yield {name: str(value) for name, value in record(one).items()}


def _until(wanted: Record) -> str:
    return text(wanted.get("until")) or "resolved"
