"""The exit codes, frozen, and which counts when several are true (DESIGN §8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum


class ExitCode(IntEnum):
    """What the command `mlir` tells the shell."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    BUG = 3
    ACCESS = 4
    STALE = 5
    HELD = 6
    UNKNOWN = 7
    WAITING = 8
    INCONCLUSIVE = 9
    INTERRUPTED = 130


MEANINGS: Mapping[ExitCode, str] = {
    ExitCode.DONE: "done, mitigated, no fault, pass",
    ExitCode.FAILED: "ran, but failed or not mitigated",
    ExitCode.USAGE: "usage, or an invalid file",
    ExitCode.BUG: "a bug here",
    ExitCode.ACCESS: "credentials or permission",
    ExitCode.STALE: "stale plan, the world moved",
    ExitCode.HELD: "held by another run or person",
    ExitCode.UNKNOWN: "outcome unknown: sent, not proven",
    ExitCode.WAITING: "waiting for a person, a time or a pipeline",
    ExitCode.INCONCLUSIVE: "inconclusive",
    ExitCode.INTERRUPTED: "interrupted, can be resumed",
}
PRECEDENCE = (
    ExitCode.BUG,
    ExitCode.INTERRUPTED,
    ExitCode.UNKNOWN,
    ExitCode.STALE,
    ExitCode.HELD,
    ExitCode.ACCESS,
    ExitCode.WAITING,
    ExitCode.USAGE,
    ExitCode.FAILED,
    ExitCode.INCONCLUSIVE,
    ExitCode.DONE,
)


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the first of the codes in the order of precedence; none is DONE."""
    return min(codes, key=PRECEDENCE.index, default=ExitCode.DONE)
