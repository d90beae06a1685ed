"""An alert as a monitoring system sent it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from mlrespond.model.instant import iso

AlertStatus = Literal["firing", "resolved"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert of a group; labels and annotations are text from outside."""

    fingerprint: str
    status: AlertStatus
    starts_at: datetime
    ends_at: datetime | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    generator_url: str = ""

    @property
    def name(self) -> str:
        """Return the alert's name, its `alertname` label."""
        return self.labels.get("alertname", "alert")

    @property
    def key(self) -> str:
        """Return what makes a second delivery of this alert the same: TIMELINE.md, `once`.

        Alertmanager's webhook tells the start to the nanosecond, its API to the millisecond.
        """
        known = self.starts_at.microsecond // 1000 * 1000
        starts = iso(self.starts_at.replace(microsecond=known))
        return f"alert:{self.fingerprint}:{starts}:{self.status}"
