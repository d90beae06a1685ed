"""Waiting for a process to end, for tests."""

from __future__ import annotations

import os
import time
from pathlib import Path


def ended(pid: int, within_s: float = 10.0) -> bool:
    """Return whether a process has ended, or ends in time; a zombie has."""
    ends = time.monotonic() + within_s
    while True:
        try:
            os.kill(pid, 0)
            if ") Z" in Path(f"/proc/{pid}/stat").read_text():
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        if time.monotonic() >= ends:
            return False
        time.sleep(0.02)
