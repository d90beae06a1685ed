"""Plans made ahead: a rehearsal that reads for real and stops before the first change.

A saved plan lives in the timeline; the file is its id, its digest and a copy to look at.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from mlrespond.authoring.lint import load_spec
from mlrespond.engine.intent import Act, Await
from mlrespond.engine.names import condition
from mlrespond.engine.state import RunState
from mlrespond.errors import (
    Error,
)
from mlrespond.model.alert import Alert
from mlrespond.model.codec import encode
from mlrespond.model.evaluate import INCONCLUSIVE
from mlrespond.model.incident_kind import PlanSaved
from mlrespond.model.json import Json, Record, dump, record
from mlrespond.model.kind import Body
from mlrespond.model.kinds import body, draft
from mlrespond.model.run_kind import PlanMade, QuestionAsked
from mlrespond.model.spec import StepSpec
from mlrespond.model.word import Severity
from mlrespond.ports.person import Answer, Progress
from mlrespond.usecases.app import App, Pace, Store
from mlrespond.usecases.context import service_stream
from mlrespond.usecases.looking import look
from mlrespond.usecases.opening import open_or_join, service_of
from mlrespond.usecases.request import Wanted, request_run
from mlrespond.usecases.respond import (
    DEFAULT_RUNBOOK,
    choose,
    run_context,
)
from mlrespond.usecases.runner import Driven, Runner

_DIGEST_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """What would become of a step: run, change (asks), page, skip, or depends on earlier ones."""

    id: str
    title: str
    verb: str
    effect: str
    fate: str
    said: str
    digest: str = ""
    parent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What a runbook would do now."""

    service: str
    runbook: str
    runbook_digest: str
    inputs: Record
    world: Record
    steps: tuple[PlannedStep, ...]
    alerts: tuple[Alert, ...] = ()
    severity: Severity = "SEV3"


class _StopHereError(Exception):
    """The rehearsal would change or page something now."""


class _Rehearsing(Runner):
    """A runner that never acts and never waits for anybody."""

    def _act(self, intent: Act) -> None:
        raise _StopHereError(intent.step)

    def _await(self, intent: Await) -> Driven | None:
        raise _StopHereError(intent.question.text)


class _Reading:
    """Tells of what is read; that somebody would be asked is the rehearsal's own result."""

    def __init__(self, told: Progress) -> None:
        self._told = told
        self.note = told.note
        self.waiting = told.waiting

    def tell(self, what: Body) -> None:
        if not isinstance(what, QuestionAsked | PlanMade):
            self._told.tell(what)


class _NoAnswers:
    """Nobody is asked in a rehearsal."""

    def ask(
        self, question: QuestionAsked, until: datetime | None, settled: Callable[[], bool]
    ) -> Answer | None:
        return None


def rehearse(
    app: App,
    scratch: Store,
    service: str | None,
    alerts: tuple[Alert, ...],
    runbook: str | None,
    inputs: Record,
) -> Rehearsal:
    """Return what would be done now. Reads are made for real, on a timeline that is thrown away."""
    name = service_of(app, service, alerts)
    firing = tuple(one for one in alerts if one.status == "firing")
    found = choose(app, name, firing)
    wanted = Wanted(
        runbook=runbook or found.runbook or DEFAULT_RUNBOOK,
        inputs={**(found.inputs if runbook is None else {}), **inputs},
    )
    _copy_ledger(app, scratch, name)
    trial = replace(
        app,
        store=scratch,
        approver=_NoAnswers(),
        progress=_Reading(app.progress),
        pace=Pace(park_after_s=0.0, slice_s=0.1),
    )
    opened = open_or_join(trial, name, firing, found.severity)
    run = request_run(trial, opened.incident, wanted, run_context(trial, opened.incident))
    runner = _Rehearsing(trial, opened.incident.id, run)
    with suppress(_StopHereError):
        runner.drive()
    spec = load_spec(app.files, wanted.runbook, app.vocabulary)
    return Rehearsal(
        service=name,
        runbook=spec.name,
        runbook_digest=spec.digest,
        inputs=runner.state.requested.inputs,
        world=world_of(app, name),
        steps=tuple(_step(app, runner.state, one) for one in spec.steps),
        alerts=firing,
        severity=found.severity,
    )


def _copy_ledger(app: App, scratch: Store, service: str) -> None:
    """Copy what is known of the service, also what runs learned: suspects, holds, looks."""
    known = [one for one in app.store.read(service_stream(service)) if not one.erased]
    scratch.append(
        [
            draft(one.stream, body(one), one.occurred_at, source=one.source, incident=one.incident)
            for one in known
            if not one.late
        ]
    )


def world_of(app: App, service: str) -> Record:
    """Return what a plan was made for: which version is wanted and served, and the route."""
    seen = look(app, service, why="plan", judge=False)
    return {"wanted": seen.wanted, "served": dict(seen.served), "route": seen.route}


def _step(app: App, state: RunState, spec: StepSpec) -> PlannedStep:
    step = state.steps.get(spec.id)
    effect = step.started.effect if step and step.started else _effect(app, spec)
    title = step.started.title if step and step.started else spec.title
    made = partial(
        PlannedStep, id=spec.id, title=title, verb=spec.verb, effect=effect, parent=spec.parent
    )
    if step is not None and step.result is not None:
        fate = "skip" if step.result.outcome == "skipped" else "ran"
        said = step.result.said or step.result.reason
        if step.result.verdict:
            said = f"{step.result.verdict}: {said}"
        return made(fate=fate, said=said)
    if step is not None and step.plan is not None:
        said = "; ".join(action.summary for action in step.plan.actions)
        fate = "change" if effect == "change" else "page"
        return made(fate=fate, said=said, digest=step.plan_digest)
    if step is not None and step.look is not None:
        return made(fate="undecided", said=step.look.said)
    return made(fate="depends", said=_condition(state, spec))


def _effect(app: App, spec: StepSpec) -> str:
    if spec.block:
        return "read"
    return app.vocabulary.verbs.shape(spec.verb).effect(record(spec.body))


def _condition(state: RunState, spec: StepSpec) -> str:
    if spec.when is None:
        return "after the steps before it"
    try:
        known = condition(state, spec.when, spec.scope)
    except Error:
        known = INCONCLUSIVE
    return f"only if {spec.when}" + (" (so far: so)" if known is True else "")


def save(app: App, rehearsal: Rehearsal) -> tuple[str, str]:
    """Record a plan; return its id, and the text of the file that names it."""
    steps = tuple(record(encode(one)) for one in rehearsal.steps)
    digests = {one.id: one.digest for one in rehearsal.steps if one.digest}
    digest = plan_digest(rehearsal.runbook_digest, rehearsal.inputs, rehearsal.world, steps)
    now = app.clock.now()
    name = f"PLAN-{digest[:8]}-{now:%Y%m%d-%H%M%S}"
    what = PlanSaved(
        plan=name,
        service=rehearsal.service,
        runbook=rehearsal.runbook,
        runbook_digest=rehearsal.runbook_digest,
        inputs=rehearsal.inputs,
        world=rehearsal.world,
        steps=steps,
        digests=digests,
        alerts=rehearsal.alerts,
        severity=rehearsal.severity,
    )
    stream = service_stream(rehearsal.service)
    app.store.append([draft(stream, what, now, source="person", actor=app.me)])
    told: dict[str, Json] = {
        "schema": "mlrespond/plan/v1",
        "plan": name,
        "digest": digest,
        "copy": record(encode(rehearsal)),
    }
    return name, json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def plan_digest(runbook: str, inputs: Record, world: Record, steps: Sequence[Json]) -> str:
    """Return the digest of everything that a plan's file shows."""
    content = dump([runbook, inputs, world, list(steps)])
    return hashlib.sha256(content.encode()).hexdigest()
