"""What can happen to an incident, apart from what its runs do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from mlrespond.model.alert import Alert
from mlrespond.model.instant import iso
from mlrespond.model.json import Json
from mlrespond.model.kind import Body, kind
from mlrespond.model.word import Severity

PinLayer = Literal["curated", "routine", "by_kind"]


@kind("incident_opened", "milestone")
@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentOpened(Body):
    """An incident was opened for a service."""

    service: str
    title: str
    severity: Severity
    onset: datetime | None = None
    drill: bool = False

    def line(self) -> str:
        drill = " (drill)" if self.drill else ""
        return f"{self.severity} incident opened for {self.service}{drill}: {self.title}"


@kind("alert_received", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class AlertReceived(Body):
    """An alert reached the incident."""

    alert: Alert

    def line(self) -> str:
        since = iso(self.alert.starts_at)[:19] + "Z"
        return f"alert {self.alert.name} {self.alert.status}, started {since}"


@kind("playbook_matched", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybookMatched(Body):
    """A playbook chose the runbook."""

    playbook: str
    runbook: str | None
    why: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    commander: str | None = None

    def line(self) -> str:
        led = f"; {self.commander} leads" if self.commander else ""
        return f"playbook {self.playbook} chose runbook {self.runbook or 'none'}{led}"


@kind("incident_acknowledged", "milestone")
@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentAcknowledged(Body):
    """A person has taken notice."""

    via: str = "mlir"

    def line(self) -> str:
        return f"acknowledged ({self.via})"


@kind("pager_told", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class PagerTold(Body):
    """Pagers were told what became here of the pages with these keys; `failed` says who not."""

    what: Literal["acknowledged", "resolved"]
    keys: tuple[str, ...]
    failed: Mapping[str, str] = field(default_factory=dict)

    def line(self) -> str:
        told = [_paged(key) for key in self.keys if key not in self.failed]
        not_told = [f"{_paged(key)}: {why}" for key, why in self.failed.items()]
        lines = [f"told the pager of {', '.join(told)}: {self.what}"] if told else []
        lines += [f"could not tell the pager of {one}" for one in not_told]
        return "; ".join(lines)


def _paged(key: str) -> str:
    """Return whom a page's key was for."""
    return key.rpartition(":")[2]


@kind("severity_set", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class SeveritySet(Body):
    """The severity changed."""

    severity: Severity
    before: Severity
    reason: str = ""

    def line(self) -> str:
        reason = f": {self.reason}" if self.reason else ""
        return f"severity {self.before} → {self.severity}{reason}"


@kind("note_added", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAdded(Body):
    """A person wrote something down."""

    text: str

    def line(self) -> str:
        return self.text


@kind("event_pinned")
@dataclass(frozen=True, slots=True, kw_only=True)
class EventPinned(Body):
    """Somebody moved an event between the layers: what people see unasked, and what only all shows.

    `to` is `curated` (pinned), `routine` (hidden), or `by_kind` again.
    """

    event: str
    to: PinLayer
    about: str = ""
    reason: str = ""

    def line(self) -> str:
        word = {"curated": "pinned", "routine": "hidden", "by_kind": "no longer pinned"}[self.to]
        reason = f" ({self.reason})" if self.reason else ""
        return f"{word}: {self.about or self.event}{reason}"


@kind("incident_mitigated", "milestone")
@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentMitigated(Body):
    """The harm has stopped: the exit criterion held, or a person says so."""

    criterion: str
    held_s: float = 0.0

    def line(self) -> str:
        return f"mitigated: {self.criterion}"


@kind("incident_resolved", "milestone")
@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentResolved(Body):
    """The service is as it should be, and nothing temporary stands (or it is kept on purpose)."""

    reason: str = ""
    kept: tuple[str, ...] = ()
    readings: Mapping[str, Json] = field(default_factory=dict)
    keep_reason: str = ""

    def line(self) -> str:
        kept = f", keeping {', '.join(self.kept)}" if self.kept else ""
        why = f" ({self.keep_reason})" if self.keep_reason else ""
        reason = f": {self.reason}" if self.reason else ""
        return f"resolved{kept}{why}{reason}"


@kind("incident_reopened", "milestone")
@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentReopened(Body):
    """It was not over. The first milestones stay."""

    reason: str

    def line(self) -> str:
        return f"reopened: {self.reason}"


@kind("incident_closed", "milestone")
@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentClosed(Body):
    """Nothing is left to do, the postmortem included."""

    reason: str = ""

    def line(self) -> str:
        return "closed"


@kind("incident_merged", "milestone")
@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentMerged(Body):
    """This incident is the same as another and goes on there."""

    into: str
    reason: str = ""

    def line(self) -> str:
        return f"merged into {self.into}"


@kind("incident_declined", "milestone")
@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentDeclined(Body):
    """This is no incident."""

    reason: str

    def line(self) -> str:
        return f"declined: {self.reason}"


@kind("baseline_resolved", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineResolved(Body):
    """What `against` means in this incident: resolved once and used by every later comparison."""

    against: str
    version: str | None
    since: datetime
    until: datetime
    digest: str
    why: str

    def line(self) -> str:
        return f"baseline {self.against}: {self.why}"


@kind("content_erased", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class ContentErased(Body):
    """The text of an event or a piece of evidence was erased; its place and digest stay."""

    target: str
    reason: str

    def line(self) -> str:
        return f"erased {self.target}: {self.reason}"


@kind("spool_imported")
@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolImported(Body):
    """Events that could not be written at the time were brought in from the spool."""

    count: int
    host: str
    first_at: datetime
    last_at: datetime
    gaps: int = 0

    def line(self) -> str:
        gaps = f", {self.gaps} missing before others" if self.gaps else ""
        return f"{self.count} events imported from the spool of {self.host}{gaps}"


@kind("postmortem_rendered")
@dataclass(frozen=True, slots=True, kw_only=True)
class PostmortemRendered(Body):
    """A postmortem was written out of this timeline."""

    path: str
    digest: str
    head: str

    def line(self) -> str:
        return f"postmortem written to {self.path}"


@kind("plan_saved", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSaved(Body):
    """A plan was made ahead; it runs once, and only while the world is as it was."""

    plan: str
    service: str
    runbook: str
    runbook_digest: str
    inputs: Mapping[str, Json]
    world: Mapping[str, Json]
    steps: tuple[Mapping[str, Json], ...]
    digests: Mapping[str, str]
    alerts: tuple[Alert, ...] = ()
    severity: Severity = "SEV3"

    def line(self) -> str:
        return f"plan {self.plan} saved for {self.runbook}"


@kind("plan_used", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class PlanUsed(Body):
    """A saved plan was carried out, or tried; it cannot be used again."""

    plan: str
    incident: str

    def line(self) -> str:
        return f"plan {self.plan} used by {self.incident}"
