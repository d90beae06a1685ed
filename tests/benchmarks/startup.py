"""How long a command takes to start: beside the interpreter alone, and beside importing click."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.heading import heading, judged, ms, rows, times
from tests.benchmarks.paired import paired
from tests.benchmarks.program import Shell
from tests.benchmarks.story import write

FLOOR = 'python -c "import click"'
GOALS = {"mlir --help": 1.3, "mlir timeline INC-0001": 2.0}
_OTHERS = ("mlir incidents",)


def table(rounds: int = 61) -> str:
    """Measure each command of GOALS against FLOOR, in whole processes."""
    with TemporaryDirectory() as folder:
        timeline = Path(folder) / "timeline.db"
        write(timeline, "INC-0001", 20)
        found = paired(_arms(Path(folder), timeline), rounds)
    lines = [
        [
            f"`{arm}`",
            ms(found.median(arm)),
            ms(found.cpu_median(arm)),
            times(found.ratio(arm, FLOOR)),
            *_goal(arm, found.ratio(arm, FLOOR)),
        ]
        for arm in found.seconds
    ]
    return (
        heading("Starting a command")
        + f"\nWhole processes, {rounds} rounds, the incident has 20 events.\n\n"
        + rows(["command", "median", "processor", f"to `{FLOOR}`", "goal", ""], lines)
    )


def _goal(arm: str, ratio: float) -> list[str]:
    goal = GOALS.get(arm)
    return ["", ""] if goal is None else [f"at most {goal} x", judged(ratio, goal)]


def _arms(folder: Path, timeline: Path) -> dict[str, Callable[[], object]]:
    shell = Shell(folder, timeline)
    return {
        'python -c "pass"': shell.python("pass"),
        FLOOR: shell.python("import click"),
        **{name: shell.mlir(*name.split()[1:]) for name in (*GOALS, *_OTHERS)},
    }
