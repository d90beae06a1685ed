"""How sure one look must be, when a comparison looks several times and stops once it is decided."""

from __future__ import annotations

from typing import Final

ALPHA: Final = 0.05
"""How often a whole comparison may err, both sides together: 2.5% calls an unchanged share worse,
2.5% calls a share that is worse by the margin as good."""


def alpha_per_look(alpha: float, looks: int) -> float:
    """Return the two-sided error rate of each look, so that all `looks` together keep `alpha`.

    Holds whenever one stops and however the looks depend on one another. Raises ValueError for
    less than one look. Bonferroni: at 20 looks nearly as strong as anytime-valid methods
    (statistics.md 2.4 F), and it needs nothing to be remembered between looks.
    """
    if looks < 1:
        raise ValueError(f"a comparison looks at least once, not {looks} times")
    return alpha / looks
