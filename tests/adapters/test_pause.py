"""How long an answer asks to wait, in the many ways that servers and gateways say it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrespond.adapters.http_error import Answer
from mlrespond.adapters.pause import pause_asked
from mlrespond.testing.clock import START

IN_A_MINUTE = str(int((START + timedelta(minutes=1)).timestamp()))


def asked(headers: Mapping[str, str]) -> float | None:
    return pause_asked(Answer(status=429, content=b"", headers=headers), START)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"llm_provider-retry-after": "60"}, 60.0),
        ({"retry-after": "7", "llm_provider-retry-after": "60"}, 7.0),
        ({"retry-after": "soon", "llm_provider-retry-after": "60"}, 60.0),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"x-ratelimit-reset-requests": "6m0s"}, 360.0),
        ({"x-ratelimit-reset-tokens": "17ms"}, 0.017),
        ({"x-ratelimit-reset-tokens": "1h2m3.5s"}, 3723.5),
        ({"x-ratelimit-reset-tokens": "12"}, 12.0),
        ({"x-ratelimit-reset-tokens": IN_A_MINUTE}, 60.0),
        ({"llm_provider-x-ratelimit-reset-tokens": "3s"}, 3.0),
        ({"retry-after": "7", "x-ratelimit-reset-requests": "60s"}, 7.0),
        ({"x-ratelimit-reset-requests": "tomorrow"}, None),
        ({"x-ratelimit-reset-requests": ""}, None),
    ],
)
def test_each_way_of_saying_it_is_understood(
    headers: Mapping[str, str], seconds: float | None
) -> None:
    assert asked(headers) == pytest.approx(seconds)


def test_only_limits_that_are_used_up_count() -> None:
    headers = {
        "x-ratelimit-reset-requests": "5s",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-tokens": "9m",
        "x-ratelimit-remaining-tokens": "1200",
    }

    assert asked(headers) == 5.0


NAMES = st.sampled_from(
    ["retry-after", "retry-after-ms", "llm_provider-retry-after", "x-ratelimit-reset-requests"]
)
WRITTEN = st.text(max_size=12) | st.from_regex(r"[0-9.]{0,14}(ms|s|m|h)?", fullmatch=True)


@given(headers=st.dictionaries(NAMES, WRITTEN))
def test_whatever_is_written_the_pause_is_none_or_no_less_than_nothing(
    headers: Mapping[str, str],
) -> None:
    seconds = asked(headers)

    assert seconds is None or 0 <= seconds < 1e13
