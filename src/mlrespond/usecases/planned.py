"""Carrying out a saved plan: once, and not when the world has moved.

Terraform's users asked for both (hashicorp/terraform #21785, #27721).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from mlrespond.authoring.lint import load_spec
from mlrespond.errors import AlreadySettledError, InvalidInputError, StalePlanError, UsageError
from mlrespond.model.event import Draft
from mlrespond.model.incident_kind import PlanSaved, PlanUsed
from mlrespond.model.json import Json, Record, dump, items, parse, record, text
from mlrespond.model.kinds import body, draft
from mlrespond.ports.timeline import Filter
from mlrespond.usecases.app import App
from mlrespond.usecases.context import service_stream
from mlrespond.usecases.moved import by_whom
from mlrespond.usecases.opening import Opened, open_or_join
from mlrespond.usecases.plan import plan_digest, world_of
from mlrespond.usecases.request import Wanted, request_run
from mlrespond.usecases.respond import Call, going_on, graded, run_context
from mlrespond.usecases.runner import Driven, Runner


def respond_to_plan(app: App, content: str, call: Call) -> Driven:
    """Carry out a saved plan; StalePlanError if it was used, or the world or the runbook moved.

    Of the call count what opens or grades an incident, the incident that it names, and the answers
    given beforehand; service, alerts, runbook and inputs are the plan's. Passing a plan answers its
    own questions: what was planned is approved, if it is planned again to the letter; anything else
    asks.
    """
    saved, saved_at = _saved(app, content)
    if app.store.find(Filter(once=_use(saved))):
        raise _used(saved)
    spec = load_spec(app.files, saved.runbook, app.vocabulary)
    if spec.digest != saved.runbook_digest:
        raise StalePlanError(f"runbook {saved.runbook} was changed since {saved.plan} was made")
    world = world_of(app, saved.service)
    if dump(world) != dump(saved.world):
        who = by_whom(app, saved.service, saved_at)
        raise StalePlanError(
            f"the world has moved since {saved.plan} was made: {_moved(saved.world, world)}; {who}",
            hint="make a new plan: mlir plan",
        )
    try:
        opened = _incident_for(app, saved, call)
    except AlreadySettledError as error:
        raise _used(saved) from error
    incident = opened.incident
    also = [] if opened.new else [_using(app, saved, incident.id)]
    wanted = Wanted(
        runbook=saved.runbook,
        inputs=saved.inputs,
        approve=call.approve,
        planned=saved.digests,
        from_plan=saved.plan,
    )
    context = run_context(app, incident)
    try:
        run = request_run(app, incident, wanted, context, also=also)
    except AlreadySettledError as error:
        raise _used(saved) from error
    return Runner(app, incident.id, run, interactive=call.interactive).drive()


def _incident_for(app: App, saved: PlanSaved, call: Call) -> Opened:
    """Return the incident that the caller names, or the one that the plan's alerts lead to.

    A new one is opened by the plan's use, in one transaction: of two who carry a plan out at once
    one opens nothing.
    """
    if call.incident is not None:
        incident = going_on(app, call.incident)
        if incident.service != saved.service:
            raise UsageError(
                f"{saved.plan} is for {saved.service}, {incident.id} is about {incident.service}"
            )
        joined = Opened(incident=incident, new=False, recorded=0)
        return replace(joined, incident=graded(app, joined, call.severity))
    opened = open_or_join(
        app,
        saved.service,
        saved.alerts,
        call.severity or saved.severity,
        title=call.title,
        new=call.new_incident,
        drill=call.drill,
        claim=partial(_using, app, saved),
    )
    return replace(opened, incident=graded(app, opened, call.severity))


def _use(saved: PlanSaved) -> str:
    """Return the `once` key under which the use of a plan is recorded."""
    return f"plan:{saved.plan}"


def _used(saved: PlanSaved) -> StalePlanError:
    return StalePlanError(
        f"{saved.plan} was used already; a plan runs once", hint="make a new plan: mlir plan"
    )


def _using(app: App, saved: PlanSaved, incident: str) -> Draft:
    return draft(
        service_stream(saved.service),
        PlanUsed(plan=saved.plan, incident=incident),
        app.clock.now(),
        incident=incident,
        source="person",
        actor=app.me,
        once=_use(saved),
    )


def _saved(app: App, content: str) -> tuple[PlanSaved, datetime]:
    """Return the plan that a file names, and when it was made."""
    try:
        told = record(parse(content))
    except InvalidInputError as cause:
        raise InvalidInputError(f"that is no plan: {cause.message}") from cause
    name = text(told.get("plan"))
    if name is None:
        raise InvalidInputError("that is no plan", hint="mlir plan … --out FILE makes one")
    for event in app.store.find(Filter(kinds=("plan_saved",))):
        found = None if event.erased else body(event)
        if isinstance(found, PlanSaved) and found.plan == name:
            return _as_told(found, told), event.occurred_at
    raise InvalidInputError(f"this timeline has no plan `{name}`", hint="plans do not travel")


def _as_told(saved: PlanSaved, told: Record) -> PlanSaved:
    """Return a plan that is what its file says; the timeline's would run, not an edited copy."""
    copy = record(told.get("copy"))
    steps = items(copy.get("steps"))
    runbook = text(copy.get("runbook_digest")) or ""
    read = plan_digest(runbook, record(copy.get("inputs")), record(copy.get("world")), steps)
    known = plan_digest(saved.runbook_digest, saved.inputs, saved.world, saved.steps)
    if not read == known == told.get("digest"):
        raise InvalidInputError(
            f"the file is not {saved.plan} as it was saved", hint="make a new plan: mlir plan"
        )
    return saved


def _moved(before: Mapping[str, Json], after: Mapping[str, Json]) -> str:
    return "; ".join(
        f"{key} was {before[key]}, is {after.get(key)}"
        for key in before
        if before[key] != after.get(key)
    )
