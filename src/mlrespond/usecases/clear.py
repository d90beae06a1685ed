"""Clearing a version: a person says that a suspect one was good after all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlrespond.errors import PortError, UsageError
from mlrespond.model.event import Event
from mlrespond.model.kinds import draft
from mlrespond.model.service_kind import VersionCleared
from mlrespond.usecases.acts import again_if_moved, must_say
from mlrespond.usecases.app import App
from mlrespond.usecases.context import plain_definition, read_ledger, service_stream
from mlrespond.usecases.opening import service_of
from mlrespond.verbs.moving import SUSPECT_TAG


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """What was recorded, what was held against the version, and why its tag could not be set."""

    event: Event
    was: Mapping[str, str]
    untagged: str


def clear(app: App, service: str, version: str, reason: str) -> Cleared:
    """Record that a version is no longer suspect or quarantined, then tag it so for others.

    From then on it may be a baseline and a target again. UsageError where nothing is held against
    it. The tag is advisory: without a registry, or where it fails, the version is cleared as well.
    """
    service_of(app, service, ())
    must_say(reason, "how you know that it is good")
    found = again_if_moved(lambda: _record(app, service, version, reason))
    return Cleared(event=found[0], was=found[1], untagged=_tag(app, service, version))


def _record(app: App, service: str, version: str, reason: str) -> tuple[Event, Mapping[str, str]]:
    ledger, seq = read_ledger(app, service)
    known = {"suspect": ledger.suspects, "quarantined": ledger.quarantined}
    was = {word: told[version] for word, told in known.items() if version in told}
    if not was:
        bad = ", ".join(sorted(ledger.bad))
        raise UsageError(
            f"version {version} of {service} is neither suspect nor quarantined",
            hint=f"these are: {bad}" if bad else f"no version of {service} is",
        )
    stream, what = service_stream(service), VersionCleared(version=version, reason=reason)
    said = draft(stream, what, app.clock.now(), source="person", actor=app.me)
    return app.store.append([said], {stream: seq})[0], was


def _tag(app: App, service: str, version: str) -> str:
    """Tell other people's laptops; return why that was not possible, or nothing."""
    known = app.service(service)
    if known.registry is None:
        return ""
    try:
        ports = app.ports(service, plain_definition(known))
        ports.registry.tag(version, SUSPECT_TAG, f"cleared by {app.me.handle}")
    except PortError as error:
        return error.message
    return ""
