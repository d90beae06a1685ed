"""Any false alarm over twenty unchanged features: ours, and those of peers on the same columns.

Peers are asked where MLRESPOND_BENCHMARK_PEERS names a folder with an environment of that name.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from tests.benchmarks.heading import heading, rows
from tests.benchmarks.planted_faults import clean
from tests.judgment.columns import following, joined, log, specs

from mlrespond.judgment.drift import judge_drift
from mlrespond.judgment.look import ALPHA
from mlrespond.judgment.midway import judge_inputs_midway

SIZES: Final = (50, 500, 5000)
RUNS: Final = 200
PEER_RUNS: Final = 20
GOAL: Final = 0.07
PEERS: Final = ("scipy", "evidently", "alibi", "nannyml")
HERE: Final = Path(__file__).parent

_COLUMNS = ("rows a side", "runs", "any alarm", "passes", "peer runs", *PEERS)


def alarms(n: int, runs: int, seed: int = 1) -> tuple[float, float]:
    """Return in which part of runs any check of any feature fails, and the share that passes."""
    chance = np.random.default_rng((seed, n))
    any_fails = passed = told = 0
    for _ in range(runs):
        past, present = clean(chance, n), clean(chance, n)
        read = log(joined(past, present), n)
        now, before = following(read)
        known = specs(before)
        found = (
            *judge_inputs_midway(now, before, known, ALPHA, read),
            *judge_drift(now, before, known, ALPHA),
        )
        any_fails += any(one.verdict == "fail" for one in found)
        passed += sum(one.verdict == "pass" for one in found)
        told += len(found)
    return any_fails / runs, passed / max(1, told)


def table(runs: int = RUNS, peer_runs: int = PEER_RUNS) -> str:
    """Draw the columns, and return the table."""
    title = heading("Any false alarm over twenty unchanged features")
    lines = [_line(n, runs, peer_runs) for n in SIZES]
    return f"{title}\nGoal: at most {GOAL}.\n\n{rows(_COLUMNS, lines)}"


def _line(n: int, runs: int, peer_runs: int) -> Sequence[str]:
    ours, passed = alarms(n, runs)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "columns.npz"
        np.savez(path, allow_pickle=False, **_arrays(n, peer_runs))
        peers = [_asked(peer, path) for peer in PEERS]
    return (f"{n:,}", str(runs), f"{ours:.3f}", f"{passed:.2f}", str(peer_runs), *peers)


def _arrays(n: int, runs: int) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]]:
    chance = np.random.default_rng((2, n))
    return {
        f"{run}/{side}/{name}": _array(column)
        for run in range(runs)
        for side in ("before", "now")
        for name, column in clean(chance, n).items()
    }


def _array(column: object) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
    if isinstance(column, np.ndarray):
        return column
    assert isinstance(column, list)
    return np.array([one or "(null)" for one in column])


def _asked(peer: str, path: Path) -> str:
    home = os.environ.get("MLRESPOND_BENCHMARK_PEERS")
    python = Path(home) / peer / "bin" / "python" if home else Path(sys.executable)
    if not python.exists() or (home is None and peer != "scipy"):
        return "not asked"
    done = subprocess.run(
        [str(python), str(HERE / "peer_alarms.py"), peer, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return "failed"
    told = json.loads(done.stdout.splitlines()[-1])
    return f"{told['alarms'] / told['runs']:.2f}"
