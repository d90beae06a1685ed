"""What every table says of itself: what, when, which commit, on what machine; and its rows."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

_ROOT = Path(__file__).parents[2]


def heading(title: str) -> str:
    """Return a table's heading: its title, then date, commit and machine on a line."""
    today = datetime.now(UTC).date().isoformat()
    machine = (
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version},"
        f" {os.cpu_count()} cores, {os.getloadavg()[0]:.1f} processes wanting them"
    )
    return f"## {title}\n\n{today}, commit {commit()}, {machine}.\n"


def commit() -> str:
    """Return the short hash that is checked out, with `+` when files differ from it."""
    short = _git("rev-parse", "--short=10", "HEAD") or "unknown"
    return f"{short}+" if _git("status", "--porcelain", "--untracked-files=no") else short


def rows(columns: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    told = [columns, ["---"] * len(columns), *lines]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in told)


def ms(seconds: float) -> str:
    """Return seconds as milliseconds, to three figures."""
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds * 1000:,.0f} ms"


def times(ratio: float) -> str:
    """Return a ratio as it is read aloud."""
    return f"{ratio:.2f} x"


def judged(value: float, goal: float) -> str:
    """Return whether a goal was reached."""
    return "reached" if value <= goal else "missed"


def _git(*words: str) -> str:
    try:
        done = subprocess.run(  # git, with words of this module
            ["git", *words],  # noqa: S607  # whatever git the machine has
            cwd=_ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
