"""Choosing where `rollback` and `activate` go to, and what the ledger learns from a rollback."""

from __future__ import annotations

from mlrespond.engine.ledger import healthy_versions, previous_version
from mlrespond.model.instant import parse_duration
from mlrespond.model.json import text
from mlrespond.model.kind import Body
from mlrespond.model.plan import Action, Rejected
from mlrespond.model.run_kind import ActionSettled
from mlrespond.model.service_kind import VersionCleared, VersionSuspected, left, rolled_back
from mlrespond.verbs.activate import WANTED, ActivateBody
from mlrespond.verbs.interface import NoTarget, Planned, StepContext
from mlrespond.verbs.moving import ALIAS, must_be_let_in, plan_to, preflight, suspected
from mlrespond.verbs.rollback import RollbackBody
from mlrespond.verbs.serving import ServiceView, view


def plan_rollback(ctx: StepContext, body: RollbackBody) -> Planned | NoTarget:
    """Return the plan to the first candidate that is fit, and why others are not."""
    seen = view(ctx)
    candidates, rejected = _candidates(ctx, body, seen)
    for version in candidates:
        reason = preflight(ctx, version, body.preflight)
        if not reason:
            return plan_to(ctx, body, version, seen, tuple(rejected), suspecting=True)
        rejected.append(Rejected(candidate=version, reason=reason))
    told = "; ".join(f"{one.candidate}: {one.reason}" for one in rejected)
    return NoTarget(reason=told or "no version was seen serving before", rejected=tuple(rejected))


def _candidates(
    ctx: StepContext, body: RollbackBody, seen: ServiceView
) -> tuple[list[str], list[Rejected]]:
    leaving = _leaving(ctx, seen)
    if body.to == "last_healthy":
        good, unfit = healthy_versions(
            ctx.ledger, ctx.now, parse_duration(ctx.service.healthy_after), ctx.incident.onset
        )
        served = [Rejected(candidate=one, reason="it is served now") for one in sorted(leaving)]
        rejected = [*served, *(one for one in unfit if one.candidate not in leaving)]
        return [one for one in good if one not in leaving], rejected
    if body.to == "before_release":
        spell = previous_version(ctx.ledger, ctx.incident.onset, seen.version)
        return ([spell.version] if spell else []), []
    quarantined = ctx.ledger.quarantined.get(body.to)
    if quarantined is not None:
        return [], [Rejected(candidate=body.to, reason=f"quarantined: {quarantined}")]
    return [body.to], []


def _leaving(ctx: StepContext, seen: ServiceView) -> frozenset[str]:
    """Return the versions to get away from: what is served, or half-way through a rollout the new.

    While replicas differ, the old version is served too, and is what the others go back to. Where
    some still serve one that is suspect, a rollback is under way, and goes on to where it went.
    """
    bad = seen.versions & ctx.ledger.bad
    if bad and len(seen.versions - bad) == 1:
        return bad
    if len(seen.versions) > 1 and seen.wanted is not None:
        return frozenset({seen.wanted})
    return seen.versions


def rollback_facts(ctx: StepContext, action: Action, settled: ActionSettled) -> tuple[Body, ...]:
    """Suspect the version that was left, as soon as the registry no longer wants it.

    Once it is wanted again, and proven on every replica, the rollback that is undone says nothing
    against it any more.
    """
    if action.kind != ALIAS or settled.outcome not in {"ok", "reconciled"}:
        return ()
    if action.undo:
        return _cleared(ctx, text(action.after))
    before = suspected(action)
    if before is None or before in ctx.ledger.suspects:
        return ()
    return (VersionSuspected(version=before, reason=rolled_back(ctx.incident.id)),)


def _cleared(ctx: StepContext, version: str | None) -> tuple[Body, ...]:
    """Clear a version of what this incident alone held against it."""
    mine = {rolled_back(ctx.incident.id), left(ctx.incident.id)}
    told = {ctx.ledger.suspects.get(version or ""), ctx.ledger.quarantined.get(version or "")}
    if version is None or not told & mine or told - mine - {None}:
        return ()
    reason = f"its rollback in {ctx.incident.id} was undone"
    return (VersionCleared(version=version, reason=reason),)


def plan_activate(ctx: StepContext, body: ActivateBody) -> Planned | NoTarget:
    """Return the plan that makes every replica serve the version."""
    seen = view(ctx)
    version = seen.wanted if body.version == WANTED else body.version
    if version is None:
        must_be_let_in(seen)
        return NoTarget(reason=seen.registry_error or "the registry wants no version")
    bad = ctx.ledger.quarantined.get(version) or ctx.ledger.suspects.get(version)
    if bad is not None:
        rejected = (Rejected(candidate=version, reason=bad),)
        return NoTarget(reason=f"version {version} is suspect: {bad}", rejected=rejected)
    reason = preflight(ctx, version, body.preflight)
    if reason:
        return NoTarget(reason=f"version {version}: {reason}")
    return plan_to(ctx, body, version, seen)
