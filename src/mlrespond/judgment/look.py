"""How sure one look must be, when a comparison looks several times and stops once it is decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mlrespond.judgment.dispersion import Dispersion
from mlrespond.model.verdict import Watch

ALPHA: Final = 0.05
"""How often a whole comparison may err, both sides together: 2.5% calls an unchanged share worse,
2.5% calls a share that is worse by the margin as good."""


def alpha_per_look(alpha: float, looks: int) -> float:
    """Return the two-sided error rate of each look, so that all `looks` together keep `alpha`.

    Holds whenever one stops and however the looks depend on one another. Raises ValueError for
    less than one look. Bonferroni: up to `FEW` looks (`judgment.sequence`) it is stronger than any
    confidence sequence, and it needs nothing to be remembered between looks.
    """
    if looks < 1:
        raise ValueError(f"a comparison looks at least once, not {looks} times")
    return alpha / looks


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look of at most `at_most`, which together err at `alpha`, two-sided.

    `watch` is what the looks before left, None at the first one. `dispersion` is None where
    nothing tells how requests stray over time.
    """

    alpha: float = ALPHA
    at_most: int = 1
    watch: Watch | None = None
    dispersion: Dispersion | None = None

    @property
    def each(self) -> float:
        """Return the error rate of this look alone, if all looks are to have the same."""
        return alpha_per_look(self.alpha, self.at_most)
