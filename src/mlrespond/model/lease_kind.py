"""Leases: who may change a resource, and until when; decisions in the resource's stream."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mlrespond.model.instant import iso
from mlrespond.model.kind import Body, kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """Which process: enough to tell, on the same machine, whether it is gone."""

    host: str
    boot: str
    pid: int
    started: str
    user: str = ""


@kind("lease_taken")
@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseTaken(Body):
    """A run holds the resource until a time."""

    resource: str
    until: datetime
    process: Process

    def line(self) -> str:
        return f"holds {self.resource} until {iso(self.until)[:19]}Z"


@kind("lease_renewed")
@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseRenewed(Body):
    """The holder goes on holding it."""

    resource: str
    until: datetime

    def line(self) -> str:
        return f"holds {self.resource} until {iso(self.until)[:19]}Z"


@kind("lease_released")
@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseReleased(Body):
    """The resource is free."""

    resource: str

    def line(self) -> str:
        return f"released {self.resource}"


@kind("lease_broken", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseBroken(Body):
    """A person took the resource away from its holder."""

    resource: str
    holder: str
    reason: str

    def line(self) -> str:
        return f"broke the lease of {self.holder} on {self.resource}: {self.reason}"
