"""Carrying out `compare`: one look of several, which together keep one error rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from mlrespond.errors import PortError
from mlrespond.judgment.look import ALPHA, alpha_per_look
from mlrespond.judgment.split import split_mismatch
from mlrespond.model.codec import decode, encode
from mlrespond.model.cost_objective import CostObjective
from mlrespond.model.instant import iso, parse_duration, parse_iso
from mlrespond.model.json import Json, Record, record, text
from mlrespond.model.judge_objective import JudgeObjective
from mlrespond.model.length_objective import LengthObjective
from mlrespond.model.reading import Window
from mlrespond.model.service import LatencyObjective, RatioObjective
from mlrespond.model.verdict import Comparison, MetricVerdict, Watch, together
from mlrespond.verbs.baseline import Resolved, last_release, resolve
from mlrespond.verbs.compare import CompareBody
from mlrespond.verbs.comparison import (
    Sides,
    compare_golden,
    compare_inputs,
    compare_objective,
)
from mlrespond.verbs.estimating import estimate_of_sides
from mlrespond.verbs.interface import Again, Done, Past, StepContext
from mlrespond.verbs.measure import NoData
from mlrespond.verbs.part import Part, part_of, rest_of
from mlrespond.verbs.replay import compare_recent
from mlrespond.verbs.segment import named, narrowed, segments, shared
from mlrespond.verbs.serving import ServiceView, view
from mlrespond.verbs.unwatched import remembered


def look(ctx: StepContext, body: CompareBody, past: Past) -> Again | Done:
    """Take one look; what it leaves for the next one is kept with it."""
    seen = view(ctx)
    current = seen.version if body.subject == "served" else body.subject
    if seen.routed_away and body.subject == "served":
        current = None
    parts = _parts(ctx, body)
    if isinstance(parts, NoData):
        return Done(said=parts.reason, verdict="inconclusive", yields={"reason": parts.reason})
    if body.against not in ctx.incident.baselines:
        ctx = remembered(ctx)
    resolved = resolve(ctx, body.against, current)
    began = _began(ctx, body, past)
    at_most = body.looks.at_most if body.looks else 1
    mismatch = _mismatch(ctx, body, Window(since=min(began, ctx.now), until=ctx.now))
    if mismatch:
        resolved = NoData(f"not comparable: {mismatch}")
    sides = replace(_sides(ctx, body, parts, resolved, current, began), watches=_watches(past.data))
    comparison = together(_all_metrics(ctx, body, sides, seen))
    facts = (resolved.fact,) if isinstance(resolved, Resolved) and resolved.fact else ()
    decided = comparison.verdict != "inconclusive"
    if decided or past.n >= at_most:
        said = _said(comparison, sides)
        yields = _yields(comparison, sides)
        return Done(said=said, verdict=comparison.verdict, yields=yields, facts=facts)
    assert body.looks is not None
    return Again(
        wait_s=parse_duration(body.looks.every),
        said=f"look {past.n} of {at_most}: {_said(comparison, sides)}",
        data={"since": iso(began), "watches": _left(comparison, sides)},
        verdict=comparison.verdict,
        facts=facts,
    )


def _began(ctx: StepContext, body: CompareBody, past: Past) -> datetime:
    """Return where the present begins: said, or the last release, or the onset; fixed at look 1."""
    kept = text(record(past.data).get("since"))
    if kept is not None:
        return parse_iso(kept)
    settle = timedelta(seconds=parse_duration(body.settle))
    if body.since is not None:
        return parse_iso(body.since) + settle
    oldest = ctx.now - timedelta(seconds=parse_duration(body.window))
    release = last_release(ctx) if body.against == "before_release" else None
    return max(oldest, release.at if release else ctx.incident.onset) + settle


def _watches(kept: Json) -> Mapping[str, Watch]:
    """Return what the looks before left, by metric."""
    told = record(record(kept).get("watches"))
    return {name: decode(Watch, one) for name, one in told.items()}


def _left(comparison: Comparison, sides: Sides) -> Record:
    """Return what this look leaves; a metric that could not be looked at keeps what it had."""
    found = {one.name: one.watch for one in comparison.metrics if one.watch is not None}
    return {name: encode(one) for name, one in {**sides.watches, **found}.items()}


def _mismatch(ctx: StepContext, body: CompareBody, window: Window) -> str:
    """Return why a version beside the served one got other requests than the route says."""
    if body.against != "served" or body.subject == "served" or ctx.service.predictions is None:
        return ""
    try:
        route = ctx.ports.routing.route()
        found = ctx.ports.predictions.profile(window, None, {})
    except PortError:
        return ""  # nobody splits, or nobody counts: then there is nothing to hold it against
    fallback = ctx.service.fallbacks.get(route.to)
    if fallback is None or body.subject not in {fallback.version, fallback.route}:
        return ""
    told = found.by_version.get(body.subject, 0)
    return split_mismatch(told, sum(found.by_version.values()), route.share / 100)


def _parts(ctx: StepContext, body: CompareBody) -> tuple[Part, Part] | NoData:
    """Return the part of the service that is judged, and the one it is held against."""
    part = part_of(ctx, body.only)
    other = rest_of(ctx, body.only) if body.against == "others" else part
    if isinstance(part, NoData):
        return part
    return other if isinstance(other, NoData) else (part, other)


def _sides(
    ctx: StepContext,
    body: CompareBody,
    parts: tuple[Part, Part],
    resolved: Resolved | NoData,
    current: str | None,
    began: datetime,
) -> Sides:
    baseline = None if isinstance(resolved, NoData) else resolved.baseline
    at_most = body.looks.at_most if body.looks else 1
    part, other = parts
    return Sides(
        window=Window(since=min(began, ctx.now), until=ctx.now),
        version=None if body.subject == "served" else current,
        baseline=baseline,
        why_not=resolved.reason if isinstance(resolved, NoData) else "",
        alpha=alpha_per_look(ALPHA, at_most),
        at_most=at_most,
        part=part.selection(current),
        other=other.selection(baseline.version if baseline else None),
        asked=part.replicas,
        asked_before=other.replicas,
    )


def _objectives(ctx: StepContext, body: CompareBody, seen: ServiceView) -> list[str]:
    """Return the objectives to judge; of `all`, those that requests to a fallback can be held to.

    While a fallback answers, the replicas get no requests: only what is counted from predictions,
    whoever made them, says how the service does.
    """
    if body.metrics != "all":
        return list(body.metrics or [])
    if not seen.routed_away:
        return list(ctx.service.objectives)
    return [
        name
        for name, one in ctx.service.objectives.items()
        if isinstance(one, CostObjective | LengthObjective | JudgeObjective)
        or (isinstance(one, RatioObjective) and one.source == "predictions")
        or (isinstance(one, LatencyObjective) and one.column is not None)
    ]


def _all_metrics(
    ctx: StepContext, body: CompareBody, sides: Sides, seen: ServiceView
) -> tuple[MetricVerdict, ...]:
    """Return the verdicts on the service, or on each of the parts that `by` names."""
    if body.by is None:
        return _metrics(ctx, body, sides, seen)
    found: list[MetricVerdict] = []
    names = segments(ctx, body, seen)
    if not names:
        return (_no_parts(ctx, body.by),)
    for name in names:
        one = narrowed(body, name)
        parts = _parts(ctx, one)
        if isinstance(parts, NoData):
            continue
        now, before = parts
        own = replace(
            sides,
            part=now.selection(sides.part.version),
            other=before.selection(sides.other.version),
            asked=now.replicas,
            asked_before=before.replicas,
        )
        found += named(_metrics(ctx, one, shared(own, one, name, len(names)), seen), name)
    return tuple(found)


def _metrics(
    ctx: StepContext, body: CompareBody, sides: Sides, seen: ServiceView
) -> tuple[MetricVerdict, ...]:
    found: list[MetricVerdict] = []
    for name in _objectives(ctx, body, seen):
        objective = ctx.service.objectives.get(name)
        if objective is None:
            found.append(_unknown(ctx, name))
        else:
            found.append(compare_objective(ctx, name, objective, sides))
    if body.cases == "golden" and not any(one.kind == "golden" for one in found):
        found.append(compare_golden(ctx, "golden", None, sides))
    if body.cases == "recent":
        version = sides.baseline.version if sides.baseline else None
        found.append(
            compare_recent(ctx, sides.window, sides.version, version, sides.alpha, sides.asked)
        )
    if body.estimate and (told := estimate_of_sides(ctx, sides)) is not None:
        found.append(told)
    if body.inputs:
        wanted = None if body.inputs == "all" else body.inputs
        found += compare_inputs(ctx, wanted, sides)
    return tuple(found)


def _no_parts(ctx: StepContext, by: str) -> MetricVerdict:
    return MetricVerdict(
        name=f"by {by}",
        kind="value",
        verdict="inconclusive",
        reason="no_data",
        said=f"{ctx.name} tells of no {by} to judge by itself",
    )


def _unknown(ctx: StepContext, name: str) -> MetricVerdict:
    known = ", ".join(ctx.service.objectives) or "none"
    return MetricVerdict(
        name=name,
        kind="value",
        verdict="inconclusive",
        reason="error",
        said=f"{ctx.name} has no objective `{name}` (it has {known})",
    )


def _said(comparison: Comparison, sides: Sides) -> str:
    against = sides.baseline.why if sides.baseline else f"nothing: {sides.why_not}"
    if comparison.verdict == "pass":
        names = ", ".join(one.name for one in comparison.metrics if not one.estimated)
        return f"not worse than {against}: {names}"
    return f"{comparison.reason} (against {against})"


def _yields(comparison: Comparison, sides: Sides) -> Record:
    metrics: dict[str, Json] = {one.name: encode(one) for one in comparison.metrics}
    return {
        "metrics": metrics,
        "worst": comparison.worst,
        "reason": comparison.reason,
        "baseline": sides.baseline.why if sides.baseline else None,
        "baseline_version": sides.baseline.version if sides.baseline else None,
        "since": iso(sides.window.since),
    }
