"""Taking back what a run did: a run of its own, with plan, approval and proof, last step first."""

from __future__ import annotations

from collections.abc import Iterator

from mlrespond.engine.evolve import fold
from mlrespond.engine.incident import IncidentState
from mlrespond.engine.pseudo import undo_id
from mlrespond.engine.state import RunState, StepState
from mlrespond.errors import HeldError, UsageError
from mlrespond.model.codec import encode
from mlrespond.model.json import Json, Record
from mlrespond.model.plan import Plan, reversed_plan
from mlrespond.model.run_kind import RunRequested
from mlrespond.model.spec import Approve, Pace, RunbookSpec, StepSpec
from mlrespond.usecases.acts import incident_of
from mlrespond.usecases.app import App
from mlrespond.usecases.context import incident_stream, read_ledger
from mlrespond.usecases.request import record_request
from mlrespond.usecases.runner import Driven, Runner


def undo(
    app: App,
    incident: str,
    step: str | None,
    *,
    approve: tuple[str, ...] = (),
    interactive: bool = False,
) -> Driven:
    """Take back one step of an incident's runs, or all that can be, last first.

    UsageError when nothing was changed, HeldError while a run is active.
    """
    known = incident_of(app, incident)
    if known.active_run is not None:
        raise HeldError(
            f"{incident} has an active run, {known.active_run}",
            hint=f"end it first: mlir stop {incident}",
        )
    found = _chosen(undoable(app, known), known, step)
    run = _request(app, known, found, approve)
    return Runner(app, incident, run, interactive=interactive).drive()


def undoable(app: App, incident: IncidentState) -> list[tuple[RunState, StepState]]:
    """Return what stands of an incident's changes, last first."""
    events = app.store.read(incident_stream(incident.id))
    standing: list[tuple[RunState, StepState]] = []
    for run in incident.runs:
        state = fold(events, run)
        if state is None:  # its request was erased
            continue
        for one in sorted(state.steps.values(), key=lambda each: str(each.finished_at)):
            if one.spec.undo_of is not None:
                standing = _without(standing, one)
            elif any(action.undoable for action in one.carried_out):
                standing.append((state, one))
    return standing[::-1]


def _chosen(
    standing: list[tuple[RunState, StepState]], incident: IncidentState, step: str | None
) -> list[tuple[RunState, StepState]]:
    """Return what is taken back; for one step, its last time."""
    left = [pair for pair in standing if step in {None, pair[1].spec.id}]
    if not left:
        what = f"step `{step}`" if step else incident.id
        raise UsageError(f"nothing of {what} can be undone", hint=f"mlir timeline {incident.id}")
    return left[:1] if step else left


def _without(
    standing: list[tuple[RunState, StepState]], undo: StepState
) -> list[tuple[RunState, StepState]]:
    """Return what still stands after an undo: all but the newest time of the step it took back."""
    if undo.result is None or undo.result.outcome != "ok":
        return standing
    for at in reversed(range(len(standing))):
        if standing[at][1].spec.id == undo.spec.undo_of:
            return standing[:at] + standing[at + 1 :]
    return standing


def _request(
    app: App,
    incident: IncidentState,
    found: list[tuple[RunState, StepState]],
    approve: tuple[str, ...],
) -> str:
    """Record a run whose steps are nothing but undos, each with its actions written out."""
    first = found[0][0].requested
    steps = tuple(_steps(app, [step for _, step in found]))
    spec = RunbookSpec(
        name="undo",
        title=f"take back what {incident.id} changed",
        digest=Plan(actions=()).digest,
        mitigated_when=None,
        steps=steps,
    )
    requested = RunRequested(
        service=first.service,
        runbook=spec,
        definition=first.definition,
        services=first.services,
        context=first.context,
        approve=approve,
        versions=app.versions,
        escalation=first.escalation,
    )
    return record_request(app, incident, requested)


def _steps(app: App, found: list[StepState]) -> Iterator[StepSpec]:
    """Yield the undos; a step that several runs took is undone once each, under its own id."""
    taken: set[str] = set()
    for step in found:
        assert step.started is not None
        ledger, _ = read_ledger(app, step.started.service)
        step_id = undo_id(step.spec.id)
        while step_id in taken:
            step_id = f"{step_id}+"
        taken.add(step_id)
        yield _step(step, step_id, ledger.bad)


def _step(step: StepState, step_id: str, bad: frozenset[str]) -> StepSpec:
    """Return the undo of a step, at the step's own pace and with its own approvers."""
    assert step.started is not None
    started = step.started
    plan = reversed_plan(step.carried_out, f"takes back {step.named}", bad)
    return StepSpec(
        id=step_id,
        verb=step.spec.verb,
        body=started.body,
        title=f"undo {started.title}",
        service=started.service,
        undo_of=step.spec.id,
        given_plan=encode(plan),
        pace=_pace(started.pace),
        approve=_rule(started.approve) if started.approve else None,
        undo=started.undo,
        on_failure="stop",
    )


def _pace(pace: Pace) -> Record:
    """Return a rendered pace as an author would have written it."""
    verify: dict[str, Json] = {
        "within": f"{pace.verify_within_s}s",
        "every": f"{pace.verify_every_s}s",
        "consecutive": pace.verify_consecutive,
    }
    if pace.verify_read is not None:
        verify |= {"read": pace.verify_read, "until": pace.verify_until}
    retry: Json = {
        "attempts": pace.retry.attempts,
        "every": f"{pace.retry.every_s}s",
        "max": f"{pace.retry.max_s}s",
    }
    return {"timeout": f"{pace.timeout_s}s", "retry": retry, "verify": verify}


def _rule(rule: Approve) -> Record:
    told: dict[str, Json] = {
        "by": list(rule.by),
        "within": f"{rule.within_s}s",
        "otherwise": rule.otherwise,
        "not_self": rule.not_self,
        "fresh": f"{rule.fresh_s}s",
    }
    return {**told, "remind": f"{rule.remind_s}s"} if rule.remind_s else told
