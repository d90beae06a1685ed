"""Whether a page, a search, a report and a postmortem are as fast in a file of 5,000,000 events.

`python -m tests.benchmarks scale`: ten minutes, and about 6 GB of disk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.heading import heading, judged, ms, rows, times
from tests.benchmarks.paired import Paired, cpu_seconds, paired
from tests.benchmarks.program import Shell
from tests.benchmarks.story import crowd, opened, story

from mlrespond.adapters.system import SystemClock
from mlrespond.cli.last_page import last_page
from mlrespond.engine.curate import curated
from mlrespond.model.event import Draft, Event
from mlrespond.model.layer import ROUTINE
from mlrespond.render.postmortem import render
from mlrespond.render.postmortem.written import made
from mlrespond.render.timeline import in_order
from mlrespond.timeline.sqlite import SqliteTimeline
from mlrespond.usecases.postmortem import gather
from mlrespond.usecases.report import report

SIZES = (10_000, 100_000, 1_000_000, 5_000_000)
EACH = 2_500  # events an incident: 2,000 of them in the largest file
GROWTH, POSTMORTEM_S, REPORT_S = 1.5, 1.0, 5.0
INCIDENT, LONG = "INC-0001", "INC-9999"
PAGE, RARE, COMMON = "timeline --last 50", "search, in one incident", "search, in every incident"
POSTMORTEM, FILES = "postmortem (gather and render)", "postmortem.md with its pictures"
COMMAND, FOUND = "mlir timeline INC --last 50", "mlir timeline --search WORD"
REPORT, REPORTED = "report", "mlir report"
_REPORTS = (REPORT, REPORTED)
_LIMITED = (PAGE, RARE, COMMON, COMMAND, FOUND)
_WORD = "zanzibar"


@dataclass(frozen=True)
class _File:
    """A file of a size, and what its first search cost."""

    size: int
    incidents: int
    path: Path
    timeline: SqliteTimeline
    bytes: int
    built_s: float


def table(
    sizes: Sequence[int] = SIZES,
    length: int = 1000,
    long: int = 100_000,
    rounds: int = 9,
    each: int = EACH,
) -> str:
    """Measure the same incident in files of several sizes, and a long one in the largest."""
    with TemporaryDirectory(dir=Path.cwd().parent) as folder:
        files = [_made(Path(folder) / str(size), size, length, each) for size in sizes]
        largest = files[-1]
        _lengthen(largest, long)
        arms = {(arm, one.size): call for one in files for arm, call in _arms(one).items()}
        found = paired({f"{arm}|{size}": call for (arm, size), call in arms.items()}, rounds)
        of_long = paired(_long_arms(largest), max(3, rounds // 3))
        text = _told(files, found, of_long, long=long, length=length)
        for one in files:
            one.timeline.close()
    return text


def _made(folder: Path, size: int, length: int, each: int) -> _File:
    folder.mkdir()
    path = folder / "timeline.db"
    others = [f"INC-{n:05d}" for n in range(2, size // each + 2)]
    crowd(path, INCIDENT, others, length, each)
    timeline = opened(path)
    timeline.append([_note(_WORD)])
    before = cpu_seconds()
    timeline.search(_WORD)
    return _File(size, len(others) + 1, path, timeline, path.stat().st_size, cpu_seconds() - before)


def _note(word: str) -> Draft:
    last = next(iter(story(INCIDENT, 1)))
    return replace(
        last,
        kind="note_added",
        summary=f"somebody said {word}",
        data={"text": f"somebody said {word}"},
        source="person",
        run=None,
        epoch=None,
        once=None,
        evidence={},
    )


def _lengthen(file: _File, long: int) -> None:
    file.timeline.append(tuple(story(LONG, long)))
    file.timeline.search(_WORD)


def _arms(file: _File) -> Mapping[str, Callable[[], object]]:
    timeline, shell = file.timeline, Shell(file.path.parent, file.path)
    return {
        PAGE: lambda: _page(timeline, INCIDENT),
        RARE: lambda: timeline.search(_WORD),
        COMMON: lambda: timeline.search("look", 50),
        POSTMORTEM: lambda: render(gather(timeline, INCIDENT)),
        FILES: lambda: made(gather(timeline, INCIDENT), "", "md"),
        REPORT: lambda: report(timeline, SystemClock().now()),
        COMMAND: shell.mlir("timeline", INCIDENT, "--last", "50"),
        FOUND: shell.mlir("timeline", "--search", _WORD),
        REPORTED: shell.mlir("report"),
    }


def _page(timeline: SqliteTimeline, incident: str) -> list[Event]:
    def shown(events: Sequence[Event]) -> list[Event]:
        return in_order(curated(events))

    return last_page(timeline, f"incident:{incident}", 50, shown, sorted(ROUTINE)).chosen


def _long_arms(file: _File) -> Mapping[str, Callable[[], object]]:
    timeline, shell = file.timeline, Shell(file.path.parent, file.path)
    return {
        PAGE: lambda: _page(timeline, LONG),
        COMMAND: shell.mlir("timeline", LONG, "--last", "50"),
        "mlir timeline INC": shell.mlir("timeline", LONG),
        POSTMORTEM: lambda: render(gather(timeline, LONG)),
    }


def _told(files: Sequence[_File], found: Paired, of_long: Paired, *, long: int, length: int) -> str:
    sizes = [one.size for one in files]
    lines = []
    for arm in (*_LIMITED[:3], POSTMORTEM, FILES, REPORT, *_LIMITED[3:], REPORTED):
        cpu = [found.cpu_median(f"{arm}|{size}") for size in sizes]
        ratio = cpu[-1] / cpu[0]
        wall = found.ratio(f"{arm}|{sizes[-1]}", f"{arm}|{sizes[0]}")
        lines.append([arm, *map(ms, cpu), times(ratio), times(wall), *_goal(arm, ratio, cpu[-1])])
    columns = ["what", *(f"{size:,} events" for size in sizes)]
    built = [["incidents", *(f"{one.incidents:,}" for one in files)]]
    built.append(["file", *(f"{one.bytes / 1e9:.3g} GB" for one in files)])
    built.append(["first search: the index is built", *(f"{one.built_s:.3g} s" for one in files)])
    told = [[arm, ms(of_long.median(arm)), ms(of_long.cpu_median(arm))] for arm in of_long.seconds]
    return (
        heading("A file that grows")
        + f"\nThe same incident of {length:,} events in files of {len(files)} sizes,"
        " in the page cache."
        "\nProcessor time; growth is from the smallest file to the largest.\n\n"
        + rows([*columns, "growth", "growth of wall time", "goal", ""], lines)
        + "\n"
        + rows(columns, built)
        + f"\nAn incident of {long:,} events in the largest file.\n\n"
        + rows(["what", "median", "processor"], told)
    )


def _goal(arm: str, ratio: float, seconds: float) -> list[str]:
    if arm in _LIMITED:
        return [f"at most {GROWTH} x", judged(ratio, GROWTH)]
    goal_s = REPORT_S if arm in _REPORTS else POSTMORTEM_S
    return [f"under {goal_s:.0f} s", judged(seconds, goal_s)]
