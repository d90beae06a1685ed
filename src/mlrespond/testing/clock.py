"""A clock that stands still until it is moved, and ids that count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


class FixedClock:
    """A clock that only sleeping and `advance` move."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def now(self) -> datetime:
        """See Clock.now."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """See Clock.sleep: time passes at once."""
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += timedelta(seconds=max(0.0, seconds))

    def turn(self, to: datetime) -> None:
        """Turn the clock to a time, also to an earlier one."""
        self._now = to


class CountingIds:
    """Ids that tell their order: the last digits count."""

    def __init__(self, start: int = 0) -> None:
        self._count = start

    def event_id(self) -> str:
        """See Ids.event_id."""
        self._count += 1
        return f"00000000-0000-7000-8000-{self._count:012x}"

    def salt(self) -> str:
        """See Ids.salt."""
        return "5a" * 16
