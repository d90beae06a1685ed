"""Opening incidents and joining them: which one an alert belongs to (DESIGN §3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from mlrespond.engine.incident import OPEN, IncidentState
from mlrespond.engine.match import services_of
from mlrespond.errors import AlreadySettledError, ConflictError, UsageError
from mlrespond.model.alert import Alert
from mlrespond.model.event import Draft
from mlrespond.model.incident_kind import AlertReceived, IncidentOpened, SeveritySet
from mlrespond.model.kind import Body
from mlrespond.model.kinds import draft
from mlrespond.model.text import one_line
from mlrespond.model.word import SEVERITIES, Severity
from mlrespond.ports.timeline import Filter
from mlrespond.usecases.app import App
from mlrespond.usecases.context import incident_stream, service_stream
from mlrespond.usecases.incidents import all_incidents, the_incident

Claim: TypeAlias = Callable[[str], Draft]
_TRIES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The incident that an alert or a person led to, and whether it is new."""

    incident: IncidentState
    new: bool
    recorded: int


def service_of(app: App, named: str | None, alerts: Sequence[Alert]) -> str:
    """Return the one service that is meant; UsageError lists the choices when it is not one."""
    known = app.project.services
    if named is not None:
        if named not in known:
            raise UsageError(f"there is no service `{named}`", hint=_known_services(known))
        return named
    found = {name for alert in alerts for name in services_of(alert, known)}
    if len(found) == 1:
        return next(iter(found))
    if not alerts and len(known) == 1:
        return next(iter(known))
    if not alerts:
        what = "say which service" if known else "no service is defined here"
        raise UsageError(what, hint=_known_services(known))
    names = ", ".join(sorted(found or known)) or "none"
    raise UsageError(
        f"the alert is about {'several services' if found else 'no service'}",
        hint=f"services: {names}; set `alerts:` matchers in mlir.yaml, or name the service",
    )


def _known_services(known: Iterable[str]) -> str:
    names = ", ".join(known)
    return (
        f"known: {names}"
        if names
        else "write mlir.yaml with mlir init, or name it with mlir -C DIR"
    )


def open_or_join(  # noqa: PLR0913  # what an incident is opened with, by name
    app: App,
    service: str,
    alerts: Sequence[Alert],
    severity: Severity,
    *,
    title: str = "",
    onset: datetime | None = None,
    new: bool = False,
    drill: bool = False,
    claim: Claim | None = None,
) -> Opened:
    """Return the open incident of a service, joined, or a new one; alerts are recorded once.

    `claim` says, of the name of a new one, what is recorded with its opening or not at all:
    AlreadySettledError where that was settled before.
    """
    firing = [alert for alert in alerts if alert.status == "firing"]
    opening = IncidentOpened(
        service=service,
        title=one_line(title or _title(service, firing), 120),
        severity=severity,
        onset=onset or min((alert.starts_at for alert in firing), default=None),
        drill=drill,
    )
    for _ in range(_TRIES):
        every = all_incidents(app.store)  # once: whoever opens one since then takes the next name
        known = [one for one in every if one.service == service and one.status in OPEN]
        if known and not new:
            found = _join(app, known[-1].id, alerts, severity)
        else:
            found = _open(app, _next_name(every), opening, alerts, claim)
        if found is not None:
            return found
    raise ConflictError("incidents are opened faster than they can be numbered")


def record_elsewhere(app: App, service: str, alerts: Sequence[Alert]) -> int:
    """Record alerts that belong to no open incident (resolved ones) in the service's stream."""
    return sum(
        _append_once(app, _alert_draft(app, service_stream(service), None, alert))
        for alert in alerts
    )


def _title(service: str, firing: Sequence[Alert]) -> str:
    if not firing:
        return f"{service} misbehaves"
    first = firing[0]
    return first.annotations.get("summary") or first.name


def _open(
    app: App, name: str, opening: IncidentOpened, alerts: Sequence[Alert], claim: Claim | None
) -> Opened | None:
    """Open an incident; None when somebody was first, with the name or with an alert."""
    stream = incident_stream(name)
    fresh = _fresh(app, name, alerts)
    claimed = [claim(name)] if claim else []
    drafts = [_person_draft(app, stream, name, opening), *fresh, *claimed]
    try:
        app.store.append(drafts, expect={stream: 0})
    except ConflictError:
        return None
    except AlreadySettledError:
        if any(_settled(app, one.once) for one in claimed):
            raise
        return None
    incident = the_incident(app.store.read(stream), name)
    return Opened(incident=incident, new=True, recorded=len(fresh))


def _next_name(every: Iterable[IncidentState]) -> str:
    numbers = [one.id.removeprefix("INC-") for one in every]
    highest = max((int(number) for number in numbers if number.isdigit()), default=0)
    return f"INC-{highest + 1:04d}"


def _join(app: App, name: str, alerts: Sequence[Alert], severity: Severity) -> Opened | None:
    """Record what is new of the alerts, and that it is graver; None when somebody was first.

    So it is where the incident has just ended: what fires then is another one's, even where it was
    recorded here already.
    """
    stream = incident_stream(name)
    incident = the_incident(app.store.read(stream), name)
    if _ended(incident, alerts):
        return None
    fresh = _fresh(app, name, alerts)
    drafts = list(fresh)
    if _firing(alerts) and SEVERITIES.index(severity) < SEVERITIES.index(incident.severity):
        raised = SeveritySet(
            severity=severity, before=incident.severity, reason="a graver alert joined"
        )
        drafts.append(_person_draft(app, stream, name, raised))
    try:
        if drafts:
            app.store.append(drafts)
    except AlreadySettledError:
        return None
    known = the_incident(app.store.read(stream), name)
    if _ended(known, alerts):
        return None
    return Opened(incident=known, new=False, recorded=len(fresh))


def _ended(incident: IncidentState, alerts: Sequence[Alert]) -> bool:
    """Return whether nothing is joined any more; an alert that is over itself always belongs."""
    return incident.status not in OPEN and (_firing(alerts) or not alerts)


def _firing(alerts: Sequence[Alert]) -> bool:
    return any(alert.status == "firing" for alert in alerts)


def _fresh(app: App, name: str, alerts: Sequence[Alert]) -> list[Draft]:
    """Return what an incident has not recorded yet of some alerts, each once.

    One that fires on after its incident was resolved, and is sent again, is the next one's too.
    """
    found: dict[str, Draft] = {}
    for alert in alerts:
        once = alert.key
        told = app.store.find(Filter(once=once)) if alert.status == "firing" else ()
        if any(event.incident != name for event in told):
            once = f"{alert.key}@{name}"
        if not _settled(app, once):
            stream = incident_stream(name)
            found[once] = replace(_alert_draft(app, stream, name, alert), once=once)
    return list(found.values())


def _settled(app: App, once: str | None) -> bool:
    return once is not None and bool(app.store.find(Filter(once=once)))


def _append_once(app: App, one: Draft) -> int:
    try:
        app.store.append([one])
    except AlreadySettledError:
        return 0
    return 1


def _alert_draft(app: App, stream: str, incident: str | None, alert: Alert) -> Draft:
    return draft(
        stream,
        AlertReceived(alert=alert),
        app.clock.now(),
        incident=incident,
        source="webhook",
        actor=app.me,
        once=alert.key,
    )


def _person_draft(app: App, stream: str, incident: str, what: Body) -> Draft:
    return draft(stream, what, app.clock.now(), incident=incident, source="person", actor=app.me)
