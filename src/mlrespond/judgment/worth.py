"""How many rows of a feature say as much as an independent one: rows come in spells."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, TypeAlias

from mlrespond.judgment.dispersion import Slices, dispersion_of_shares, strays
from mlrespond.model.edge import SLICED
from mlrespond.model.reading import FeatureProfile, Profile

SURELY: Final = 2.0
"""Of independent rows, one share in twenty seems to be worth that much less, over both sides."""

SPELLED: Final = 3.0
"""Hardly one in a hundred features of independent rows seems to be worth that much less."""

MOST_FEATURES: Final = 0.9
"""What all features share is read off here: one that only grows, such as a date, is no spell."""

KNOWN_NULLS: Final = 30
"""With so many nulls, one a slice, a feature tells by itself whether they come in spells."""

RARE: Final = 2
"""Words that a baseline has no more often stand for those that it has not at all."""

SHORT: Final = 120
"""Fewer rows than that, four a slice, cannot show that they come in no spells."""

SHORT_WORTH: Final = 8
"""So many independent rows those of a short baseline are taken for, at most, where shares count."""

_Sides: TypeAlias = tuple[FeatureProfile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worths:
    """How many rows say as much as an independent one, by feature: of values, nulls, new words."""

    values: Mapping[str, float]
    nulls: Mapping[str, float]
    unseen: Mapping[str, float]
    short: float

    def surely(self, feature: str) -> float:
        """Return that of a feature's values, or 1 where it may be chance that it is more."""
        return _beyond(self.values.get(feature, 1.0), SPELLED)


def worths_of(current: Profile, baseline: Profile, earlier: Profile | None = None) -> Worths:
    """Return what rows are worth by the slices of both sides, all features together.

    `earlier` is a third side: what came before the present, where that is a part of a window.

    Both sides count: a spell of a kind that the baseline had none of shows in the present alone,
    and is no proof of a change. Values are worth what they are on the side where they stray more;
    nulls and new words, each a single share that few slices tell badly, what both sides together
    show, or one of them surely. And both may have no burst of a feature, and then its own
    slices say nothing of them; those of the other features of the same rows do. So no feature's
    rows are worth more than those of the tenth that has the longest spells, where that surely is
    more than chance.
    """
    sides = _by_name(baseline, current, *((earlier,) if earlier else ()))
    new = {name: _worth_of_new(both) for name, both in sides.items()}
    values = {name: max(new[name], *map(worth_of, both)) for name, both in sides.items()}
    shared = _shared(values.values())
    values = {name: max(one, shared) for name, one in values.items()}
    nulls = {name: worth_of_nulls(*both) for name, both in sides.items()}
    gaps = _shared(nulls[name] for name, both in sides.items() if any(one.nulls for one in both))
    short = baseline.n / SHORT_WORTH if 0 < baseline.n < SHORT else 1.0
    told = {one.name for one in baseline.features if one.nulls >= KNOWN_NULLS}
    return Worths(
        values=values,
        nulls={
            name: max(one, gaps, short, 1.0 if name in told else shared)
            for name, one in nulls.items()
        },
        unseen={name: max(one, _beyond(values[name], SPELLED)) for name, one in new.items()},
        short=short,
    )


def worth_of(one: FeatureProfile) -> float:
    """Return how many rows of a feature say as much as an independent one, by slices of time.

    For numbers of the shares up to each edge, which is what is compared; 1 where nothing tells.
    """
    slices = [part[1:] for part in one.slices]
    if one.type == "number":
        slices = [tuple(accumulate(part)) for part in slices]
    totals = [part[-1] if one.type == "number" else sum(part) for part in slices]
    width = len(slices[0]) - 1 if slices else 0
    return dispersion_of_shares(
        [
            Slices(1.0, tuple((part[at], n) for part, n in zip(slices, totals, strict=True)))
            for at in range(width)
        ]
    )


def worth_of_nulls(*sides: FeatureProfile) -> float:
    """Return the same of whether there is a value; 1 unless nulls surely come in spells."""
    some = [one for one in sides if one.nulls]
    return _surely([(part[0], sum(part)) for part in one.slices] for one in some)


def _worth_of_new(sides: _Sides) -> float:
    """Return the same of whether a word is new; a baseline tells it by its rarest words."""
    before, *now = sides
    known = {word for word, n in before.categories.items() if n > RARE}
    return _surely(words_not_of(one, known) for one in (before, *now) if one.type == "category")


def words_not_of(one: FeatureProfile, known: Collection[str]) -> list[tuple[int, int]]:
    """Return by slice how many words are not known; those told together are if most are not."""
    told, others = list(one.categories)[:SLICED], list(one.categories)[SLICED:]
    chosen = [at for at, word in enumerate(told, 1) if word not in known]
    strange = sum(one.categories[word] for word in others if word not in known)
    if 2 * strange >= sum(one.categories[word] for word in others):
        chosen.append(len(told) + 1)
    return [(sum(part[at] for at in chosen), sum(part[1:])) for part in one.slices]


def _by_name(baseline: Profile, *others: Profile) -> Mapping[str, _Sides]:
    told: dict[str, _Sides] = {one.name: (one,) for one in baseline.features}
    for other in others:
        for one in other.features:
            told[one.name] = (*told.get(one.name, ()), one)
    return told


def _shared(found: Iterable[float]) -> float:
    ordered = sorted(found)
    at = ordered[int(MOST_FEATURES * (len(ordered) - 1))] if len(ordered) > 1 else 1.0
    return _beyond(at, SPELLED)


def _surely(sides: Iterable[Iterable[tuple[int, int]]]) -> float:
    found = [Slices(1.0, tuple(counts)) for counts in sides]
    if not any(map(strays, found)):
        return 1.0
    return _beyond(dispersion_of_shares(*([one] for one in found)), SURELY)


def _beyond(worth: float, least: float) -> float:
    return worth if worth > least else 1.0
