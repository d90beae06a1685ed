"""The ledger: what a service was wanted to serve, what it served, and what stands changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from mlrespond.model.kind import Body, kind
from mlrespond.model.word import VerdictWord

StandingSort = Literal["switch", "drain", "hold"]


@kind("service_looked", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLooked(Body):
    """One look: the registry's wish, and what each replica really answered with.

    `wanted` is null when the registry could not be read; a replica's version is null when it
    could not be asked; `drained` replicas get no requests. `began_at` is when the reading began:
    what was read may have changed from then on. `previous_at` is when the look before began: what
    changed, changed since. `values` are what objectives were judged by: shares from 0 to 1 (of a
    latency, that above its limit), or in the unit of their query.
    """

    wanted: str | None
    served: Mapping[str, str | None]
    objectives: Mapping[str, VerdictWord] = field(default_factory=dict)
    registry_error: str | None = None
    route: str | None = None
    began_at: datetime | None = None
    previous_at: datetime | None = None
    why: str = "poll"
    drained: tuple[str, ...] = ()
    values: Mapping[str, float] = field(default_factory=dict)

    def line(self) -> str:
        wanted = self.wanted or "unknown"
        drained = f" ({', '.join(self.drained)} drained)" if self.drained else ""
        return f"registry wants {wanted}, serving {describe_served(self.served)}{drained}"


@kind("alias_told", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class AliasTold(Body):
    """The registry told that an alias was moved: a wish, and no proof of what is served.

    `version` is null when the alias was deleted. Neither who moved it nor what it was before is
    told. `delivery` is the registry's own number for this message.
    """

    model: str
    alias: str
    version: str | None
    delivery: str

    def line(self) -> str:
        name = f"{self.model}@{self.alias}"
        if self.version is None:
            return f"the registry told that {name} was deleted"
        return f"the registry told that {name} is to be {self.version}"


def rolled_back(incident: str) -> str:
    """Return why a version is suspect that an incident rolled back from."""
    return f"rolled back in {incident}"


def left(incident: str) -> str:
    """Return why a version is quarantined whose leaving mitigated an incident."""
    return f"leaving it mitigated {incident}"


@kind("version_suspected", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class VersionSuspected(Body):
    """A version is under suspicion: it is no baseline and no target until it is cleared."""

    version: str
    reason: str

    def line(self) -> str:
        return f"version {self.version} is suspect: {self.reason}"


@kind("version_quarantined", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class VersionQuarantined(Body):
    """A suspect version was proven bad: leaving it mitigated the incident."""

    version: str
    reason: str

    def line(self) -> str:
        return f"version {self.version} is quarantined: {self.reason}"


@kind("version_cleared", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class VersionCleared(Body):
    """A version is no longer suspect or quarantined."""

    version: str
    reason: str

    def line(self) -> str:
        return f"version {self.version} is cleared: {self.reason}"


@kind("standing_set", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class StandingSet(Body):
    """A temporary change stands until it is taken back."""

    sort: StandingSort
    what: str
    until: str = "undone"
    since: datetime | None = None
    window_from: datetime | None = None
    window_to: datetime | None = None

    def line(self) -> str:
        return f"{self.sort} stands: {self.what}"


@kind("standing_cleared", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class StandingCleared(Body):
    """A temporary change was taken back."""

    sort: StandingSort
    what: str

    def line(self) -> str:
        return f"{self.sort} ended: {self.what}"


@kind("version_trained", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class VersionTrained(Body):
    """A retrain registered a version; nothing was promoted."""

    version: str
    snapshot: str
    key: str

    def line(self) -> str:
        return f"version {self.version} was trained on {self.snapshot}"


def describe_served(served: Mapping[str, str | None]) -> str:
    """Return `7 on eu-1, us-1` or `7 on eu-1; 6 on us-1; no answer from us-2`."""
    by_version: dict[str | None, list[str]] = {}
    for replica, version in served.items():
        by_version.setdefault(version, []).append(replica)
    parts = [f"{version} on {', '.join(names)}" for version, names in by_version.items() if version]
    if None in by_version:
        parts.append(f"no answer from {', '.join(by_version[None])}")
    return "; ".join(parts) or "nothing"
