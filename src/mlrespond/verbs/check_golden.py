"""The check of the golden cases, with its counterfactual: the version before, on today's cases.

The set's own minimum decides, which is exact; beside it, the version before it may show it worse.
That the two cannot be told apart on so few cases is no sign of a fault.
"""

from __future__ import annotations

from mlrespond.judgment.paired import judge_paired
from mlrespond.judgment.rate import Counts
from mlrespond.model.finding import Finding
from mlrespond.model.service import GoldenObjective
from mlrespond.verbs import golden
from mlrespond.verbs.interface import StepContext
from mlrespond.verbs.measure import NoData
from mlrespond.verbs.scene import Scene, finding, judged

GOLDEN_FLOOR = 0.8


def golden_cases(scene: Scene) -> list[Finding]:
    """Find whether the golden cases come out right, and would with the version before."""
    ctx = scene.ctx
    if ctx.service.golden is None:
        return []
    current = golden.ask(ctx)
    if isinstance(current, NoData):
        return [finding("golden", "inconclusive", f"golden cases: {current.reason}")]
    previous = _previous(scene)
    before = golden.ask(ctx, previous) if previous else NoData("there is no version before it")
    floor = golden_floor(ctx)
    limit = golden.judge_minimum("golden cases", current, floor)
    if isinstance(before, NoData):
        return [judged("golden", limit)]
    paired = judge_paired("golden cases", golden.pair(current, before), alpha=scene.alpha)
    return [
        judged("golden", paired if paired.verdict == "fail" else limit),
        _previous_finding(previous or "", golden.counts(before), floor),
    ]


def _previous_finding(version: str, counts: Counts, floor: float) -> Finding:
    good = counts.k / counts.n >= floor
    said = f"version {version} gets {counts.k} of {counts.n} golden cases right"
    return finding("golden_previous", "pass" if good else "fail", said, version=version)


def golden_floor(ctx: StepContext) -> float:
    """Return the share of golden cases that a version must get right."""
    floors = [
        one.min
        for one in ctx.service.objectives.values()
        if isinstance(one, GoldenObjective) and one.min is not None
    ]
    return floors[0] if floors else GOLDEN_FLOOR


def _previous(scene: Scene) -> str | None:
    """Return the version before: what the others serve while a release is half-way."""
    beside = scene.seen.versions - {scene.seen.wanted}
    if len(scene.seen.versions) > 1 and len(beside) == 1:
        return next(iter(beside))
    if scene.release is not None:
        return scene.release.before
    known = scene.baseline.version if scene.baseline else None
    return known if known != scene.seen.version else None
