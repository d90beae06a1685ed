"""The checks of data: inputs before anybody speaks of drift, and labels that are mature."""

from __future__ import annotations

from datetime import timedelta

from mlrespond.errors import PortError
from mlrespond.judgment.arrival import judge_freshness, judge_volume
from mlrespond.judgment.inputs import judge_inputs
from mlrespond.judgment.rate import Counts, judge_rate
from mlrespond.model.finding import Finding, FindingKind
from mlrespond.model.instant import parse_duration
from mlrespond.model.reading import Window
from mlrespond.verbs import measure
from mlrespond.verbs.measure import NoData
from mlrespond.verbs.scene import Scene, finding, judged

FRESH_S = 300.0
QUALITY_MARGIN = 0.05
COVERAGE_MARGIN = 0.1


def inputs(scene: Scene) -> list[Finding]:
    """Find whether the inputs are as they were: present, in range, in the same unit, known."""
    ctx = scene.ctx
    if ctx.service.predictions is None or not ctx.service.predictions.features:
        return []
    if scene.before is None:
        return [finding("nulls", "inconclusive", f"inputs: {scene.why_not or 'no baseline'}")]
    current = measure.profile(ctx, scene.window)
    past = Window(since=scene.before.since, until=scene.before.until)
    before = measure.profile(ctx, past)
    for one in (current, before):
        if isinstance(one, NoData):
            return [finding("nulls", "inconclusive", f"inputs: {one.reason}")]
    assert not isinstance(current, NoData)
    assert not isinstance(before, NoData)
    verdicts = judge_inputs(current, before, measure.feature_specs(ctx.service), scene.alpha)
    found = [judged(_input_kind(one.name), one) for one in verdicts]
    volume = judge_volume(current.n, scene.window.seconds, before.n, past.seconds)
    fresh = judge_freshness(current.newest, ctx.now, FRESH_S)
    return [*found, judged("volume", volume), judged("freshness", fresh)]


def _input_kind(name: str) -> FindingKind:
    kinds: dict[str, FindingKind] = {
        "nulls": "nulls",
        "out_of_range": "out_of_range",
        "unit": "unit",
        "unseen": "unseen",
        "mismatched": "mismatched",
    }
    return kinds.get(name.partition(":")[0], "nulls")


def quality(scene: Scene) -> list[Finding]:
    """Find whether mature labels say that predictions got worse."""
    ctx = scene.ctx
    source = ctx.service.predictions
    if source is None or source.labels is None:
        return []
    mature = timedelta(seconds=parse_duration(source.labels.mature_after))
    recent = Window(since=scene.window.since, until=ctx.now)
    try:
        current = ctx.ports.predictions.labels(recent)
        past = _labelled_past(scene, mature)
        before = ctx.ports.predictions.labels(past) if past else None
    except PortError as error:
        return [finding("quality", "inconclusive", f"labels: {error.message}")]
    if not current.mature:
        said = f"none of {current.predicted} predictions is old enough for labels"
        return [finding("quality", "inconclusive", said)]
    coverage = judge_rate(
        "share of labels that came",
        Counts(current.labelled, current.mature),
        Counts(before.labelled, before.mature) if before else None,
        margin=COVERAGE_MARGIN,
        alpha=scene.alpha,
        worse="lower",
    )
    verdict = judge_rate(
        "accuracy",
        Counts(current.correct, current.labelled),
        Counts(before.correct, before.labelled) if before else None,
        margin=QUALITY_MARGIN,
        alpha=scene.alpha,
        worse="lower",
    )
    return [judged("quality_immature", coverage), judged("quality", verdict)]


def _labelled_past(scene: Scene, mature: timedelta) -> Window | None:
    if scene.before is None:
        return None
    until = min(scene.before.until, scene.ctx.now - mature)
    if until <= scene.before.since:
        return None
    return Window(since=scene.before.since, until=until)
