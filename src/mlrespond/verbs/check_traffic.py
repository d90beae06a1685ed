"""The checks of traffic: errors and latency, over all and by replica."""

from __future__ import annotations

from dataclasses import replace

from mlrespond.judgment.latency import judge_latency
from mlrespond.judgment.rate import judge_rate
from mlrespond.model.finding import Finding, FindingKind
from mlrespond.model.instant import parse_duration
from mlrespond.model.service import LatencyObjective, RatioObjective
from mlrespond.verbs import measure
from mlrespond.verbs.comparison import compare_objective
from mlrespond.verbs.measure import NoData
from mlrespond.verbs.scene import Scene, finding, judged


def errors(scene: Scene) -> list[Finding]:
    """Find whether more requests fail than before, and on which replicas."""
    found: list[Finding] = []
    for name, objective in scene.ctx.service.objectives.items():
        if not isinstance(objective, RatioObjective):
            continue
        counted = objective.source == "metrics"
        kind: FindingKind = "error_ratio" if counted else "validity"
        verdict = compare_objective(scene.ctx, name, objective, scene.sides)
        found.append(judged(kind, verdict))
        if counted and "replica" in f"{objective.bad}{objective.good}":
            found += _errors_by_replica(scene, name, objective)
    return found


def _errors_by_replica(scene: Scene, name: str, objective: RatioObjective) -> list[Finding]:
    """Hold each replica against the others at the same time, and against the baseline."""
    ctx = scene.ctx
    counts = {
        replica: measure.ratio(ctx, objective, scene.window, replace(scene.part, replica=replica))
        for replica in ctx.replicas
    }
    past = scene.sides.past
    before = measure.ratio(ctx, objective, past, scene.other) if past else NoData(scene.why_not)
    found = []
    for replica, one in counts.items():
        if isinstance(one, NoData):
            found.append(
                finding(
                    "error_ratio_replica",
                    "inconclusive",
                    f"{name} on {replica}: {one.reason}",
                    replica=replica,
                )
            )
            continue
        verdict = judge_rate(
            f"{name} on {replica}",
            one,
            None if isinstance(before, NoData) else before,
            margin=objective.margin,
            alpha=scene.alpha / max(1, len(counts)),
            worse="higher" if objective.bad else "lower",
        )
        found.append(judged("error_ratio_replica", verdict, replica=replica))
    return found


def latency(scene: Scene) -> list[Finding]:
    """Find whether requests are slower than before, and on which replicas."""
    found: list[Finding] = []
    for name, objective in scene.ctx.service.objectives.items():
        if not isinstance(objective, LatencyObjective):
            continue
        found.append(judged("latency", compare_objective(scene.ctx, name, objective, scene.sides)))
        if "replica" in objective.histogram:
            found += _latency_by_replica(scene, name, objective)
    return found


def _latency_by_replica(scene: Scene, name: str, objective: LatencyObjective) -> list[Finding]:
    ctx, past = scene.ctx, scene.sides.past
    before = measure.histogram(ctx, objective, past, scene.other) if past else NoData(scene.why_not)
    found = []
    for replica in ctx.replicas:
        part = replace(scene.part, replica=replica)
        current = measure.histogram(ctx, objective, scene.window, part)
        if isinstance(current, NoData) or isinstance(before, NoData):
            continue
        verdict = judge_latency(
            f"{name} on {replica}",
            current,
            before,
            quantile=objective.quantile,
            margin=objective.margin,
            alpha=scene.alpha / max(1, len(ctx.replicas)),
            max_s=parse_duration(objective.max) if objective.max else None,
        )
        found.append(judged("latency_replica", verdict, replica=replica))
    return found
