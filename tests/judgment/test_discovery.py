"""The step-up procedure, against statsmodels."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from mlrespond.judgment.discovery import discovered


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.sampled_from([0.01, 0.05, 0.2]))
def test_what_is_found_is_what_statsmodels_finds(p: list[float], q: float) -> None:
    assert list(discovered(p, q)) == list(multipletests(p, alpha=q, method="fdr_by")[0])


def test_nothing_finds_nothing() -> None:
    assert discovered([], 0.05) == ()
