"""What to check of the inputs before anybody speaks of drift: nulls, ranges, types, words.

Drift measures leave nulls out; these do not. Null surges: failure-modes.md 3 and 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from mlrespond.judgment.dispersion import INDEPENDENT
from mlrespond.judgment.limit import bracketed
from mlrespond.judgment.look import Look
from mlrespond.judgment.proportion import first_seen_tail
from mlrespond.judgment.rate import LEAST_EVENTS, Counts, default_margin, judge_rate
from mlrespond.judgment.schema import judge_schema
from mlrespond.judgment.unit import judge_unit
from mlrespond.judgment.worth import Worths, worths_of
from mlrespond.model.reading import FeatureProfile, FeatureSpec, Profile
from mlrespond.model.verdict import MetricVerdict

UNSEEN_MARGIN: Final = 0.005
FROZEN_MARGIN: Final = 0.1
STALE_MARGIN: Final = 0.2
MANY_VALUES: Final = 60
"""A feature with fewer different numbers, such as an hour, may well stand still for a while."""

LEAST_REPEATS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Share:
    """One share to compare: of what, in how many rows, and how much more of it is usual."""

    what: str
    feature: str
    surely: Counts | None
    possibly: Counts | None
    baseline: Counts | None
    margin: float | None = None
    empty: bool = False
    worth: float = 1.0


def judge_inputs(
    current: Profile,
    baseline: Profile,
    features: Mapping[str, FeatureSpec],
    alpha: float,
    *,
    earlier: Profile | None = None,
) -> tuple[MetricVerdict, ...]:
    """Return a verdict on each check of each feature, named `check:feature`.

    `schema`, where the profiles tell columns, `times`, where more rows near the present have none
    that can be read than near the baseline, `nulls`, `mismatched`, and of numbers `out_of_range`,
    `unit` and `frozen` (one number everywhere), `unseen` of categories, and `stale` where entities
    come again: they have what they had before. Shares but `nulls` are of rows that have a value,
    so that nulls cannot hide anything. All fails together err at most at `alpha`: half of it is
    for `unseen`, which is the hardest to see, and half for all other checks (Bonferroni, weighted).
    Each pass errs at `alpha`, which needs no correction, for all must pass (Berger, Technometrics
    24 (1982) 295). `earlier` may hold slices of what came just before the present: they say how
    rows come in spells, and nothing else.
    """
    worths = worths_of(current, baseline, earlier)
    shares = [
        replace(share, worth=_worth(share, worths))
        for name, spec in features.items()
        for share in _shares(name, spec, current.feature(name), baseline.feature(name))
    ]
    numbers = [name for name, spec in features.items() if spec.type == "number"]
    words = len(features) - len(numbers)
    each = alpha / max(1, 1 + len(shares) - words + len(numbers))
    each_unseen = alpha / max(1, words)
    return (
        *judge_schema(current, baseline, features),
        *_readable(current, baseline, alpha, each),
        *(
            _judge_share(share, alpha, each_unseen if share.what == "unseen" else each)
            for share in shares
        ),
        *(
            judge_unit(
                name,
                current.feature(name),
                baseline.feature(name),
                each,
                worth=worths.values.get(name, 1.0),
            )
            for name in numbers
        ),
    )


def _readable(
    current: Profile, baseline: Profile, alpha: float, each: float
) -> Iterator[MetricVerdict]:
    """Judge rows of no readable time, which no other check sees: a time zone that was lost, say.

    Some logs cannot tell near which window such rows lie: they count as many near both.
    """
    if current.unreadable <= baseline.unreadable:
        return
    now, before = (Counts(one.unreadable, one.n + one.unreadable) for one in (current, baseline))
    alone, among_all = (
        judge_rate("rows of no readable time", now, before, margin=None, alpha=rate, kind="input")
        for rate in (alpha, each)
    )
    yield replace(among_all if alone.verdict == "fail" else alone, name="times")


def _worth(share: _Share, worths: Worths) -> float:
    if share.what == "nulls":
        return worths.nulls.get(share.feature, worths.short)
    if share.what == "unseen":
        return worths.unseen.get(share.feature, 1.0)
    return max(worths.surely(share.feature), worths.short)


def _shares(
    name: str, spec: FeatureSpec, current: FeatureProfile | None, baseline: FeatureProfile | None
) -> Iterator[_Share]:
    empty = current is not None and current.values == 0
    yield replace(_nulls(name, spec, current, baseline), empty=empty)
    yield replace(_plain("mismatched", name, current, baseline), empty=empty)
    if spec.type == "category":
        yield replace(_unseen(name, spec, current, baseline), empty=empty)
    elif spec.min is not None or spec.max is not None:
        yield replace(_plain("out_of_range", name, current, baseline), empty=empty)
    yield from _still(name, current, baseline)


def _still(
    name: str, current: FeatureProfile | None, baseline: FeatureProfile | None
) -> Iterator[_Share]:
    """Count what stands still: one number in many rows, or an entity's value that never changes."""
    if current is None or baseline is None:
        return
    if baseline.distinct > MANY_VALUES and baseline.commonest:
        now, before = (Counts(one.commonest, one.values) for one in (current, baseline))
        yield _share("frozen", name, now, before, FROZEN_MARGIN)
    if min(current.repeats, baseline.repeats) >= LEAST_REPEATS:
        now, before = (Counts(one.same, one.repeats) for one in (current, baseline))
        yield _share("stale", name, now, before, STALE_MARGIN)


def _share(what: str, name: str, now: Counts, before: Counts, least: float) -> _Share:
    margin = default_margin(before, least) if before.counted else least
    return _Share(what=what, feature=name, surely=now, possibly=now, baseline=before, margin=margin)


def _nulls(
    name: str, spec: FeatureSpec, current: FeatureProfile | None, baseline: FeatureProfile | None
) -> _Share:
    """Count nulls; what the feature's author calls usual is as good as the baseline."""
    now = Counts(current.nulls, current.n) if current else None
    before = Counts(baseline.nulls, baseline.n) if baseline else None
    margin = None
    if spec.nulls is not None and before and before.counted:
        margin = max(default_margin(before), spec.nulls - before.share)
    return _Share(
        what="nulls",
        feature=name,
        surely=now,
        possibly=now,
        baseline=before,
        margin=margin,
    )


def _plain(
    what: str, name: str, current: FeatureProfile | None, baseline: FeatureProfile | None
) -> _Share:
    now, before = (
        Counts(one.mismatched if what == "mismatched" else one.out_of_range, one.n - one.nulls)
        if one
        else None
        for one in (current, baseline)
    )
    return _Share(what=what, feature=name, surely=now, possibly=now, baseline=before)


def _unseen(
    name: str, spec: FeatureSpec, current: FeatureProfile | None, baseline: FeatureProfile | None
) -> _Share:
    """Count rows with a category that neither the baseline nor the feature's author knows.

    Where a profile leaves rare categories out, they may be unseen ones.
    """
    surely = possibly = before = margin = None
    known = set(spec.categories) | set(baseline.categories if baseline else ())
    if baseline and (spec.categories or not _unlisted(baseline)):
        before = _due(spec, baseline)
        margin = default_margin(before, UNSEEN_MARGIN) if before.counted else None
    if current:
        rows = current.n - current.nulls
        unseen = sum(n for one, n in current.categories.items() if one not in known)
        surely, possibly = Counts(unseen, rows), Counts(unseen + _unlisted(current), rows)
    return _Share(
        what="unseen",
        feature=name,
        surely=surely,
        possibly=possibly,
        baseline=before,
        margin=margin,
    )


def _due(spec: FeatureSpec, baseline: FeatureProfile) -> Counts:
    """Estimate the unseen rows that chance alone brings: as many as had a category of their own.

    The share is Good's (Biometrika 40 (1953) 237). It is less sure than as many rows would make it,
    so it counts as fewer: Esty, Annals of Statistics 11 (1983) 905.
    """
    rows = Counts(0, baseline.n - baseline.nulls)
    if not rows.counted:
        return rows
    often = [n for one, n in baseline.categories.items() if one not in spec.categories]
    once, twice = often.count(1), often.count(2)
    worth = max(once, 1) / (max(once, 1) + 2 * twice)
    return Counts(round(once * worth), round(rows.n * worth))


def _unlisted(profile: FeatureProfile) -> int:
    return max(0, profile.n - profile.nulls - profile.mismatched - sum(profile.categories.values()))


def _judge_share(share: _Share, alpha: float, each: float) -> MetricVerdict:
    verdict = bracketed(
        _held(share, share.surely, alpha, each),
        _held(share, share.possibly, alpha, each),
        "the profile leaves rare categories out",
    )
    if share.empty and verdict.verdict == "pass":
        said = f"{verdict.said}; there is no value of the right type at all"
        verdict = replace(verdict, verdict="inconclusive", reason="no_data", warn=False, said=said)
    return replace(verdict, name=f"{share.what}:{share.feature}")


def _held(share: _Share, counts: Counts | None, alpha: float, each: float) -> MetricVerdict:
    spread = replace(INDEPENDENT, current=share.worth, baseline=share.worth)
    spells = spread if share.worth > 1 else None
    alone, among_all = (
        judge_rate(
            f"{share.what} of {share.feature}",
            counts,
            share.baseline,
            margin=share.margin,
            alpha=Look(alpha=rate, dispersion=spells),
            kind="input",
            feature=share.feature,
        )
        for rate in (alpha, each)
    )
    found = among_all if alone.verdict == "fail" else alone
    if found.verdict == "fail" and counts and counts.k < LEAST_EVENTS * share.worth:
        said = f"{found.said}; one spell of rows may bring as many"
        found = replace(found, verdict="inconclusive", reason="too_few", said=said)
    return _first_seen(found, share, counts, each)


def _first_seen(
    found: MetricVerdict, share: _Share, counts: Counts | None, each: float
) -> MetricVerdict:
    """Let the exact test decide where the baseline has none at all: intervals are too wide there.

    Against a thousand rows without it, ten of a thousand with it would not be told from chance.
    """
    before = share.baseline
    if share.what != "unseen" or found.verdict != "inconclusive" or not (counts and before):
        return found
    if not (counts.counted and before.counted) or before.k or counts.k < LEAST_EVENTS * share.worth:
        return found
    worth = share.worth
    tail = first_seen_tail(
        int(counts.k / worth), ceil(counts.n / worth), max(1, int(before.n / worth))
    )
    if counts.share < UNSEEN_MARGIN or tail > each / 2:
        return found
    said = f"{found.said.partition(';')[0]}; that none came before is chance with p {tail:.1g})"
    return replace(found, verdict="fail", reason="worse", more_needed=None, said=said)
