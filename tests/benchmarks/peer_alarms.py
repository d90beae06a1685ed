"""How often peers raise any alarm over the same columns; each runs in an environment of its own.

`peer_alarms.py NAME FILE.npz` reads arrays named `run/side/column`, and prints how many runs alarm.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

Table = dict[str, Any]


def scipy(before: Table, now: Table) -> bool:
    """Return whether KS, or chi-squared of a contingency table, is below 0.05 for any column."""
    from scipy.stats import chi2_contingency, ks_2samp

    for name, one in before.items():
        other = now[name]
        if one.dtype.kind == "f":
            if ks_2samp(one[~np.isnan(one)], other[~np.isnan(other)]).pvalue < 0.05:
                return True
            continue
        words = np.union1d(one, other)
        counts = [[int((side == word).sum()) for word in words] for side in (one, other)]
        if chi2_contingency(counts).pvalue < 0.05:
            return True
    return False


def evidently(before: Table, now: Table) -> bool:
    """Return whether the preset, as it comes, calls any column drifted."""
    import pandas as pd  # type: ignore[import-untyped, import-not-found, unused-ignore]
    from evidently import Report  # type: ignore[import-not-found, unused-ignore]
    from evidently.presets import DataDriftPreset  # type: ignore[import-not-found, unused-ignore]

    found = Report([DataDriftPreset()]).run(pd.DataFrame(now), pd.DataFrame(before))
    told = json.loads(found.json())["metrics"]
    (drifted,) = (one["value"]["count"] for one in told if "DriftedColumnsCount" in _name(one))
    return bool(drifted > 0)


def alibi(before: Table, now: Table) -> bool:
    """Return whether TabularDrift, with its Bonferroni, calls the table drifted."""
    from alibi_detect.cd import TabularDrift  # type: ignore[import-not-found, unused-ignore]

    categories = {at: None for at, one in enumerate(before.values()) if one.dtype.kind != "f"}
    sides = [_coded(before, side) for side in (before, now)]
    detector = TabularDrift(sides[0], p_val=0.05, categories_per_feature=categories)
    return bool(detector.predict(sides[1])["data"]["is_drift"])


def nannyml(runs: list[dict[str, Table]]) -> int:
    """Return how many runs the univariate drift calculator alerts in, as it comes.

    It sets its thresholds by the chunks of a reference, so it is given the pasts of all runs as
    one, a chunk each, and the present of a run is a chunk.
    """
    import pandas as pd
    from nannyml import UnivariateDriftCalculator  # type: ignore[import-not-found, unused-ignore]

    whole = pd.concat([pd.DataFrame(one["before"]) for one in runs], ignore_index=True)
    words = [name for name, one in runs[0]["before"].items() if one.dtype.kind != "f"]
    size = len(next(iter(runs[0]["before"].values())))
    calculator = UnivariateDriftCalculator(
        column_names=list(whole.columns), treat_as_categorical=words, chunk_size=size
    ).fit(whole)
    found = [calculator.calculate(pd.DataFrame(one["now"])).to_df() for one in runs]
    return sum(bool(one.filter(like="alert", axis=1).to_numpy().any()) for one in found)


def _coded(before: Table, side: Table) -> "np.ndarray[Any, Any]":
    columns = []
    for name, one in side.items():
        if one.dtype.kind == "f":
            columns.append(np.nan_to_num(one, nan=0.0))
        else:
            columns.append(np.searchsorted(np.unique(before[name]), one).astype(float))
    return np.stack(columns, axis=1).astype(np.float32)


def _name(one: dict[str, Any]) -> str:
    return str(one.get("metric_name", one.get("metric_id", "")))


def _each(peer: Callable[[Table, Table], bool]) -> Callable[[list[dict[str, Table]]], int]:
    return lambda runs: sum(peer(one["before"], one["now"]) for one in runs)


PEERS: dict[str, Callable[[list[dict[str, Table]]], int]] = {
    "scipy": _each(scipy),
    "evidently": _each(evidently),
    "alibi": _each(alibi),
    "nannyml": nannyml,
}


def main(name: str, path: str) -> None:
    """Count the runs in which a peer alarms."""
    arrays = np.load(path)
    tables: dict[str, dict[str, Table]] = {}
    for key in arrays.files:
        run, side, column = key.split("/")
        tables.setdefault(run, {}).setdefault(side, {})[column] = arrays[key]
    alarms = PEERS[name](list(tables.values()))
    print(json.dumps({"alarms": alarms, "runs": len(tables)}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
