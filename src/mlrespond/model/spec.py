"""A runbook as the engine runs it: expanded, flat, recorded whole in `run_requested`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mlrespond.model.json import Json, Record

OnFailure = Literal["stop", "continue", "undo", "undo_run", "escalate"]
OnUnknown = Literal["ask", "retry", "continue", "escalate"]
OnDenied = Literal["stop", "continue", "escalate"]
OnInconclusive = Literal["stop", "continue", "ask", "escalate"]
InputType = Literal["string", "number", "bool", "duration", "version", "choice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSpec:
    """One input of a runbook; without a default it is required."""

    type: InputType = "string"
    required: bool = True
    default: Json = None
    choices: tuple[str, ...] = ()
    min: float | None = None
    max: float | None = None
    pattern: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSpec:
    """One step. `body` and `pace` may hold templates; they are rendered once, when the step starts.

    A block (`steps`, `use`) is a step of its own, and its children name it as `parent`.
    `scope` is the prefix under which names in expressions are looked up. `given_plan` is a plan
    that was made before the run: such a step plans nothing itself. `asks` are the names of what a
    question asks for, as they were written: a stored `body` keeps no order.
    """

    id: str
    verb: str
    body: Json = None
    title: str = ""
    when: str | None = None
    service: str | None = None
    parent: str | None = None
    scope: str = ""
    pace: Record = field(default_factory=dict)
    approve: Record | None = None
    on_failure: OnFailure = "stop"
    on_unknown: OnUnknown = "ask"
    on_denied: OnDenied = "stop"
    on_inconclusive: OnInconclusive = "ask"
    undo: Json = None
    undo_of: str | None = None
    given_plan: Json = None
    asks: tuple[str, ...] | None = None
    block: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookSpec:
    """A whole runbook, with what it includes."""

    name: str
    title: str
    digest: str
    mitigated_when: str | None
    mitigated_for: str = "5m"
    inputs: Mapping[str, InputSpec] = field(default_factory=dict)
    steps: tuple[StepSpec, ...] = ()
    finally_steps: tuple[StepSpec, ...] = ()
    source: str = ""

    @property
    def all_steps(self) -> tuple[StepSpec, ...]:
        """Return the steps and the final steps, in order."""
        return self.steps + self.finally_steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often and how fast a failed attempt is made again."""

    attempts: int = 1
    every_s: float = 2.0
    max_s: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve:
    """Who may approve a change, and what happens when nobody does."""

    by: tuple[str, ...] = ()
    within_s: float = 600.0
    otherwise: Literal["deny", "escalate"] = "deny"
    not_self: bool = False
    remind_s: float | None = None
    fresh_s: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """A step's times, rendered: they are recorded when the step starts."""

    timeout_s: float = 60.0
    retry: Retry = field(default_factory=Retry)
    verify_within_s: float = 120.0
    verify_every_s: float = 5.0
    verify_consecutive: int = 3
    verify_read: Json = None
    verify_until: str | None = None
