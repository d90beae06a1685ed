"""Traffic that went wrong at a time, as a pure function of time: a new process sees the same."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mlrespond.model.reading import Edges, FeatureProfile, LabelCounts, Profile, Window
from mlrespond.testing.clock import START
from mlrespond.testing.steady import Quality, SteadySignals


def _share_after(window: Window, at: datetime) -> float:
    """Return which share of a window lies after a time."""
    after = (window.until - max(window.since, min(at, window.until))).total_seconds()
    return after / window.seconds if window.seconds else 0.0


@dataclass
class SurgingNulls(SteadySignals):
    """Half of a feature is null since a while before the response begins."""

    qualities: dict[str, Quality] = field(default_factory=dict)
    since: datetime = START - timedelta(minutes=20)

    def profile(self, window: Window, version: str | None, edges: Edges | None = None) -> Profile:
        whole = super().profile(window, version, edges)
        nulls = 0.5 * _share_after(window, self.since)
        features = tuple(replace(one, nulls=round(one.n * nulls)) for one in whole.features)
        return replace(whole, features=features)


@dataclass
class FallingQuality(SteadySignals):
    """Predictions came to be wrong more often, until a new version was trained."""

    qualities: dict[str, Quality] = field(default_factory=dict)
    since: datetime = START - timedelta(hours=8)

    def profile(self, window: Window, version: str | None, edges: Edges | None = None) -> Profile:
        whole = super().profile(window, version, edges)
        country = FeatureProfile(
            name="country", type="category", n=whole.n, distinct=1, categories={"nl": whole.n}
        )
        return replace(whole, features=(*whole.features, country))

    def labels(self, window: Window, version: str | None) -> LabelCounts:
        whole = super().labels(window, version)
        stale = 0.0 if window.since >= START else _share_after(window, self.since)
        return replace(whole, correct=round(whole.labelled * (0.95 - 0.3 * stale)))
