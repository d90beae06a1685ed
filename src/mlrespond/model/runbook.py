"""The authored form of runbooks and playbooks, apart from the verbs' bodies."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from mlrespond.model.authored import (
    KEBAB,
    STEP_ID,
    Authored,
    Duration,
    ExprText,
    Handle,
    MaybeExpr,
    TplText,
    no_entries,
    no_items,
)
from mlrespond.model.spec import InputType, OnDenied, OnFailure, OnInconclusive, OnUnknown
from mlrespond.model.word import Severity


class Input(Authored):
    """One input of a runbook."""

    type: InputType = Field(default="string", description="What values it takes")
    default: str | bool | int | float | None = Field(
        default=None, description="Its value when none is given; without it the input is required"
    )
    choices: list[str] = Field(default_factory=no_items, description="The values of a choice")
    min: float | None = Field(default=None, description="The smallest number")
    max: float | None = Field(default=None, description="The largest number")
    pattern: str | None = Field(default=None, description="What a string must match, as a whole")
    description: str = Field(default="", description="What it is for")


class RetryRule(Authored):
    """How often a failed attempt is made again."""

    attempts: int | None = Field(default=None, description="Attempts in all", ge=1, le=20)
    every: Duration | None = Field(default=None, description="Pause after the first; it doubles")
    max: Duration | None = Field(default=None, description="The longest pause")


class ApproveRule(Authored):
    """Who may say yes."""

    by: list[Handle] = Field(
        default_factory=no_items, description="Teams or people; default: the service's owner"
    )
    within: Duration = Field(default="10m", description="How long the question stands")
    otherwise: Literal["deny", "escalate"] = Field(
        default="deny", description="What happens when nobody answers"
    )
    not_self: bool = Field(
        default=False, description="Whether the one who asked for the run may not approve"
    )
    remind: Duration | None = Field(
        default=None, description="How often to ask again; in the timeline and where mlir runs"
    )
    fresh: Duration = Field(
        default="10m",
        description="How old the evidence in `when` may be; older evidence is read again",
    )


class VerifyRule(Authored):
    """How a change is proven at the data plane."""

    within: Duration | None = Field(default=None, description="How long it may take to show")
    every: Duration | None = Field(default=None, description="How often to look")
    consecutive: int | None = Field(
        default=None, description="How many looks in a row must show it", ge=1, le=100
    )
    read: dict[str, Any] | None = Field(
        default=None, description="A read verb to look with; commands and calls need it"
    )
    until: MaybeExpr = Field(default=None, description="What `read` must show")


class Defaults(Authored):
    """What steps take when they say nothing themselves."""

    timeout: Duration | None = Field(default=None, description="See the step's")
    retry: RetryRule | None = Field(default=None, description="See the step's")
    approve: ApproveRule | None = Field(default=None, description="See the step's")
    verify: VerifyRule | None = Field(default=None, description="See the step's")


class StepHead(Authored):
    """What every step may say, beside its verb."""

    id: Annotated[str, Field(pattern=STEP_ID)] = Field(description="Its name in expressions")
    title: TplText = Field(default="", description="What screens call it")
    when: MaybeExpr = Field(default=None, description="Run only if this holds")
    service: TplText | None = Field(
        default=None, description="Another service than the incident's; it must be depended on"
    )
    timeout: Duration | None = Field(
        default=None, description="Of one attempt; waiting for a person is not counted"
    )
    retry: RetryRule | None = Field(default=None, description="When an attempt fails")
    approve: ApproveRule | None = Field(
        default=None, description="Who may approve; only steps that change something ask"
    )
    verify: VerifyRule | None = Field(default=None, description="How the change is proven")
    undo: dict[str, Any] | None = Field(
        default=None, description="How a command or call is taken back; other verbs know theirs"
    )
    on_failure: OnFailure = Field(default="stop", description="When it could not do its work")
    on_unknown: OnUnknown = Field(default="ask", description="When a change is not proven")
    on_denied: OnDenied = Field(default="stop", description="When it is denied, or nobody answers")
    on_inconclusive: OnInconclusive = Field(default="ask", description="When a read cannot tell")


class RunbookHead(Authored):
    """A runbook, apart from its steps' bodies."""

    runbook: Annotated[str, Field(pattern=KEBAB)] = Field(description="Its name, as its file's")
    title: str = Field(description="What it is for, in a few words")
    description: str = Field(default="", description="When to use it, and when not")
    inputs: dict[Annotated[str, Field(pattern=STEP_ID)], Input] = Field(
        default_factory=no_entries, description="What may be set when it is started"
    )
    mitigated_when: ExprText = Field(description="What must hold for the harm to have stopped")
    mitigated_for: Duration = Field(default="5m", description="For how long it must hold")
    defaults: Defaults = Field(default_factory=Defaults, description="For all its steps")
    steps: list[Any] = Field(description="What it does, in order", min_length=1)
    finally_: list[Any] = Field(
        default_factory=no_items,
        alias="finally",
        description="What it does once, when the run ends, however it ends",
    )


class SeverityRule(Authored):
    """A severity, if something holds."""

    when: ExprText = Field(description="What must hold")
    severity: Severity = Field(alias="is", description="The severity then")


class SeverityRules(Authored):
    """How severe an incident of this playbook is."""

    default: Severity = Field(default="SEV3", description="When no rule holds")
    rules: list[SeverityRule] = Field(default_factory=no_items, description="The first that holds")


class Choice(Authored):
    """A runbook, if something holds."""

    runbook: Annotated[str, Field(pattern=KEBAB)] = Field(description="Which")
    when: MaybeExpr = Field(default=None, description="What must hold")
    inputs: dict[str, Any] = Field(
        default_factory=no_entries, description="Inputs to start it with"
    )


class Roles(Authored):
    """Who does what."""

    commander: str | None = Field(default=None, description="Who leads; told at the choice")


class Playbook(Authored):
    """The front matter of a playbook."""

    playbook: Annotated[str, Field(pattern=KEBAB)] = Field(description="Its name, as its file's")
    title: str = Field(default="", description="What it is about")
    priority: int = Field(default=0, description="A higher one is preferred")
    match: dict[str, str | list[str]] = Field(
        description="Labels an alert must have; * is a wildcard; of a list, any", min_length=1
    )
    services: list[Handle] = Field(
        default_factory=no_items, description="Only for these; default: all"
    )
    severity: SeverityRules = Field(default_factory=SeverityRules, description="How severe it is")
    runbooks: list[Choice] = Field(
        default_factory=no_items, description="The first whose `when` holds is run"
    )
    roles: Roles = Field(default_factory=Roles, description="Who does what")
