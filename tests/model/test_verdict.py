"""Several metrics together: one that fails fails all, one that is open keeps it open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrespond.model.verdict import MetricKind, MetricVerdict, Reason, together
from mlrespond.model.word import VERDICTS, VerdictWord


def metric(name: str, verdict: VerdictWord) -> MetricVerdict:
    return MetricVerdict(
        name=name, kind="ratio", verdict=verdict, reason="worse", said=f"{name} is {verdict}"
    )


def metrics(*verdicts: VerdictWord) -> tuple[MetricVerdict, ...]:
    return tuple(metric(f"m{at}", one) for at, one in enumerate(verdicts))


@pytest.mark.parametrize(
    ("verdicts", "verdict", "worst"),
    [
        (("pass", "pass"), "pass", None),
        (("pass", "fail", "inconclusive"), "fail", "m1"),
        (("inconclusive", "fail"), "fail", "m1"),
        (("pass", "inconclusive"), "inconclusive", "m1"),
        ((), "inconclusive", None),
    ],
)
def test_the_worst_metric_decides(
    verdicts: tuple[VerdictWord, ...], verdict: VerdictWord, worst: str | None
) -> None:
    found = together(metrics(*verdicts))

    assert (found.verdict, found.worst) == (verdict, worst)
    assert found.reason


def estimate(verdict: VerdictWord, reason: Reason, kind: MetricKind = "estimate") -> MetricVerdict:
    return MetricVerdict(name="guess", kind=kind, verdict=verdict, reason=reason, estimated=True)


@pytest.mark.parametrize(
    ("beside", "verdict"),
    [
        (estimate("inconclusive", "too_few"), "pass"),
        (estimate("inconclusive", "not_comparable"), "pass"),
        (estimate("inconclusive", "worse"), "inconclusive"),
        (estimate("pass", "not_worse"), "pass"),
        (estimate("inconclusive", "no_data", "judge"), "inconclusive"),
    ],
)
def test_an_estimate_leaves_open_only_what_would_be_a_fail(
    beside: MetricVerdict, verdict: VerdictWord
) -> None:
    assert together((*metrics("pass"), beside)).verdict == verdict
    assert together((*metrics("fail"), beside)).verdict == "fail"


@pytest.mark.parametrize("kind", ["estimate", "judge"])
def test_estimates_alone_pass_nothing(kind: MetricKind) -> None:
    assert together((estimate("pass", "not_worse", kind),)).verdict == "inconclusive"


@given(st.lists(st.sampled_from(VERDICTS), max_size=6))
def test_all_must_pass_for_a_pass(verdicts: list[VerdictWord]) -> None:
    found = together(metrics(*verdicts))

    assert (found.verdict == "pass") == (bool(verdicts) and set(verdicts) == {"pass"})
    assert (found.verdict == "fail") == ("fail" in verdicts)
