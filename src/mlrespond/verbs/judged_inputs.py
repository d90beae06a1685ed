"""The verdicts on inputs and their drift; what broke within the window is read again from there."""

from __future__ import annotations

from collections.abc import Mapping

from mlrespond.judgment.drift import judge_drift
from mlrespond.judgment.midway import judge_inputs_midway
from mlrespond.model.reading import Edges, FeatureSpec, Profile, Window
from mlrespond.model.verdict import MetricVerdict
from mlrespond.verbs import measure
from mlrespond.verbs.interface import StepContext
from mlrespond.verbs.measure import NoData


def judged_inputs(
    ctx: StepContext,
    current: Profile,
    baseline: Profile,
    features: Mapping[str, FeatureSpec],
    alpha: float,
    version: str | None = None,
) -> tuple[MetricVerdict, ...]:
    """Return the verdicts on a present that was counted on the baseline's edges."""

    def read(window: Window, edges: Edges | None) -> Profile | None:
        found = measure.profile(ctx, window, version, edges)
        return None if isinstance(found, NoData) else found

    return (
        *judge_inputs_midway(current, baseline, features, alpha, read),
        *judge_drift(current, baseline, features, alpha),
    )
