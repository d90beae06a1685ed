"""Carrying out a saved plan: once, and not when the world has moved.

Terraform's users asked for both (hashicorp/terraform #21785, #27721).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from mlrespond.authoring.lint import load_spec
from mlrespond.engine.incident import OPEN
from mlrespond.errors import AlreadySettledError, InvalidInputError, StalePlanError, UsageError
from mlrespond.model.event import Draft
from mlrespond.model.incident_kind import PlanSaved, PlanUsed
from mlrespond.model.json import Json, Record, dump, items, parse, record, text
from mlrespond.model.kinds import body, draft
from mlrespond.model.run_kind import RunRequested
from mlrespond.ports.timeline import Filter
from mlrespond.usecases.acts import again_if_moved, incident_of
from mlrespond.usecases.app import App
from mlrespond.usecases.context import incident_stream, service_stream
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
    begun = _begun(app, saved)
    _must_stand(app, saved, saved_at)
    try:
        incident = _incident_for(app, saved, call, begun)
        run = again_if_moved(partial(_request, app, saved, incident, call.approve))
    except AlreadySettledError as error:
        raise _used(saved) from error
    return Runner(app, incident, run, interactive=call.interactive).drive()


def _begun(app: App, saved: PlanSaved) -> str | None:
    """Return the incident that the plan opened without coming to run in it.

    StalePlanError where it ran, or where that incident is over.
    """
    uses = app.store.find(Filter(once=_use(saved)))
    if not uses:
        return None
    name = str(uses[0].incident)
    if incident_of(app, name).status not in OPEN or _ran(app, saved, name):
        raise _used(saved)
    return name


def _ran(app: App, saved: PlanSaved, incident: str) -> bool:
    """Return whether a run was asked for from the plan; one that was erased may have been it."""
    asked = app.store.find(Filter(kinds=("run_requested",), stream=incident_stream(incident)))
    told = [body(event) for event in asked]
    return any(not isinstance(one, RunRequested) or one.from_plan == saved.plan for one in told)


def _must_stand(app: App, saved: PlanSaved, saved_at: datetime) -> None:
    """Raise StalePlanError where the runbook or the world is not as it was planned on."""
    if load_spec(app.files, saved.runbook, app.vocabulary).digest != saved.runbook_digest:
        raise StalePlanError(f"runbook {saved.runbook} was changed since {saved.plan} was made")
    world = world_of(app, saved.service)
    if dump(world) != dump(saved.world):
        who = by_whom(app, saved.service, saved_at)
        raise StalePlanError(
            f"the world has moved since {saved.plan} was made: {_moved(saved.world, world)}; {who}",
            hint="make a new plan: mlir plan",
        )


def _request(app: App, saved: PlanSaved, name: str, approve: tuple[str, ...]) -> str:
    """Record the plan's run, with its use where no opening recorded that; return the run's id."""
    incident = incident_of(app, name)
    wanted = Wanted(
        runbook=saved.runbook,
        inputs=saved.inputs,
        approve=approve,
        planned=saved.digests,
        from_plan=saved.plan,
    )
    also = [] if _begun(app, saved) == name else [_using(app, saved, name)]
    return request_run(app, incident, wanted, run_context(app, incident), also=also)


def _incident_for(app: App, saved: PlanSaved, call: Call, begun: str | None) -> str:
    """Return the incident that the caller names, or the one that the plan's alerts lead to.

    A new one is opened by the plan's use, in one transaction: of two who carry a plan out at once
    one opens nothing. Where the plan was `begun`, it goes on in the incident that it opened.
    """
    named = begun or call.incident
    if begun and call.incident not in {None, begun}:
        raise UsageError(f"{saved.plan} opened {begun}, and runs there", hint=f"--incident {begun}")
    if named is not None:
        incident = going_on(app, named)
        if incident.service != saved.service:
            raise UsageError(
                f"{saved.plan} is for {saved.service}, {incident.id} is about {incident.service}"
            )
        opened = Opened(incident=incident, new=False, recorded=0)
    else:
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
    return graded(app, opened, call.severity).id


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
