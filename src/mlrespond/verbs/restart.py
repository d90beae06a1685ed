"""`restart`: start replicas afresh, one after another, each proven to have come back."""

from __future__ import annotations

from datetime import datetime

from mlrespond.errors import PortError
from mlrespond.model.instant import iso, parse_iso
from mlrespond.model.json import Json, text
from mlrespond.model.plan import Action, Plan, Reading
from mlrespond.model.shape import VerbShape
from mlrespond.verbs.drain import ReplicasBody, unknown
from mlrespond.verbs.interface import NoTarget, Planned, StepContext, Verb


def plan(ctx: StepContext, body: ReplicasBody) -> Planned | NoTarget:
    """Return one action a replica. A start that was seen later than before proves a restart."""
    wrong = unknown(ctx, body.replicas)
    if wrong:
        return NoTarget(reason=wrong)
    actions = tuple(_action(ctx, name) for name in body.replicas)
    return Planned(plan=Plan(actions=actions, yields={"after": "restarted"}))


def _action(ctx: StepContext, replica: str) -> Action:
    started = _started(ctx, replica)
    return Action(
        kind="restart",
        target=replica,
        summary=f"restart {replica}",
        before=iso(started) if started else None,
        after="restarted",
        settle="readable" if started else "none",
        undoable=False,
        lease=f"replica/{ctx.name}/{replica}",
    )


def act(ctx: StepContext, _: object, action: Action) -> Json:
    """Restart a replica by the team's hook."""
    ctx.ports.hooks.restart(action.target)
    return {"restarted": action.target}


def read(ctx: StepContext, _: object, action: Action) -> Reading:
    """Return whether the replica has started since, and answers."""
    before = text(action.before)
    started = _started(ctx, action.target)
    if started is None and before is not None:
        return Reading(where="unreadable", detail=f"{action.target} does not answer")
    if before is not None and started is not None and started <= parse_iso(before):
        return Reading(where="before", seen=before, detail=f"{action.target} runs since {before}")
    served = ctx.ports.serving.served(action.target)
    if not served.ready:
        return Reading(where="pending", detail=f"{action.target} is not ready")
    if before is None and started is None:
        # nothing tells a restarted replica from one that was not: ready is all there is to see
        return Reading(where="reached", detail=f"{action.target} is ready")
    since = iso(started) if started else "now"
    return Reading(
        where="reached",
        seen=since,
        detail=f"{action.target} runs since {since}",
        yields={"replicas": {action.target: {"version": served.version}}},
    )


def _started(ctx: StepContext, replica: str) -> datetime | None:
    try:
        return ctx.ports.hooks.started_at(replica)
    except PortError:
        return None


VERB = Verb(
    shape=VerbShape(
        name="restart",
        family="change",
        body=ReplicasBody,
        effect=lambda _: "change",
        timeout_s=lambda _: 300.0,
        yields={
            "before": "text",
            "after": "text",
            "sent_at": "time",
            "verified_at": "time",
            "replicas": {"*": {"version": "version"}},
        },
    ),
    plan=plan,
    act=act,
    read=read,
)
