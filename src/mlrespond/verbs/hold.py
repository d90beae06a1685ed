"""`hold`: no deploys, no training, or no word of the alerts while it stands.

Holds of deploys and training live in the ledger alone; alerts are silenced in the monitor.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from mlrespond.model.authored import Authored, Instant, Stretch
from mlrespond.model.instant import iso, parse_iso
from mlrespond.model.json import Json, Record, record, text
from mlrespond.model.kind import Body
from mlrespond.model.plan import NOTHING_TO_PROVE, Action, Plan, Reading
from mlrespond.model.run_kind import ActionSettled
from mlrespond.model.service_kind import StandingCleared, StandingSet
from mlrespond.model.shape import VerbShape
from mlrespond.verbs import silence
from mlrespond.verbs.interface import NoTarget, Planned, StepContext, Verb


class HoldBody(Authored):
    """What is held, and until when."""

    what: list[Literal["deploy", "training", "alerts"]] = Field(
        description="deploy: screens say so, for whoever deploys; training: `retrain` refuses; "
        "alerts: the incident's own are silenced in the monitor",
        min_length=1,
    )
    window: Stretch | None = Field(
        default=None, description="Training data of this time is not to be used"
    )
    until: Literal["resolved"] | Instant = Field(
        default="resolved",
        description="A time, or `resolved`; a silence ends with the incident in any case, and "
        "after 12h without a time of its own",
    )


def plan(ctx: StepContext, body: HoldBody) -> Planned | NoTarget:
    """Return one action a held thing; what the incident holds just so already is left out."""
    mute = silence.ALERTS in body.what and not silence.has_alert(ctx)
    held = [one for one in dict.fromkeys(body.what) if not (mute and one == silence.ALERTS)]
    actions: list[Action] = []
    for what in held:
        found = _planned(ctx, what, body)
        if isinstance(found, NoTarget):
            return found
        actions += [found] if found else []
    notes = ("the incident has no alert to silence",) if mute else ()
    yields: Record = {"after": ", ".join(held)}
    return Planned(plan=Plan(actions=tuple(actions), notes=notes, yields=yields))


def _planned(ctx: StepContext, what: str, body: HoldBody) -> Action | NoTarget | None:
    if what == silence.ALERTS:
        return silence.action(ctx, body.until)
    stands = ctx.ledger.own(ctx.incident.id, ctx.now).get(f"hold:{what}")
    before = _told(stands) if stands else None
    after = _wanted(what, body)
    if before == after:
        return None
    was = f" (it is held until {stands.until})" if stands else ""
    return Action(
        kind="hold",
        target=what,
        summary=f"hold {what} of {ctx.name} until {body.until}{was}",
        before=before,
        after=after,
        settle="idempotent",
        lease=f"hold/{ctx.name}/{what}",
        verify=NOTHING_TO_PROVE,
    )


def _wanted(what: str, body: HoldBody) -> Record:
    span = body.window
    window = _window(parse_iso(span.from_), parse_iso(span.to)) if span else None
    return {"what": what, "until": body.until, "window": window}


def _told(stands: StandingSet) -> Record:
    since, to = stands.window_from, stands.window_to
    window = _window(since, to) if since and to else None
    return {"what": stands.what, "until": stands.until, "window": window}


def _window(since: datetime, to: datetime) -> Record:
    return {"from": iso(since), "to": iso(to)}


def act(ctx: StepContext, _: object, action: Action) -> Json:
    """Silence alerts; of other things the hold is the event that tells of it."""
    return silence.act(ctx, action) if action.target == silence.ALERTS else action.after


def read(ctx: StepContext, _: object, action: Action) -> Reading:
    """Return how a silence stands; nothing stands in the way of another hold."""
    if action.target == silence.ALERTS:
        return silence.read(ctx, action)
    return Reading(where="before", seen=action.before)


def facts(ctx: StepContext, action: Action, settled: ActionSettled) -> tuple[Body, ...]:
    """Tell the ledger that a hold stands, or that it ended."""
    if settled.outcome not in {"ok", "reconciled"}:
        return ()
    held, what = record(action.after), action.target
    if what == silence.ALERTS:
        held = {} if action.undo else held
        what = silence.standing(ctx.incident.id)
    if not held:
        return (StandingCleared(sort="hold", what=what),)
    window = record(held.get("window"))
    since, until = text(window.get("from")), text(window.get("to"))
    return (
        StandingSet(
            sort="hold",
            what=what,
            until=text(held.get("until")) or "resolved",
            window_from=parse_iso(since) if since else None,
            window_to=parse_iso(until) if until else None,
        ),
    )


VERB = Verb(
    shape=VerbShape(
        name="hold",
        family="change",
        body=HoldBody,
        effect=lambda _: "change",
        timeout_s=lambda _: 60.0,
        yields={"after": "text", "sent_at": "time", "verified_at": "time"},
    ),
    plan=plan,
    act=act,
    read=read,
    facts=facts,
)
