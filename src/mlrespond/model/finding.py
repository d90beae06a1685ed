"""What a diagnosis finds: readings, changes before the onset, and suspects with their evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mlrespond.model.word import VerdictWord

FindingKind = Literal[
    "registry",
    "wanted_not_served",
    "mixed_versions",
    "replica_silent",
    "replica_behind",
    "release",
    "released",
    "started",
    "unapproved",
    "error_ratio",
    "error_ratio_replica",
    "error_ratio_own",
    "latency",
    "latency_replica",
    "latency_own",
    "latency_easing",
    "golden",
    "golden_previous",
    "replay",
    "replay_previous",
    "validity",
    "volume",
    "nulls",
    "out_of_range",
    "unit",
    "unseen",
    "mismatched",
    "freshness",
    "frozen",
    "drift",
    "clock",
    "score",
    "quality",
    "quality_immature",
    "quality_released",
    "dependency",
    "objective",
]

FAILED_MEANS: Mapping[FindingKind, str] = {
    "registry": "The registry does not answer",
    "wanted_not_served": "Every replica serves another version than the registry wants",
    "mixed_versions": "Replicas serve different versions",
    "replica_silent": "A replica does not answer",
    "replica_behind": "A replica serves another version than the registry wants",
    "release": "A version was released before the onset; what happened, and no fault by itself",
    "released": "The released version did badly from its start, or the onset came with it",
    "started": "A replica was started lately; what happened, and no fault by itself",
    "unapproved": "A version is served that lacks the tag of an approved one",
    "error_ratio": "More requests fail than before, or than may",
    "error_ratio_own": "More requests fail on a replica than failed on it before",
    "error_ratio_replica": "More requests fail on one replica than on the others",
    "latency": "More requests are slow than before, or than may be",
    "latency_own": "More requests are slow on a replica than were on it before",
    "latency_replica": "More requests are slow on one replica than on the others",
    "latency_easing": "Slow requests become fewer again",
    "golden": "Golden cases come out wrong",
    "golden_previous": "They came out wrong with the version before, too",
    "replay": "Recent inputs come out worse than with the version before",
    "replay_previous": "The version before does not do well on recent inputs, either",
    "validity": "More outputs are not valid than before, or than may be",
    "volume": "Requests come half as often as before, or twice as often",
    "nulls": "A feature is missing more often",
    "out_of_range": "A feature lies outside its bounds more often",
    "unit": "A feature's numbers are so many times larger or smaller that its unit changed",
    "unseen": "A feature has categories that were not there before",
    "mismatched": "A feature has values of another type more often",
    "freshness": "Nothing was logged lately",
    "frozen": "A feature's values do not move any more",
    "drift": "A feature is distributed otherwise",
    "clock": "Times lie in the future, or a feature of time is hours off",
    "score": "Scores are distributed otherwise",
    "quality": "Mature labels say that predictions got worse",
    "quality_immature": "Fewer labels came than are due",
    "quality_released": "Labels of the released version say that its predictions are worse",
    "dependency": "A service that this one depends on has an open incident",
    "objective": "An objective that tells of a sign of its own is not met",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One reading of one check: fail is abnormal, pass is normal, inconclusive is not known.

    `sign` is what it is a sign of, where its kind does not tell.
    """

    kind: FindingKind
    verdict: VerdictWord
    said: str
    feature: str | None = None
    replica: str | None = None
    version: str | None = None
    value: float | None = None
    sign: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something of ours that changed; it happened between `after` and `at`."""

    what: Literal["version", "wanted", "route", "replica", "standing"]
    before: str | None
    to: str | None
    at: datetime
    after: datetime | None = None
    where: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """When it began, by the counts of an objective: some time from `since` to `until`."""

    since: datetime
    until: datetime
    objective: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A failure mode with the evidence for and against it, and the move that would be right.

    `missing` signs do not show, or are not known, and it is not likely for want of them.
    """

    mode: str
    likely: bool
    move: str
    title: str = ""
    evidence: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    because: str = ""
    tempting: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What is probably wrong; `top` is null when it abstains or nothing is wrong."""

    verdict: VerdictWord
    top: str | None
    suspects: tuple[Suspect, ...]
    findings: tuple[Finding, ...]
    changes: tuple[Change, ...]
    onset: datetime
    said: str
    began: Began | None = None
