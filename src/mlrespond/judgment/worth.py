"""How many rows of a feature say as much as an independent one: rows come in spells."""

from __future__ import annotations

from itertools import accumulate
from typing import Final

from mlrespond.judgment.dispersion import Slices, dispersion_of_shares
from mlrespond.model.reading import FeatureProfile

SURELY: Final = 2.0
"""Thirty slices of independent rows seldom seem to be worth that much less."""


def worth_of(baseline: FeatureProfile) -> float:
    """Return how many rows of a feature say as much as an independent one, by its slices of time.

    For numbers of the shares up to each edge, which is what is compared; 1 where nothing tells.
    """
    slices = [one[1:] for one in baseline.slices]
    if baseline.type == "number":
        slices = [tuple(accumulate(one)) for one in slices]
    totals = [one[-1] if baseline.type == "number" else sum(one) for one in slices]
    width = len(slices[0]) - 1 if slices else 0
    return dispersion_of_shares(
        [
            Slices(1.0, tuple((one[at], n) for one, n in zip(slices, totals, strict=True)))
            for at in range(width)
        ]
    )


def worth_of_nulls(baseline: FeatureProfile | None) -> float:
    """Return the same of whether there is a value; 1 unless nulls surely come in spells."""
    if baseline is None or not baseline.nulls:
        return 1.0
    found = dispersion_of_shares(
        [Slices(1.0, tuple((one[0], sum(one)) for one in baseline.slices))]
    )
    return found if found > SURELY else 1.0
