"""What is left of a session: processes that took a group of their own, and outlived its leader."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
_GONE = frozenset("ZXx")


def members(session: int) -> tuple[int, ...]:
    """Return the ids of a session's living processes; none where there is no /proc to ask."""
    return tuple(_members(session))


def kill(session: int) -> None:
    """Kill whatever lives in a session."""
    for pid in members(session):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _members(session: int) -> Iterator[int]:
    for folder in _PROC.glob("[0-9]*"):
        with suppress(OSError):
            stat = (folder / "stat").read_text(errors="replace")
            # proc_pid_stat(5): state, ppid, pgrp and session follow the name in parentheses
            state, _, _, of = stat.rpartition(")")[2].split()[:4]
            if int(of) == session and state not in _GONE:
                yield int(folder.name)
