"""While labels are not mature, scores tell of quality beside what is open, and decide nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from tests.rig import SERVICE, rig
from tests.usecases.plain import HISTORY, ONSET, released
from tests.verbs.seen import context, done
from tests.verbs.test_checks import found

from mlrespond.model.json import Json, record
from mlrespond.model.reading import LabelCounts, Logged, Window
from mlrespond.testing.steady import SteadySignals
from mlrespond.testing.world import WorldHolder
from mlrespond.usecases.gate import gate
from mlrespond.verbs.interface import Done

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


@dataclass
class Both(Scored):
    """Two versions answer at the same time, and both were labelled long ago."""

    def recent(self, window: Window, limit: int) -> tuple[Logged, ...]:
        if window.until < ONSET - timedelta(days=1):
            self.version = "2"
            old = super().recent(window, limit // 2)
            return (*old, *(replace(one, version="3") for one in old))
        new = Logged(row={}, score=self.now, decision="block", version="3")
        return (new, Logged(row={}, score=0.95, decision="block", version="2")) * (limit // 2)


BODY: Json = {"against": "2", "metrics": ["error_ratio"], "estimate": True}


def compared(signals: Scored, body: Json = BODY, **service: Json) -> Done:
    here = rig(
        signals=signals,
        service={"predictions": PREDICTIONS, **service},
        world=WorldHolder(released()),
        history=(*HISTORY[:-2], (-1900.0, "3")),
    )
    return done(context(here), "compare", body)


@pytest.mark.parametrize(
    ("signals", "verdict", "reason"),
    [
        (Both(qualities={}), "pass", "not_worse"),
        (Both(qualities={}, now=0.7), "inconclusive", "worse"),
        (Both(qualities={}, right=10), "pass", "not_comparable"),
    ],
)
def test_a_comparison_tells_it_beside_what_is_measured(
    signals: Scored, verdict: str, reason: str
) -> None:
    found = compared(signals)

    told = record(record(found.yields["metrics"])["accuracy of version 3"])
    assert (found.verdict, told["reason"]) == (verdict, reason)
    assert (told["kind"], told["estimated"]) == ("estimate", True)
    assert told["verdict"] != "fail"


def test_a_comparison_that_does_not_ask_for_it_reads_no_rows() -> None:
    found = compared(Both(now=0.7), {"against": "2", "metrics": ["error_ratio"]})

    assert list(record(found.yields["metrics"])) == ["error_ratio"]


def test_the_version_itself_is_the_baseline_where_there_is_no_other() -> None:
    found = compared(Both(now=0.7), {**record(BODY), "against": "before_incident"})

    told = record(record(found.yields["metrics"])["accuracy of version 3"])
    assert "labelled before" in str(told["said"])


@pytest.mark.parametrize(("now", "reason"), [(0.95, "not_worse"), (0.7, "worse")])
def test_the_gate_tells_it_and_lets_nothing_through_for_it(now: float, reason: str) -> None:
    here = rig(
        signals=Both(now=now),
        world=WorldHolder(released()),
        service={"predictions": PREDICTIONS, "golden": None, "objectives": {}},
    )

    found = gate(here.app, SERVICE, "3").inspected.found

    metrics = record(found.yields["metrics"])
    assert found.verdict == "inconclusive"
    assert record(metrics["accuracy of version 3"])["reason"] == reason
    assert list(metrics) == ["registry", "accuracy of version 3", "asked"]
