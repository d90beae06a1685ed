"""`drain`: send no more requests to some replicas. It stands until it is undone."""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field

from mlrespond.model.authored import Authored
from mlrespond.model.codec import decode
from mlrespond.model.kind import Body
from mlrespond.model.plan import Action, Plan
from mlrespond.model.reading import Route
from mlrespond.model.run_kind import ActionSettled
from mlrespond.model.service_kind import StandingCleared, StandingSet
from mlrespond.model.shape import VerbShape
from mlrespond.verbs import routing
from mlrespond.verbs.interface import NoTarget, Planned, StepContext, Verb


class ReplicasBody(Authored):
    """Which replicas."""

    replicas: list[str] = Field(description="Replicas, by name")


def unknown(ctx: StepContext, names: list[str]) -> str:
    """Return what is wrong with a list of replicas, or nothing."""
    strangers = [name for name in names if name not in ctx.replicas]
    if strangers:
        return f"no replica is called {', '.join(strangers)} (there are {', '.join(ctx.replicas)})"
    return "" if names else "no replica is named"


def plan(ctx: StepContext, body: ReplicasBody) -> Planned | NoTarget:
    """Return the plan that takes the replicas out of the route; one must be left."""
    wrong = unknown(ctx, body.replicas)
    if wrong:
        return NoTarget(reason=wrong)
    before = routing.current(ctx, by_hook=True)
    if isinstance(before, NoTarget):
        return before
    drained = tuple(sorted({*before.drained, *body.replicas}))
    if set(drained) >= set(ctx.replicas):
        return NoTarget(reason="that would leave no replica to answer")
    after = replace(before, drained=drained)
    yields = {"before": ", ".join(before.drained), "after": ", ".join(drained)}
    if before == after:
        return Planned(plan=Plan(actions=(), yields=yields))
    summary = f"send no requests to {', '.join(body.replicas)}"
    return Planned(
        plan=Plan(actions=(routing.action(ctx, "drain", summary, before, after),), yields=yields)
    )


def facts(_: StepContext, action: Action, settled: ActionSettled) -> tuple[Body, ...]:
    """Tell the ledger which replicas are drained, and which no longer are."""
    if settled.outcome not in {"ok", "reconciled"}:
        return ()
    before = set(decode(Route, action.before).drained)
    after = set(decode(Route, action.after).drained)
    added = (StandingSet(sort="drain", what=name) for name in sorted(after - before))
    ended = (StandingCleared(sort="drain", what=name) for name in sorted(before - after))
    return (*added, *ended)


VERB = Verb(
    shape=VerbShape(
        name="drain",
        family="change",
        body=ReplicasBody,
        effect=lambda _: "change",
        timeout_s=lambda _: 300.0,
        yields={"before": "text", "after": "text", "sent_at": "time", "verified_at": "time"},
    ),
    plan=plan,
    act=routing.act,
    read=routing.read,
    facts=facts,
)
