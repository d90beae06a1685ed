"""The checks of traffic: errors and latency, over all and by replica.

A replica misbehaves on its own when it does worse than the others at the same time, and not as it
always did: regions differ for good reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Generic, TypeVar

from mlrespond.judgment.amount import histogram_of
from mlrespond.judgment.histogram import Histogram
from mlrespond.judgment.latency import judge_latency
from mlrespond.judgment.rate import Counts, judge_rate
from mlrespond.model.finding import Change, Finding, FindingKind
from mlrespond.model.reading import Window
from mlrespond.model.service import LatencyObjective, RatioObjective
from mlrespond.model.verdict import MetricVerdict, together
from mlrespond.verbs import measure
from mlrespond.verbs.amount import amounts
from mlrespond.verbs.comparison import compare_objective
from mlrespond.verbs.measure import NoData, Selection
from mlrespond.verbs.scene import Scene, finding, judged

T = TypeVar("T")
TOGETHER = timedelta(minutes=1)
SOON = timedelta(minutes=10)
_NOT_TOLD = "does not tell replicas apart"


def at_first(scene: Scene, release: Change) -> Finding:
    """Find whether a released version did well until the onset, when other things went wrong.

    The first half of that time is judged, since an onset is noticed late. When it came soon after
    the release, the release is in doubt unless it is shown to have done well.
    """
    onset = scene.ctx.incident.onset
    soon = f"it began when version {release.to} was released"
    if onset - release.at <= TOGETHER:
        return finding("released", "fail", soon, version=release.to)
    sides = replace(
        scene.sides,
        window=Window(since=release.at, until=release.at + (onset - release.at) / 2),
        part=Selection(version=release.to),
    )
    found = [
        compare_objective(scene.ctx, name, one, sides)
        for name, one in scene.ctx.service.objectives.items()
        if isinstance(one, RatioObjective | LatencyObjective)
    ]
    worst = together(tuple(found))
    if worst.verdict == "inconclusive" and onset - release.at <= SOON:
        return finding("released", "fail", soon, version=release.to)
    told = {
        "fail": f"version {release.to} did badly from its release on: {worst.reason}",
        "pass": f"version {release.to} did well at first",
        "inconclusive": f"whether version {release.to} did well at first: {worst.reason}",
    }
    return finding("released", worst.verdict, told[worst.verdict], version=release.to)


def errors(scene: Scene) -> list[Finding]:
    """Find whether more requests fail than before, and on which replicas."""
    found: list[Finding] = []
    for name, objective in scene.ctx.service.objectives.items():
        if not isinstance(objective, RatioObjective) or objective.tells is not None:
            continue
        counted = objective.source == "metrics"
        kind: FindingKind = "error_ratio" if counted else "validity"
        verdict = compare_objective(scene.ctx, name, objective, scene.sides)
        found.append(judged(kind, verdict))
        if counted and measure.tells(objective.bad or objective.good, "replica"):
            found += _errors_by_replica(scene, name, objective, verdict)
        elif counted:
            found.append(finding("error_ratio_replica", "pass", f"{name} {_NOT_TOLD}"))
    return found


def latency(scene: Scene) -> list[Finding]:
    """Find whether requests are slower than before, and on which replicas."""
    found: list[Finding] = []
    for name, objective in scene.ctx.service.objectives.items():
        if not isinstance(objective, LatencyObjective):
            continue
        verdict = compare_objective(scene.ctx, name, objective, scene.sides)
        found.append(judged("latency", verdict))
        if measure.tells(objective.histogram, "replica"):
            found += _latency_by_replica(scene, name, objective, verdict)
        else:
            found.append(finding("latency_replica", "pass", f"{name} {_NOT_TOLD}"))
        found.append(_easing(scene, name, objective, found))
    return found or [finding("latency", "pass", "no objective tells of latency")]


def _taken(scene: Scene, objective: LatencyObjective, window: Window) -> Histogram | NoData:
    """Return the latencies of a window; logged ones on all edges there are, so as to compare."""
    if objective.column is None:
        return measure.histogram(scene.ctx, objective, window, scene.part)
    found = amounts(scene.ctx, objective.column, window, scene.part)
    return found if isinstance(found, NoData) else histogram_of(found.amounts.whole)


def _easing(
    scene: Scene, name: str, objective: LatencyObjective, found: Sequence[Finding]
) -> Finding:
    """Find whether slow requests become fewer again: the last third beside the first.

    It eases if they became fewer by half of what they are up by; that is not much to show.
    """
    if all(one.verdict != "fail" for one in found if one.kind == "latency"):
        return finding("latency_easing", "pass", f"{name} is not up")
    third = (scene.window.until - scene.window.since) / 3
    first, last = (
        _taken(scene, objective, window)
        for window in (
            Window(since=scene.window.since, until=scene.window.since + third),
            Window(since=scene.window.until - third, until=scene.window.until),
        )
    )
    up = next(one for one in found if one.kind == "latency" and one.verdict == "fail")
    if isinstance(first, NoData) or isinstance(last, NoData):
        return finding("latency_easing", "inconclusive", f"{name}: too little to see it ease")
    verdict = judge_latency(
        name,
        first,
        last,
        quantile=objective.quantile,
        margin=max(objective.margin or 0.0, (up.value or 0.0) / 2) or None,
        alpha=scene.alpha,
        max_s=None,
    )
    told = {
        "fail": f"{name} gets better again",
        "pass": f"{name} does not get better again",
        "inconclusive": f"{name}: whether it gets better again cannot be told yet",
    }
    return finding("latency_easing", verdict.verdict, told[verdict.verdict])


def _errors_by_replica(
    scene: Scene, name: str, objective: RatioObjective, whole: MetricVerdict
) -> list[Finding]:
    def read(window: Window, part: Selection) -> Counts | None:
        found = measure.ratio(scene.ctx, objective, window, part)
        return None if isinstance(found, NoData) else found

    def judge(
        replica: str, one: Counts | None, other: Counts | None, margin: float | None
    ) -> MetricVerdict:
        return judge_rate(
            f"{name} on {replica}",
            one,
            other,
            margin=margin or objective.margin,
            alpha=_each(scene),
            worse="higher" if objective.bad else "lower",
        )

    def pool(others: list[Counts]) -> Counts:
        return Counts(sum(one.k for one in others), sum(one.n for one in others))

    against = _Against(scene.ctx.replicas, read, judge, pool, _half(whole))
    return _by_replica(scene, "error_ratio_replica", against)


def _latency_by_replica(
    scene: Scene, name: str, objective: LatencyObjective, whole: MetricVerdict
) -> list[Finding]:
    def read(window: Window, part: Selection) -> Histogram | None:
        found = measure.histogram(scene.ctx, objective, window, part)
        return None if isinstance(found, NoData) else found

    def judge(
        replica: str, one: Histogram | None, other: Histogram | None, margin: float | None
    ) -> MetricVerdict:
        return judge_latency(
            f"{name} on {replica}",
            one,
            other,
            quantile=objective.quantile,
            margin=margin or objective.margin,
            alpha=_each(scene),
            max_s=None,
        )

    against = _Against(scene.ctx.replicas, read, judge, _summed, _half(whole))
    return _by_replica(scene, "latency_replica", against)


def _half(whole: MetricVerdict) -> float | None:
    """Return how much worse one replica must do to explain at least half of what all show.

    If one of k were to blame alone, it would do worse than the others by k times what all show.
    """
    if whole.verdict != "fail" or whole.effect is None:
        return None
    return max(whole.margin or 0.0, whole.effect / 2) or None


def _summed(others: list[Histogram]) -> Histogram:
    """Add histograms bucket by bucket; quantiles of replicas are never averaged."""
    counts: dict[float, int] = {}
    for one in others:
        for edge, count in one:
            counts[edge] = counts.get(edge, 0) + count
    return tuple(sorted(counts.items()))


def _by_replica(scene: Scene, kind: FindingKind, against: _Against[T]) -> list[Finding]:
    """Hold each replica against the others now; one that was always so is as before.

    Where one does worse than the others, each is held against its own past as well: if all of them
    got worse, it is no fault of one. As before is who did not get worse by half of what that one
    does worse than the others: of few requests no more could be shown.
    """
    names = scene.ctx.replicas
    if len(names) < 2:  # noqa: PLR2004  # a replica and another
        return [finding(kind, "pass", "there is one replica alone")]
    found = against.others(scene, scene.window)
    if all(one.verdict != "fail" for one in found):
        return [judged(kind, one, replica=name) for name, one in zip(names, found, strict=True)]
    halves = [against.others(scene, half) for half in _halves(scene.window)]
    lasting = [_lasting(one, each) for one, *each in zip(found, *halves, strict=True)]
    worst = max(one.effect or 0.0 for one in found if one.verdict == "fail")
    own = against.own(scene, worst / 2)
    told = [_as_before(one, itself) for one, itself in zip(lasting, own, strict=True)]
    own_kind: FindingKind = "latency_own" if kind == "latency_replica" else "error_ratio_own"
    return [
        *(judged(kind, one, replica=name) for name, one in zip(names, told, strict=True)),
        *(judged(own_kind, one, replica=name) for name, one in zip(names, own, strict=True)),
    ]


@dataclass(frozen=True, slots=True)
class _Against(Generic[T]):
    """Holds replicas against one another, and against themselves."""

    names: Sequence[str]
    read: Callable[[Window, Selection], T | None]
    judge: Callable[[str, T | None, T | None, float | None], MetricVerdict]
    pool: Callable[[list[T]], T]
    margin: float | None = None

    def others(self, scene: Scene, window: Window) -> list[MetricVerdict]:
        """Return how each does, beside the others at the same time."""
        now = {name: self.read(window, replace(scene.part, replica=name)) for name in self.names}
        found = []
        for name in self.names:
            others = [one for other, one in now.items() if other != name and one is not None]
            pooled = self.pool(others) if others else None
            found.append(self.judge(name, now[name], pooled, self.margin))
        return found

    def own(self, scene: Scene, margin: float) -> list[MetricVerdict]:
        """Return how each does, beside itself before."""
        return [
            self.judge(
                name,
                self.read(scene.window, replace(scene.part, replica=name)),
                _before(scene, name, self.read),
                max(margin, self.margin or 0.0) or None,
            )
            for name in self.names
        ]


def _halves(window: Window) -> tuple[Window, Window]:
    middle = window.since + (window.until - window.since) / 2
    return Window(since=window.since, until=middle), Window(since=middle, until=window.until)


def _lasting(found: MetricVerdict, halves: Sequence[MetricVerdict]) -> MetricVerdict:
    """Return a failure as it is if it shows in both halves of the time; a hiccup is no fault yet.

    Counts take requests for independent, and a pause of a few seconds hits hundreds at once.
    """
    if found.verdict != "fail" or all(one.verdict == "fail" for one in halves):
        return found
    return replace(found, verdict="inconclusive", said=f"{found.said}; not all of the time")


def _as_before(found: MetricVerdict, own: MetricVerdict) -> MetricVerdict:
    return own if found.verdict == "fail" and own.verdict == "pass" else found


def _before(scene: Scene, name: str, read: Callable[[Window, Selection], T | None]) -> T | None:
    past = scene.sides.past
    return read(past, replace(scene.other, replica=name)) if past else None


def _each(scene: Scene) -> float:
    return scene.alpha / max(1, len(scene.ctx.replicas))
