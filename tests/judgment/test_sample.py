"""What is said to be needed is about what is needed."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrespond.judgment.proportion import newcombe
from mlrespond.judgment.sample import MOST, more_needed

ALPHA = 0.05


def test_a_limit_known_exactly_needs_the_textbook_number() -> None:
    """Fleiss, Levin and Paik (2.14): (1.96 sqrt(.04 .96) + 1.2816 sqrt(.02 .98))^2 / .02^2."""
    assert more_needed(0.02, 0.02, 0, None, ALPHA) == 794


def test_no_events_need_the_rule_of_three_or_rather_four() -> None:
    """0 of n has the upper limit z^2 / (n + z^2): 1.96^2 * 99 = 380."""
    assert more_needed(0.0, 0.01, 0, None, ALPHA) == 381


def test_what_is_there_already_is_not_asked_for_again() -> None:
    assert more_needed(0.02, 0.02, 700, None, ALPHA) == 94
    assert more_needed(0.02, 0.02, 800, None, ALPHA) == 0


@pytest.mark.parametrize(
    ("p", "margin", "n_base"),
    [(0.005, 0.01, 20_000), (0.02, 0.02, 20_000), (0.2, 0.05, 5000), (0.02, 0.02, 1500)],
)
def test_an_unchanged_share_then_passes_mostly(p: float, margin: float, n_base: int) -> None:
    rng = Random(20261122)  # noqa: S311  # a simulation that repeats, no secret
    needed = more_needed(p, margin, 0, n_base, ALPHA)
    assert needed is not None

    passes = 0
    for _ in range(200):
        k = sum(rng.random() < p for _ in range(needed))
        passes += newcombe(k, needed, round(p * n_base), n_base, ALPHA).high < margin

    assert 160 <= passes <= 198


def test_a_baseline_too_small_for_the_margin_cannot_be_made_up_for() -> None:
    assert more_needed(0.05, 0.01, 0, 100, ALPHA) is None


@pytest.mark.parametrize("margin", [0.0, -0.01, float("nan")])
def test_no_number_shows_what_leaves_no_room(margin: float) -> None:
    assert more_needed(0.05, margin, 0, None, ALPHA) is None


def test_more_than_anybody_waits_for_is_not_said() -> None:
    assert more_needed(0.5, 0.0001, 0, None, ALPHA) is None


@given(
    st.floats(0, 1), st.floats(1e-6, 1), st.integers(0, 10**6), st.none() | st.integers(1, 10**6)
)
def test_the_answer_is_a_number_a_person_can_wait_for(
    p: float, margin: float, n: int, n_base: int | None
) -> None:
    needed = more_needed(p, margin, n, n_base, ALPHA)

    assert needed is None or 0 <= needed <= MOST


@given(st.floats(0, 1), st.floats(1e-3, 0.5), st.integers(1, 10**6))
def test_a_larger_margin_needs_no_more(p: float, margin: float, n_base: int) -> None:
    narrow = more_needed(p, margin, 0, n_base, ALPHA)
    wide = more_needed(p, 2 * margin, 0, n_base, ALPHA)

    assert narrow is None or (wide is not None and wide <= narrow)
