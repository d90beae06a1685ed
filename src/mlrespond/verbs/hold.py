"""`hold`: no deploys, or no training, while it stands. It lives in the ledger."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mlrespond.model.authored import Authored, Instant, Stretch
from mlrespond.model.instant import parse_iso
from mlrespond.model.json import Json, record, text
from mlrespond.model.kind import Body
from mlrespond.model.plan import NOTHING_TO_PROVE, Action, Plan, Reading
from mlrespond.model.run_kind import ActionSettled
from mlrespond.model.service_kind import StandingCleared, StandingSet
from mlrespond.model.shape import VerbShape
from mlrespond.verbs.interface import NoTarget, Planned, StepContext, Verb


class HoldBody(Authored):
    """What is held, and until when."""

    what: list[Literal["deploy", "training"]] = Field(
        description="deploy: screens say so, for whoever deploys; training: `retrain` refuses",
        min_length=1,
    )
    window: Stretch | None = Field(
        default=None, description="Training data of this time is not to be used"
    )
    until: Literal["resolved"] | Instant = Field(
        default="resolved", description="A time, or `resolved`"
    )


def plan(ctx: StepContext, body: HoldBody) -> Planned | NoTarget:
    """Return one action a held thing; those that stand already are left out."""
    standing = ctx.ledger.standing_at(ctx.now)
    actions = tuple(
        _action(ctx, what, body) for what in body.what if f"hold:{what}" not in standing
    )
    return Planned(plan=Plan(actions=actions, yields={"after": ", ".join(body.what)}))


def _action(ctx: StepContext, what: str, body: HoldBody) -> Action:
    window = body.window.model_dump(by_alias=True) if body.window else None
    return Action(
        kind="hold",
        target=what,
        summary=f"hold {what} of {ctx.name} until {body.until}",
        before=None,
        after={"what": what, "until": body.until, "window": window},
        settle="idempotent",
        lease=f"hold/{ctx.name}/{what}",
        verify=NOTHING_TO_PROVE,
    )


def act(_: StepContext, __: object, action: Action) -> Json:
    """Do nothing outside: the hold is the event that tells of it."""
    return action.after


def read(_: StepContext, __: object, action: Action) -> Reading:
    """Return that nothing stands in the way."""
    return Reading(where="before", seen=action.before)


def facts(_: StepContext, action: Action, settled: ActionSettled) -> tuple[Body, ...]:
    """Tell the ledger that a hold stands, or that it ended."""
    if settled.outcome not in {"ok", "reconciled"}:
        return ()
    held = record(action.after)
    if not held:
        return (StandingCleared(sort="hold", what=action.target),)
    window = record(held.get("window"))
    since, until = text(window.get("from")), text(window.get("to"))
    return (
        StandingSet(
            sort="hold",
            what=action.target,
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
