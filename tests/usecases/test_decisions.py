"""Each staged fault gets the right first move and its right ending; nothing wrong gets none."""

from __future__ import annotations

import pytest
from tests.benchmarks.decisions import WORTH, all_played, marked, played
from tests.benchmarks.expected import EXPECTED

FEW = range(40, 42)  # seeds that the kept table does not show


@pytest.mark.parametrize("seed", FEW)
@pytest.mark.parametrize("name", EXPECTED)
def test_a_fault_gets_the_right_first_move_and_ends_well_or_with_a_person(
    name: str, seed: int
) -> None:
    found = played(name, seed)

    assert found.mark == "right", found.decision
    assert found.ended or found.decision.ending == "escalated", found.decision


@pytest.mark.long
def test_twenty_seeds_of_each_fault_get_no_harmful_move_and_nearly_always_the_right_one() -> None:
    found = all_played(range(20))

    assert [one for one in found if one.mark in {"harmful", "forbidden"}] == []
    wrong = [one for one in found if one.mark != "right"]
    assert len(wrong) <= 0.03 * len(found), wrong
    open_ended = [one for one in found if not one.ended]  # a person is paged, the cause is mended
    assert len(open_ended) <= 0.03 * len(found), open_ended


@pytest.mark.parametrize(
    ("name", "first", "worth"),
    [
        ("bad-release", "rollback", 1.0),
        ("bad-release", "escalate", 0.3),
        ("bad-release", None, 0.0),
        ("bad-release", "restart", -1.0),
        ("bad-release", "retrain", -2.0),
        ("nothing", None, 1.0),
        ("nothing", "rollback", -1.0),
    ],
)
def test_moves_are_worth_what_the_reference_says(name: str, first: str, worth: float) -> None:
    assert WORTH[marked(EXPECTED[name], first)] == worth
