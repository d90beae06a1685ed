"""What the profile table measures, an arm a process: `python -m tests.benchmarks.profile_arms`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from mlrespond.adapters.files import Config, build
from mlrespond.adapters.secrets import EnvSecrets
from mlrespond.adapters.site import Site
from mlrespond.adapters.system import SystemClock
from mlrespond.judgment.drift import judge_drift
from mlrespond.judgment.inputs import judge_inputs
from mlrespond.model.json import Json
from mlrespond.model.reading import FeatureSpec, Window

NUMBERS: Final = [f"number_{at}" for at in range(14)]
WORDS: Final = [f"word_{at}" for at in range(6)]
START: Final = datetime(2026, 11, 1, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
WINDOWS: Final = {
    "before": Window(since=START, until=START + HOUR),
    "now": Window(since=START + HOUR, until=START + 2 * HOUR),
}
FEATURES: Final[dict[str, Json]] = {
    **{name: {"type": "number"} for name in NUMBERS},
    **{name: {"type": "category"} for name in WORDS},
}


def write(folder: Path, side: str, n: int, seed: int) -> None:
    """Write a Parquet file of `n` rows: 14 columns of numbers, a few null, and 6 of words."""
    import polars as pl

    chance = np.random.default_rng(seed)
    window = WINDOWS[side]
    micros = np.arange(n, dtype=np.int64) * int(window.seconds * 1e6) // n
    at = pl.Series("served_at", micros).cast(pl.Duration("us")) + pl.lit(window.since)
    columns = {name: _numbers(chance, place, n) for place, name in enumerate(NUMBERS)}
    words = np.array([f"word-{one:03}" for one in range(120)])
    told = {name: words[chance.integers(0, 3 + 20 * place, n)] for place, name in enumerate(WORDS)}
    frame = pl.DataFrame({**columns, **told}).with_columns(at.alias("served_at"))
    frame = frame.with_columns(
        pl.when(pl.int_range(pl.len()) % 50 == 0).then(None).otherwise(pl.col(name)).alias(name)
        for name in NUMBERS[:3]
    )
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    path = folder / "logs" / f"{side}.parquet"
    frame.write_parquet(path)
    written = path.stat().st_mtime - 3600 + seed  # as a log of an hour ago: it has settled
    os.utime(path, (written, written))


def _numbers(chance: np.random.Generator, place: int, n: int) -> np.typing.NDArray[np.float64]:
    match place % 4:
        case 0:
            return chance.lognormal(3, 1, n)
        case 1:
            return chance.normal(place, 5, n)
        case 2:
            return chance.exponential(40, n)
        case _:
            return chance.poisson(20, n).astype(np.float64)


def ours(folder: Path) -> str:
    """Profile both sides and judge them; the baseline is in the cache if it was counted before."""
    site = Site(
        folder=folder,
        secrets=EnvSecrets(folder, {}),
        clock=SystemClock(),
        state=folder / "state",
        service="speed",
    )
    written = {"kind": "files", "path": "logs/*.parquet", "features": FEATURES}
    log = build(Config.model_validate(written), site)
    before = log.profile(WINDOWS["before"])
    now = log.profile(WINDOWS["now"], None, before.edges)
    specs = {
        name: FeatureSpec(type="number" if name in NUMBERS else "category") for name in FEATURES
    }
    found = (*judge_inputs(now, before, specs, 0.05), *judge_drift(now, before, specs, 0.05))
    return f"{now.n} rows, {len(found)} verdicts"


def floor(folder: Path) -> str:
    """Read each column of both sides and sort it: what no exact profile of quantiles is without."""
    import polars as pl

    for side in WINDOWS:
        path = folder / "logs" / f"{side}.parquet"
        for name in NUMBERS:
            np.sort(pl.read_parquet(path, columns=[name])[name].drop_nulls().to_numpy())
        for name in WORDS:
            pl.read_parquet(path, columns=[name])[name].value_counts()
    return "sorted"


def written(folder: Path, side: str, n: str, seed: str) -> str:
    """Write a side's file: in a process of its own, whose memory is not counted with another's."""
    write(folder, side, int(n), int(seed))
    return "written"


ARMS: Final[dict[str, Callable[..., str]]] = {"ours": ours, "floor": floor, "write": written}


if __name__ == "__main__":
    arm, home, *rest = sys.argv[1:]
    print(ARMS[arm](Path(home), *rest))
