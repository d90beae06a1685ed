"""The incomplete beta function and Student's t, held against scipy."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from mlrespond.judgment.beta import incomplete_beta, log_beta, student_tail, student_upper

shapes = st.floats(0.05, 5000)


@given(st.floats(0, 1), shapes, shapes)
def test_the_incomplete_beta_function_is_scipys(x: float, a: float, b: float) -> None:
    assert incomplete_beta(x, a, b) == pytest.approx(special.betainc(a, b, x), rel=1e-8, abs=1e-12)


@given(shapes, shapes)
def test_the_beta_function_is_scipys(a: float, b: float) -> None:
    assert log_beta(a, b) == pytest.approx(special.betaln(a, b), rel=1e-9, abs=1e-9)


@given(st.floats(1e-9, 0.499), st.floats(0.5, 5000))
def test_students_quantile_is_scipys(tail: float, dof: float) -> None:
    assert student_upper(tail, dof) == pytest.approx(stats.t.isf(tail, dof), rel=1e-7)
    assert student_tail(2.0, dof) == pytest.approx(stats.t.sf(2.0, dof), rel=1e-8)


def test_a_known_variance_is_normal() -> None:
    assert student_upper(0.025, inf) == pytest.approx(1.959963984540054, abs=1e-12)


@pytest.mark.parametrize(("tail", "dof"), [(0.0, 3.0), (0.5, 3.0), (0.1, 0.0), (0.1, -1.0)])
def test_what_has_no_quantile_is_refused(tail: float, dof: float) -> None:
    with pytest.raises(ValueError, match="no upper tail"):
        student_upper(tail, dof)
