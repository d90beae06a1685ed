"""Inputs that broke within a window: judged from where they did, if the break is gross and lasts.

A break in the middle of a window looks like one long spell, by which its rows would be worth next
to nothing. How rows come in spells is therefore told by what lies on each side of it: Vogelsang,
Journal of Econometrics 88 (1999) 283; Juhl and Xiao, Journal of Econometrics 148 (2009) 14.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from math import log
from typing import Final, TypeAlias

from mlrespond.judgment.dispersion import Pair, Slices
from mlrespond.judgment.inputs import judge_inputs
from mlrespond.judgment.onset import onset
from mlrespond.judgment.worth import SHORT, words_not_of
from mlrespond.model.edge import SLICES
from mlrespond.model.instant import iso
from mlrespond.model.reading import Edges, FeatureProfile, FeatureSpec, Profile, Window
from mlrespond.model.verdict import MetricVerdict

LEAST_SLICES: Final = 3
"""A break lasts to the end of the window, for a tenth of it at least."""

LEAST_ROWS: Final = 30
GROSS: Final = 0.2
"""How much more of the rows a break must reach: what is less may be a spell that has not ended."""

GROSS_FACTOR: Final = 10.0
"""The same of numbers: by how much their median is larger or smaller."""

MOST_READINGS: Final = 3
WHOLE: Final = 0.8
"""Which part of `alpha` is for the fails of the whole window."""

SEARCH: Final = (1 - WHOLE) / 2 / SLICES
"""Which part is for each slice from which the present, or the baseline, may be broken."""

Reading: TypeAlias = Callable[[Window, Edges | None], Profile | None]
"""Counts a part of both windows, on edges or as a baseline; None where that cannot be told."""

_Specs: TypeAlias = Mapping[str, FeatureSpec]


@dataclass(frozen=True, slots=True)
class _Break:
    """A feature seems otherwise from a slice on; `log_e` is how much likelier that is than not."""

    feature: str
    at: int
    log_e: float


@dataclass(frozen=True, slots=True)
class _Moment:
    """From this slice on these features seem otherwise."""

    at: int
    features: list[str]

    def of(self, window: Window) -> Window:
        """Return the part of a window since then."""
        length = (window.until - window.since) / SLICES
        return replace(window, since=window.since + self.at * length)

    def until_before(self, window: Window) -> Window:
        """Return the part before then, less the slice in which it may have begun to break."""
        length = (window.until - window.since) / SLICES
        return replace(window, until=window.since + (self.at - 1) * length)


def judge_inputs_midway(
    current: Profile, baseline: Profile, features: _Specs, alpha: float, read: Reading
) -> tuple[MetricVerdict, ...]:
    """Return `judge_inputs`, with fails of what broke within the present and lasts to its end.

    Where a feature seems otherwise from some slice on, at most three times, the rows since then
    are read and judged by the same checks. It must be so for a tenth of the window and 30 rows,
    reach 20 points more of the rows than before or move the median tenfold, and be a fail at its
    part of `alpha` divided by the number of slices, since the slice was chosen. Spells count as
    the baseline, the rows before the break and those after it show them, each by itself.

    An alert may come late: so the same is asked of a break in a baseline that ends where the
    present begins. What came before it must be the larger part of the baseline, so that what was
    over within it is no break; and what fails since then must fail as grossly in the present alone,
    so that what is mended does not.

    All fails together err at most at `alpha`: eight tenths of it are for the whole window, and one
    for each of the two searches (Bonferroni, weighted). Each pass errs at `alpha`.
    """
    whole = _whole(current, baseline, features, alpha)
    failed = {one.feature for one in whole if one.verdict == "fail"}
    late = [
        *_within(current, baseline, features, alpha, read, failed),
        *_before(current, baseline, features, alpha, read, failed),
    ]
    found = {one.name: one for one in reversed(late)}
    return tuple(found.get(one.name, one) for one in whole)


def _whole(
    current: Profile, baseline: Profile, features: _Specs, alpha: float
) -> tuple[MetricVerdict, ...]:
    told = judge_inputs(current, baseline, features, alpha)
    if all(one.verdict != "fail" for one in told):
        return told
    surely = judge_inputs(current, baseline, features, alpha * WHOLE)
    pairs = zip(told, surely, strict=True)
    return tuple(sure if one.verdict == "fail" else one for one, sure in pairs)


def _within(
    current: Profile,
    baseline: Profile,
    features: _Specs,
    alpha: float,
    read: Reading,
    failed: Collection[str | None],
) -> Iterator[MetricVerdict]:
    """Judge the present from where it broke."""
    both = ((current.feature(name), baseline.feature(name)) for name in features)
    breaks = (_break(now, _shares(now, before), LEAST_SLICES) for now, before in both if now)
    for moment in _moments(breaks):
        window = moment.of(current.window)
        names = [name for name in moment.features if name not in failed]
        since = read(window, baseline.edges) if names else None
        if since is None or since.n < LEAST_ROWS:
            continue
        cut = tuple(replace(one, slices=one.slices[: moment.at]) for one in current.features)
        told = judge_inputs(
            since, baseline, features, alpha * SEARCH, earlier=replace(current, features=cut)
        )
        yield from _gross(told, names, window)


def _before(
    current: Profile,
    baseline: Profile,
    features: _Specs,
    alpha: float,
    read: Reading,
    failed: Collection[str | None],
) -> Iterator[MetricVerdict]:
    """Judge all since the baseline broke, and the present alone, against what came before that."""
    past = baseline.window
    apart = current.window.since - past.until
    if not past.until <= current.window.since or apart > past.until - past.since:
        return
    known = [one for one in baseline.features if one.name in features]
    breaks = (_break(one, _shares(one, None), 1) for one in known)
    for moment in _moments(one for one in breaks if one and one.at >= SLICES // 2):
        began = moment.of(past).since
        names = [name for name in moment.features if name not in failed]
        usual = read(moment.until_before(past), None) if names else None
        if usual is None or usual.n < SHORT:
            continue
        window = replace(current.window, since=began)
        since = _against(window, usual, features, alpha, read)
        told = list(_gross(since, names, window))
        now = _against(current.window, usual, features, alpha, read) if told else ()
        lasting = {one.name for one in _gross(now, names, window)}
        yield from (one for one in told if one.name in lasting)


def _against(
    window: Window, usual: Profile, features: _Specs, alpha: float, read: Reading
) -> tuple[MetricVerdict, ...]:
    found = read(window, usual.edges)
    if found is None or found.n < LEAST_ROWS:
        return ()
    return judge_inputs(found, usual, features, alpha * SEARCH)


def _moments(breaks: Iterator[_Break | None]) -> list[_Moment]:
    """Return the slices from which features seem otherwise, the surest first."""
    moments: list[_Moment] = []
    for one in sorted((one for one in breaks if one), key=lambda one: -one.log_e):
        near = next((known for known in moments if abs(known.at - one.at) <= 1), None)
        if near is not None:
            near.features.append(one.feature)
        elif len(moments) < MOST_READINGS:
            moments.append(_Moment(one.at, [one.feature]))
    return moments


def _break(feature: FeatureProfile, shares: Iterator[Sequence[Pair]], least: int) -> _Break | None:
    found = [
        _Break(feature.name, one.at, one.log_e)
        for counts in shares
        if (one := onset(Slices(1.0, tuple(counts)))) and 0 < one.at <= len(feature.slices) - least
    ]
    return max(found, key=lambda one: one.log_e, default=None)


def _shares(one: FeatureProfile, before: FeatureProfile | None) -> Iterator[Sequence[Pair]]:
    """Yield by slice: nulls, and numbers up to each edge, or words that are not known before.

    Where there is nothing before, each word.
    """
    if len(one.slices) != SLICES or (before is not None and before.type != one.type):
        return
    yield [(part[0], sum(part)) for part in one.slices]
    values = [(part[1:], sum(part[1:])) for part in one.slices]
    if one.type == "category" and before is not None:
        yield words_not_of(one, before.categories)
        return
    if one.type == "number":
        values = [(tuple(accumulate(part)), n) for part, n in values]
    for at in range(len(values[0][0]) - 1):
        yield [(part[at], n) for part, n in values]


def _gross(
    told: Sequence[MetricVerdict], names: Collection[str], since: Window
) -> Iterator[MetricVerdict]:
    """Yield the fails of some features that are too much for a spell."""
    for one in told:
        if one.feature in names and one.verdict == "fail" and _large(one):
            yield replace(one, said=f"{one.said}; since {iso(since.since)}, where it broke")


def _large(one: MetricVerdict) -> bool:
    if not one.name.startswith("unit:"):
        return one.effect is not None and one.effect >= GROSS
    if not one.current or not one.baseline or (one.current > 0) != (one.baseline > 0):
        return False
    return abs(log(one.current / one.baseline)) >= log(GROSS_FACTOR)
