"""What bears on a question: what it would change, why, who may answer, what silence means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlrespond.engine.evolve import fold
from mlrespond.engine.incident import IncidentState, fold_incident
from mlrespond.engine.ledger import Ledger, LookAt, fold_ledger
from mlrespond.engine.state import QuestionState, RunState, StepState
from mlrespond.errors import NotRecordedError
from mlrespond.model.event import Actor
from mlrespond.model.plan import Plan
from mlrespond.model.run_kind import QuestionAsked
from mlrespond.ports.timeline import Timeline
from mlrespond.usecases.context import incident_stream, service_stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """A question with all that somebody needs who has just been woken."""

    incident: IncidentState
    run: str
    runbook: str
    requested_by: Actor
    step: str
    question: QuestionAsked
    plan: Plan | None
    evidence: tuple[str, ...]
    warnings: tuple[str, ...]
    last: LookAt | None
    people: Mapping[str, tuple[str, ...]]
    on_denied: str
    on_failure: str


def brief(store: Timeline, asked: QuestionAsked, teams: Mapping[str, list[str]]) -> Brief:
    """Return what the timeline knows about a question; NotRecordedError if it has none such."""
    run = asked.question.partition(":")[0]
    name = run.partition(".")[0]
    events = store.read(incident_stream(name))
    incident, state = fold_incident(events), fold(events, run)
    if incident is None or state is None or asked.question not in state.questions:
        raise NotRecordedError(f"there is no question `{asked.question}`")
    known = state.questions[asked.question]
    step = state.steps.get(known.step or "")
    service = step.started.service if step and step.started else incident.service
    ledger = fold_ledger(service, store.read(service_stream(service)))
    return Brief(
        incident=incident,
        run=run,
        runbook=state.requested.runbook.name,
        requested_by=state.requested_by,
        step=known.step or "",
        question=asked,
        plan=step.plan if step else None,
        evidence=_evidence(state, known),
        warnings=_warnings(ledger, step.plan if step else None),
        last=ledger.last,
        people={one: tuple(teams.get(one, ())) for one in asked.by},
        on_denied=step.spec.on_denied if step else "stop",
        on_failure=step.spec.on_failure if step else "stop",
    )


def _evidence(state: RunState, question: QuestionState) -> tuple[str, ...]:
    """Return what the steps before said that judged something, each once, the last ones last."""
    said = (_said(step) for name, step in state.steps.items() if name != question.step)
    return tuple(dict.fromkeys(one for one in said if one))


def _warnings(ledger: Ledger, plan: Plan | None) -> tuple[str, ...]:
    """Return what is held against the versions that a plan leads to."""
    after = (one.after for one in plan.actions) if plan else ()
    targets = dict.fromkeys(one for one in after if isinstance(one, str))
    return tuple(
        f"version {one} is {word}: {known[one]}"
        for one in targets
        for word, known in (("suspect", ledger.suspects), ("quarantined", ledger.quarantined))
        if one in known
    )


def _said(step: StepState) -> str:
    result = step.result
    if result is None or result.verdict is None:
        return ""
    return f"{result.title}: {result.verdict}: {result.said or result.reason}"
