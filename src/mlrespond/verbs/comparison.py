"""One comparison of a service's metrics, inputs and golden cases with a baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from mlrespond.errors import Error
from mlrespond.judgment.amount import Counted
from mlrespond.judgment.dispersion import Dispersion
from mlrespond.judgment.latency import judge_latency
from mlrespond.judgment.limit import judge_share_limit
from mlrespond.judgment.look import Look
from mlrespond.judgment.paired import judge_paired
from mlrespond.judgment.rate import LEAST_MARGIN, Counts, judge_rate
from mlrespond.model.cost_objective import CostObjective
from mlrespond.model.instant import duration, parse_duration
from mlrespond.model.judge_objective import JudgeObjective
from mlrespond.model.length_objective import LengthObjective
from mlrespond.model.reading import Profile, Window
from mlrespond.model.service import (
    GoldenObjective,
    LatencyObjective,
    Objective,
    RatioObjective,
    ValueObjective,
)
from mlrespond.model.verdict import Baseline, MetricKind, MetricVerdict, Watch
from mlrespond.verbs import amount, golden, measure
from mlrespond.verbs.curve import judged_edge, keep_latency, keep_ratio
from mlrespond.verbs.interface import StepContext
from mlrespond.verbs.judged_inputs import judged_inputs
from mlrespond.verbs.measure import NoData, Selection
from mlrespond.verbs.over_time import (
    Share,
    dispersion_between,
    latency_slices,
    share,
    step_of,
)
from mlrespond.verbs.preference import preference
from mlrespond.verbs.serving import within_limits
from mlrespond.verbs.training_baseline import metric_of, profile_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What is compared with what. A version of None is whatever was served.

    `asked` and `asked_before` are the replicas that golden cases are asked of; none named is all.
    `alpha` is for one look of `at_most`, and `watches` are what the looks before left, by metric.
    `inputs_of` is the one version whose inputs are checked; without it they are of all versions.
    """

    window: Window
    version: str | None
    baseline: Baseline | None
    why_not: str
    alpha: float
    part: Selection
    other: Selection
    asked: tuple[str, ...] = ()
    asked_before: tuple[str, ...] = ()
    inputs_of: str | None = None
    at_most: int = 1
    watches: Mapping[str, Watch] = field(default_factory=dict)

    def look(self, name: str, found: Dispersion | None = None) -> Look:
        """Return how sure this look at a metric must be."""
        return Look(
            alpha=self.alpha * self.at_most,
            at_most=self.at_most,
            watch=self.watches.get(name),
            dispersion=found,
        )

    @property
    def step_s(self) -> float:
        """Return how long slices of time are, in seconds."""
        return step_of(self.window, self.past)

    @property
    def past(self) -> Window | None:
        """Return the baseline's window."""
        if self.baseline is None:
            return None
        return Window(since=self.baseline.since, until=self.baseline.until)


def compare_objective(
    ctx: StepContext, name: str, objective: Objective, sides: Sides
) -> MetricVerdict:
    """Return one objective against the baseline, and against its own limits."""
    match objective:
        case RatioObjective():
            return _ratio(ctx, name, objective, sides)
        case CostObjective() | LengthObjective():
            return _amounts(ctx, name, objective, sides)
        case JudgeObjective():
            look = sides.look(name)
            return timed(
                preference(ctx, name, objective, sides.window, sides.part, look), sides.window
            )
        case LatencyObjective():
            if objective.column is not None:
                return _amounts(ctx, name, objective, sides)
            return _latency(ctx, name, objective, sides)
        case GoldenObjective():
            return compare_golden(ctx, name, objective, sides)
        case ValueObjective():
            limited = within_limits(ctx, name, objective, sides.window, sides.part)
            assert limited is not None
            return limited


def _ratio(ctx: StepContext, name: str, objective: RatioObjective, sides: Sides) -> MetricVerdict:
    if sides.baseline is not None and sides.baseline.against == "training":
        return _ratio_of_training(ctx, name, objective, sides)
    step_s, past = sides.step_s, sides.past
    current = share(ctx, objective, sides.window, sides.part, step_s)
    before = (
        share(ctx, objective, past, sides.other, step_s) if past else Share(NoData(sides.why_not))
    )
    keep_ratio(ctx, name, sides, current, before)
    strays = dispersion_between(current, before)
    look = sides.look(name, strays if objective.bad or strays is None else strays.mirrored())
    verdict = judge_rate(
        name,
        _counts(current.counts),
        _counts(before.counts),
        margin=objective.margin,
        alpha=look,
        worse="higher" if objective.bad else "lower",
    )
    verdict = timed(_explained(verdict, current.counts, before.counts), sides.window)
    limit = judge_share_limit(
        name,
        _counts(current.counts),
        max_share=objective.max,
        min_share=objective.min,
        alpha=look,
        kind="ratio",
    )
    return stricter(
        verdict, limit if objective.max is not None or objective.min is not None else None
    )


def _ratio_of_training(
    ctx: StepContext, name: str, objective: RatioObjective, sides: Sides
) -> MetricVerdict:
    """Return a ratio against the number that the training told: no sample, so it has no chance."""
    assert sides.baseline is not None
    told = metric_of(ctx, sides.baseline.version, name)
    if isinstance(told, NoData):
        return _open(name, "ratio", "no_baseline", told.reason)
    found = share(ctx, objective, sides.window, sides.part, sides.step_s)
    keep_ratio(ctx, name, sides, found, Share(NoData("a number of its training")))
    current = found.counts
    margin = objective.margin or LEAST_MARGIN
    verdict = judge_share_limit(
        name,
        _counts(current),
        max_share=told + margin if objective.bad else None,
        min_share=None if objective.bad else told - margin,
        alpha=sides.look(name),
        kind="ratio",
    )
    return _explained(replace(verdict, baseline=told, margin=margin), current, current)


def _latency(
    ctx: StepContext, name: str, objective: LatencyObjective, sides: Sides
) -> MetricVerdict:
    if sides.baseline is not None and sides.baseline.against == "training":
        return _open(name, "latency", "no_baseline", "a training tells no latencies")
    current = measure.histogram(ctx, objective, sides.window, sides.part)
    past = sides.past
    before = measure.histogram(ctx, objective, past, sides.other) if past else NoData(sides.why_not)
    if isinstance(before, NoData):
        return _open(name, "latency", "no_baseline", before.reason)
    now = latency_slices(ctx, objective, sides.window, sides.part, sides.step_s)
    then = latency_slices(ctx, objective, past, sides.other, sides.step_s) if past and now else None
    slices = (now, then) if now and then else None
    keep_latency(ctx, name, sides, judged_edge(current, before, objective.quantile), slices)
    verdict = judge_latency(
        name,
        None if isinstance(current, NoData) else current,
        before,
        quantile=objective.quantile,
        margin=objective.margin,
        alpha=sides.look(name),
        max_s=parse_duration(objective.max) if objective.max else None,
        slices=slices,
    )
    return timed(_explained(verdict, current, before), sides.window)


def _amounts(
    ctx: StepContext, name: str, objective: amount.OfAmounts, sides: Sides
) -> MetricVerdict:
    column = objective.column or ""
    current = amount.amounts(ctx, column, sides.window, sides.part)
    before = _amounts_before(ctx, column, sides)
    look = sides.look(name)
    if isinstance(before, NoData):
        verdict = _open(name, amount.kind_of(objective), "no_baseline", before.reason)
        alone = amount.judge(name, objective, current, None, look)
        return stricter(verdict, alone)
    verdict = amount.judge(name, objective, current, before, look)
    return timed(_explained(verdict, current, before), sides.window)


def _amounts_before(ctx: StepContext, column: str, sides: Sides) -> Counted | NoData:
    """Return the baseline's amounts: those of a kept profile, or of its window and version."""
    if sides.baseline is None or sides.past is None:
        return NoData(sides.why_not)
    kept = profile_name(ctx, sides.baseline.against, sides.baseline.version)
    if kept is None:
        return amount.amounts(ctx, column, sides.past, sides.other)
    found = _profile_before(ctx, sides.baseline)
    return found if isinstance(found, NoData) else amount.counted_of(found, column)


def timed(verdict: MetricVerdict, window: Window) -> MetricVerdict:
    """Say how long the requests that are still needed take, at the rate of a window."""
    if not verdict.more_needed or not verdict.n or window.seconds <= 0:
        return verdict
    more_s = verdict.more_needed * window.seconds / verdict.n
    said = f"{verdict.said}, about {duration(more_s)} at today's rate"
    return replace(verdict, more_s=more_s, said=said)


def compare_golden(
    ctx: StepContext, name: str, objective: GoldenObjective | None, sides: Sides
) -> MetricVerdict:
    """Return the golden cases of the subject, paired with those of the baseline's version.

    Where the baseline's version cannot be asked, only the objective's minimum is judged.
    """
    current = golden.ask(ctx, sides.version, sides.asked)
    if isinstance(current, NoData):
        return _open(name, "golden", "no_data", current.reason)
    minimum = objective.min if objective else None
    limit = golden.judge_minimum(name, current, minimum) if minimum is not None else None
    if sides.baseline is not None and sides.baseline.against == "training":
        told = metric_of(ctx, sides.baseline.version, name)
        if isinstance(told, NoData):
            return limit or _open(name, "golden", "no_baseline", told.reason)
        least = told - ((objective.margin if objective else None) or LEAST_MARGIN)
        return stricter(golden.judge_minimum(name, current, least), limit)
    before = _golden_before(ctx, sides)
    if isinstance(before, NoData):
        return limit or _open(name, "golden", "no_baseline", before.reason)
    margin = objective.margin if objective else None
    verdict = judge_paired(name, golden.pair(current, before), margin=margin, alpha=sides.alpha)
    return stricter(verdict, limit)


def _golden_before(ctx: StepContext, sides: Sides) -> golden.Scored | NoData:
    if sides.baseline is None:
        return NoData(sides.why_not)
    if sides.baseline.version is None and sides.asked == sides.asked_before:
        return NoData("the baseline is no single version")
    return golden.ask(ctx, sides.baseline.version, sides.asked_before)


def compare_inputs(
    ctx: StepContext, wanted: Sequence[str] | None, sides: Sides
) -> tuple[MetricVerdict, ...]:
    """Return the checks of the inputs; `wanted` of None is all features."""
    specs = measure.feature_specs(ctx.service)
    chosen = {name: spec for name, spec in specs.items() if wanted is None or name in wanted}
    strangers = [name for name in wanted or () if name not in specs]
    if strangers:
        known = ", ".join(specs) or "none"
        said = f"{ctx.name} has no feature `{'`, `'.join(strangers)}` (it has {known})"
        return (_open("inputs", "input", "no_data", said),)
    if sides.asked:
        return (_open("inputs", "input", "no_data", measure.NOT_BY_REPLICA),)
    if sides.baseline is None:
        return (_open("inputs", "input", "no_baseline", sides.why_not),)
    before = _profile_before(ctx, sides.baseline)
    if isinstance(before, NoData):
        return (_open("inputs", "input", "no_baseline", before.reason),)
    current = measure.profile(ctx, sides.window, sides.inputs_of, before.edges)
    if isinstance(current, NoData):
        return (_open("inputs", "input", "no_data", current.reason),)
    other = {one.name: one.type for one in before.features}
    unlike = [name for name, spec in chosen.items() if other.get(name, spec.type) != spec.type]
    if unlike:
        said = f"not comparable: the baseline has another type of {', '.join(unlike)}"
        return (replace(_open("inputs", "input", "no_baseline", said), reason="not_comparable"),)
    return judged_inputs(ctx, current, before, chosen, sides.alpha, sides.inputs_of)


def _profile_before(ctx: StepContext, baseline: Baseline) -> Profile | NoData:
    """Return the baseline's profile: one that was kept, or that of its window."""
    name = profile_name(ctx, baseline.against, baseline.version)
    if isinstance(name, NoData):
        return name
    if name is None:
        return measure.profile(ctx, Window(since=baseline.since, until=baseline.until))
    try:
        return ctx.ports.profiles.stored(name)
    except Error as error:
        return NoData(error.message)


def stricter(verdict: MetricVerdict, limit: MetricVerdict | None) -> MetricVerdict:
    """Return the comparison, unless a limit of its own is shown to be broken."""
    if limit is None or limit.verdict != "fail":
        return verdict
    return replace(verdict, verdict="fail", reason=limit.reason, said=limit.said, warn=False)


def _counts(found: Counts | NoData) -> Counts | None:
    return None if isinstance(found, NoData) else found


def _explained(verdict: MetricVerdict, current: object, before: object) -> MetricVerdict:
    """Say why there is no data, where there is none."""
    if verdict.verdict != "inconclusive" or verdict.reason not in {"no_data", "no_baseline"}:
        return verdict
    missing = current if isinstance(current, NoData) else before
    if not isinstance(missing, NoData):
        return verdict
    return replace(verdict, said=f"{verdict.name}: {missing.reason}")


def _open(
    name: str, kind: MetricKind, reason: Literal["no_data", "no_baseline"], said: str
) -> MetricVerdict:
    return MetricVerdict(
        name=name, kind=kind, verdict="inconclusive", reason=reason, said=f"{name}: {said}"
    )
