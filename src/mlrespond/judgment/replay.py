"""The counterfactual: the same recent inputs, asked of what is served and of the version before.

It decides whether a rollback would help. What is judged is whether each answers, and, where labels
came, whether each is right; an answer that differs is told, and is no fault by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mlrespond.judgment.limit import judge_share_limit
from mlrespond.judgment.paired import Paired, judge_paired
from mlrespond.judgment.rate import Counts
from mlrespond.model.json import Json, dump
from mlrespond.model.verdict import MetricVerdict

NAME = "recent inputs"
MOST_FAILING = 0.1
LEAST_LABELS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What two versions answered to the same inputs, null if one failed; labels where known."""

    current: tuple[Json, ...]
    previous: tuple[Json, ...]
    labels: tuple[Json, ...]

    @property
    def answered(self) -> Paired:
        """Return which inputs each version answered at all."""
        return paired(
            [one is not None for one in self.current], [one is not None for one in self.previous]
        )

    @property
    def right(self) -> Paired:
        """Return which labelled inputs each version got right."""
        known = [at for at, label in enumerate(self.labels) if label is not None]
        return paired(
            [same(self.current[at], self.labels[at]) for at in known],
            [same(self.previous[at], self.labels[at]) for at in known],
        )

    @property
    def differ(self) -> int:
        """Return how many inputs both answered, and not alike."""
        pairs = zip(self.current, self.previous, strict=True)
        return sum(
            one is not None and other is not None and not same(one, other) for one, other in pairs
        )


def paired(current: Sequence[bool], baseline: Sequence[bool]) -> Paired:
    """Return how two sides fared on the same cases."""
    both = sum(one and other for one, other in zip(current, baseline, strict=True))
    neither = sum(not one and not other for one, other in zip(current, baseline, strict=True))
    return Paired(
        both=both,
        only_current=sum(current) - both,
        only_baseline=sum(baseline) - both,
        neither=neither,
    )


def judge_replay(found: Replayed, *, alpha: float) -> MetricVerdict:
    """Return whether what is served does as well as the version before, on the same inputs.

    Fails if it answers fewer, or gets fewer right; passes if it is shown to do neither. What is
    right is judged input by input, as a sample of what is asked. Without enough labels only
    answering is judged. `alpha` is two-sided, for one look, and shared by both.
    """
    answered = judge_paired(f"{NAME} answered", found.answered, alpha=alpha / 2)
    told = f"{answered.said}; {found.differ} of {len(found.current)} answers differ"
    answered = replace(answered, name=NAME, said=told)
    if answered.verdict == "fail" or found.right.n < LEAST_LABELS:
        return answered
    right = judge_paired(f"{NAME} right", found.right, alpha=alpha / 2, sampled=True)
    right = replace(right, name=NAME)
    if right.verdict == "fail" or answered.verdict == "pass":
        return right
    return answered


def judge_candidate(found: Replayed, *, alpha: float) -> MetricVerdict:
    """Return as `judge_replay`, where nothing else tells of a version: to answer is not enough.

    Without labels it passes with the answers of what is served alone.
    """
    verdict = judge_replay(found, alpha=alpha)
    labels = found.right.n
    if verdict.verdict != "pass" or labels >= LEAST_LABELS or not found.differ:
        return verdict
    said = (
        f"{verdict.said}; whether they are right is not known: {labels} of the inputs have labels, "
        f"where {LEAST_LABELS} must, and there are no golden cases"
    )
    return replace(verdict, verdict="inconclusive", reason="no_data", said=said)


def judge_previous(found: Replayed, version: str, *, alpha: float) -> MetricVerdict:
    """Return whether the version before answers recent inputs: no more than a tenth may fail."""
    failing = sum(one is None for one in found.previous)
    verdict = judge_share_limit(
        f"recent inputs that version {version} fails",
        Counts(failing, len(found.previous)) if found.previous else None,
        max_share=MOST_FAILING,
        min_share=None,
        alpha=alpha,
        kind="ratio",
    )
    return replace(verdict, name=f"{NAME}, version before")


def same(one: Json, other: Json) -> bool:
    """Return whether two answers are alike, as values or as they are written; null is no answer."""
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other
    return one is not None and (one == other or dump(one) == dump(other) or str(one) == str(other))
