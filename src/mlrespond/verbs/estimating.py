"""What scores say of quality while labels are not mature: an estimate, told beside what is open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from mlrespond.errors import InvalidInputError, PortError
from mlrespond.judgment.estimate import Past, judge_estimate
from mlrespond.judgment.replay import same
from mlrespond.model.instant import parse_duration
from mlrespond.model.reading import Logged, Window
from mlrespond.model.verdict import MetricVerdict
from mlrespond.verbs.scene import Scene

ROWS = 1000


def estimate(scene: Scene) -> MetricVerdict | None:
    """Return what the scores of the present say of its accuracy; None where nobody logs scores.

    Calibration is looked at in the last predictions that are old enough for labels and were made
    before the onset, of the version that answers most now: another one's says nothing of it.
    """
    source = scene.ctx.service.predictions
    if source is None or source.labels is None or not (source.score and source.decision):
        return None
    mature = timedelta(seconds=parse_duration(source.labels.mature_after))
    ripe = min(scene.ctx.now - mature, scene.ctx.incident.onset)
    past = Window(since=ripe - max(mature, scene.lookback), until=ripe)
    try:
        now = scene.ctx.ports.cases.recent(scene.window, ROWS)
        before = scene.ctx.ports.cases.recent(past, ROWS)
    except (PortError, InvalidInputError):
        return None  # not every log can be read row by row: then there is nothing to say
    scores = [one.score for one in now if one.score is not None]
    if not scores:
        return None
    version = Counter(one.version for one in now).most_common(1)[0][0]
    name = f"accuracy of version {version}" if version else "accuracy"
    return judge_estimate(name, scores, _past(before, version), alpha=scene.alpha)


def _past(rows: Sequence[Logged], version: str | None) -> list[Past]:
    return [
        Past(one.score, same(one.decision, one.label))
        for one in rows
        if one.version == version and one.score is not None and one.label is not None
    ]
