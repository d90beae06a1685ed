"""Handing an incident over to somebody elsewhere, and taking it over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from mlrespond.engine.decide import decide
from mlrespond.engine.evolve import fold
from mlrespond.engine.incident import OPEN, IncidentState
from mlrespond.engine.intent import Await, Intent, Sleep
from mlrespond.engine.lease import LEASE_S
from mlrespond.engine.ledger import LookAt
from mlrespond.engine.state import QuestionState, RunState
from mlrespond.errors import HeldError, UsageError
from mlrespond.model.event import Draft, Event
from mlrespond.model.handover_kind import IncidentHandedOver, IncidentTakenOver
from mlrespond.model.instant import iso
from mlrespond.model.kind import Body
from mlrespond.model.kinds import draft
from mlrespond.model.run_kind import RunClaimed, RunParked
from mlrespond.usecases.acts import incident_of
from mlrespond.usecases.app import App
from mlrespond.usecases.context import incident_stream, read_ledger
from mlrespond.usecases.custody import custody, must_be_here
from mlrespond.usecases.leases import Leases
from mlrespond.usecases.undo import undoable


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """What whoever goes on must know: the state, what is asked, what is next, what undoing takes.

    `undo` has a line an action that can be taken back; `for_good` one that cannot.
    """

    incident: IncidentState
    run: RunState | None
    last: LookAt | None
    standing: tuple[str, ...]
    questions: tuple[QuestionState, ...]
    following: str
    undo: tuple[str, ...]
    for_good: tuple[str, ...]


def hand_over(app: App, name: str, to: str, reason: str = "") -> Event:
    """Close the local copy of an incident to actions, for somebody else to go on.

    An active run is claimed once more, at a higher epoch, and parked: a process that still drives
    it is fenced. Raises UsageError and HeldError.
    """
    known = incident_of(app, name)
    if not to.strip():
        raise UsageError("say to whom", hint="--to NAME")
    if known.status not in OPEN:
        hint = f"a copy for reading: mlir export {name}"
        raise UsageError(f"{name} is {known.status}", hint=hint)
    must_be_here(app.store, name)
    run = _active(app, known)
    drafts = [] if run is None else _parking(app, run, to)
    drafts.append(_said(app, name, IncidentHandedOver(to=to, reason=reason)))
    return app.store.append(drafts, expect={incident_stream(name): known.seq})[-1]


def take_over(app: App, name: str, host: str, *, unfenced: bool = False) -> Event:
    """Go on with an incident from this timeline; `unfenced` although nobody handed it over.

    Raises UsageError where it is driven from here already, or was not handed over.
    """
    known = incident_of(app, name)
    found = custody(app.store, name)
    if found.here:
        raise UsageError(f"{name} is driven from here already", hint=f"mlir resume {name}")
    if not found.handed_over and not unfenced:
        raise UsageError(
            f"{name} was not handed over: whoever drives it may still act",
            hint=f"there: mlir handover {name} --to …; if that machine is lost: --unfenced",
        )
    taken = IncidentTakenOver(place=app.store.identity(), host=host, unfenced=not found.handed_over)
    expect = {incident_stream(name): known.seq}
    return app.store.append([_said(app, name, taken)], expect=expect)[0]


def handover_brief(app: App, name: str) -> Handover:
    """Return what whoever goes on with an incident must know."""
    known = incident_of(app, name)
    ledger, _ = read_ledger(app, known.service)
    run = _active(app, known)
    changed = undoable(app, known)
    actions = [action for _, step in changed for action in reversed(step.carried_out)]
    return Handover(
        incident=known,
        run=run,
        last=ledger.last,
        standing=tuple(
            f"{one.sort}: {one.what}, until {one.until}"
            for one in ledger.standing_at(app.clock.now()).values()
        ),
        questions=tuple(one for one in run.questions.values() if one.pending) if run else (),
        following=_following(app, run) if run else "",
        undo=tuple(one.summary for one in actions if one.undoable),
        for_good=tuple(one.summary for one in actions if not one.undoable),
    )


def _active(app: App, known: IncidentState) -> RunState | None:
    if known.active_run is None:
        return None
    return fold(app.store.read(incident_stream(known.id)), known.active_run)


def _parking(app: App, run: RunState, to: str) -> list[Draft]:
    now = app.clock.now()
    gone = run.claim is not None and app.processes.provably_dead(run.claim.process)
    driven = run.claim_until is not None and run.claim_until > now and not run.released
    if driven and not gone:
        assert run.claim is not None
        raise HeldError(
            f"run {run.run} is driven by process {run.claim.process.pid}"
            f" on {run.claim.process.host}",
            hint="stop it there first, with Ctrl-C",
        )
    claimed = RunClaimed(
        process=app.processes.this(),
        until=now + timedelta(seconds=LEASE_S),
        previous_dead=run.claim is None or gone or (run.released and not run.acting),
    )
    leases = Leases(app)
    ahead = replace(run, epoch=run.epoch + 1)
    resources = {one for step in run.steps.values() if step.plan for one in step.plan.leases}
    drafts = [
        _of_run(app, run, claimed),
        *leases.inherited(ahead, sorted(resources), now),
        *([] if run.acting else leases.releases(ahead, now)),
        _of_run(app, run, RunParked(waiting_for=f"{to}, to whom it was handed over")),
    ]
    return [replace(one, epoch=ahead.epoch) for one in drafts]


def _of_run(app: App, run: RunState, what: Body) -> Draft:
    return draft(
        incident_stream(run.incident),
        what,
        app.clock.now(),
        incident=run.incident,
        run=run.run,
        epoch=run.epoch,
    )


def _said(app: App, name: str, what: Body) -> Draft:
    return draft(
        incident_stream(name),
        what,
        app.clock.now(),
        incident=name,
        source="person",
        actor=app.me,
    )


def _following(app: App, run: RunState) -> str:
    """Return what the run does next, in words."""
    intent: Intent = decide(run, app.vocabulary.verbs, app.clock.now())
    match intent:
        case Await():
            return "waits for the answer"
        case Sleep(until=until, why=why):
            return f"waits until {iso(until)[:19]}Z: {why}"
        case _:
            return _open_step(run) or "goes on with the next step"


def _open_step(run: RunState) -> str:
    begun: Sequence[str] = [one.named for one in run.steps.values() if one.open]
    left = len([one for one in run.requested.runbook.all_steps if one.id not in run.steps])
    return f"goes on with {begun[-1]}, and {left} more" if begun else ""
