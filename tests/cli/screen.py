"""Screens as text: what differs from run to run is named instead."""

from __future__ import annotations

import re
from textwrap import dedent

_NAMED = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d{4})"), "TIME"),
    (re.compile(r"\b\d\d:\d\d:\d\dZ"), "TIME"),
    (re.compile(r"^\d\d:\d\d:\d\d ", re.MULTILINE), "TIME "),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\b"), "ID"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "SHA256"),
    (re.compile(r"\b[0-9a-f]{12}\b"), "DIGEST"),
    (re.compile(r"\bPLAN-[0-9a-f]{8}-\d{8}-\d{6}\b"), "PLAN"),
    (re.compile(r"\b\d+m\d\ds\b|\b\d+(\.\d+)?(ms|s)\b"), "TOOK"),
    (re.compile(r"\bprocess \d+ on \S+( of \S+)?"), "PROCESS"),
)


def still(text: str) -> str:
    """Return a screen with times, digests, ids and durations named."""
    for pattern, name in _NAMED:
        text = pattern.sub(name, text)
    return text


def screen(text: str) -> str:
    """Return what a test expects, as it is written in the test."""
    return dedent(text).lstrip("\n")
