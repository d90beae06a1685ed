"""`compare`: the present against a baseline, look by look, until it is decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from mlrespond.model.authored import Authored, Duration, Instant, VersionName, no_items, spelled
from mlrespond.model.instant import parse_duration
from mlrespond.model.json import Record, record, text
from mlrespond.model.shape import VerbShape, YieldType
from mlrespond.model.word import VERDICTS
from mlrespond.verbs.interface import Verb, later

_BASELINES = spelled(
    "before_release", "before_incident", "same_hour_last_week", "served", "others", "training"
)


class Looks(Authored):
    """Repeated looks; the verdict stays valid however many are taken."""

    every: Duration = Field(description="How long between two looks")
    at_most: int = Field(description="How many looks there may be", ge=1, le=1000)


class Only(Authored):
    """A part of the service."""

    region: list[str] = Field(default_factory=no_items, description="Regions")
    replica: list[str] = Field(default_factory=no_items, description="Replicas")


class CompareBody(Authored):
    """What is compared with what."""

    against: Annotated[VersionName, _BASELINES] = Field(
        description="before_release, before_incident, same_hour_last_week, served, a version, "
        "training (what the registry tells of it), profile:NAME (one that was kept), or "
        "others: the replicas that `only` does not name, at the same time"
    )
    metrics: list[str] | Literal["all"] | None = Field(
        default=None, description="Objectives, by name, or all of the service's"
    )
    inputs: list[str] | Literal["all"] | None = Field(
        default=None,
        description="Features whose columns, nulls, ranges, units, words and drift are checked",
    )
    cases: Literal["golden", "recent"] | None = Field(
        default=None,
        description="Cases asked of both sides: the golden set, or inputs that were logged lately",
    )
    estimate: bool = Field(
        default=False,
        description="Tell what calibrated scores say of accuracy, until labels come: an estimate, "
        "which neither fails nor passes anything by itself",
    )
    subject: Annotated[VersionName, spelled("served")] = Field(
        default="served", description="What is judged"
    )
    only: Only | None = Field(
        default=None,
        description="Only this part of the service; what is not told by replica, as predictions "
        "are, stays inconclusive",
    )
    by: Literal["replica", "region", "version"] | None = Field(
        default=None, description="Judge each of these by itself; all together share the error rate"
    )
    since: Instant | None = Field(default=None, description="Where the present begins")
    window: Duration = Field(
        default="10m", description="How much of the present counts, where no `since` is given"
    )
    settle: Duration = Field(default="0s", description="How much after `since` is left out")
    looks: Looks | None = Field(default=None, description="Look again until it is decided")

    @model_validator(mode="after")
    def _something(self) -> CompareBody:
        if not self.metrics and not self.inputs and not self.cases:
            raise ValueError("give metrics, inputs or cases, at least one of them")
        if self.against == "others" and self.only is None:
            raise ValueError("`others` needs `only`: the part that is held against the rest")
        if self.by is not None and self.only is not None:
            raise ValueError("give `only` for one part or `by` for each, not both")
        return self


_METRIC: Mapping[str, YieldType] = {
    "verdict": VERDICTS,
    "warn": "bool",
    "effect": "number",
    "low": "number",
    "high": "number",
    "n": "number",
    "n_base": "number",
    "more_needed": "number",
}


def _timeout(body: Record) -> float:
    looks = record(body.get("looks"))
    at_most = looks.get("at_most")
    if not looks or not isinstance(at_most, int):
        return 60.0
    every = text(looks.get("every")) or "0s"
    return parse_duration(every) * at_most + 30.0 if "{{" not in every else 60.0


VERB = Verb(
    shape=VerbShape(
        name="compare",
        family="read",
        body=CompareBody,
        effect=lambda _: "read",
        timeout_s=_timeout,
        attempts=3,
        yields={
            "metrics": {"*": _METRIC},
            "worst": "text",
            "baseline": "text",
            "baseline_version": "version",
            "since": "time",
        },
    ),
    look=later("mlrespond.verbs.comparing:look"),
)
