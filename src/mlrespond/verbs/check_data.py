"""The checks of data: inputs before anybody speaks of drift, and labels that are mature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from mlrespond.errors import PortError
from mlrespond.judgment.arrival import judge_freshness, judge_volume
from mlrespond.judgment.rate import Counts, judge_rate
from mlrespond.model.finding import Finding, FindingKind
from mlrespond.model.instant import iso, parse_duration
from mlrespond.model.reading import Window
from mlrespond.verbs import measure
from mlrespond.verbs.estimating import estimate
from mlrespond.verbs.judged_inputs import judged_inputs
from mlrespond.verbs.measure import NoData
from mlrespond.verbs.scene import Scene, finding, judged

FRESH_S = 300.0
QUALITY_MARGIN = 0.05
COVERAGE_MARGIN = 0.1
RECENT = 24
AHEAD = timedelta(minutes=5)
_KINDS: Mapping[str, FindingKind] = {
    "nulls": "nulls",
    "out_of_range": "out_of_range",
    "unit": "unit",
    "unseen": "unseen",
    "mismatched": "mismatched",
    "schema": "mismatched",
    "times": "clock",
    "frozen": "frozen",
    "stale": "frozen",
    "drift": "drift",
}
_NOTHING: Mapping[FindingKind, str] = {
    "nulls": "no feature can be missing",
    "out_of_range": "no feature has bounds",
    "unit": "no feature has a unit that could change",
    "unseen": "no feature has categories",
    "mismatched": "no feature has values of another type",
    "frozen": "no feature stands still",
    "drift": "no feature is distributed otherwise",
}


def inputs(scene: Scene) -> list[Finding]:
    """Find whether the inputs are as they were: present, in range, in the same unit, known."""
    ctx = scene.ctx
    if ctx.service.predictions is None or not ctx.service.predictions.features:
        return []
    if scene.before is None:
        return [finding("nulls", "inconclusive", f"inputs: {scene.why_not or 'no baseline'}")]
    past = Window(since=scene.before.since, until=scene.before.until)
    before = measure.profile(ctx, past)
    if isinstance(before, NoData):
        return [finding("nulls", "inconclusive", f"inputs: {before.reason}")]
    current = measure.profile(ctx, scene.window, None, before.edges)
    if isinstance(current, NoData):
        return [finding("nulls", "inconclusive", f"inputs: {current.reason}")]
    specs = measure.feature_specs(ctx.service)
    verdicts = judged_inputs(ctx, current, before, specs, scene.alpha)
    found = [judged(_input_kind(one.name), one) for one in verdicts]
    kinds = {one.kind for one in found}
    rest = [finding(kind, "pass", said) for kind, said in _NOTHING.items() if kind not in kinds]
    fresh = judge_freshness(current.newest, ctx.now, FRESH_S)
    return [
        *found,
        *rest,
        _volume(scene, current.n, before.n, past),
        judged("freshness", fresh),
        _clock(current.newest, ctx.now),
    ]


def _clock(newest: datetime | None, now: datetime) -> Finding:
    """Find whether the log is of the future: a clock or a time zone is off."""
    if newest is None or newest - now <= AHEAD:
        return finding("clock", "pass", "no row is of the future")
    return finding("clock", "fail", f"the newest row is of {iso(newest)}, which is to come")


def _volume(scene: Scene, n: int, n_before: int, past: Window) -> Finding:
    """Find whether requests come as they did in the hour before: half or twice is a change."""
    volume = judge_volume(n, scene.window.seconds, n_before, past.seconds)
    found = judged("volume", volume)
    return replace(found, verdict="fail") if volume.warn else found


def _input_kind(name: str) -> FindingKind:
    return _KINDS.get(name.partition(":")[0], "nulls")


def quality(scene: Scene) -> list[Finding]:
    """Find whether mature labels say that predictions got worse."""
    ctx = scene.ctx
    source = ctx.service.predictions
    if source is None or source.labels is None:
        return []
    recent, past = _labelled(scene, timedelta(seconds=parse_duration(source.labels.mature_after)))
    try:
        current = ctx.ports.predictions.labels(recent)
        before = ctx.ports.predictions.labels(past) if past else None
    except PortError as error:
        return [finding("quality", "inconclusive", f"labels: {error.message}")]
    if not current.mature:
        said = f"none of {current.predicted} predictions is old enough for labels"
        return [_unlabelled(scene, said)]
    coverage = judge_rate(
        "share of labels that came",
        Counts(current.labelled, current.mature),
        Counts(before.labelled, before.mature) if before else None,
        margin=COVERAGE_MARGIN,
        alpha=scene.alpha,
        worse="lower",
    )
    if coverage.verdict == "fail":
        said = f"accuracy: too few labels came to tell; {coverage.said}"
        return [judged("quality_immature", coverage), _unlabelled(scene, said)]
    verdict = judge_rate(
        "accuracy",
        Counts(current.correct, current.labelled),
        Counts(before.correct, before.labelled) if before else None,
        margin=QUALITY_MARGIN,
        alpha=scene.alpha,
        worse="lower",
    )
    found = [judged("quality_immature", coverage), judged("quality", verdict)]
    return [*found, *_released(scene)] if verdict.verdict == "fail" else found


def _unlabelled(scene: Scene, said: str) -> Finding:
    """Find nothing of quality for want of labels; an estimate from scores is told, no more."""
    found = estimate(scene)
    told = said if found is None else f"{said}; {found.said}"
    return finding("quality", "inconclusive", told)


def _released(scene: Scene) -> list[Finding]:
    """Find whether a version did as well right after its release as the one before it did.

    If so, and labels fell later, it is not the release that made them fall.
    """
    ctx, release = scene.ctx, scene.release
    if release is None:
        return []
    onset = ctx.incident.onset
    first = Window(since=release.at, until=release.at + max(timedelta(0), onset - release.at) / 3)
    until = release.after or release.at
    past = Window(since=until - scene.lookback, until=until)
    try:
        fresh = ctx.ports.predictions.labels(first, release.to)
        before = ctx.ports.predictions.labels(past, release.before)
    except PortError as error:
        return [finding("quality_released", "inconclusive", f"labels: {error.message}")]
    verdict = judge_rate(
        f"accuracy of version {release.to} right after its release",
        Counts(fresh.correct, fresh.labelled),
        Counts(before.correct, before.labelled),
        margin=QUALITY_MARGIN,
        alpha=scene.alpha,
        worse="lower",
    )
    return [judged("quality_released", verdict)]


def _labelled(scene: Scene, mature: timedelta) -> tuple[Window, Window | None]:
    """Return the predictions whose labels are due now, and those to hold them against.

    An alert on labels is about predictions that are older than it by the time that labels take.
    So without enough mature ones since the onset, the last `RECENT` of the lookback is the present.
    The past is the first half of the lookback: what drifts slowly is in the second half as well.
    """
    onset, ripe = scene.ctx.incident.onset, scene.ctx.now - mature
    looks = scene.ctx.ledger.looks
    began = max(onset - scene.lookback, looks[0].at if looks else onset)
    since = scene.window.since
    if not scene.pinned and ripe - since < mature:
        since = max(began, ripe - (ripe - began) / RECENT)
    recent = Window(since=min(since, scene.ctx.now), until=max(since, scene.ctx.now))
    half = Window(since=began, until=min(began + (onset - began) / 2, ripe, since))
    return recent, half if half.seconds > 0 else None
