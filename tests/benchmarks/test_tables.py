"""Every table can be made: tiny sizes, so that a broken one is noticed before it is wanted."""

from __future__ import annotations

from importlib import import_module

import pytest
from tests.benchmarks import scale
from tests.benchmarks.__main__ import main
from tests.benchmarks.table import TABLES

TINY: dict[str, dict[str, int]] = {
    "startup": {"rounds": 1},
    "append": {"rounds": 2},
    "reading": {"incidents": 2, "length": 200, "rounds": 1},
    "report": {"incidents": 2, "length": 80, "rounds": 1},
    "lint": {"rounds": 1},
    "respond": {"rounds": 1, "length": 100},
}


@pytest.mark.parametrize("name", TINY)
def test_a_table_has_a_heading_and_a_figure_for_every_arm(name: str) -> None:
    text = import_module(TABLES[name]).table(**TINY[name])

    heading, *rest = text.splitlines()
    cells = [line.split("|")[2].strip() for line in rest if line.startswith("| ")][2:]
    assert heading.startswith("## ")
    assert "commit" in text
    assert cells
    assert all(cell.endswith(" ms") for cell in cells)


def test_growth_is_told_for_each_size() -> None:
    text = scale.table(sizes=(400, 800), length=150, each=200, long=300, rounds=1)

    assert "| 400 events | 800 events | growth |" in text
    assert text.count(" x | ") >= 2 * len((scale.PAGE, scale.RARE, scale.COMMON))
    assert "An incident of 300 events" in text


@pytest.mark.long
def test_a_large_file_can_be_made_and_measured() -> None:
    text = scale.table(sizes=(10_000, 1_000_000), long=100_000, rounds=3)

    assert "An incident of 100,000 events" in text
    assert "NaN" not in text


def test_a_name_that_is_no_table_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["speed"]) == 2
    assert "there are: startup" in capsys.readouterr().out
