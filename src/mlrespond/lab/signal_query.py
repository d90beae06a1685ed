"""The queries that simulated metrics understand: `errors|VERSION|REPLICA|30s`.

What is asked for is `errors`, `requests` or `latency`; version and replica are regular expressions
that match the whole name, and may have bars of their own.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from mlrespond.errors import InvalidInputError, RejectedError
from mlrespond.lab.signal_served import Server
from mlrespond.model.instant import parse_duration

KINDS = ("errors", "requests", "latency")

_LEAST = 4
_BAR = re.compile(r"\|(?![^()]*\))")  # outside of brackets


@dataclass(frozen=True, slots=True)
class Query:
    """What is counted, of which servers, over how many seconds."""

    what: str
    version: re.Pattern[str]
    replica: re.Pattern[str]
    window_s: float

    def selects(self, server: Server) -> bool:
        """Return whether a server is meant; a fallback has no metrics."""
        return bool(
            server.replica
            and self.replica.fullmatch(server.replica)
            and self.version.fullmatch(server.version)
        )


def parse(text: str, replicas: Collection[str]) -> Query:
    """Return the query of a text; RejectedError for anything else."""
    parts = _BAR.split(text)
    if len(parts) < _LEAST or parts[0] not in KINDS:
        raise RejectedError(f"`{text}` is no query", hint="errors|VERSION|REPLICA|30s")
    names = parts[1:-1]
    try:
        ends = _version_ends(names, replicas)
        version, replica = (re.compile("|".join(one)) for one in (names[:ends], names[ends:]))
        return Query(parts[0], version, replica, parse_duration(parts[-1]))
    except (re.error, InvalidInputError) as cause:
        raise RejectedError(f"`{text}` is no query: {cause}") from cause


def _version_ends(names: list[str], replicas: Collection[str]) -> int:
    """Return how many parts are of versions: those before the first that names a replica."""
    for at in range(1, len(names)):
        if any(re.fullmatch(names[at], one) for one in replicas):
            return at
    return len(names) - 1
