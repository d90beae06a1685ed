"""How long a report over many incidents takes, and how that grows with them and with the file.

The incidents are one real incident under many names. A longer one has more looks, which a report
does not read: the file grows, and the report should not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.heading import heading, judged, ms, rows, times
from tests.benchmarks.paired import paired
from tests.benchmarks.program import Shell
from tests.benchmarks.story import crowd, opened

from mlrespond.adapters.system import SystemClock
from mlrespond.usecases.report import report

GOAL_S = 5.0
GROWTH = 1.5
_REAL = 60  # about the length of the real incident


@dataclass(frozen=True, slots=True)
class Size:
    """A file of so many incidents of so many events."""

    incidents: int
    length: int

    @property
    def events(self) -> int:
        """Return how many events the file holds."""
        return self.incidents * self.length

    @property
    def name(self) -> str:
        """Return how the table calls it."""
        return f"{self.incidents:,} incidents, {self.events:,} events"


def table(incidents: int = 2000, length: int = 300, rounds: int = 5) -> str:
    """Measure files of more and more incidents, and one of the most incidents with long streams."""
    sizes = [Size(n, _REAL) for n in (incidents // 100, incidents // 10, incidents) if n]
    sizes.append(Size(incidents, length))
    with TemporaryDirectory() as folder:
        arms: dict[str, Callable[[], object]] = {}
        for number, size in enumerate(sizes):
            arms |= _arms(Path(folder) / str(number), size)
        found = paired(arms, rounds)
    small, large = (f"report: {one.name}" for one in sizes[-2:])
    lines = [
        [
            arm,
            ms(found.median(arm)),
            ms(found.cpu_median(arm)),
            times(found.ratio(arm, small)),
            *_goal(arm, sizes[-1].name, found.cpu_median(arm)),
        ]
        for arm in found.seconds
    ]
    grown = found.ratio(large, small)
    return (
        heading("A report over many incidents")
        + f"\nFiles in the page cache; {rounds} rounds.\nA goal is judged by processor time.\n\n"
        + rows(["what", "median", "processor", "to the short streams", "goal", ""], lines)
        + f"\nGoal: at most {GROWTH} x with longer streams: {times(grown)},"
        f" {judged(grown, GROWTH)}.\n"
    )


def _arms(folder: Path, size: Size) -> dict[str, Callable[[], object]]:
    folder.mkdir()
    path = folder / "timeline.db"
    first, *others = [f"INC-{n:04d}" for n in range(1, size.incidents + 1)]
    crowd(path, first, others, size.length)
    shell, store, now = Shell(folder, path), opened(path), SystemClock().now()
    return {
        f"report: {size.name}": lambda: report(store, now),
        f"mlir report: {size.name}": shell.mlir("report"),
    }


def _goal(arm: str, largest: str, seconds: float) -> list[str]:
    goal = arm == f"mlir report: {largest}"
    return [f"under {GOAL_S:.0f} s", judged(seconds, GOAL_S)] if goal else ["", ""]
