"""What fires now: each service's alerts as its monitor tells them, and the incident they are of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlrespond.engine.incident import IncidentState
from mlrespond.engine.match import services_of
from mlrespond.errors import PortError, UsageError
from mlrespond.model.reading import Firing
from mlrespond.usecases.app import App
from mlrespond.usecases.context import plain_definition
from mlrespond.usecases.incidents import open_incidents
from mlrespond.usecases.opening import service_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Fires:
    """One alert of a service, and the open incident that has recorded it."""

    service: str
    firing: Firing
    incident: IncidentState | None

    @property
    def next(self) -> str:
        """Return the command that goes on from here; none for what is quiet and of no incident."""
        if self.incident is None:
            pull = f"mlir alerts {self.service} --webhook | mlir respond --alert -"
            return "" if self.firing.quiet else pull
        if self.incident.active_run is not None:
            return f"mlir resume {self.incident.id}"
        if self.incident.status == "mitigated":
            return f"mlir resolve {self.incident.id}"
        return f"mlir diagnose {self.service}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """What the monitors told, oldest first, and those of which services told nothing, with why."""

    fires: tuple[Fires, ...]
    failed: Mapping[str, PortError]


def pull(app: App, named: str | None) -> Pulled:
    """Return what fires now for a service, or for every one that has a monitor.

    UsageError when there is no such service, or no monitor.
    """
    fires: list[Fires] = []
    failed: dict[str, PortError] = {}
    incidents = open_incidents(app.store)
    for service in _watched(app, named):
        try:
            fires += _of(app, service, [one for one in incidents if one.service == service])
        except PortError as error:
            failed[service] = error
    fires.sort(key=lambda one: (one.firing.alert.starts_at, one.service))
    return Pulled(fires=tuple(fires), failed=failed)


def _watched(app: App, named: str | None) -> Sequence[str]:
    known = app.project.services
    meant = list(known) if named is None else [service_of(app, named, ())]
    found = [name for name in meant if known[name].monitor is not None]
    if not found:
        raise UsageError(
            f"{named or 'no service'} has {'no' if named else 'a'} monitor to ask what fires",
            hint="give it `monitor: {kind: alertmanager, url: …}` in mlir.yaml",
        )
    return found


def _of(app: App, service: str, incidents: Sequence[IncidentState]) -> list[Fires]:
    known = app.project.services
    ports = app.ports(service, plain_definition(known[service]))
    return [
        Fires(service=service, firing=one, incident=_incident(one, incidents))
        for one in ports.monitor.firing()
        if service in services_of(one.alert, known)
    ]


def _incident(firing: Firing, incidents: Sequence[IncidentState]) -> IncidentState | None:
    """Return the newest open incident that recorded an alert with the same labels."""
    labels = dict(firing.alert.labels)
    return next(
        (
            one
            for one in reversed(incidents)
            if any(dict(alert.labels) == labels for alert in one.alerts)
        ),
        None,
    )
