"""`respond`: from an alert, or a person's word, to an incident and a driven run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mlrespond.authoring.lint import load_playbooks
from mlrespond.engine.incident import IncidentState
from mlrespond.engine.ledger import Ledger, changes
from mlrespond.engine.match import Match, match
from mlrespond.errors import Error, UsageError
from mlrespond.model.alert import Alert
from mlrespond.model.incident_kind import PlaybookMatched
from mlrespond.model.json import Record
from mlrespond.model.kinds import draft
from mlrespond.model.word import SEVERITIES, Severity
from mlrespond.usecases.acts import grade, must_go_on
from mlrespond.usecases.app import App
from mlrespond.usecases.context import incident_stream, read_ledger
from mlrespond.usecases.incidents import the_incident
from mlrespond.usecases.looking import record_look
from mlrespond.usecases.opening import Opened, open_or_join, record_elsewhere, service_of
from mlrespond.usecases.request import Wanted, check_wanted, context_of, request_run
from mlrespond.usecases.runner import Driven, Runner

LOOKBACK = timedelta(hours=2)
DEFAULT_RUNBOOK = "first-look"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What the person at the command line asked for."""

    service: str | None = None
    alerts: tuple[Alert, ...] = ()
    runbook: str | None = None
    incident: str | None = None
    inputs: Record = field(default_factory=dict)
    approve: tuple[str, ...] = ()
    severity: Severity | None = None
    title: str = ""
    onset: datetime | None = None
    new_incident: bool = False
    drill: bool = False
    interactive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Responded:
    """What became of it. Without `driven` nothing was run, and `why` says why not."""

    incident: IncidentState | None
    driven: Driven | None
    why: str = ""


def respond(app: App, call: Call) -> Responded:
    """Open or join an incident, choose the runbook, and drive it."""
    if call.incident is not None:
        return _in_incident(app, call.incident, call)
    service = service_of(app, call.service, call.alerts)
    firing = [alert for alert in call.alerts if alert.status == "firing"]
    if call.alerts and not firing:
        return _only_resolved(app, service, call.alerts)
    if call.runbook is not None and not call.alerts:
        check_wanted(app, _wanted(call, call.runbook, {}))
    record_look(app, service, why="respond", judge=False, always=True)
    found = choose(app, service, firing, call.onset)
    opened = open_or_join(
        app,
        service,
        call.alerts,
        call.severity or found.severity,
        title=call.title,
        onset=call.onset,
        new=call.new_incident,
        drill=call.drill,
    )
    return _run(app, opened, found, call)


def _run(app: App, opened: Opened, found: Match, call: Call) -> Responded:
    incident = graded(app, opened, call.severity)
    if incident.active_run is not None and call.runbook is None:
        return _join_run(app, incident, call)
    why = _no_second_run(opened, call)
    if why:
        return Responded(incident=incident, driven=None, why=why)
    if found.playbook is not None and call.runbook is None:
        _record_match(app, incident, found)
        incident = _fresh(app, incident.id)
    runbook = call.runbook or found.runbook or DEFAULT_RUNBOOK
    wanted = _wanted(call, runbook, found.inputs if call.runbook is None else {})
    try:
        run = request_run(app, incident, wanted, run_context(app, incident))
    except Error:
        app.progress.note(f"{incident.id} is open, but no run was started")
        raise
    driven = Runner(app, incident.id, run, interactive=call.interactive).drive()
    return Responded(incident=_fresh(app, incident.id), driven=driven)


def _wanted(call: Call, runbook: str, inputs: Record) -> Wanted:
    return Wanted(runbook=runbook, inputs={**inputs, **call.inputs}, approve=call.approve)


def graded(app: App, opened: Opened, severity: Severity | None) -> IncidentState:
    """Return the incident, at the severity that the caller gave it on joining."""
    incident = opened.incident
    if opened.new or severity is None or severity == incident.severity:
        return incident
    grade(app, incident.id, severity, "as said on joining")
    return _fresh(app, incident.id)


def _no_second_run(opened: Opened, call: Call) -> str:
    """Return why nothing is run: what joins an incident that was responded to runs nothing again.

    A monitor sends a firing alert every few hours, and that is no reason to change things again;
    a person who names a runbook, or comes without an alert to an open incident, is one.
    """
    incident = opened.incident
    if opened.new or call.runbook is not None or not incident.runs:
        return ""
    if incident.status != "mitigated" and not call.alerts:
        return ""
    ended = incident.ended_runs.get(incident.runs[-1], "")
    recorded = "; the alert was recorded there" if call.alerts else ""
    return (
        f"{incident.id} is {incident.status}, and its last run ended as {ended}{recorded}; "
        f"to run another: mlir respond --incident {incident.id} --runbook NAME"
    )


def _join_run(app: App, incident: IncidentState, call: Call) -> Responded:
    """Go on with the active run, if no other process drives it (HeldError says who does)."""
    assert incident.active_run is not None
    driven = Runner(app, incident.id, incident.active_run, interactive=call.interactive).drive()
    return Responded(incident=_fresh(app, incident.id), driven=driven)


def _in_incident(app: App, name: str, call: Call) -> Responded:
    incident = going_on(app, name)
    if call.runbook is None:
        raise UsageError("say which runbook joins the incident", hint="--runbook NAME")
    incident = graded(app, Opened(incident=incident, new=False, recorded=0), call.severity)
    wanted = Wanted(runbook=call.runbook, inputs=call.inputs, approve=call.approve)
    run = request_run(app, incident, wanted, run_context(app, incident))
    driven = Runner(app, name, run, interactive=call.interactive).drive()
    return Responded(incident=_fresh(app, name), driven=driven)


def going_on(app: App, name: str) -> IncidentState:
    """Return an incident that may be joined; UsageError if it is over."""
    incident = _fresh(app, name)
    must_go_on(incident)
    return incident


def _only_resolved(app: App, service: str, alerts: Sequence[Alert]) -> Responded:
    """Record resolved alerts; they end no run and prove no mitigation."""
    from mlrespond.usecases.incidents import open_incidents

    known = [one for one in open_incidents(app.store) if one.service == service]
    if not known:
        record_elsewhere(app, service, alerts)
        return Responded(incident=None, driven=None, why="resolved, and no incident is open")
    opened = open_or_join(app, service, alerts, "SEV4")
    why = f"recorded in {opened.incident.id}; a resolved alert proves nothing by itself"
    return Responded(incident=opened.incident, driven=None, why=why)


def choose(app: App, service: str, alerts: Sequence[Alert], onset: datetime | None = None) -> Match:
    """Return which playbook and runbook a group of alerts leads to, and why.

    Of several alerts the one whose playbook ranks first decides; the gravest sets the severity.
    """
    loaded = load_playbooks(app.files, app.vocabulary, app.project.services)
    playbooks = [one.playbook for one in loaded if one.playbook is not None]
    ledger, _ = read_ledger(app, service)

    def matched(alert: Alert | None) -> Match:
        return match(alert, service, playbooks, _names(app, ledger, alert, onset))

    found = [matched(one) for one in alerts] or [matched(None)]
    chosen = min(found, key=lambda one: one.rank)
    graded = [one.severity for one in found if one.playbook is not None]
    severity = min(graded, key=SEVERITIES.index, default=chosen.severity)
    return replace(chosen, severity=severity)


def _names(app: App, ledger: Ledger, alert: Alert | None, onset: datetime | None) -> Record:
    """Return what a playbook's conditions see, before there is an incident."""
    now = app.clock.now()
    began = onset or (alert.starts_at if alert else now)
    found = changes(ledger, began - LOOKBACK, now)
    owner = app.project.services[ledger.service].owner
    return {
        **context_of(_nobody(ledger.service, alert, began), ledger, found),
        "service": {"name": ledger.service, "owner": owner},
        "likely": None,
    }


def _nobody(service: str, alert: Alert | None, onset: datetime) -> IncidentState:
    return IncidentState(
        id="none",
        service=service,
        title="",
        severity="SEV3",
        opened_at=onset,
        onset=onset,
        alerts=(alert,) if alert else (),
    )


def run_context(app: App, incident: IncidentState) -> Record:
    """Return what expressions of a new run see of the incident."""
    ledger, _ = read_ledger(app, incident.service)
    found = changes(ledger, incident.onset - LOOKBACK, app.clock.now())
    return context_of(incident, ledger, found)


def _record_match(app: App, incident: IncidentState, found: Match) -> None:
    what = PlaybookMatched(
        playbook=found.playbook or "",
        runbook=found.runbook,
        why=found.runbooks,
        commander=found.commander,
        others=tuple(f"{one.playbook}: {one.why}" for one in found.considered if not one.matches),
    )
    app.store.append(
        [draft(incident_stream(incident.id), what, app.clock.now(), incident=incident.id)]
    )


def _fresh(app: App, name: str) -> IncidentState:
    return the_incident(app.store.read(incident_stream(name)), name)
