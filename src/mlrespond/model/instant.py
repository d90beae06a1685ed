"""Times are aware UTC, written ISO 8601 to the microsecond; durations are written 30s 5m 2h 7d."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from mlrespond.errors import InvalidInputError
from mlrespond.model.text import one_line

_DURATION = re.compile(r"^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$")
_LONGEST_S = 3.2e9  # a hundred years: longer than anything waits, and no date runs over
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_AGO = re.compile(r"^(\S+)\s+ago$")
_CLOCK = re.compile(r"^(\d{1,2}):(\d{2})(?::(\d{2}))?Z?$")
_HOW = "write 2026-11-22T03:15Z, 03:15 (UTC), `10m ago` or now"
_FRACTION = re.compile(r"(\.\d{6})\d+")


def iso(at: datetime) -> str:
    """Return the stored form of a time: `2026-11-22T03:12:07.000000Z`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def parse_iso(text: str) -> datetime:
    """Return the aware UTC time that an ISO 8601 text names; nanoseconds are cut.

    A text without an offset is refused: nobody knows which clock it is from.
    """
    try:
        at = datetime.fromisoformat(_FRACTION.sub(r"\1", text.strip()))
        utc = at if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError) as cause:
        raise InvalidInputError(f"`{text}` is no ISO 8601 time") from cause
    if utc.tzinfo is None:
        raise InvalidInputError(f"`{text}` has no time zone", hint="add Z or an offset")
    return utc


def parse_time(text: str, now: datetime) -> datetime:
    """Return the time a person wrote: ISO 8601, `now`, `10m ago`, or `03:15` (UTC, the latest)."""
    if text.strip() == "now":
        return now
    ago = _AGO.match(text.strip())
    if ago:
        return now - timedelta(seconds=parse_duration(ago.group(1)))
    clock = _CLOCK.match(text.strip())
    if clock is None:
        return _written_out(text)
    return _latest(clock, now, text)


def _written_out(text: str) -> datetime:
    try:
        return parse_iso(text)
    except InvalidInputError as error:
        past = f"did you mean `{text.strip()} ago`?" if _DURATION.match(text.strip()) else ""
        raise InvalidInputError(error.message, hint=past or error.hint or _HOW) from error


def _latest(clock: re.Match[str], now: datetime, text: str) -> datetime:
    hour, minute, second = (int(part or 0) for part in clock.groups())
    try:
        at = now.replace(hour=hour, minute=minute, second=second, microsecond=0)
    except ValueError as cause:
        raise InvalidInputError(f"`{text}` is no time of day", hint=_HOW) from cause
    return at if at <= now else at - timedelta(days=1)


def parse_duration(text: str) -> float:
    """Return the seconds of a duration: `250ms 30s 5m 2h 7d 1w`."""
    found = _DURATION.match(text.strip())
    seconds = float(found.group(1)) * _UNIT_S[found.group(2)] if found else None
    if seconds is None or seconds > _LONGEST_S:
        raise InvalidInputError(
            f"`{one_line(text, 40)}` is no duration", hint="write 250ms, 30s, 5m, 2h or 7d"
        )
    return seconds


def duration(seconds: float) -> str:
    """Return seconds as a person reads them: `850ms`, `12.3s`, `4m10s`, `2h05m`, `3d04h`."""
    if seconds < 0:
        return "-" + duration(-seconds)
    if 0 < seconds < 0.9995:  # noqa: PLR2004  # what rounds to a second is one
        return f"{seconds * 1000:.0f}ms"
    if seconds < 59.95:  # noqa: PLR2004  # what rounds to a minute is one
        return f"{seconds:.1f}".rstrip("0").rstrip(".") + "s"
    whole = round(seconds)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return f"{days}d{hour:02d}h"
    return f"{hours}h{minute:02d}m" if hours else f"{minutes}m{second:02d}s"
