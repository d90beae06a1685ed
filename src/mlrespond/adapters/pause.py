"""How long an answer asks us to wait: Retry-After, and what gateways to LLMs say in its place.

A gateway hands on what its upstream said under `llm_provider-` (LiteLLM). Limits that are used up
say when they start anew: `x-ratelimit-reset-requests: 1m30s`, or seconds, or a time in seconds
since 1970. Sources: RFC 9110 §10.2.3; platform.openai.com/docs/guides/rate-limits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from mlrespond.adapters.http_error import Answer

_UPSTREAM = ("", "llm_provider-")
_RESET = re.compile(r"(?:llm_provider-)?x-ratelimit-reset-([a-z-]+)")
_SPAN = re.compile(
    r"(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6}(?:\.\d{1,9})?)s)?(?:(\d{1,6}(?:\.\d{1,9})?)ms)?",
    re.ASCII,
)
_SECONDS = re.compile(r"\d{1,12}(?:\.\d{1,9})?", re.ASCII)
_UNITS_S = (3600.0, 60.0, 1.0, 0.001)
_SINCE_1970 = 1e8  # no limit lasts three years: such a number is a time


def pause_asked(answer: Answer, now: datetime) -> float | None:
    """Return the seconds that an answer asks for; None if it does not, or makes no sense."""
    for prefix in _UPSTREAM:
        exact = _number(answer.headers.get(f"{prefix}retry-after-ms", ""))
        if exact is not None:
            return exact / 1000
        told = _retry_after(answer.headers.get(f"{prefix}retry-after", "").strip(), now)
        if told is not None:
            return told
    return max(_resets(answer.headers, now), default=None)


def _retry_after(written: str, now: datetime) -> float | None:
    """Return the seconds of Retry-After, which may be a number or a date."""
    if written.isascii() and written.isdigit():
        return float(written[:9])
    try:
        at = parsedate_to_datetime(written)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())


def _resets(headers: Mapping[str, str], now: datetime) -> Iterator[float]:
    """Yield when each limit starts anew that says it is used up, or does not say how much is."""
    for name, written in headers.items():
        if not _RESET.fullmatch(name):
            continue
        left = _number(headers.get(name.replace("-reset-", "-remaining-"), "0"))
        seconds = _until(written.strip(), now)
        if not left and seconds is not None:
            yield seconds


def _until(written: str, now: datetime) -> float | None:
    number = _number(written)
    if number is not None:
        return max(0.0, number - now.timestamp()) if number > _SINCE_1970 else number
    found = _SPAN.fullmatch(written)
    if not written or not found:
        return None
    parts = zip(found.groups(), _UNITS_S, strict=True)
    return sum(float(one) * unit for one, unit in parts if one)


def _number(written: str) -> float | None:
    return float(written) if _SECONDS.fullmatch(written.strip()) else None
