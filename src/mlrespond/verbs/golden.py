"""Asking the golden cases of the served version, or of another one, and scoring the answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import chain

from mlrespond.errors import InvalidInputError, PortError
from mlrespond.judgment.limit import judge_value_limit
from mlrespond.judgment.paired import LEAST_CASES, Paired
from mlrespond.judgment.rate import Counts, waiting
from mlrespond.judgment.replay import paired
from mlrespond.judgment.score import right
from mlrespond.model.json import Json
from mlrespond.model.reading import Case, Sent, Usage
from mlrespond.model.verdict import MetricVerdict
from mlrespond.model.word import Scorer
from mlrespond.verbs.interface import StepContext
from mlrespond.verbs.measure import NoData

RATE_PER_S = 100.0
WITHIN_S = 20.0
LOADED_S = 5.0  # beyond the time that sending takes, for answers that are under way


@dataclass(frozen=True, slots=True)
class Scored:
    """Which golden cases came out right, how long each took, and what the answers took."""

    rights: tuple[bool, ...]
    usage: Usage | None = None
    latencies_s: tuple[float, ...] = ()


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
    return Scored(
        rights=tuple(all(one) for one in rights),
        usage=_sum(one.usage for one in answers),
        latencies_s=tuple(chain.from_iterable(one.latencies_s for one in answers)),
    )


def _sum(usages: Iterable[Usage | None]) -> Usage | None:
    counted = [one for one in usages if one is not None]
    return reduce(Usage.plus, counted) if counted else None


def _ask(
    ctx: StepContext, replica: str, cases: Sequence[Case], version: str | None
) -> Scored | NoData:
    sent = send(ctx, replica, [case.row for case in cases], version)
    if isinstance(sent, NoData):
        return sent
    try:
        rights = _rights(ctx, cases, [one.output for one in sent.answers])
    except (PortError, ValueError) as error:
        return NoData(str(error))
    return Scored(rights, sent.usage, tuple(one.latency_s for one in sent.answers))


def send(
    ctx: StepContext, replica: str, rows: Sequence[Mapping[str, Json]], version: str | None
) -> Sent | NoData:
    """Return what a replica answers to rows that are sent at the golden set's rate.

    A version that is not loaded there is loaded beside the served one, where the service lets it.
    """
    rate = ctx.service.golden.rate if ctx.service.golden else RATE_PER_S
    within_s = max(WITHIN_S, len(rows) / rate + LOADED_S)
    try:
        if version is not None and ctx.service.serving.load_to_ask:
            ctx.ports.serving.load(replica, version)
        sent = ctx.ports.probe.send(replica, rows, version, rate, within_s)
    except PortError as error:
        return NoData(f"{replica}: {error.message}")
    if len(sent.answers) != len(rows):
        return NoData(f"{replica}: {len(sent.answers)} answers to {len(rows)} cases")
    return sent


def _rights(ctx: StepContext, cases: Sequence[Case], outputs: Sequence[Json]) -> tuple[bool, ...]:
    """Return which outputs are right, each by its case's scorer or the set's."""
    golden = ctx.service.golden
    usual: Scorer = golden.score if golden else "accuracy"
    tolerance = golden.tolerance if golden else 0.0
    own = [at for at, case in enumerate(cases) if (case.score or usual) == "custom"]
    told = (
        ctx.ports.cases.score([cases[at] for at in own], [outputs[at] for at in own]) if own else ()
    )
    custom = dict(zip(own, told, strict=True))
    return tuple(
        custom[at] if at in custom else right(output, case.expected, case.score or usual, tolerance)
        for at, (case, output) in enumerate(zip(cases, outputs, strict=True))
    )


def pair(current: Scored, baseline: Scored) -> Paired:
    """Return how two versions fared on the same cases."""
    return paired(current.rights, baseline.rights)


def judge_minimum(name: str, scored: Scored, minimum: float) -> MetricVerdict:
    """Return a set's score against its minimum: the set is fixed, so its share is exact.

    Fewer than `LEAST_CASES` cases pass nothing.
    """
    found = counts(scored)
    verdict = judge_value_limit(name, found.share, minimum=minimum, maximum=None)
    said = f"{name}: {found.k} of {found.n} cases right, at least {minimum:.0%} must be"
    if scored.usage is not None:
        said += f" ({scored.usage.line()})"
    verdict = replace(verdict, kind="golden", n=found.n, said=said)
    if verdict.verdict != "pass" or found.n >= LEAST_CASES:
        return verdict
    more = LEAST_CASES - found.n
    return replace(
        verdict,
        verdict="inconclusive",
        reason="too_few",
        said=said + waiting(more),
        more_needed=more,
    )


def counts(scored: Scored) -> Counts:
    """Return the cases that came out right, of all."""
    return Counts(sum(scored.rights), len(scored.rights))
