"""What steers the traffic."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mlrespond.errors import InvalidInputError
from mlrespond.lab.control import Control, ControlFile, Drift
from mlrespond.lab.json_file import write_json
from mlrespond.lab.tensor import PROBE
from mlrespond.model.codec import encode

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CHANCE = random.Random(1)  # noqa: S311  # a simulation
HEALTHY = Control(seed=1, rate=60.0)


def test_a_healthy_day_changes_nothing() -> None:
    assert HEALTHY.corrupt(PROBE, CHANCE) == PROBE
    assert HEALTHY.angle(NOON) == 0


def test_nulls_surge_in_their_share_of_the_rows() -> None:
    control = Control(seed=1, rate=60.0, null_share=0.4)

    rows = [control.corrupt(PROBE, CHANCE) for _ in range(2000)]

    hit = [row for row in rows if row["amount"] is None]
    assert 0.35 < len(hit) / len(rows) < 0.45
    assert all(row["country"] is None and row["hour"] == PROBE["hour"] for row in hit)


def test_a_unit_change_multiplies_the_amount_only() -> None:
    control = Control(seed=1, rate=60.0, unit_factor=100.0)

    assert control.corrupt(PROBE, CHANCE) == {**PROBE, "amount": 2500.0}
    assert control.corrupt({**PROBE, "amount": None}, CHANCE)["amount"] is None


def test_drift_turns_steadily_and_stops_at_a_quarter_turn() -> None:
    control = Control(seed=1, rate=60.0, drift=Drift(since=NOON, degrees_per_s=6.0))

    angles = [control.angle(NOON + timedelta(seconds=second)) for second in (-5, 0, 5, 10, 60)]

    assert angles == [0, 0, 30, 60, 90]


def test_the_file_is_read_again_after_a_while(tmp_path: Path) -> None:
    path, times = tmp_path / "control.json", iter([0.0, 0.1, 0.3, 0.3, 0.6, 0.6])
    write_json(path, encode(HEALTHY))
    control = ControlFile(path, lambda: next(times))
    changed = Control(seed=1, rate=9.0, drift=Drift(since=NOON, degrees_per_s=6.0))

    write_json(path, encode(changed))

    assert control.read() == HEALTHY
    assert control.read() == changed
    path.write_text("{")
    assert control.read() == changed


def test_a_control_file_must_be_there_at_first(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError):
        ControlFile(tmp_path / "control.json")
