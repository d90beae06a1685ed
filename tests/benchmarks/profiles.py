"""What a look at the inputs takes: beside Evidently's preset, and beside sorting every column.

Each arm is a process of its own, so that its memory is its own; all run in turn on the same files.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.benchmarks.heading import heading, rows, times

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PEERS = "MLRESPOND_BENCHMARK_PEERS"
"""Names a folder of environments that are kept; without it they are made anew each time."""

FASTER = 50.0
LEANER = 10.0


@dataclass(frozen=True)
class Took:
    """What a process took: seconds by the clock and of processors, and its peak of memory."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def table(
    n: int = 1_000_000, rounds: int = 3, growth: Sequence[int] = (3_000_000, 10_000_000)
) -> str:
    """Measure the arms in one run, then our own with more rows in the present."""
    with TemporaryDirectory(prefix="mlir-profiles-") as name:
        folder = Path(name)
        peer = _peer(folder)
        _took([*_arm(folder, "write"), "before", str(n), "1"])
        _took([*_arm(folder, "write"), "now", str(n), "2"])
        first = _took(_ours(folder))
        found = [
            [_took(arm) for arm in (_ours(folder), _arm(folder, "floor"))] for _ in range(rounds)
        ]
        cached, floor = (_median(one) for one in zip(*found, strict=True))
        evidently = _took([str(peer), str(HERE / "peer_evidently.py"), str(folder)])
        grown = [(size, _grown(folder, size)) for size in growth]
    lines = [
        _line("ours, baseline cached", cached, evidently),
        _line("ours, baseline counted first", first, evidently),
        _line("both sides read and sorted", floor, evidently),
        _line("Evidently's DataDriftPreset", evidently, evidently),
    ]
    more = [
        [f"{size:,}", f"{one.wall_s:.2f} s", f"{one.cpu_s:.2f} s", f"{one.peak_mb:,.0f} MB"]
        for size, one in [(n, cached), *grown]
    ]
    columns = ["what", "wall", "processor", "peak memory", "faster than Evidently", "of its memory"]
    return (
        heading("Profiles of inputs")
        + f"\n{n:,} rows of 14 numbers and 6 categories a side, Parquet; whole processes with "
        f"their imports, median of {rounds}; Evidently {_pin()}, once.\n\n"
        + rows(columns, lines)
        + "\n"
        + _goals(cached, floor, evidently)
        + "\nGrowth of the present, against the same baseline:\n\n"
        + rows(["rows", "wall", "processor", "peak memory"], more)
    )


def _goals(cached: Took, floor: Took, evidently: Took) -> str:
    faster = evidently.wall_s / cached.wall_s
    leaner = evidently.peak_mb / cached.peak_mb
    told = (
        (f"at least {FASTER:.0f} x faster than Evidently: {times(faster)}", faster >= FASTER),
        ("no slower than the floor", cached.wall_s <= floor.wall_s),
        (f"at most 1/{LEANER:.0f} of its memory: 1/{leaner:.1f}", leaner >= LEANER),
    )
    return "".join(f"- {what}: {'reached' if ok else 'missed'}\n" for what, ok in told)


def _line(what: str, one: Took, peer: Took) -> list[str]:
    return [
        what,
        f"{one.wall_s:.2f} s",
        f"{one.cpu_s:.2f} s",
        f"{one.peak_mb:,.0f} MB",
        times(peer.wall_s / one.wall_s),
        f"{one.peak_mb / peer.peak_mb:.1%}",
    ]


def _grown(folder: Path, size: int) -> Took:
    _took([*_arm(folder, "write"), "now", str(size), "3"])
    _took(_ours(folder))  # the files changed: the baseline is counted once more
    return _took(_ours(folder))


def _ours(folder: Path) -> list[str]:
    return _arm(folder, "ours")


def _arm(folder: Path, name: str) -> list[str]:
    return [sys.executable, "-m", "tests.benchmarks.profile_arms", name, str(folder)]


def _took(command: Sequence[str]) -> Took:
    began = perf_counter()
    process = subprocess.Popen(  # commands of this module
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(said.decode(errors="replace")[-2000:])
    return Took(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def _median(found: Sequence[Took]) -> Took:
    return Took(*(median(one) for one in zip(*map(_fields, found), strict=True)))


def _fields(one: Took) -> tuple[float, float, float]:
    return one.wall_s, one.cpu_s, one.peak_mb


def _pin() -> str:
    first = (HERE / "pins" / "evidently.txt").read_text().splitlines()[0]
    return first.partition("==")[2]


def _peer(folder: Path) -> Path:
    """Return the Python of an environment that has Evidently, made from the pins if need be."""
    home = Path(os.environ.get(PEERS, str(folder / "peers"))) / "evidently"
    python = home / "bin" / "python"
    if not python.exists():
        shutil.rmtree(home, ignore_errors=True)
        venv.create(home, with_pip=True)
        pins = str(HERE / "pins" / "evidently.txt")
        subprocess.run([str(python), "-m", "pip", "install", "-q", "-r", pins], check=True)
    return python
