"""When it began, by the counts: an interval that the true onset lies in, before any alert."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from mlrespond.judgment.onset import Onset, onset
from mlrespond.judgment.rate import percent
from mlrespond.model.finding import Began, Change, Finding, FindingKind
from mlrespond.model.reading import Window
from mlrespond.model.service import RatioObjective
from mlrespond.verbs.curve import keep_around_onset
from mlrespond.verbs.measure import Selection
from mlrespond.verbs.over_time import share, step_of
from mlrespond.verbs.scene import Scene

BEFORE = timedelta(hours=1)
"""How long before the incident's onset a change is looked for: alerts come late."""

_SHOWN: frozenset[FindingKind] = frozenset({"error_ratio", "validity"})


def began(scene: Scene, findings: Sequence[Finding]) -> Began | None:
    """Return when bad requests became more, if some check found more of them; else None.

    Of several objectives the one with the strongest evidence is told. What it reads is of all
    versions: a release is to be before or after it, and must not divide it.
    """
    if not any(one.kind in _SHOWN and one.verdict == "fail" for one in findings):
        return None
    ctx = scene.ctx
    window = Window(since=ctx.incident.onset - BEFORE, until=ctx.now)
    if window.seconds <= 0:
        return None
    told = [
        (found.log_e, _told(name, found, window.until, step_s, slices))
        for name, objective in ctx.service.objectives.items()
        if isinstance(objective, RatioObjective)
        for found, step_s, slices in _found(scene, name, objective, window)
    ]
    return max(told, key=lambda one: one[0])[1] if told else None


def changed_before(found: Began, changes: Sequence[Change]) -> tuple[Change, ...]:
    """Return what may have changed before it began: not what changed surely later."""
    return tuple(one for one in changes if (one.after or one.at) <= found.until)


def _found(
    scene: Scene, name: str, objective: RatioObjective, window: Window
) -> list[tuple[Onset, float, int]]:
    read = share(scene.ctx, objective, window, Selection(), step_of(window, None))
    keep_around_onset(scene.ctx, name, window, read)
    counted = read.slices
    if counted is None:
        return []
    bad = counted if objective.bad else counted.others()
    found = onset(bad)
    if found is None or found.after <= found.before:
        return []
    return [(found, bad.step_s, len(bad.counts))]


def _told(name: str, found: Onset, until: datetime, step_s: float, slices: int) -> Began:
    first = until - timedelta(seconds=(slices - found.first) * step_s)
    last = until - timedelta(seconds=(slices - 1 - found.last) * step_s)
    said = f"bad requests of {name} rose from {percent(found.before)} to {percent(found.after)}"
    return Began(since=first, until=last, objective=name, said=said)
