"""How long a long incident takes to read from a large file: read and folded, and as a command."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.heading import heading, judged, ms, rows, times
from tests.benchmarks.paired import paired
from tests.benchmarks.program import Shell
from tests.benchmarks.story import crowd, opened

from mlrespond.engine.evolve import fold
from mlrespond.engine.incident import fold_incident
from mlrespond.timeline.row import SELECT

GOAL_S = 1.0
FLOOR = "bare sqlite3: fetch its rows"
READ, FOLD, COMMAND = "read", "read and fold (incident and run)", "mlir timeline"
_GOALS = frozenset({FOLD, COMMAND})


def table(incidents: int = 100, length: int = 10_000, rounds: int = 11) -> str:
    """Measure one incident of a file that holds many, side by side on the disk."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "timeline.db"
        first, *others = [f"INC-{n:04d}" for n in range(1, incidents + 1)]
        crowd(path, first, others, length)
        size = path.stat().st_size
        found = paired(_arms(path, first), rounds)
    lines = [
        [
            arm,
            ms(found.median(arm)),
            ms(found.cpu_median(arm)),
            times(found.ratio(arm, FLOOR)),
            *_goal(arm, found.cpu_median(arm)),
        ]
        for arm in found.seconds
    ]
    total = incidents * length
    return (
        heading("Reading a long incident")
        + f"\nAn incident of {length:,} events in a file of {total:,} ({size / 1e9:.2f} GB),"
        f" in the page cache; {rounds} rounds.\n"
        "A goal is judged by processor time: what it takes where nothing else runs.\n\n"
        + rows(["what", "median", "processor", "to bare sqlite3", "goal", ""], lines)
    )


def _goal(arm: str, seconds: float) -> list[str]:
    return ["under 1 s", judged(seconds, GOAL_S)] if arm in _GOALS else ["", ""]


def _arms(path: Path, incident: str) -> dict[str, Callable[[], object]]:
    shell = Shell(path.parent, path)
    bare, timeline = sqlite3.connect(path), opened(path)
    stream, run = f"incident:{incident}", f"{incident}.1"
    query = f"{SELECT} WHERE stream=? AND seq>0 ORDER BY seq"

    def folded() -> None:
        events = timeline.read(stream)
        state, running = fold_incident(events), fold(events, run)
        assert state is not None
        assert running is not None
        assert running.ended is not None

    return {
        FLOOR: lambda: bare.execute(query, (stream,)).fetchall(),
        READ: lambda: timeline.read(stream),
        FOLD: folded,
        COMMAND: shell.mlir("timeline", incident),
        f"{COMMAND} --last 20": shell.mlir("timeline", incident, "--last", "20"),
        "mlir incidents --all": shell.mlir("incidents", "--all"),
    }
