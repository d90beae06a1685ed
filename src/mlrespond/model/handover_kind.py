"""What happens when an incident leaves this timeline or comes into it."""

from __future__ import annotations

from dataclasses import dataclass

from mlrespond.model.kind import Body, kind


@kind("incident_exported")
@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentExported(Body):
    """A bundle was written out of this timeline."""

    path: str
    digest: str
    head: str

    def line(self) -> str:
        return f"bundle written to {self.path}"


@kind("incident_imported")
@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentImported(Body):
    """A bundle was brought into this timeline; `seq` is where the incident ended in it.

    `driven_here`: the incident was driven from here, and stayed so; else this is a copy.
    """

    digest: str
    head: str
    seq: int
    new: int
    driven_here: bool = False

    def line(self) -> str:
        return f"{self.new} events imported from a bundle ({self.digest[:12]})"


@kind("incident_handed_over", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentHandedOver(Body):
    """Somebody else goes on with the incident elsewhere; nothing is changed from here any more."""

    to: str
    reason: str = ""

    def line(self) -> str:
        return f"handed over to {self.to}" + (f": {self.reason}" if self.reason else "")


@kind("incident_taken_over", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentTakenOver(Body):
    """From here on the incident is driven from the timeline `place`; what others do is late.

    `unfenced`: it was not handed over, so that nobody could check that nobody else acts.
    """

    place: str
    host: str
    unfenced: bool = False

    def line(self) -> str:
        unfenced = ", although it was not handed over" if self.unfenced else ""
        return f"taken over on {self.host}{unfenced}"
