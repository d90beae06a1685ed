"""The system's clock and source of ids."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """See Clock.now."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """See Clock.sleep."""
        time.sleep(max(0.0, seconds))


class SystemIds:
    """UUIDv7 (RFC 9562 §5.7) from the clock and the system's random source."""

    def event_id(self) -> str:
        """See Ids.event_id."""
        milliseconds = time.time_ns() // 1_000_000
        chance = int.from_bytes(os.urandom(10))
        value = milliseconds << 80 | 0x7 << 76 | (chance >> 68) << 64 | 0x2 << 62
        text = f"{value | chance & (1 << 62) - 1:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def salt(self) -> str:
        """See Ids.salt."""
        return os.urandom(16).hex()
