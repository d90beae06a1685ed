"""Moving a service to a version: the registry's alias first, then every replica, each proven.

Shared by `rollback` and `activate`: the same code with a target that is found, or named.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from mlrespond.errors import AccessRefusedError, PortError, UnsupportedError
from mlrespond.model.json import Json, record, text
from mlrespond.model.plan import Action, Plan, Reading, Rejected
from mlrespond.verbs import golden
from mlrespond.verbs.check_golden import golden_floor
from mlrespond.verbs.interface import (
    Done,
    NoTarget,
    Past,
    Planned,
    StepContext,
)
from mlrespond.verbs.measure import NoData
from mlrespond.verbs.move import MoveBody, Preflight
from mlrespond.verbs.serving import ServiceView, health, looked, view

ALIAS = "alias"
ACTIVATE = "activate"
SUSPECT_TAG = "mlir.suspect"


def preflight(ctx: StepContext, version: str, wanted: Sequence[Preflight]) -> str:
    """Return why a version is not fit to serve, or nothing.

    Where it may not be loaded to be asked, nothing is known of one that is not loaded already, and
    that is no reason against it: it is proven at the data plane afterwards.
    """
    allowed = ctx.service.serving.load_to_ask
    if "load" in wanted and allowed:
        reason = _loads(ctx, version)
        if reason:
            return reason
    if "golden" in wanted and ctx.service.golden is not None:
        scored = golden.ask(ctx, version)
        if isinstance(scored, NoData):
            return f"its golden cases cannot be asked: {scored.reason}" if allowed else ""
        counts, floor = golden.counts(scored), golden_floor(ctx)
        if counts.k < floor * counts.n:
            return f"it gets {counts.k} of {counts.n} golden cases right, less than {floor:.0%}"
    return ""


def _loads(ctx: StepContext, version: str) -> str:
    """Ask the replicas in turn; one that loads it shows that it can be loaded.

    Some servers cannot load a version without serving it: then nothing is known, and that is no
    reason against it, for it is proven at the data plane afterwards.
    Raises AccessRefusedError when none loads it and one does not let us in: no word on the version.
    """
    reason, refused = "no replica answers", None
    for replica in ctx.replicas:
        try:
            ctx.ports.serving.load(replica, version)
        except UnsupportedError:
            return ""
        except AccessRefusedError as error:
            refused = error
        except PortError as error:
            reason = f"it does not load on {replica}: {error.message}"
        else:
            return ""
    if refused is not None:
        raise refused
    return reason


def must_be_let_in(seen: ServiceView) -> None:
    """Raise AccessRefusedError where the registry refused us: that is not for lack of a target."""
    if seen.registry_refused:
        raise AccessRefusedError(
            f"the registry does not let us in: {seen.registry_error}", hint="check `registry.auth`"
        )


def plan_to(
    ctx: StepContext,
    body: MoveBody,
    version: str,
    seen: ServiceView,
    rejected: tuple[Rejected, ...] = (),
    *,
    suspecting: bool = False,
) -> Planned | NoTarget:
    """Return the plan that makes the registry want a version and every replica serve it."""
    must_be_let_in(seen)
    if seen.registry_error is not None:
        return NoTarget(reason=f"the registry does not answer: {seen.registry_error}")
    unknown = _unknown_replicas(ctx, body)
    if unknown:
        return NoTarget(reason=f"no replica is called {', '.join(unknown)}")
    actions = [
        *_alias_action(ctx, version, seen, suspecting=suspecting),
        *(_replica_action(ctx, name, version, seen) for name in _ordered(ctx, body)),
    ]
    todo = tuple(action for action in actions if action.before != action.after)
    plan = Plan(
        actions=todo,
        rejected=rejected,
        yields={
            "before": seen.version or ", ".join(sorted(seen.versions)) or None,
            "after": version,
            "rejected": [{"version": one.candidate, "reason": one.reason} for one in rejected],
        },
    )
    return Planned(plan=plan)


def _unknown_replicas(ctx: StepContext, body: MoveBody) -> list[str]:
    if body.replicas == "all":
        return []
    return [name for name in body.replicas if name not in ctx.replicas]


def _alias_action(
    ctx: StepContext, version: str, seen: ServiceView, *, suspecting: bool
) -> list[Action]:
    if ctx.service.registry is None:
        return []
    return [
        Action(
            kind=ALIAS,
            target="registry",
            summary=f"make the registry want {version} (it wants {seen.wanted or 'none'})",
            before=seen.wanted,
            after=version,
            settle="readable",
            undoable=seen.wanted is not None,
            lease=f"registry/{ctx.name}",
            detail={"suspects": seen.wanted if suspecting else None},
        )
    ]


def _replica_action(ctx: StepContext, replica: str, version: str, seen: ServiceView) -> Action:
    before = seen.served().get(replica)
    return Action(
        kind=ACTIVATE,
        target=replica,
        summary=f"serve {version} on {replica} (it serves {before or 'nothing that it tells'})",
        before=before,
        after=version,
        settle="readable",
        undoable=before is not None,
        lease=f"replica/{ctx.name}/{replica}",
    )


def _ordered(ctx: StepContext, body: MoveBody) -> list[str]:
    named = list(ctx.replicas) if body.replicas == "all" else list(body.replicas)
    regions = {one.name: one.region for one in ctx.service.serving.replicas}
    last = len(body.order)

    def rank(name: str) -> int:
        region = regions.get(name)
        return body.order.index(region) if region in body.order else last

    return sorted(named, key=rank)


def act(ctx: StepContext, _: object, action: Action) -> Json:
    """Move the alias, or make a replica serve a version."""
    version = text(action.after) or ""
    if action.kind == ALIAS:
        # the tag first: once the registry wants the target, nothing leads back here after a crash
        tagged = _tag(ctx, action)
        ctx.ports.registry.want(version)
        return {"wanted": version, "tagged": tagged}
    ctx.ports.serving.activate(action.target, version)
    return {"activated": version}


def suspected(action: Action) -> str | None:
    """Return the version that a move away from it puts under suspicion."""
    return None if action.undo else text(record(action.detail).get("suspects"))


def _tag(ctx: StepContext, action: Action) -> bool:
    """Tell other people's laptops: an advisory tag, whose failure changes nothing."""
    version = text(record(action.detail).get("suspects"))
    if version is None:
        return False
    said = f"restored in {ctx.incident.id}" if action.undo else ctx.incident.id
    try:
        ctx.ports.registry.tag(version, SUSPECT_TAG, said)
    except PortError:
        return False
    return True


def read(ctx: StepContext, _: object, action: Action) -> Reading:
    """Return where the alias points, or what a replica really serves."""
    if action.kind == ALIAS:
        try:
            return _reading(action, ctx.ports.registry.wanted(), "the registry wants")
        except PortError as error:
            return Reading(where="unreadable", detail=error.message)
    served = ctx.ports.serving.served(action.target)
    if served.version is None and action.before is not None:
        return Reading(where="unreadable", detail=f"{action.target}: {served.error or 'silent'}")
    reading = _reading(action, served.version, f"{action.target} serves")
    yields: dict[str, Json] = {"replicas": {action.target: {"version": served.version}}}
    return Reading(where=reading.where, seen=reading.seen, detail=reading.detail, yields=yields)


def _reading(action: Action, seen: str | None, said: str) -> Reading:
    detail = f"{said} {seen or 'nothing'}"
    if seen == action.after:
        return Reading(where="reached", seen=seen, detail=detail)
    where: Literal["before", "elsewhere"] = "before" if seen == action.before else "elsewhere"
    return Reading(where=where, seen=seen, detail=detail)


def conclude(ctx: StepContext, _: object, __: Past) -> Done:
    """Look at the whole service once more, for the ledger."""
    seen = view(ctx)
    fact = looked(ctx, seen, health(ctx, seen), why="change")
    replicas: dict[str, Json] = {
        name: {"version": version} for name, version in seen.served().items()
    }
    return Done(
        said=fact.line(), yields={"replicas": replicas, "wanted": seen.wanted}, facts=(fact,)
    )
