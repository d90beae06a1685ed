"""Each look of several is surer, so that all of them together are as sure as one."""

from __future__ import annotations

import pytest

from mlrespond.judgment.look import ALPHA, alpha_per_look


def test_one_look_has_all_of_alpha() -> None:
    assert alpha_per_look(ALPHA, 1) == ALPHA


@pytest.mark.parametrize("looks", [2, 8, 12, 20, 240])
def test_looks_share_alpha(looks: int) -> None:
    assert looks * alpha_per_look(ALPHA, looks) == pytest.approx(ALPHA)


@pytest.mark.parametrize("looks", [0, -1])
def test_a_comparison_without_a_look_is_refused(looks: int) -> None:
    with pytest.raises(ValueError, match="at least once"):
        alpha_per_look(ALPHA, looks)
