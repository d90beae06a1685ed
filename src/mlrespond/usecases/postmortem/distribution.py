"""How inputs, scores and labels were distributed before, during and after, from recorded readings.

Profiles are counts that a look of a run took and kept as evidence; none is read anew here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar

from mlrespond.model.codec import decode_as
from mlrespond.model.json import Json, items, record
from mlrespond.model.reading import FeatureProfile, LabelCounts, Profile
from mlrespond.usecases.postmortem.taken import Taken

When = Literal["before", "during", "after"]
WHENS: tuple[When, ...] = ("before", "during", "after")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiled:
    """A profile of predictions in one of the three times, and the event whose evidence has it."""

    when: When
    profile: Profile
    seq: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """How predictions of one of the three times fared against the labels that had come by then."""

    when: When
    labels: LabelCounts
    seq: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Distributions:
    """What was profiled; `lost` counts pieces of evidence that are erased or gone."""

    profiles: tuple[Profiled, ...] = ()
    labels: tuple[Labelled, ...] = ()
    lost: int = 0

    def features(self) -> tuple[str, ...]:
        """Return the names of what was profiled, in order; the score, if any, last."""
        names = [one.name for told in self.profiles for one in told.profile.features]
        scores = [told.profile.score.name for told in self.profiles if told.profile.score]
        return tuple(dict.fromkeys([*names, *scores]))

    def of(self, name: str) -> Mapping[When, FeatureProfile]:
        """Return the profiles of one feature, or the score, by time."""
        found: dict[When, FeatureProfile] = {}
        for told in self.profiles:
            score = told.profile.score
            one = score if score and score.name == name else told.profile.feature(name)
            if one is not None and one.n:
                found[told.when] = one
        return found


def distributions(
    looks: Sequence[Taken], onset: datetime, changed_at: datetime | None
) -> Distributions:
    """Return the largest profile of each of the three times that the runs' evidence holds.

    Before ends by the onset; after begins with the change that mitigated; during lies between.
    """
    profiles: dict[When, Profiled] = {}
    labels: dict[When, Labelled] = {}
    for one in looks:
        calls = items((one.content or {}).get("calls"))
        for profile in replies(calls, "profile", Profile):
            when = _when(profile.window.since, profile.window.until, onset, changed_at)
            if when and profile.n > (profiles[when].profile.n if when in profiles else 0):
                profiles[when] = Profiled(
                    when=when, profile=profile, seq=one.seq, digest=one.digest
                )
        for told in replies(calls, "labels", LabelCounts):
            when = _when(told.window.since, told.window.until, onset, changed_at)
            if when and told.labelled > (labels[when].labels.labelled if when in labels else 0):
                labels[when] = Labelled(when=when, labels=told, seq=one.seq, digest=one.digest)
    return Distributions(
        profiles=tuple(profiles[when] for when in WHENS if when in profiles),
        labels=tuple(labels[when] for when in WHENS if when in labels),
        lost=sum(one.content is None for one in looks),
    )


def replies(calls: Sequence[Json], method: str, wanted: type[T]) -> Iterator[T]:
    """Yield what a method of the predictions replied, of the calls of a look."""
    for one in calls:
        call = record(one)
        if (call.get("port"), call.get("method")) == ("predictions", method) and "reply" in call:
            told = decode_as(wanted, call["reply"])
            if isinstance(told, wanted):
                yield told


def _when(
    since: datetime, until: datetime, onset: datetime, changed_at: datetime | None
) -> When | None:
    if changed_at is not None and since >= changed_at:
        return "after"
    middle = since + (until - since) / 2
    if middle < onset:
        return "before"
    return "during" if changed_at is None or middle < changed_at else None
