"""What was measured: each metric as steps judged it, and before, during and after together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from mlrespond.model.event import Event
from mlrespond.model.instant import parse_duration, parse_iso
from mlrespond.model.json import Record, number, record, text

Worse = Literal["higher", "lower"]
_VERDICT_KEYS = ("current", "baseline", "effect", "low", "high", "n", "n_base", "margin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric as a step judged it, over the window from `since` to `at`.

    `figures` are those of the verdict: shares from 0 to 1, a value in its own unit.
    """

    step: str
    name: str
    kind: str
    verdict: str
    figures: Mapping[str, float]
    said: str
    at: datetime
    since: datetime | None
    baseline: str | None
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What it was compared with: a version in a window, resolved once."""

    against: str
    version: str | None
    since: datetime
    until: datetime
    why: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the service's definition says of a metric; in the metric's own unit."""

    kind: str = ""
    worse: Worse | None = None
    max: float | None = None
    min: float | None = None
    quantile: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One metric over the whole incident: its past, its worst moment, and how it ended."""

    name: str
    limits: Limits
    judged: tuple[Metric, ...]
    past: Past | None
    during: Metric | None
    after: Metric | None
    findings: tuple[str, ...] = field(default_factory=tuple)

    @property
    def baseline(self) -> Metric | None:
        """Return a verdict that has a baseline figure."""
        return next((one for one in self.judged if "baseline" in one.figures), None)


def metrics(events: Sequence[Event]) -> tuple[Metric, ...]:
    """Return every metric that a step judged, oldest first."""
    found: list[Metric] = []
    for event in events:
        if event.kind != "step_finished" or event.erased:
            continue
        yields = record(event.data.get("yields"))
        for name, one in record(yields.get("metrics")).items():
            found.append(_metric(event, yields, name, record(one)))
    return tuple(found)


def _metric(event: Event, yields: Record, name: str, verdict: Record) -> Metric:
    since = text(yields.get("since"))
    return Metric(
        step=str(event.step),
        name=name,
        kind=text(verdict.get("kind")) or "",
        verdict=text(verdict.get("verdict")) or "",
        figures={
            key: value for key in _VERDICT_KEYS if (value := number(verdict.get(key))) is not None
        },
        said=text(verdict.get("said")) or "",
        at=event.occurred_at,
        since=parse_iso(since) if since else None,
        baseline=text(yields.get("baseline")),
        seq=event.seq,
    )


def pasts(events: Sequence[Event]) -> tuple[Past, ...]:
    """Return the baselines that were resolved, in that order."""
    return tuple(
        Past(
            against=text(event.data.get("against")) or "",
            version=text(event.data.get("version")),
            since=parse_iso(str(event.data.get("since"))),
            until=parse_iso(str(event.data.get("until"))),
            why=text(event.data.get("why")) or "",
            seq=event.seq,
        )
        for event in events
        if event.kind == "baseline_resolved" and not event.erased
    )


def limits(events: Sequence[Event]) -> Mapping[str, Limits]:
    """Return what the service's definition of the first run says of each objective."""
    for event in events:
        if event.kind == "run_requested" and not event.erased:
            objectives = record(record(event.data.get("definition")).get("objectives"))
            return {name: _limits(record(one)) for name, one in objectives.items()}
    return {}


def _limits(told: Record) -> Limits:
    kind = text(told.get("kind")) or ""
    high, low = told.get("max"), told.get("min")
    worse: Worse | None = None
    if kind in {"latency", "cost"} or told.get("bad") or (kind == "value" and low is None):
        worse = "higher"
    elif kind in {"golden", "judge"} or told.get("good") or (kind == "value" and high is None):
        worse = "lower"
    return Limits(
        kind=kind,
        worse=worse,
        max=parse_duration(high) if isinstance(high, str) else number(high),
        min=number(low),
        quantile=number(told.get("quantile")),
    )


def tracks(
    judged: Sequence[Metric],
    known: Mapping[str, Limits],
    baselines: Sequence[Past],
    changed_at: datetime | None,
) -> tuple[Track, ...]:
    """Return one track a metric; what was judged after `changed_at` is after."""
    names = dict.fromkeys([*(one.name for one in judged), *known])
    found = []
    for name in names:
        mine = tuple(one for one in judged if one.name == name)
        before = [one for one in mine if changed_at is None or one.at <= changed_at]
        after = [one for one in mine if changed_at is not None and one.at > changed_at]
        found.append(
            Track(
                name=name,
                limits=known.get(name, Limits()),
                judged=mine,
                past=_past(mine, baselines),
                during=_worst(before),
                after=after[-1] if after else None,
            )
        )
    return tuple(found)


def _past(judged: Sequence[Metric], baselines: Sequence[Past]) -> Past | None:
    told = {one.baseline for one in judged}
    return next((one for one in baselines if one.why in told), None)


def _worst(judged: Sequence[Metric]) -> Metric | None:
    failed = [one for one in judged if one.verdict == "fail"]
    return next(reversed([*judged, *failed]), None) if judged else None
