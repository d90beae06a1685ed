"""Whether traffic was split as it was meant to be: if not, its parts are not alike."""

from __future__ import annotations

from typing import Final

from mlrespond.judgment.chi_square import chi_square_tail

SURELY: Final = 0.001
LEAST: Final = 100


def split_mismatch(k: int, n: int, share: float) -> str:
    """Return why `k` of `n` requests are no random `share` of them, or nothing if they may be.

    A sample-ratio mismatch (Fabijan et al., KDD 2019): a chi-square test at 0.001. With fewer than
    100 requests, or no real split, nothing is said.
    """
    if n < LEAST or not 0 < share < 1:
        return ""
    expected = n * share
    p = chi_square_tail((k - expected) ** 2 / (expected * (1 - share)), 1)
    if p >= SURELY:
        return ""
    return f"{k:,} of {n:,} requests came, where {share:.0%} of them should (p {p:.1g})"
