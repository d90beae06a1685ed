"""The exit codes, frozen, and which counts when several are true (DESIGN §8)."""

from __future__ import annotations

from collections.abc import Iterable
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
