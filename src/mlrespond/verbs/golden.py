"""Asking the golden cases of the served version, or of another one, and scoring the answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from mlrespond.errors import InvalidInputError, PortError
from mlrespond.judgment.limit import judge_value_limit
from mlrespond.judgment.paired import Paired
from mlrespond.judgment.rate import Counts
from mlrespond.model.json import Json, number
from mlrespond.model.reading import Case, Usage
from mlrespond.model.service import GoldenSet
from mlrespond.model.verdict import MetricVerdict
from mlrespond.verbs.interface import StepContext
from mlrespond.verbs.measure import NoData


@dataclass(frozen=True, slots=True)
class Scored:
    """Which golden cases came out right, and what the answers took where that is counted."""

    rights: tuple[bool, ...]
    usage: Usage | None = None


def ask(
    ctx: StepContext, version: str | None = None, replicas: Sequence[str] | None = None
) -> Scored | NoData:
    """Return which golden cases came out right; for several replicas, right on all of them.

    Without a version the served one is asked; replicas that do not answer are passed over, and
    none answering is no data.
    """
    try:
        cases = ctx.ports.cases.golden()
    except (PortError, InvalidInputError) as error:
        return NoData("; ".join(error.message.splitlines()))
    if not cases:
        return NoData("the golden set is empty")
    answers: list[Scored] = []
    reason = "no replica answered"
    for replica in replicas or ctx.replicas:
        found = _ask(ctx, replica, cases, version)
        if isinstance(found, NoData):
            reason = found.reason
            continue
        answers.append(found)
        if version is not None:
            break  # another version is the same wherever it is loaded
    if not answers:
        return NoData(reason)
    rights = zip(*(one.rights for one in answers), strict=True)
    return Scored(tuple(all(one) for one in rights), _sum(one.usage for one in answers))


def _sum(usages: Iterable[Usage | None]) -> Usage | None:
    counted = [one for one in usages if one is not None]
    return reduce(Usage.plus, counted) if counted else None


def _ask(
    ctx: StepContext, replica: str, cases: Sequence[Case], version: str | None
) -> Scored | NoData:
    try:
        if version is not None:
            ctx.ports.serving.load(replica, version)
        answer = ctx.ports.serving.predict(replica, [case.row for case in cases], version)
    except PortError as error:
        return NoData(f"{replica}: {error.message}")
    if len(answer.outputs) != len(cases):
        return NoData(f"{replica}: {len(answer.outputs)} answers to {len(cases)} cases")
    golden = ctx.service.golden
    rights = tuple(
        right(output, case.expected, golden)
        for output, case in zip(answer.outputs, cases, strict=True)
    )
    return Scored(rights, answer.usage)


def right(output: Json, expected: Json, golden: GoldenSet | None) -> bool:
    """Return whether an output is what was expected, by the set's score."""
    if golden is not None and golden.score == "tolerance":
        got, wanted = number(output), number(expected)
        return got is not None and wanted is not None and abs(got - wanted) <= golden.tolerance
    return output == expected


def pair(current: Scored, baseline: Scored) -> Paired:
    """Return how two versions fared on the same cases."""
    pairs = list(zip(current.rights, baseline.rights, strict=True))
    both = sum(one and other for one, other in pairs)
    neither = sum(not one and not other for one, other in pairs)
    return Paired(
        both=both,
        only_current=sum(current.rights) - both,
        only_baseline=sum(baseline.rights) - both,
        neither=neither,
    )


def judge_minimum(name: str, scored: Scored, minimum: float) -> MetricVerdict:
    """Return a set's score against its minimum: the set is fixed, so its share is exact."""
    found = counts(scored)
    verdict = judge_value_limit(name, found.share, minimum=minimum, maximum=None)
    said = f"{name}: {found.k} of {found.n} cases right, at least {minimum:.0%} must be"
    if scored.usage is not None:
        said += f" ({scored.usage.line()})"
    return replace(verdict, kind="golden", n=found.n, said=said)


def counts(scored: Scored) -> Counts:
    """Return the cases that came out right, of all."""
    return Counts(sum(scored.rights), len(scored.rights))
