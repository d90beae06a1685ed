"""Several metrics together: one that fails fails all, one that is open keeps it open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrespond.model.verdict import MetricVerdict, together
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


@given(st.lists(st.sampled_from(VERDICTS), max_size=6))
def test_all_must_pass_for_a_pass(verdicts: list[VerdictWord]) -> None:
    found = together(metrics(*verdicts))

    assert (found.verdict == "pass") == (bool(verdicts) and set(verdicts) == {"pass"})
    assert (found.verdict == "fail") == ("fail" in verdicts)
