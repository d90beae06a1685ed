"""May a version go live? The judgment of an incident, asked before there is one; it reads only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from mlrespond.errors import PortError, UsageError
from mlrespond.judgment.look import ALPHA
from mlrespond.judgment.replay import judge_candidate, judge_replay
from mlrespond.model.codec import encode
from mlrespond.model.cost_objective import CostObjective
from mlrespond.model.json import Json
from mlrespond.model.judge_objective import JudgeObjective
from mlrespond.model.length_objective import LengthObjective
from mlrespond.model.reading import Window
from mlrespond.model.service import GoldenObjective, LatencyObjective, RatioObjective
from mlrespond.model.verdict import Baseline, MetricVerdict, together
from mlrespond.model.word import VerdictWord
from mlrespond.usecases.app import App
from mlrespond.usecases.inspect import Inspected
from mlrespond.usecases.looking import bare_context
from mlrespond.usecases.recorder import Transcript, recorded
from mlrespond.verbs.comparison import Sides, compare_golden, compare_objective
from mlrespond.verbs.estimating import estimate_of_sides
from mlrespond.verbs.interface import Done, StepContext
from mlrespond.verbs.measure import Selection
from mlrespond.verbs.replay import compare_recent
from mlrespond.verbs.serving import ServiceView, view

HOLD = "hold:deploy"
REGISTRY = "registry"
NOTHING_ASKED = (
    "nothing could be asked: the service has no golden cases and no prediction log with features, "
    "and the candidate does not serve beside another version"
)
REPLAYED = timedelta(hours=1)
_COUNTED = (RatioObjective, LatencyObjective, CostObjective, LengthObjective, JudgeObjective)
BESIDE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gated:
    """What the gate says, and the hold that stands, if one does."""

    inspected: Inspected
    held: str | None = None


def gate(app: App, service: str, candidate: str) -> Gated:
    """Return whether a candidate is shown not to be worse than what is served.

    Asked are golden cases and recent inputs, of both versions; where the candidate serves already,
    on some replicas, their traffic is compared as well. That a version answers is not enough: its
    golden cases, labels, or answers that are those of what is served must show more. Where there
    is nothing of this to ask it is inconclusive, whatever scores say: an estimate lets nothing
    through. While a hold of deploys stands nothing is asked. UsageError for a service or a version
    that is not there.
    """
    if service not in app.project.services:
        known = ", ".join(app.project.services) or "none"
        raise UsageError(f"there is no service `{service}`", hint=f"known: {known}")
    context = bare_context(app, service)
    standing = context.ledger.standing_at(context.now).get(HOLD)
    if standing is not None:
        said = f"deploys of {service} are held until {standing.until}"
        return Gated(inspected=_told((_check("hold", "fail", said),), candidate), held=said)
    seen_by = Transcript(now=context.now, ledger_seq=0, incident_seq=0)
    context = replace(context, ports=recorded(context.ports, seen_by))
    checks = tuple(_checks(context, candidate))
    if all(one.name == REGISTRY or one.estimated for one in checks):
        checks += (_check("asked", "inconclusive", NOTHING_ASKED),)
    found = _told(checks, candidate)
    return Gated(inspected=replace(found, refused=seen_by.refusals))


def _told(checks: tuple[MetricVerdict, ...], candidate: str) -> Inspected:
    found = together(checks)
    said = found.reason
    if found.verdict == "pass":
        names = ", ".join(one.name for one in checks if not one.estimated)
        said = f"version {candidate} is not worse: {names}"
    metrics: dict[str, Json] = {one.name: encode(one) for one in checks}
    yields: dict[str, Json] = {
        "candidate": candidate,
        "metrics": metrics,
        "worst": found.worst,
        "reason": found.reason,
    }
    return Inspected(found=Done(said=said, verdict=found.verdict, yields=yields))


def _checks(ctx: StepContext, candidate: str) -> Iterator[MetricVerdict]:
    yield _registered(ctx, candidate)
    seen = view(ctx)
    sides = _sides(ctx, candidate, seen)
    objective = next(
        (one for one in ctx.service.objectives.values() if isinstance(one, GoldenObjective)), None
    )
    if ctx.service.golden is not None:
        yield compare_golden(ctx, "golden", objective, sides)
    source = ctx.service.predictions
    if source is not None and source.features:
        window = Window(since=ctx.now - REPLAYED, until=ctx.now)
        served = sides.baseline.version if sides.baseline else None
        judge = judge_replay if ctx.service.golden is not None else judge_candidate
        yield compare_recent(ctx, window, candidate, served, ALPHA, judge=judge)
    if candidate in seen.versions and len(seen.versions) > 1:
        for name, one in ctx.service.objectives.items():
            if isinstance(one, _COUNTED):
                yield compare_objective(ctx, name, one, sides)
    estimated = estimate_of_sides(ctx, sides)
    if estimated is not None:
        yield estimated


def _registered(ctx: StepContext, candidate: str) -> MetricVerdict:
    """Judge what is known of a version by its name: its tags, and what incidents said of it."""
    registered = ctx.service.registry is not None
    try:
        known = {one.name: one for one in ctx.ports.registry.versions()} if registered else {}
    except PortError as error:
        return _check(REGISTRY, "inconclusive", f"the registry does not tell: {error.message}")
    if registered and candidate not in known:
        there = ", ".join(known) or "none"
        raise UsageError(f"there is no version `{candidate}`", hint=f"known: {there}")
    for word, told in (("suspect", ctx.ledger.suspects), ("quarantined", ctx.ledger.quarantined)):
        if candidate in told:
            return _check(REGISTRY, "fail", f"version {candidate} is {word}: {told[candidate]}")
    if not registered:
        return _check(REGISTRY, "pass", f"there is no registry; nobody suspects {candidate}")
    tags = known[candidate].tags
    wanted = ctx.service.approved
    lacking = [f"{key}={value}" for key, value in wanted.items() if tags.get(key) != value]
    if lacking:
        return _check(REGISTRY, "fail", f"version {candidate} lacks {', '.join(lacking)}")
    return _check(REGISTRY, "pass", f"version {candidate} is registered, and nobody suspects it")


def _sides(ctx: StepContext, candidate: str, seen: ServiceView) -> Sides:
    """Return the candidate beside what else is served at the same time."""
    others = sorted(seen.versions - {candidate}) or sorted(seen.versions)
    served = others[0] if len(others) == 1 else None
    window = Window(since=ctx.now - BESIDE, until=ctx.now)
    baseline = served and Baseline(
        against="served",
        version=served,
        since=window.since,
        until=window.until,
        why=f"version {served}, as served now",
    )
    return Sides(
        window=window,
        version=candidate,
        baseline=baseline or None,
        why_not="" if baseline else "no single version is served",
        alpha=ALPHA,
        part=Selection(version=candidate),
        other=Selection(version=served),
    )


def _check(name: str, verdict: VerdictWord, said: str) -> MetricVerdict:
    return MetricVerdict(
        name=name,
        kind="value",
        verdict=verdict,
        reason={"pass": "within_limit", "fail": "beyond_limit", "inconclusive": "no_data"}[verdict],  # type: ignore[arg-type]  # one of its words
        said=said,
    )
