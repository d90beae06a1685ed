"""Evidently's preset on the same two files; it runs in an environment of its own."""

import sys
from pathlib import Path

import pandas as pd  # type: ignore[import-untyped, import-not-found, unused-ignore]
from evidently import Report  # type: ignore[import-not-found, unused-ignore]
from evidently.presets import DataDriftPreset  # type: ignore[import-not-found, unused-ignore]

logs = Path(sys.argv[1]) / "logs"
before, now = (
    pd.read_parquet(logs / f"{side}.parquet").drop(columns=["served_at"])
    for side in ("before", "now")
)
Report([DataDriftPreset()]).run(now, before)
print(f"{len(now)} rows")
