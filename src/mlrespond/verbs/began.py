"""When it began, by the counts: an interval that the true onset lies in, before any alert."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from mlrespond.judgment.amount import histograms
from mlrespond.judgment.dispersion import Slices
from mlrespond.judgment.latency import duration
from mlrespond.judgment.onset import Onset, onset
from mlrespond.judgment.rate import percent
from mlrespond.judgment.tail import shared_edge
from mlrespond.model.cost_objective import CostObjective
from mlrespond.model.finding import Began, Change, Finding, FindingKind
from mlrespond.model.reading import Window
from mlrespond.model.service import LatencyObjective, Objective, RatioObjective
from mlrespond.verbs.amount import amounts
from mlrespond.verbs.curve import judged_edge, keep_around_onset
from mlrespond.verbs.measure import NoData, Selection, histogram
from mlrespond.verbs.over_time import latency_slices, share, step_of
from mlrespond.verbs.scene import Scene

BEFORE = timedelta(hours=1)
"""How long before the incident's onset a change is looked for: alerts come late."""

MEDIAN: Final = 0.5
"""Above which quantile of the baseline an amount is large where a mean is judged."""

_BAD: frozenset[FindingKind] = frozenset({"error_ratio", "validity"})


@dataclass(frozen=True, slots=True)
class _Counted:
    """Bad requests by slice of the time that is searched, and what they are called."""

    objective: str
    called: str
    bad: Slices


def began(scene: Scene, findings: Sequence[Finding]) -> Began | None:
    """Return when bad, slow or dear requests became more, if some check found more; else None.

    Of several objectives the one with the strongest evidence is told. What it reads is of all
    versions: a release is to be before or after it, and must not divide it.
    """
    ctx = scene.ctx
    failed = {one.kind for one in findings if one.verdict == "fail"}
    window = Window(since=ctx.incident.onset - BEFORE, until=ctx.now)
    if window.seconds <= 0:
        return None
    told = [
        (found.log_e, _told(counted, found, window.until))
        for name, objective in ctx.service.objectives.items()
        if (counted := _counted(scene, name, objective, window, failed)) is not None
        and (found := onset(counted.bad)) is not None
        and found.after > found.before
    ]
    return max(told, key=lambda one: one[0])[1] if told else None


def changed_before(found: Began, changes: Sequence[Change]) -> tuple[Change, ...]:
    """Return what may have changed before it began: not what changed surely later."""
    return tuple(one for one in changes if (one.after or one.at) <= found.until)


def _counted(
    scene: Scene, name: str, objective: Objective, window: Window, failed: AbstractSet[FindingKind]
) -> _Counted | None:
    """Return what an objective counts as bad, if a check of its kind found more; None if nothing.

    Of latencies and costs that is what lies above the edge by which the check judged them.
    """
    match objective:
        case RatioObjective() if failed & _BAD:
            return _bad(scene, name, objective, window)
        case LatencyObjective(column=None) if "latency" in failed:
            return _slow(scene, name, objective, window)
        case LatencyObjective() if "latency" in failed:
            return _beyond(scene, name, objective.column or "", objective.quantile, window)
        case CostObjective() if "objective" in failed:
            return _beyond(scene, name, objective.column, objective.quantile or MEDIAN, window)
        case _:
            return None


def _bad(scene: Scene, name: str, objective: RatioObjective, window: Window) -> _Counted | None:
    read = share(scene.ctx, objective, window, Selection(), step_of(window, None))
    keep_around_onset(scene.ctx, name, window, read)
    if read.slices is None:
        return None
    bad = read.slices if objective.bad else read.slices.others()
    return _Counted(name, f"bad requests of {name}", bad)


def _slow(scene: Scene, name: str, objective: LatencyObjective, window: Window) -> _Counted | None:
    ctx, past = scene.ctx, scene.sides.past
    if past is None:
        return None
    now = histogram(ctx, objective, scene.window, scene.part)
    before = histogram(ctx, objective, past, scene.other)
    edge = judged_edge(now, before, objective.quantile)
    slices = latency_slices(ctx, objective, window, Selection(), step_of(window, None))
    if edge is None or slices is None:
        return None
    return _Counted(name, f"requests of {name} above {duration(edge)}", slices.above(edge))


def _beyond(
    scene: Scene, name: str, column: str, quantile: float, window: Window
) -> _Counted | None:
    past = scene.sides.past
    if past is None:
        return None
    now, before, searched = (
        amounts(scene.ctx, column, over, part)
        for over, part in (
            (scene.window, scene.part),
            (past, scene.other),
            (window, Selection()),
        )
    )
    if isinstance(now, NoData) or isinstance(before, NoData) or isinstance(searched, NoData):
        return None
    edge = shared_edge(*histograms(now.amounts.whole, before.amounts.whole), quantile)
    if edge is None:
        return None
    return _Counted(name, f"requests of {name} above {edge:.4g}", searched.above(edge))


def _told(counted: _Counted, found: Onset, until: datetime) -> Began:
    slices, step_s = len(counted.bad.counts), counted.bad.step_s
    first = until - timedelta(seconds=(slices - found.first) * step_s)
    last = until - timedelta(seconds=(slices - 1 - found.last) * step_s)
    said = f"{counted.called} rose from {percent(found.before)} to {percent(found.after)}"
    return Began(since=first, until=last, objective=counted.objective, said=said)
