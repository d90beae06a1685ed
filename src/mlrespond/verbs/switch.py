"""`switch`: send requests to a fallback, or back. It stands until it is undone."""

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


class SwitchBody(Authored):
    """Where requests go."""

    to: str = Field(description="primary, or a fallback of the service")
    share: int = Field(default=100, description="Percent of the requests", ge=1, le=100)


def plan(ctx: StepContext, body: SwitchBody) -> Planned | NoTarget:
    """Return the plan that sets the route."""
    route = _route_of(ctx, body.to)
    if route is None:
        known = ", ".join([routing.PRIMARY, *ctx.service.fallbacks])
        return NoTarget(reason=f"{ctx.name} has no fallback `{body.to}` (it has {known})")
    before = routing.current(ctx)
    if isinstance(before, NoTarget):
        return before
    share = 100 if route == routing.PRIMARY else body.share
    after = replace(before, to=route, share=share)
    yields = {"before": before.to, "after": route}
    if before == after:
        return Planned(plan=Plan(actions=(), yields=yields))
    summary = f"send {share}% of the requests to {body.to} (now {before.share}% to {before.to})"
    action = routing.action(ctx, "route", summary, before, after)
    return Planned(plan=Plan(actions=(action,), yields=yields))


def _route_of(ctx: StepContext, to: str) -> str | None:
    if to == routing.PRIMARY:
        return routing.PRIMARY
    fallback = ctx.service.fallbacks.get(to)
    return fallback.route if fallback else None


def facts(_: StepContext, action: Action, settled: ActionSettled) -> tuple[Body, ...]:
    """Tell the ledger that a switch stands, or that it was taken back."""
    if settled.outcome not in {"ok", "reconciled"}:
        return ()
    before, after = decode(Route, action.before), decode(Route, action.after)
    if after.to == routing.PRIMARY:
        return (StandingCleared(sort="switch", what=before.to),)
    return (StandingSet(sort="switch", what=f"{after.share}% to {after.to}"),)


VERB = Verb(
    shape=VerbShape(
        name="switch",
        family="change",
        body=SwitchBody,
        effect=lambda _: "change",
        timeout_s=lambda _: 300.0,
        yields={"before": "text", "after": "text", "sent_at": "time", "verified_at": "time"},
    ),
    plan=plan,
    act=routing.act,
    read=routing.read,
    facts=facts,
)
