"""How much of the time before an incident its picture shows."""

from __future__ import annotations

from datetime import datetime, timedelta

_LEAST_BEFORE = timedelta(seconds=30)
_MOST_BEFORE = timedelta(hours=2)


def earliest(onset: datetime, until: datetime) -> datetime:
    """Return where a picture begins at the earliest: as long before the onset as it lasted."""
    return onset - min(max(until - onset, _LEAST_BEFORE), _MOST_BEFORE)
