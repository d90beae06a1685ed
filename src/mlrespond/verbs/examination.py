"""Carrying out `diagnose`: all checks, then the suspects; the table of checks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from mlrespond.judgment.diagnose import VITAL, diagnose
from mlrespond.judgment.look import ALPHA, alpha_per_look
from mlrespond.model.codec import encode
from mlrespond.model.finding import Change, Diagnosis, Finding, FindingKind
from mlrespond.model.instant import iso, parse_duration, parse_iso
from mlrespond.model.json import Json, Record, record
from mlrespond.model.mode import Mode
from mlrespond.verbs import (
    check_data,
    check_fleet,
    check_golden,
    check_objective,
    check_traffic,
    replay,
)
from mlrespond.verbs.began import began, changed_before
from mlrespond.verbs.diagnose import DiagnoseBody
from mlrespond.verbs.interface import Again, Done, Past, StepContext
from mlrespond.verbs.scene import Check, finding, scene_of
from mlrespond.verbs.serving import looked, view

CHECKS: Mapping[str, Check] = {
    "registry": check_fleet.registry,
    "fleet": check_fleet.fleet,
    "release": check_fleet.release,
    "errors": check_traffic.errors,
    "latency": check_traffic.latency,
    "objectives": check_objective.objectives,
    "golden": check_golden.golden_cases,
    "replay": replay.counterfactual,
    "inputs": check_data.inputs,
    "quality": check_data.quality,
    "dependencies": check_fleet.dependencies,
}
CHECK_LIMIT_S = 25.0
_LOOKS_AT: Mapping[str, tuple[FindingKind, ...]] = {
    "registry": ("registry",),
    "fleet": ("mixed_versions", "replica_silent"),
    "release": ("release",),
    "errors": ("error_ratio", "validity"),
    "latency": ("latency",),
    "objectives": ("objective",),
    "golden": ("golden",),
    "replay": ("replay",),
    "inputs": ("nulls",),
    "quality": ("quality",),
    "dependencies": ("dependency",),
}
_ON_ITS_OWN: Collection[FindingKind] = ("error_ratio_replica", "latency_replica", "replica_silent")


def look(ctx: StepContext, body: DiagnoseBody, past: Past) -> Again | Done:
    """Take all checks once; look again while the verdict is inconclusive and looks are left."""
    at_most = body.looks.at_most if body.looks else 1
    found = examine(ctx, body, alpha_per_look(ALPHA, at_most))
    facts = (looked(ctx, view(ctx), why="diagnose"),) if past.n == 1 else ()
    if found.verdict != "inconclusive" or past.n >= at_most:
        return Done(
            said=found.said, verdict=found.verdict, yields=yields(found, ctx.modes), facts=facts
        )
    assert body.looks is not None
    return Again(
        wait_s=parse_duration(body.looks.every),
        said=f"look {past.n} of {at_most}: {found.said}",
        verdict=found.verdict,
        facts=facts,
    )


def examine(ctx: StepContext, body: DiagnoseBody, alpha: float = ALPHA) -> Diagnosis:
    """Return the diagnosis of this moment."""
    since = parse_iso(body.since) if body.since else None
    scene = scene_of(ctx, view(ctx), parse_duration(body.lookback), alpha, since)
    names = body.checks or list(CHECKS)
    tasks = {name: partial(CHECKS[name], scene) for name in CHECKS if name in names}
    found = ctx.together(tasks, CHECK_LIMIT_S)
    findings = [
        one for name in tasks for one in (found[name] if found[name] is not None else _late(name))
    ]
    vital = VITAL if body.checks is None else None
    told = diagnose(findings, scene.changes, ctx.incident.onset, ctx.modes, vital)
    return replace(told, began=began(scene, findings))


def _late(name: str) -> list[Finding]:
    """Return that nothing is known of what a check looks at: it took too long."""
    said = f"the check `{name}` took longer than {CHECK_LIMIT_S:.0f}s"
    return [finding(kind, "inconclusive", said) for kind in _LOOKS_AT[name]]


def yields(found: Diagnosis, modes: Sequence[Mode]) -> Record:
    """Return what expressions may read of a diagnosis."""
    likely: dict[str, Json] = {
        mode.name: any(one.mode == mode.name and one.likely for one in found.suspects)
        for mode in modes
    }
    top = next((one for one in found.suspects if one.mode == found.top), None)
    return {
        "likely": likely,
        "top": found.top,
        "move": top.move if top else None,
        "suspects": encode(found.suspects),
        "findings": encode(found.findings),
        "changes": encode(found.changes),
        "changes_by_name": changes_by_name(found.changes),
        "replicas": _replicas(found, _ON_ITS_OWN),
        "behind": _replicas(found, {"replica_behind"}),
        "onset": iso(found.onset),
        "began": _began(found),
    }


def _began(found: Diagnosis) -> Json:
    if found.began is None:
        return None
    before = changed_before(found.began, found.changes)
    return {**record(encode(found.began)), "changed_before": encode(before)}


def changes_by_name(found: tuple[Change, ...]) -> Record:
    """Return the newest change of each sort, as the namespace `changes` shows it."""
    named: dict[str, Json] = {"version": None, "wanted": None, "route": None}
    for one in found:
        named[one.what] = {"before": one.before, "to": one.to, "at": iso(one.at)}
    return named


def _replicas(found: Diagnosis, kinds: Collection[FindingKind]) -> list[Json]:
    """Return the replicas of which one of these was found."""
    names = [one.replica for one in found.findings if one.kind in kinds and one.verdict == "fail"]
    return list(dict.fromkeys(name for name in names if name))
