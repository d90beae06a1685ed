"""The exit codes are frozen, and so is which of several counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrespond.model.exit_code import PRECEDENCE, ExitCode, worst

codes = st.lists(st.sampled_from(ExitCode))


def test_the_numbers_are_those_of_the_contract() -> None:
    assert {one.name: int(one) for one in ExitCode} == {
        "DONE": 0,
        "FAILED": 1,
        "USAGE": 2,
        "BUG": 3,
        "ACCESS": 4,
        "STALE": 5,
        "HELD": 6,
        "UNKNOWN": 7,
        "WAITING": 8,
        "INCONCLUSIVE": 9,
        "INTERRUPTED": 130,
    }


def test_the_order_is_that_of_the_contract() -> None:
    assert [int(one) for one in PRECEDENCE] == [3, 130, 7, 5, 6, 4, 8, 2, 1, 9, 0]


@pytest.mark.parametrize(
    ("given_codes", "counts"),
    [
        ([ExitCode.DONE, ExitCode.FAILED], 1),
        ([ExitCode.FAILED, ExitCode.UNKNOWN, ExitCode.STALE], 7),
        ([ExitCode.UNKNOWN, ExitCode.INTERRUPTED], 130),
        ([ExitCode.INCONCLUSIVE, ExitCode.DONE], 9),
        ([], 0),
    ],
)
def test_of_several_codes_the_first_in_order_counts(
    given_codes: list[ExitCode], counts: int
) -> None:
    assert worst(given_codes) == counts


@given(codes, codes)
def test_the_worst_of_all_is_the_worst_of_the_worst(
    one: list[ExitCode], other: list[ExitCode]
) -> None:
    assert worst([*one, *other]) == worst([worst(one), worst(other)])
