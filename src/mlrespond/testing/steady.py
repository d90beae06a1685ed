"""Signals without chance: each version has its rates, and every count is exactly as expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mlrespond.model.instant import parse_duration
from mlrespond.model.json import Json
from mlrespond.model.reading import (
    Case,
    Edges,
    FeatureProfile,
    LabelCounts,
    Profile,
    Sample,
    Window,
)

CASES = 40
RATE = 50.0
OBJECTIVES: Mapping[str, Json] = {
    "error_ratio": {
        "kind": "ratio",
        "bad": "errors|{{ version }}|{{ replica }}|{{ window }}",
        "total": "requests|{{ version }}|{{ replica }}|{{ window }}",
        "max": 0.02,
        "margin": 0.01,
    },
    "golden": {"kind": "golden", "min": 0.9},
}


@dataclass(frozen=True)
class Quality:
    """How one version does."""

    errors: float = 0.005
    golden: float = 1.0


@dataclass
class SteadySignals:
    """The same traffic at all times; only the version makes a difference."""

    qualities: dict[str, Quality] = field(default_factory=lambda: {"3": Quality(0.2, 0.3)})

    def instant(self, query: str, at: datetime) -> tuple[Sample, ...]:
        assert at.tzinfo is not None
        what, version, _, window = query.split("|")
        total = RATE * parse_duration(window)
        share = self._of(version).errors if what == "errors" else 1.0
        return (Sample(labels={}, value=round(total * share)),)

    def profile(self, window: Window, version: str | None, edges: Edges | None = None) -> Profile:
        n = round(RATE * window.seconds)
        amount = FeatureProfile(
            name="amount",
            type="number",
            n=n,
            median=40.0,
            low_quartile=20.0,
            high_quartile=80.0,
            distinct=n,
        )
        by_version = {version or "2": n}
        return Profile(
            window=window, n=n, newest=window.until, by_version=by_version, features=(amount,)
        )

    def labels(self, window: Window, version: str | None) -> LabelCounts:
        assert version is None or version
        n = round(RATE * window.seconds)
        return LabelCounts(
            window=window, predicted=n, mature=n, labelled=n, correct=round(n * 0.95)
        )

    def cases(self) -> tuple[Case, ...]:
        return tuple(Case(row={"case": at}, expected="allow") for at in range(CASES))

    def answer(self, version: str, row: Mapping[str, Json]) -> Json:
        at = row["case"]
        assert isinstance(at, int)
        return "allow" if at < CASES * self._of(version).golden else "block"

    def _of(self, version: str) -> Quality:
        return self.qualities.get(version, Quality())
