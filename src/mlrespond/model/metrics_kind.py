"""What was read of the metrics outside of any run, to be kept as evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mlrespond.model.instant import iso
from mlrespond.model.kind import Body, kind


@kind("metrics_read")
@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsRead(Body):
    """How the metrics went in the whole incident was read once more; its evidence has the curves.

    What nobody looked at meanwhile is known from then on, however soon their store forgets.
    """

    since: datetime
    until: datetime
    objectives: tuple[str, ...]

    def line(self) -> str:
        span = f"{iso(self.since)[:19]}Z to {iso(self.until)[:19]}Z"
        return f"{', '.join(self.objectives)} read once more, from {span}"
