"""Verdicts: what a comparison says of each metric, with all that it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mlrespond.model.word import VerdictWord

Reason = Literal[
    "not_worse",
    "better",
    "worse_but_small",
    "worse",
    "beyond_limit",
    "within_limit",
    "too_few",
    "wide_interval",
    "no_data",
    "no_baseline",
    "not_comparable",
    "error",
]
MetricKind = Literal[
    "ratio", "latency", "cost", "mean", "length", "judge", "golden", "value", "input", "estimate"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantile:
    """Where a quantile lies, with probability 1 - `alpha`; None is an end that nothing shows."""

    q: float
    low: float | None
    high: float | None
    alpha: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What one metric's looks leave behind: kept with each look, so that a restart resets nothing.

    `log_e` is the most that the evidence for "worse" came to, as the logarithm of an e-value.
    `information` is what the first look had, on which the boundary is laid out. `events` of `seen`
    were counted so far, and `gains` are the (events, all) that each look added, oldest first.
    """

    log_e: float = 0.0
    information: float | None = None
    events: int = 0
    seen: int = 0
    gains: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricVerdict:
    """One metric. `effect` is current minus baseline, signed so that above 0 is worse.

    `low` and `high` bound it at the confidence of this look; `margin` is how much worse is still
    as good. `warn` marks a pass that is really worse, but by less than the margin. Rates are
    shares from 0 to 1; a value has the unit of its query. `dispersion` is by what bursts make the
    variance larger than that of independent requests, and `more_s` how many seconds `more_needed`
    takes at the present rate. An `estimated` metric was not measured: it neither fails nor passes
    anything by itself.
    `quantile` and `quantile_base` tell where the quantile lies whose tail is judged, in seconds or
    in the amount's own unit.
    """

    name: str
    kind: MetricKind
    verdict: VerdictWord
    reason: Reason
    said: str = ""
    warn: bool = False
    current: float | None = None
    baseline: float | None = None
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    margin: float | None = None
    n: int = 0
    n_base: int = 0
    more_needed: int | None = None
    more_s: float | None = None
    dispersion: float | None = None
    estimated: bool = False
    feature: str | None = None
    watch: Watch | None = None
    quantile: Quantile | None = None
    quantile_base: Quantile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What the present is compared with: a version, in a window of the past."""

    against: str
    version: str | None
    since: datetime
    until: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All metrics of one look, and what they say together."""

    verdict: VerdictWord
    metrics: tuple[MetricVerdict, ...]
    worst: str | None = None
    reason: str = ""


def together(metrics: tuple[MetricVerdict, ...]) -> Comparison:
    """Return the verdict over all metrics: any fail fails, else any inconclusive is inconclusive.

    A comparison of nothing is inconclusive, and so is one of estimates alone: no data is never a
    pass. A quality that is estimated from scores is told beside the others; one that would be a
    fail, were it measured, leaves the whole inconclusive.
    """
    counted = [one for one in metrics if one.kind != "estimate" or one.reason == "worse"]
    failed = [one for one in counted if one.verdict == "fail"]
    open_ = [one for one in counted if one.verdict == "inconclusive"]
    worst = next(iter(failed or open_), None)
    if worst is None and all(one.estimated for one in metrics):
        said = "; ".join(one.said for one in metrics)
        reason = f"nothing was measured: {said}" if said else "nothing to compare"
        return Comparison(verdict="inconclusive", metrics=metrics, reason=reason)
    measured = sum(not one.estimated for one in metrics)
    verdict: VerdictWord = "fail" if failed else "inconclusive" if open_ else "pass"
    return Comparison(
        verdict=verdict,
        metrics=metrics,
        worst=worst.name if worst else None,
        reason=worst.said if worst else f"{measured} metrics are not worse",
    )
