"""While labels are not mature, scores tell of quality beside what is open, and decide nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from tests.rig import rig
from tests.usecases.plain import ONSET
from tests.verbs.seen import context
from tests.verbs.test_checks import found

from mlrespond.model.json import Json
from mlrespond.model.reading import LabelCounts, Logged, Window
from mlrespond.testing.steady import SteadySignals

PREDICTIONS: Json = {
    "kind": "fake",
    "score": "p",
    "decision": "decision",
    "labels": {"path": "labels.jsonl", "on": "request_id", "column": "y", "mature_after": "7d"},
}


@dataclass
class Scored(SteadySignals):
    """Labels take a week; 19 of 20 old predictions were right, as the old scores say, or half."""

    now: float = 0.95
    right: int = 19
    version: str = "2"

    def labels(self, window: Window, version: str | None) -> LabelCounts:
        told = super().labels(window, version)
        return replace(told, mature=0, labelled=0, correct=0)

    def recent(self, window: Window, limit: int) -> tuple[Logged, ...]:
        if window.until > ONSET:
            return (Logged(row={}, score=self.now, decision="block", version="2"),) * limit
        return tuple(
            Logged(
                row={},
                score=0.95,
                decision="block",
                version=self.version,
                label="block" if at % 20 < self.right else "allow",
            )
            for at in range(limit)
        )


@pytest.mark.parametrize(
    ("signals", "said"),
    [
        (Scored(), "accuracy of version 2 is estimated from scores, not measured: about 95.0% of"),
        (Scored(now=0.7), "about 70.0% of 1,000 against 95.0% of 1,000 labelled before"),
        (Scored(now=0.7), "which only labels can prove"),
        (Scored(right=10), "is not estimated: scores are not shown to be calibrated; they said"),
        (Scored(version="1"), "1000 scores now and 0 labelled ones before"),
    ],
)
def test_an_estimate_is_told_and_decides_nothing(signals: Scored, said: str) -> None:
    here = rig(signals=signals, service={"predictions": PREDICTIONS})

    (one,) = found(context(here), "quality")

    assert (one.kind, one.verdict) == ("quality", "inconclusive")
    assert one.said.startswith("none of ")
    assert said in one.said


def test_a_log_of_no_scores_is_not_spoken_of() -> None:
    silent = {key: one for key, one in dict(PREDICTIONS).items() if key != "score"}  # type: ignore[arg-type]  # a record
    here = rig(signals=Scored(), service={"predictions": silent})

    (one,) = found(context(here), "quality")

    assert "estimated" not in one.said
