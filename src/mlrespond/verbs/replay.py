"""A shadow replay: inputs that were logged lately, asked again of what is served and of another.

Nobody else sees the answers. That the version before does well on today's inputs is what makes a
rollback likely to help.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mlrespond.errors import InvalidInputError, PortError
from mlrespond.judgment.replay import NAME, Replayed, judge_previous, judge_replay
from mlrespond.model.finding import Finding
from mlrespond.model.reading import Logged, Window
from mlrespond.model.verdict import MetricVerdict
from mlrespond.verbs import golden
from mlrespond.verbs.interface import StepContext
from mlrespond.verbs.measure import NoData
from mlrespond.verbs.scene import Scene, finding, judged

ROWS = 200


class JudgeFn(Protocol):
    """Judges what two versions answered to the same inputs."""

    def __call__(self, found: Replayed, *, alpha: float) -> MetricVerdict:
        """Return whether the current one does as well."""
        ...


def replay(
    ctx: StepContext,
    window: Window,
    current: str | None,
    previous: str,
    replicas: Sequence[str] = (),
) -> Replayed | NoData:
    """Return what two versions answer to the last inputs of a window; None is what is served."""
    try:
        rows = ctx.ports.cases.recent(window, ROWS)
    except (PortError, InvalidInputError) as error:
        return NoData("; ".join(error.message.splitlines()))
    if not rows:
        return NoData("no input was logged in the window")
    reason = "no replica answered"
    for replica in replicas or ctx.replicas:
        found = _replay(ctx, replica, rows, current, previous)
        if isinstance(found, Replayed):
            return found
        reason = found.reason
    return NoData(reason)


def _replay(
    ctx: StepContext, replica: str, rows: Sequence[Logged], current: str | None, previous: str
) -> Replayed | NoData:
    inputs = [one.row for one in rows]
    new = golden.send(ctx, replica, inputs, current)
    if isinstance(new, NoData):
        return new
    old = golden.send(ctx, replica, inputs, previous)
    if isinstance(old, NoData):
        return old
    return Replayed(
        current=tuple(one.output for one in new.answers),
        previous=tuple(one.output for one in old.answers),
        labels=tuple(one.label for one in rows),
    )


def compare_recent(
    ctx: StepContext,
    window: Window,
    current: str | None,
    previous: str | None,
    alpha: float,
    replicas: Sequence[str] = (),
    judge: JudgeFn = judge_replay,
) -> MetricVerdict:
    """Return whether a version does as well as another on the same recent inputs."""
    why = "the baseline is no single version"
    found = (
        replay(ctx, window, current, previous, replicas) if previous is not None else NoData(why)
    )
    if isinstance(found, NoData):
        return MetricVerdict(
            name=NAME,
            kind="golden",
            verdict="inconclusive",
            reason="no_data",
            said=f"{NAME}: {found.reason}",
        )
    return judge(found, alpha=alpha)


def counterfactual(scene: Scene) -> list[Finding]:
    """Find whether recent inputs come out worse than with the version before, on the same ones."""
    release = scene.release
    source = scene.ctx.service.predictions
    if release is None or release.before is None or source is None or not source.features:
        return []
    previous = release.before
    found = replay(scene.ctx, scene.window, None, previous)
    if isinstance(found, NoData):
        said = f"replay: {found.reason}"
        return [
            finding("replay", "inconclusive", said),
            finding("replay_previous", "inconclusive", said, version=previous),
        ]
    return [
        judged("replay", judge_replay(found, alpha=scene.alpha)),
        judged("replay_previous", judge_previous(found, previous, alpha=scene.alpha)),
    ]
