"""In a second world every failure mode gets its first move, or an abstention; a control none."""

from __future__ import annotations

import pytest
from tests.benchmarks.field.faults import FAULTS
from tests.benchmarks.field.play import WORTH, played
from tests.benchmarks.modes import CONTROL, all_played

FEW = (
    "1 bad version",
    "3 null surge",
    "9 slow dependency",
    "17 partial rollout",
    "20 concept drift",
)


@pytest.mark.parametrize("name", FEW)
def test_with_many_rows_a_mode_gets_its_first_move(name: str) -> None:
    found = played(name, 300, 3000)

    assert found.mark == "right", found


@pytest.mark.parametrize("missing", [1, 2])
@pytest.mark.parametrize("name", [*FEW[:2], CONTROL])
def test_with_few_rows_and_signals_missing_nothing_wrong_is_changed(
    name: str, missing: int
) -> None:
    found = played(name, 301, 100, missing)

    assert found.mark in {"right", "abstained", "wrong"}, found
    assert not (name == CONTROL and found.changes)


@pytest.mark.long
def test_over_all_modes_the_mean_is_high_and_nothing_forbidden_is_done() -> None:
    levels = {"many": (5000, 0), "some": (500, 0), "gone": (5000, 1)}

    found = all_played(range(310, 314), levels)

    for level in levels:
        cases = [one for name in FAULTS for one in found[level, name]]
        forbidden = [one for one in cases if one.mark == "forbidden"]
        assert len(forbidden) <= 0.01 * len(cases), forbidden
        assert not [one for one in found[level, CONTROL] if one.changes]
    many = [WORTH[one.mark] for name in FAULTS for one in found["many", name]]
    assert sum(many) / len(many) >= 0.8
