"""What a timeline says, in words that do not change with the program: to compare across schemas."""

from __future__ import annotations

from mlrespond.engine.evolve import fold
from mlrespond.engine.incident import fold_incident
from mlrespond.engine.ledger import fold_ledger
from mlrespond.model.instant import iso
from mlrespond.model.json import Json
from mlrespond.ports.timeline import Timeline

INCIDENT, SERVICE = "INC-0001", "fraud-scorer"


def told(timeline: Timeline) -> dict[str, Json]:
    """Return the states of the incident, its run and its service's ledger."""
    events = timeline.read(f"incident:{INCIDENT}")
    incident, run = fold_incident(events), fold(events, f"{INCIDENT}.1")
    ledger = fold_ledger(SERVICE, timeline.read(f"service:{SERVICE}"))
    assert incident is not None
    assert run is not None
    assert run.ended is not None
    return {
        "status": incident.status,
        "severity": incident.severity,
        "title": incident.title,
        "onset": iso(incident.onset),
        "alerts": [[one.fingerprint, iso(one.starts_at), one.status] for one in incident.alerts],
        "ended": dict(incident.ended_runs),
        "first": {name: iso(at) for name, at in sorted(incident.first.items())},
        "ending": run.ended.ending,
        "epoch": run.epoch,
        "steps": {
            name: step.result.outcome for name, step in run.steps.items() if step.result is not None
        },
        "looks": [[iso(one.at), one.wanted, dict(one.served)] for one in ledger.looks],
        "suspects": dict(ledger.suspects),
        "quarantined": dict(ledger.quarantined),
    }
