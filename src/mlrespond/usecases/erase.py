"""Erasing content on request: who and why are recorded, the place and the digest stay."""

from __future__ import annotations

from mlrespond.errors import NotRecordedError, UsageError
from mlrespond.model.event import Event
from mlrespond.model.incident_kind import ContentErased
from mlrespond.model.kind import Body
from mlrespond.model.kinds import KINDS, draft, lease_kind, run_kind
from mlrespond.ports.timeline import Archive, Filter, History
from mlrespond.usecases.acts import incident_of
from mlrespond.usecases.app import App

_DIGEST = 64
_CONTROL = frozenset({run_kind.__name__, lease_kind.__name__})


def erase(app: App, archive: Archive, targets: tuple[str, ...], reason: str) -> tuple[Event, ...]:
    """Erase events (by id) and evidence (by SHA-256); return the events that say so."""
    if not reason.strip():
        raise UsageError("say why", hint='--reason "…"')
    places = [_place(app.store, one) for one in targets]
    for full, _, _ in places:
        _refuse_if_needed(app, full)
    return tuple(_erase(app, archive, one, reason) for one in places)


def _refuse_if_needed(app: App, full: str) -> None:
    """Refuse what a run that has not ended decides from: without it a change might be repeated."""
    if full.startswith("evidence:"):
        return
    event = app.store.by_id(full.removeprefix("event:"))
    if event.incident is None or KINDS.get(event.kind, Body).__module__ not in _CONTROL:
        return
    run = incident_of(app, event.incident).active_run
    if run is not None:
        raise UsageError(
            f"run {run} has not ended, and decides from {event.kind}",
            hint=f"end it first: mlir stop {event.incident}",
        )


def shown(history: History, targets: tuple[str, ...]) -> tuple[str, ...]:
    """Return what would be erased, a line each; NotRecordedError if there is no such thing."""
    return tuple(_line(history, one) for one in targets)


def _line(history: History, target: str) -> str:
    full, _, _ = _place(history, target)
    if full.startswith("evidence:"):
        return full
    event = history.by_id(full.removeprefix("event:"))
    return f"{full} ({event.kind} of {event.incident or event.stream}): {event.summary}"


def _erase(app: App, archive: Archive, place: tuple[str, str, str | None], reason: str) -> Event:
    full, stream, incident = place
    what = ContentErased(target=full, reason=reason)
    why = draft(stream, what, app.clock.now(), incident=incident, source="person", actor=app.me)
    return archive.erase(full, why)


def _place(history: History, target: str) -> tuple[str, str, str | None]:
    """Return the target in full, and the stream in which its erasure is told."""
    name = target.removeprefix("event:").removeprefix("evidence:")
    if len(name) == _DIGEST:
        return f"evidence:{name}", "timeline", None
    try:
        event = history.by_id(name)
    except NotRecordedError as error:
        hint = "the ids: mlir timeline INCIDENT --json"
        raise NotRecordedError(error.message, hint=hint) from error
    return f"event:{event.id}", event.stream, event.incident


def exports_of(history: History) -> tuple[str, ...]:
    """Return the copies that were made and that erasing here cannot reach."""
    try:
        found = history.find(Filter(kinds=("postmortem_rendered", "incident_exported")))
    except NotRecordedError:
        return ()
    return tuple(dict.fromkeys(str(event.data.get("path")) for event in found if not event.erased))
