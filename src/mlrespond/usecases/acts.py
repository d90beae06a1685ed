"""What a person does to an incident with one word: acknowledge, grade, mitigate, reopen, merge."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from mlrespond.engine.incident import IncidentState
from mlrespond.errors import ConflictError, UsageError
from mlrespond.model.event import Event
from mlrespond.model.incident_kind import (
    IncidentAcknowledged,
    IncidentMerged,
    IncidentMitigated,
    IncidentReopened,
    SeveritySet,
)
from mlrespond.model.kind import Body
from mlrespond.model.kinds import draft
from mlrespond.model.run_kind import RunStopAsked
from mlrespond.model.word import Severity
from mlrespond.usecases.app import App
from mlrespond.usecases.context import incident_stream
from mlrespond.usecases.custody import must_be_here
from mlrespond.usecases.incidents import the_incident
from mlrespond.usecases.pages import tell_pagers

T = TypeVar("T")
_TRIES = 5


def incident_of(app: App, name: str) -> IncidentState:
    """Return an incident; NotRecordedError if there is none of that name."""
    return the_incident(app.store.read(incident_stream(name)), name)


def acknowledge(app: App, name: str) -> Event:
    """Record that the caller has taken notice; pages of this incident count as taken.

    The pagers are told, so that they wake nobody else.
    """
    known = _going_on(app, name)
    said = _say(app, name, IncidentAcknowledged())
    tell_pagers(app, name, known.service, "acknowledged")
    return said


def grade(app: App, name: str, severity: Severity, reason: str) -> Event:
    """Record another severity."""
    known = incident_of(app, name)
    if known.severity == severity:
        raise UsageError(f"{name} is {severity} already")
    return _say(app, name, SeveritySet(severity=severity, before=known.severity, reason=reason))


def mitigate(app: App, name: str, reason: str) -> Event:
    """Record that the harm has stopped, on a person's word."""
    must_say(reason, "how you know")

    def decide() -> Event:
        known = _going_on(app, name)
        if known.status != "open":
            hint = f"mlir reopen {name} --reason …"
            raise UsageError(f"{name} is {known.status} already", hint=hint)
        return _say(app, name, IncidentMitigated(criterion=reason), known)

    return again_if_moved(decide)


def reopen(app: App, name: str, reason: str) -> Event:
    """Record that it was not over; the first milestones stay."""
    must_say(reason, "what came back")

    def decide() -> Event:
        known = incident_of(app, name)
        if known.status in {"open", "merged"}:
            raise UsageError(f"{name} is {known.status}{_where(known)}")
        return _say(app, name, IncidentReopened(reason=reason), known)

    return again_if_moved(decide)


def merge(app: App, name: str, into: str, reason: str) -> Event:
    """Record that an incident goes on as another; its active run must be stopped first."""
    return again_if_moved(lambda: _merge(app, name, into, reason))


def _merge(app: App, name: str, into: str, reason: str) -> Event:
    known, other = _going_on(app, name), incident_of(app, into)
    if name == into:
        raise UsageError(f"{name} cannot be merged into itself")
    if other.merged_into is not None:
        raise UsageError(f"{into} was merged into {other.merged_into} itself")
    if known.active_run is not None:
        raise UsageError(
            f"{name} has an active run, {known.active_run}", hint=f"first: mlir stop {name}"
        )
    return _say(app, name, IncidentMerged(into=into, reason=reason), known, other)


def ask_to_stop(app: App, name: str, reason: str) -> Event:
    """Record the wish that the active run ends at its next safe point."""
    known = incident_of(app, name)
    if known.active_run is None:
        raise UsageError(f"{name} has no active run", hint=f"mlir timeline {name}")
    return _say(app, name, RunStopAsked(target_run=known.active_run, reason=reason))


def _going_on(app: App, name: str) -> IncidentState:
    known = incident_of(app, name)
    must_go_on(known)
    return known


def must_go_on(known: IncidentState) -> None:
    """Raise UsageError for an incident of which nothing is done any more; resolved ones may be."""
    if known.status not in {"merged", "declined", "closed"}:
        return
    help_ = f"mlir reopen {known.id} --reason …"
    if known.merged_into:
        help_ = f"name that one: mlir timeline {known.merged_into}"
    raise UsageError(f"{known.id} is {known.status}{_where(known)}", hint=help_)


def _where(known: IncidentState) -> str:
    return f" into {known.merged_into}" if known.merged_into else ""


def must_say(reason: str, what: str, *, option: str = "--reason") -> None:
    """Raise UsageError where a reason has no words."""
    if not reason.strip():
        raise UsageError(f"say {what}", hint=f'{option} "…"')


def again_if_moved(decide: Callable[[], T]) -> T:
    """Decide; again where somebody appended between the reading and the recording."""
    for _ in range(_TRIES - 1):
        with suppress(ConflictError):
            return decide()
    return decide()


def _say(app: App, name: str, what: Body, *known: IncidentState) -> Event:
    """Record a fact, or, where states are `known`, a decision: only while they stand so."""
    must_be_here(app.store, name)
    said = draft(
        incident_stream(name),
        what,
        app.clock.now(),
        incident=name,
        source="person",
        actor=app.me,
    )
    return app.store.append([said], {incident_stream(one.id): one.seq for one in known})[0]
