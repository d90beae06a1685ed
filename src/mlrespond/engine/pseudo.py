"""Steps that nobody wrote: those that a policy adds, named after the step they belong to."""

from __future__ import annotations

from dataclasses import replace

from mlrespond.model.run_kind import RunRequested
from mlrespond.model.spec import StepSpec

UNDO = "undo:"
PAGE = "page:"


def undo_id(step_id: str) -> str:
    """Return the id of the step that takes a step back."""
    return f"{UNDO}{step_id}"


def page_id(step_id: str) -> str:
    """Return the id of the step that pages somebody because of a step."""
    return f"{PAGE}{step_id}"


def spec_of(requested: RunRequested, step_id: str) -> StepSpec:
    """Return the spec of a step by its id, be it authored or added."""
    for spec in requested.runbook.all_steps:
        if spec.id == step_id:
            return spec
    if step_id.startswith(UNDO):
        return undo_spec(spec_of(requested, step_id.removeprefix(UNDO)))
    if step_id.startswith(PAGE):
        return page_spec(spec_of(requested, step_id.removeprefix(PAGE)), requested.escalation)
    raise KeyError(step_id)


def undo_spec(spec: StepSpec) -> StepSpec:
    """Return the step that takes a step's actions back; it asks like any change."""
    return replace(
        spec,
        id=undo_id(spec.id),
        title=f"undo {spec.title}",
        when=None,
        parent=None,
        undo_of=spec.id,
        on_failure="escalate",
        on_unknown="ask",
        on_denied="stop",
    )


def page_spec(spec: StepSpec, escalation: str) -> StepSpec:
    """Return the step that pages the service's escalation policy."""
    return StepSpec(
        id=page_id(spec.id),
        verb=escalation,
        body={"say": f"step `{spec.title}` needs a person"},
        title=f"page because of {spec.title}",
        service=spec.service,
        scope=spec.scope,
        on_failure="continue",
        on_unknown="continue",
    )
