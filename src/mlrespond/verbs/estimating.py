"""What scores say of quality while labels are not mature: an estimate, told beside the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from mlrespond.errors import InvalidInputError, PortError
from mlrespond.judgment.estimate import LEAST_LABELLED, Past, Scored, judge_estimate
from mlrespond.judgment.replay import same
from mlrespond.model.instant import parse_duration
from mlrespond.model.reading import Logged, Window
from mlrespond.model.verdict import MetricVerdict
from mlrespond.verbs.comparison import Sides
from mlrespond.verbs.interface import StepContext
from mlrespond.verbs.scene import Scene

ROWS = 1000
LOOKBACK = timedelta(hours=2)
_WIDER = 4


def estimate(scene: Scene) -> MetricVerdict | None:
    """Return what the scores of the present say of its accuracy; None where nobody logs scores.

    Calibration is looked at in the last predictions that are old enough for labels and were made
    before the onset, of the version that answers most now: another one's says nothing of it.
    """
    ctx = scene.ctx
    mature = _mature(ctx)
    now = None if mature is None else _recent(ctx, scene.window)
    version = _most(now or ())
    if mature is None or not now or not _scores(now, version):
        return None
    ripe = min(ctx.now - mature, ctx.incident.onset)
    past = _labelled(ctx, ripe, max(mature, scene.lookback), (version,))
    own = Scored(_scores(now, version), _past(past, version))
    return judge_estimate(_name(version), own, alpha=scene.alpha)


def estimate_of_sides(ctx: StepContext, sides: Sides) -> MetricVerdict | None:
    """Return what scores say of the accuracy of what is judged; None where nobody logs scores.

    Where the baseline is another version in a window of its own, it is held against that one's
    scores, else against its own labelled past.
    """
    mature = _mature(ctx)
    if mature is None or sides.asked or sides.part.replica or sides.part.region:
        return None
    now = _recent(ctx, sides.window)
    version = sides.version or sides.part.version or _most(now or ())
    if not now or not any(one.score is not None for one in now):
        return None
    other = sides.baseline.version if sides.baseline and sides.past else None
    others = (other,) if other is not None and other != version else ()
    ripe = min(ctx.now - mature, sides.window.since)
    rows = _labelled(ctx, ripe, max(mature, LOOKBACK), (version, *others))
    own = Scored(_scores(now, version), _past(rows, version))
    before = None
    if others and sides.past is not None:
        then = now if sides.past == sides.window else _recent(ctx, sides.past)
        before = Scored(_scores(then or (), other), _past(rows, other))
    return judge_estimate(_name(version), own, before, alpha=sides.alpha)


def _mature(ctx: StepContext) -> timedelta | None:
    """Return how long labels take; None where scores and labels are not logged."""
    source = ctx.service.predictions
    if source is None or source.labels is None or not (source.score and source.decision):
        return None
    return timedelta(seconds=parse_duration(source.labels.mature_after))


def _recent(ctx: StepContext, window: Window) -> tuple[Logged, ...] | None:
    try:
        return ctx.ports.cases.recent(window, ROWS)
    except (PortError, InvalidInputError):
        return None  # not every log can be read row by row: then there is nothing to say


def _labelled(
    ctx: StepContext, ripe: datetime, longest: timedelta, versions: Sequence[str | None]
) -> tuple[Logged, ...]:
    """Return rows that are old enough for labels: of as short a time as has enough of them."""
    length = min(LOOKBACK, longest)
    while True:
        found = _recent(ctx, Window(since=ripe - length, until=ripe)) or ()
        enough = all(len(_past(found, one)) >= LEAST_LABELLED for one in versions)
        if length >= longest or len(found) >= ROWS or enough:
            return found
        length = min(length * _WIDER, longest)


def _most(rows: Sequence[Logged]) -> str | None:
    """Return the version that answered most of the rows."""
    told = Counter(one.version for one in rows).most_common(1)
    return told[0][0] if told else None


def _name(version: str | None) -> str:
    return f"accuracy of version {version}" if version else "accuracy"


def _scores(rows: Sequence[Logged], version: str | None) -> list[float]:
    return [one.score for one in rows if one.score is not None and one.version == version]


def _past(rows: Sequence[Logged], version: str | None) -> list[Past]:
    return [
        Past(one.score, same(one.decision, one.label))
        for one in rows
        if one.version == version and one.score is not None and one.label is not None
    ]
