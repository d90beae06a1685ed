"""Time and names, handed in so that a run can be repeated."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The one clock of a process."""

    def now(self) -> datetime:
        """Return the time as aware UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        ...


class Ids(Protocol):
    """Where ids and salts come from."""

    def event_id(self) -> str:
        """Return a new UUIDv7, sortable by time."""
        ...

    def salt(self) -> str:
        """Return 16 random bytes as hex."""
        ...
