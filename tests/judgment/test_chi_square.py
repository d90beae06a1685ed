"""The chi-square tail and the test of one distribution, against scipy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, chi2_contingency

from mlrespond.judgment.chi_square import chi_square_tail, homogeneity


@pytest.mark.parametrize("degrees", [1, 2, 3, 9, 19, 50, 200, 1000])
@pytest.mark.parametrize("at", [0.01, 0.3, 0.9, 1.0, 1.2, 2.0, 4.0])
def test_the_tail_is_scipys(degrees: int, at: float) -> None:
    expected = float(chi2.sf(at * degrees, degrees))

    assert chi_square_tail(at * degrees, degrees) == pytest.approx(expected, rel=1e-9, abs=1e-280)


def test_nothing_is_surely_exceeded() -> None:
    assert chi_square_tail(0.0, 5) == 1.0
    with pytest.raises(ValueError, match="degrees of freedom"):
        chi_square_tail(1.0, 0)


@given(st.lists(st.tuples(st.integers(1, 500), st.integers(1, 500)), min_size=2, max_size=12))
def test_the_statistic_is_that_of_a_table_of_two_sides(pairs: list[tuple[int, int]]) -> None:
    now, before = zip(*pairs, strict=True)

    found = homogeneity(now, before)

    assert found == pytest.approx(chi2_contingency([now, before], correction=False)[0], abs=1e-9)
    assert found == pytest.approx(homogeneity(before, now))
