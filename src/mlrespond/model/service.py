"""The authored service definitions (`mlir.yaml`, `services/*.yaml`)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from mlrespond.model.authored import (
    STEP_ID,
    Authored,
    Duration,
    Handle,
    MaybeExpr,
    Secret,
    TplText,
    VersionName,
    no_entries,
    no_items,
)
from mlrespond.model.authored_mode import AuthoredMode, Sign
from mlrespond.model.cost_objective import CostObjective
from mlrespond.model.judge_objective import JudgeObjective
from mlrespond.model.length_objective import LengthObjective
from mlrespond.model.word import Scorer, Severity


class Component(Authored):
    """A system behind a port; its other keys belong to the adapter of its kind."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True, defer_build=True)

    kind: str = Field(description="Which adapter speaks to it")


class Auth(Authored):
    """How to log in; the secret goes to this adapter's host only."""

    bearer: Secret | None = Field(default=None, description="A token: env:NAME or file:PATH")
    basic: Secret | None = Field(default=None, description="user:password: env:NAME or file:PATH")


class Replica(Authored):
    """One serving process."""

    name: Handle = Field(description="How screens and steps call it")
    url: str = Field(description="Its base address")
    region: str | None = Field(default=None, description="Where it runs; `order` goes by it")


class ServingHooks(Authored):
    """Commands, as argument lists, for what no protocol has; `{{ replica }}` is its name."""

    restart: list[TplText] = Field(default_factory=no_items, description="Restarts a replica")
    drain: list[TplText] = Field(
        default_factory=no_items,
        description="Lets the balancer send a replica no more requests; without a router. Twice "
        "must be harmless",
    )
    undrain: list[TplText] = Field(
        default_factory=no_items, description="Lets the balancer send it requests again"
    )
    drained: list[TplText] = Field(
        default_factory=no_items,
        description="Prints the names of the drained replicas, asked of the balancer",
    )

    @model_validator(mode="after")
    def _whole(self) -> ServingHooks:
        given = [name for name in ("drain", "undrain", "drained") if getattr(self, name)]
        if given and len(given) < 3:  # noqa: PLR2004  # these three
            raise ValueError(
                "`drain`, `undrain` and `drained` go together: what cannot be taken back or read "
                "is not done"
            )
        return self


class Serving(Component):
    """The replicas that serve the model."""

    model: str = Field(description="The model's name at the server")
    replicas: list[Replica] = Field(default_factory=no_items, description="Every replica")
    url: str | None = Field(
        default=None,
        description="A balancer, where the replicas are not known; then `all replicas` is never "
        "claimed",
    )
    routes_through: str | None = Field(
        default=None, description="The router whose routes `switch` and `drain` set"
    )
    routes_auth: Auth | None = Field(
        default=None, description="How to log in at the router; `auth` never goes there"
    )
    hooks: ServingHooks = Field(default_factory=ServingHooks, description="Commands of the team")
    load_to_ask: bool = Field(
        default=True,
        description="Whether a version that is to be asked golden cases or recent inputs may be "
        "loaded beside the served one, which takes memory there; what answers stays as it is",
    )
    auth: Auth | None = Field(default=None, description="How to log in")

    @model_validator(mode="after")
    def _drained_one_way(self) -> Serving:
        if self.hooks.drain and self.routes_through is not None:
            raise ValueError("`routes_through` drains already, so `hooks.drain` has no effect")
        return self


class Feature(Authored):
    """What an input should look like."""

    type: Literal["number", "category"] = Field(description="Numbers are checked for unit changes")
    min: float | None = Field(default=None, description="The smallest value that makes sense")
    max: float | None = Field(default=None, description="The largest value that makes sense")
    nulls: float | None = Field(default=None, description="The usual share of nulls, 0 to 1")
    categories: list[str] = Field(default_factory=no_items, description="All values there are")
    drift: bool = Field(
        default=True,
        description="Whether its distribution should stay; not so for a clock or a counter",
    )


class Labels(Authored):
    """Where the truth arrives, later."""

    path: str = Field(description="Files of labels")
    on: str = Field(description="The column that names the prediction")
    column: str = Field(description="The column with the truth")
    mature_after: Duration = Field(description="After how long a label is as good as final")


class Predictions(Component):
    """The log of served predictions."""

    path: str | None = Field(default=None, description="Files of predictions, as a glob")
    time: str = Field(default="served_at", description="The column with the time of serving")
    version: str = Field(default="model_version", description="The column with the version")
    id: str = Field(default="request_id", description="The column that names a prediction")
    entity: str | None = Field(default=None, description="The column that names who was affected")
    score: str | None = Field(default=None, description="The column with the score")
    decision: str | None = Field(default=None, description="The column with the predicted label")
    sampled: float | None = Field(
        default=None,
        description="The share of requests that is logged, 1 for all; nothing: nobody says",
        gt=0,
        le=1,
    )
    features: dict[str, Feature] = Field(
        default_factory=no_entries, description="The inputs, by column"
    )
    amounts: list[str] = Field(
        default_factory=no_items,
        description="Columns of numbers that are never below 0, such as costs, tokens and "
        "latencies: counted in logarithmic buckets, for objectives",
    )
    labels: Labels | None = Field(default=None, description="Where labels arrive")


class CustomScorer(Authored):
    """A scorer of the team's own: a process without secrets, with a deadline, never a shell."""

    command: list[str] = Field(
        default_factory=no_items,
        description="Reads JSON lines {row, expected, output} and writes a line true or false each",
    )
    function: str | None = Field(
        default=None,
        description="`module:name` of a file in the project's folder, called in a process of its "
        "own as name(output, expected, row)",
        pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$",
    )
    within: Duration = Field(default="30s", description="How long it may take, of all cases")


class GoldenSet(Authored):
    """Inputs whose right answer is known."""

    path: str = Field(description="A file of JSON lines: {row, expected}, and `score` if its own")
    score: Scorer = Field(
        default="accuracy",
        description="How an output is held against what is expected; `accuracy` is `exact`",
    )
    tolerance: float = Field(default=0.0, description="How far off a number may be", ge=0)
    scorer: CustomScorer | None = Field(default=None, description="What `score: custom` asks")
    rate: float = Field(
        default=100.0,
        description="How many requests a second are sent, whatever becomes of them",
        gt=0,
        le=10_000,
    )


TELLS = (
    "The sign that it shows to a diagnosis when it is not met, such as `cost_up`; default: errors "
    "or invalid outputs for a ratio, and no sign for a value"
)


class RatioObjective(Authored):
    """A share of bad (or good) events among all; counts, so that it can be tested."""

    kind: Literal["ratio"] = Field(description="Counts of bad or good events over all")
    bad: TplText | None = Field(default=None, description="Query that counts bad events")
    good: TplText | None = Field(default=None, description="Query or column of good events")
    total: TplText | None = Field(default=None, description="Query that counts all events")
    source: Literal["metrics", "predictions"] = Field(
        default="metrics", alias="from", description="Where it is counted"
    )
    max: float | None = Field(default=None, description="The largest share allowed", ge=0, le=1)
    min: float | None = Field(default=None, description="The smallest share allowed", ge=0, le=1)
    margin: float | None = Field(
        default=None, description="How much worse than the baseline is still as good", gt=0, lt=1
    )
    tells: Sign | None = Field(default=None, description=TELLS)


class LatencyObjective(Authored):
    """A quantile of latency, judged by the share of requests that are slower."""

    kind: Literal["latency"] = Field(description="A histogram of latencies")
    histogram: TplText | None = Field(
        default=None, description="Query of bucket counts, by label le, in seconds"
    )
    column: str | None = Field(
        default=None,
        description="In its place, the column of `predictions.amounts` that logs the latency",
    )
    unit: Literal["s", "ms"] = Field(default="s", description="What the column is counted in")
    quantile: float = Field(default=0.99, description="Which quantile is meant", gt=0, lt=1)
    max: Duration | None = Field(default=None, description="The largest quantile allowed")
    margin: float | None = Field(
        default=None, description="How much larger the share of slow requests may be", gt=0, lt=1
    )


class GoldenObjective(Authored):
    """The share of golden cases that come out right."""

    kind: Literal["golden"] = Field(description="The golden set's score")
    min: float | None = Field(default=None, description="The smallest share allowed", ge=0, le=1)
    margin: float | None = Field(default=None, description="How many fewer may be right", gt=0)


class ValueObjective(Authored):
    """A number against a threshold; never a statistical test."""

    kind: Literal["value"] = Field(description="One number")
    query: TplText = Field(description="Query with one value")
    max: float | None = Field(default=None, description="The largest value allowed")
    min: float | None = Field(default=None, description="The smallest value allowed")
    tells: Sign | None = Field(default=None, description=TELLS)


Objective = Annotated[
    RatioObjective
    | LatencyObjective
    | CostObjective
    | LengthObjective
    | JudgeObjective
    | GoldenObjective
    | ValueObjective,
    Field(discriminator="kind"),
]


class Fallback(Authored):
    """Something else that can answer."""

    route: str = Field(description="The router's name for it")
    version: str | None = Field(
        default=None, description="What it calls itself in answers; default: the route's name"
    )


class Policy(Authored):
    """Leave given beforehand: a change that needs no question."""

    allow: str = Field(description="The verb that is allowed")
    when: MaybeExpr = Field(default=None, description="Only if this holds")
    severity: list[Severity] = Field(
        default_factory=no_items, description="Only at these severities"
    )
    by: Handle = Field(description="Who gave leave")
    because: str = Field(description="Why, and when it was agreed")


class Level(Authored):
    """One level of an escalation."""

    page: Handle = Field(description="Whom to page: a person or a team")
    within: Duration = Field(default="15m", description="How long to wait before the next level")
    phone: str | None = Field(default=None, description="What a person can call, if paging fails")


class Lifecycle(Authored):
    """Who owns which part of the model's life."""

    training: Handle | None = Field(default=None, description="Who trains it")
    evaluation: Handle | None = Field(default=None, description="Who says that it is good")
    deployment: Handle | None = Field(default=None, description="Who ships it")
    monitoring: Handle | None = Field(default=None, description="Who watches it")
    retirement: Handle | None = Field(default=None, description="Who ends it")


class Service(Authored):
    """A model in production."""

    description: str = Field(default="", description="What it does, and what it decides")
    owner: Handle = Field(description="The team or person who answers for it")
    alerts: list[dict[str, str]] = Field(
        default_factory=no_items,
        description="Label matchers (all of one must hold, * is a wildcard); default: a label "
        "service or model equal to the service's name",
    )
    depends_on: list[str] = Field(default_factory=no_items, description="Services it needs")
    registry: Component | None = Field(default=None, description="Where its versions are")
    serving: Serving = Field(description="What answers requests")
    metrics: Component | None = Field(default=None, description="Where its metrics are")
    monitor: Component | None = Field(
        default=None, description="What fires its alerts, and can silence them"
    )
    predictions: Predictions | None = Field(
        default=None, description="Where predictions are logged"
    )
    golden: GoldenSet | None = Field(default=None, description="Inputs with known answers")
    objectives: dict[Handle, Objective] = Field(
        default_factory=no_entries, description="What must hold, by name"
    )
    fallbacks: dict[Handle, Fallback] = Field(
        default_factory=no_entries, description="What else answers"
    )
    retrain: Component | None = Field(default=None, description="How a version is trained")
    policies: list[Policy] = Field(default_factory=no_items, description="Leave given beforehand")
    healthy_after: Duration = Field(
        default="1h", description="How long a version must have served well to be healthy"
    )
    escalation: list[Level] = Field(default_factory=no_items, description="Whom to page, in order")
    lifecycle: Lifecycle = Field(default_factory=Lifecycle, description="Who owns what")
    approved: dict[str, str] = Field(
        default_factory=no_entries,
        description="Tags that a version must carry in the registry to be served; without any, "
        "each may be",
    )
    modes: dict[Annotated[str, Field(pattern=STEP_ID)], AuthoredMode] = Field(
        default_factory=no_entries,
        description="Failure modes of this service, beside the project's",
    )

    @model_validator(mode="after")
    def _approved_somewhere(self) -> Service:
        if self.approved and self.registry is None:
            raise ValueError("`approved` asks for tags in a registry, and there is no `registry`")
        return self


class Team(Authored):
    """Some people."""

    members: list[Handle] = Field(description="People, by handle")
    page: Component | None = Field(default=None, description="How the team is paged")


class Person(Authored):
    """Somebody who may act."""

    name: str = Field(default="", description="The name as it is said")
    login: list[str] = Field(
        default_factory=no_items, description="Logins that are this person's, such as os:ana"
    )
    page: Component | None = Field(default=None, description="How this person is paged")


class Project(Authored):
    """All that `mlir.yaml` and `services/*.yaml` say together."""

    timeline: str = Field(
        default=".mlir/timeline.db", description="The timeline's file, relative to mlir.yaml"
    )
    services: dict[Handle, Service] = Field(
        default_factory=no_entries, description="Models by name"
    )
    teams: dict[Handle, Team] = Field(default_factory=no_entries, description="Teams by handle")
    people: dict[Handle, Person] = Field(default_factory=no_entries, description="People by handle")
    chats: dict[Handle, Component] = Field(default_factory=no_entries, description="Chats by name")
    modes: dict[Annotated[str, Field(pattern=STEP_ID)], AuthoredMode] = Field(
        default_factory=no_entries,
        description="Failure modes by name, in order of rank, beside those that ship",
    )


__all__ = ["Project", "Service", "VersionName"]
