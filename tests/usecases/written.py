"""Small runbooks and alerts that the tests of runs are made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from mlrespond.model.alert import Alert, AlertStatus
from mlrespond.testing.clock import START
from mlrespond.testing.world import World, WorldHolder

BAD_HISTORY = ((-9000.0, "1"), (-7200.0, "2"), (-1200.0, "3"))
ALWAYS, NEVER = "run.ending is none", "run.ending is not none"
FAST = {"every": "10s", "looks": 12, "prove_every": "1s", "settle": "0s", "hold_for": "10s"}


def runbook(name: str, steps: str, *, more: str = "", criterion: str = ALWAYS) -> str:
    """Return a runbook; without a criterion of its own, every step done is mitigation."""
    return (
        f"runbook: {name}\ntitle: {name}\nmitigated_when: {criterion}\nmitigated_for: 0s\n"
        f"{more}steps:\n{indented(steps)}"
    )


def indented(steps: str) -> str:
    """Return step lines as they stand under `steps:`."""
    return "".join(f"  {line}\n" for line in steps.strip("\n").splitlines())


def finals(steps: str) -> str:
    """Return the final steps, to stand after `steps`."""
    return f"finally:\n{indented(steps)}"


def bad_world(version: str = "3") -> WorldHolder:
    """Return a world in which a bad version was released everywhere."""
    versions = ["1", "2", "3"]
    return WorldHolder(
        World(wanted=version, versions=versions, served={"eu-1": version, "us-1": version})
    )


def alert(
    name: str = "GoldenAccuracyLow",
    *,
    ago_s: float = 300.0,
    status: AlertStatus = "firing",
    at: datetime = START,
    labels: Mapping[str, str] | None = None,
) -> Alert:
    """Return an alert about the one service that began some seconds ago."""
    known = {"alertname": name, "service": "fraud-scorer", **(labels or {})}
    return Alert(
        fingerprint=f"print-{name}-{'-'.join(sorted(known.values()))}",
        status=status,
        starts_at=at - timedelta(seconds=ago_s),
        ends_at=at if status == "resolved" else None,
        labels=known,
    )
