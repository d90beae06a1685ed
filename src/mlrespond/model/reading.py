"""What the systems around a model answer, as values: versions, replicas, samples, profiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from mlrespond.model.alert import Alert
from mlrespond.model.amount import Amounts
from mlrespond.model.json import Json
from mlrespond.model.word import Scorer

PipelineState = Literal["running", "succeeded", "failed", "cancelled", "unknown"]
FeatureType = Literal["number", "category"]
Edges: TypeAlias = Mapping[str, tuple[float, ...]]
"""Where the bins of each number end, by the feature's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version in the registry."""

    name: str
    created_at: datetime | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What one replica answered when asked at the data plane; version is null if it did not.

    `refused` means that it is not known, for want of credentials: that says nothing about it.
    """

    replica: str
    version: str | None
    ready: bool
    error: str | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What answers took, where a system counts it. A cost is null once something has no price.

    `fallbacks` answers came from elsewhere than was asked, `malformed` ones were not in the format
    that was wanted, and `remembered` ones were not asked again.
    """

    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = 0.0
    fallbacks: int = 0
    malformed: int = 0
    remembered: int = 0

    def plus(self, other: Usage) -> Usage:
        """Return the sum of both."""
        known = self.cost is not None and other.cost is not None
        return Usage(
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_out=self.tokens_out + other.tokens_out,
            cost=(self.cost or 0.0) + (other.cost or 0.0) if known else None,
            fallbacks=self.fallbacks + other.fallbacks,
            malformed=self.malformed + other.malformed,
            remembered=self.remembered + other.remembered,
        )

    def line(self) -> str:
        """Return it as a line for people, without what is nought."""
        parts = [f"{self.tokens_in} tokens in", f"{self.tokens_out} out"]
        if self.cost:
            parts.append(f"cost {self.cost:.4g}")
        counts = (
            (self.fallbacks, "by a fallback"),
            (self.malformed, "malformed"),
            (self.remembered, "remembered"),
        )
        return ", ".join([*parts, *(f"{n} {what}" for n, what in counts if n)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """The answers to some rows, and which version gave them. A failed row is null."""

    version: str | None
    outputs: tuple[Json, ...]
    failed: int = 0
    usage: Usage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A golden case: an input row and the output that is right; `score` is its own scorer."""

    row: Mapping[str, Json]
    expected: Json
    score: Scorer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The answer to one row; null if it failed. `latency_s` counts from when it was to be sent."""

    output: Json
    latency_s: float
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The answers to rows that were sent at a fixed rate, and which version gave them."""

    version: str | None
    answers: tuple[Answered, ...]
    usage: Usage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """A prediction as it was logged: what was asked and decided, the score, the truth if known."""

    row: Mapping[str, Json]
    decision: Json = None
    version: str | None = None
    label: Json = None
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where the router sends requests: `primary` or a fallback's route, and the share of it."""

    to: str
    share: int = 100
    drained: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One value of an instant query. NaN and infinities never get here: they are no data."""

    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Values over time, oldest first; times without data are left out."""

    labels: Mapping[str, str]
    points: tuple[tuple[datetime, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of time, start included, end excluded."""

    since: datetime
    until: datetime

    @property
    def seconds(self) -> float:
        """Return its length in seconds."""
        return (self.until - self.since).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureSpec:
    """What a feature should look like: its type, its bounds, how many nulls are usual.

    Without `drift` its distribution is expected to change.
    """

    type: FeatureType
    min: float | None = None
    max: float | None = None
    nulls: float | None = None
    categories: tuple[str, ...] = ()
    drift: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureProfile:
    """Counts of one feature over a window; quantiles are of the non-null numbers.

    `mismatched` counts values of another type, `out_of_range` those beyond min and max, and
    `commonest` is how often the commonest number stands. Of `repeats` values whose entity had one
    earlier in the window, `same` are the one that it had last.
    `bins` counts numbers up to each of `edges` (included), and beyond the last; a profile that
    chose its edges is a baseline. `slices` tells the same by slice of time, oldest first: nulls,
    and values by bin, or by category (the commonest ones, then all others together).
    """

    name: str
    type: FeatureType
    n: int
    nulls: int = 0
    out_of_range: int = 0
    mismatched: int = 0
    median: float | None = None
    low_quartile: float | None = None
    high_quartile: float | None = None
    distinct: int = 0
    categories: Mapping[str, int] = field(default_factory=dict)
    commonest: int = 0
    edges: tuple[float, ...] = ()
    bins: tuple[int, ...] = ()
    slices: tuple[tuple[int, ...], ...] = ()
    repeats: int = 0
    same: int = 0

    @property
    def values(self) -> int:
        """Return how many rows have a value of the right type."""
        return self.n - self.nulls - self.mismatched


@dataclass(frozen=True, slots=True)
class Clusters:
    """Events `k` of `n` by who asked, as sums over entities: how alike one's requests are."""

    units: int = 0
    k: int = 0
    n: int = 0
    kk: int = 0
    kn: int = 0
    nn: int = 0

    @classmethod
    def of(cls, counts: Iterable[tuple[int, int]]) -> Clusters:
        """Return the sums of the (events, all) of each entity."""
        known = list(counts)
        return cls(
            units=len(known),
            k=sum(k for k, _ in known),
            n=sum(n for _, n in known),
            kk=sum(k * k for k, _ in known),
            kn=sum(k * n for k, n in known),
            nn=sum(n * n for _, n in known),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Counts of predictions over a window: no records, so that it may be kept.

    `flags` holds (true, counted) of boolean columns. `by_version` counts rows by the version that
    served them. `columns` are those that rows have, sorted; none told means that nobody looked.
    `over_time` has the flags in equal slices of the window, oldest first, and `by_entity` by who
    asked, where the log tells; both may be left out. `amounts` are columns in logarithmic buckets.
    """

    window: Window
    n: int
    newest: datetime | None = None
    by_version: Mapping[str, int] = field(default_factory=dict)
    features: tuple[FeatureProfile, ...] = ()
    score: FeatureProfile | None = None
    flags: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    unreadable: int = 0
    columns: tuple[str, ...] = ()
    over_time: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    by_entity: Mapping[str, Clusters] = field(default_factory=dict)
    amounts: tuple[Amounts, ...] = ()

    @property
    def edges(self) -> Edges:
        """Return the edges of its numbers, by feature: what another profile is counted on."""
        known = (*self.features, *((self.score,) if self.score else ()))
        return {one.name: one.edges for one in known if one.type == "number"}

    def amount(self, name: str) -> Amounts | None:
        """Return the counts of one column of amounts."""
        return next((one for one in self.amounts if one.name == name), None)

    def feature(self, name: str) -> FeatureProfile | None:
        """Return the profile of one feature."""
        return next((one for one in self.features if one.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCounts:
    """How predictions of a window fared against labels that have had time to come.

    `predicted` rows were served, `mature` of them are old enough, `labelled` of those have a label.
    """

    window: Window
    predicted: int
    mature: int
    labelled: int
    correct: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineRun:
    """A training run as its pipeline tells it."""

    state: PipelineState
    version: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """Somebody took a page."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A command that ended."""

    code: int
    out: str
    timed_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An HTTP answer, its body read as JSON where it is JSON."""

    status: int
    body: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """An alert that fires now; `quiet` if its monitor tells nobody, as when it is silenced."""

    alert: Alert
    silenced_by: tuple[str, ...] = ()
    quiet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A silence that stands: alerts with these labels are told to nobody until then."""

    id: str
    labels: Mapping[str, str]
    until: datetime
