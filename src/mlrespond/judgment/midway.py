"""Inputs that broke within the present: judged from where they did, if the break is gross.

A break in the middle of a window looks like one long spell, by which its rows would be worth next
to nothing. How rows come in spells is therefore told by what lies on each side of it: Vogelsang,
Journal of Econometrics 88 (1999) 283; Juhl and Xiao, Journal of Econometrics 148 (2009) 14.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from math import log
from typing import Final, TypeAlias

from mlrespond.judgment.dispersion import Pair, Slices
from mlrespond.judgment.inputs import judge_inputs
from mlrespond.judgment.onset import onset
from mlrespond.judgment.worth import words_not_of
from mlrespond.model.instant import iso
from mlrespond.model.reading import FeatureProfile, FeatureSpec, Profile, Window
from mlrespond.model.verdict import MetricVerdict

LEAST_SLICES: Final = 3
"""A break lasts to the end of the window, for a tenth of it at least."""

LEAST_ROWS: Final = 30
GROSS: Final = 0.2
"""How much more of the rows a break must reach: what is less may be a spell that has not ended."""

GROSS_FACTOR: Final = 10.0
"""The same of numbers: by how much their median is larger or smaller."""

MOST_READINGS: Final = 3

Reading: TypeAlias = Callable[[Window], Profile | None]
"""Counts a part of the present on the baseline's edges; None where that cannot be told."""


@dataclass(frozen=True, slots=True)
class _Break:
    """A feature seems otherwise from a slice on; `log_e` is how much likelier that is than not."""

    feature: str
    at: int
    log_e: float


def judge_inputs_midway(
    current: Profile,
    baseline: Profile,
    features: Mapping[str, FeatureSpec],
    alpha: float,
    read: Reading,
) -> tuple[MetricVerdict, ...]:
    """Return `judge_inputs`, with fails of what broke within the present and lasts to its end.

    Where a feature seems otherwise from some slice on, at most three times, the rows since then
    are read and judged by the same checks. It must be so for a tenth of the window and 30 rows,
    reach 20 points more of the rows than before or move the median tenfold, and be a fail at
    `alpha` divided by the number of slices, since the slice was chosen. Spells count as the
    baseline, the rows before the break and those after it show them, each by itself.
    """
    whole = judge_inputs(current, baseline, features, alpha)
    failed = {one.feature for one in whole if one.verdict == "fail"}
    found: dict[str, MetricVerdict] = {}
    for at, names in _moments(current, baseline, features, failed):
        late = _judged_since(at, names, current, baseline, features, alpha, read)
        found |= {one.name: one for one in late}
    return tuple(found.get(one.name, one) for one in whole)


def _moments(
    current: Profile,
    baseline: Profile,
    features: Mapping[str, FeatureSpec],
    failed: set[str | None],
) -> list[tuple[int, list[str]]]:
    """Return the slices from which features seem otherwise, the surest first."""
    breaks = [
        one
        for name in features
        if name not in failed and (one := _break(current.feature(name), baseline.feature(name)))
    ]
    moments: list[tuple[int, list[str]]] = []
    for one in sorted(breaks, key=lambda one: -one.log_e):
        near = next((names for at, names in moments if abs(at - one.at) <= 1), None)
        if near is not None:
            near.append(one.feature)
        elif len(moments) < MOST_READINGS:
            moments.append((one.at, [one.feature]))
    return moments


def _break(now: FeatureProfile | None, before: FeatureProfile | None) -> _Break | None:
    if now is None or before is None or now.type != before.type:
        return None
    found = [
        _Break(now.name, one.at, one.log_e)
        for counts in _shares(now, before)
        if (one := onset(Slices(1.0, tuple(counts))))
        and 0 < one.at <= len(now.slices) - LEAST_SLICES
    ]
    return max(found, key=lambda one: one.log_e, default=None)


def _shares(now: FeatureProfile, before: FeatureProfile) -> Iterator[Sequence[Pair]]:
    """Yield by slice: nulls, and numbers up to each edge, or words that the baseline has not."""
    yield [(part[0], sum(part)) for part in now.slices]
    if now.type == "category":
        yield words_not_of(now, before.categories)
        return
    running = [(tuple(accumulate(part[1:])), sum(part[1:])) for part in now.slices]
    for edge in range(len(now.edges)):
        yield [(below[edge], n) for below, n in running]


def _judged_since(
    at: int,
    names: Sequence[str],
    current: Profile,
    baseline: Profile,
    features: Mapping[str, FeatureSpec],
    alpha: float,
    read: Reading,
) -> Iterator[MetricVerdict]:
    slices = max(len(one.slices) for one in current.features)
    length = (current.window.until - current.window.since) / slices
    window = Window(since=current.window.since + at * length, until=current.window.until)
    since = read(window)
    if since is None or since.n < LEAST_ROWS:
        return
    earlier = replace(current, features=tuple(_until(one, at) for one in current.features))
    verdicts = judge_inputs(since, baseline, features, alpha / slices, earlier=earlier)
    for one in verdicts:
        if one.feature in names and one.verdict == "fail" and _gross(one):
            yield replace(one, said=f"{one.said}; since {iso(window.since)}, where it broke")


def _until(one: FeatureProfile, at: int) -> FeatureProfile:
    return replace(one, slices=one.slices[:at])


def _gross(one: MetricVerdict) -> bool:
    if not one.name.startswith("unit:"):
        return one.effect is not None and one.effect >= GROSS
    if not one.current or not one.baseline or (one.current > 0) != (one.baseline > 0):
        return False
    return abs(log(one.current / one.baseline)) >= log(GROSS_FACTOR)
