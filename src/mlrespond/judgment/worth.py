"""How many rows of a feature say as much as an independent one: rows come in spells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from mlrespond.judgment.dispersion import Slices, dispersion_of_shares
from mlrespond.model.reading import FeatureProfile, Profile

SURELY: Final = 2.0
"""Thirty slices of independent rows seldom seem to be worth that much less."""

SPELLED: Final = 3.0
"""Hardly one in a hundred features of independent rows seems to be worth that much less."""

MOST_FEATURES: Final = 0.9
"""What all features share is read off here: one that only grows, such as a date, is no spell."""

KNOWN_NULLS: Final = 30
"""With so many nulls, one a slice, a feature tells by itself whether they come in spells."""


SHORT: Final = 120
"""Fewer rows than that, four a slice, cannot show that they come in no spells."""

SHORT_WORTH: Final = 8
"""So many independent rows those of a short baseline are taken for, at most, where shares count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worths:
    """How many rows say as much as an independent one: by feature, of values and of nulls."""

    values: Mapping[str, float]
    nulls: Mapping[str, float]
    short: float

    def surely(self, feature: str) -> float:
        """Return that of a feature's values, or 1 where it may be chance that it is more."""
        found = self.values.get(feature, 1.0)
        return found if found > SPELLED else 1.0


def worths_of(baseline: Profile) -> Worths:
    """Return what rows are worth by the slices of a baseline, all its features together.

    A short baseline may have no burst of a feature, and then its own slices say nothing of them;
    those of the other features of the same rows do. So no feature's rows are worth more than those
    of the tenth that has the longest spells, where that surely is more than chance.
    """
    values = {one.name: worth_of(one) for one in baseline.features}
    shared = _shared(values.values())
    short = baseline.n / SHORT_WORTH if 0 < baseline.n < SHORT else 1.0
    some = [one for one in baseline.features if one.nulls]
    gaps = _shared(map(worth_of_nulls, some))
    return Worths(
        values={name: max(one, shared) for name, one in values.items()},
        nulls={
            one.name: max(
                *(worth_of_nulls(one), gaps, short),
                1.0 if one.nulls >= KNOWN_NULLS else shared,
            )
            for one in baseline.features
        },
        short=short,
    )


def _shared(found: Iterable[float]) -> float:
    ordered = sorted(found)
    at = ordered[int(MOST_FEATURES * (len(ordered) - 1))] if len(ordered) > 1 else 1.0
    return at if at > SPELLED else 1.0


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
