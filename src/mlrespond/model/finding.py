"""What a diagnosis finds: readings, changes before the onset, and suspects with their evidence."""

from __future__ import annotations

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
    "error_ratio",
    "error_ratio_replica",
    "latency",
    "latency_replica",
    "golden",
    "golden_previous",
    "validity",
    "volume",
    "nulls",
    "out_of_range",
    "unit",
    "unseen",
    "mismatched",
    "freshness",
    "score",
    "quality",
    "quality_immature",
    "quality_released",
    "dependency",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One reading of one check: fail is abnormal, pass is normal, inconclusive is not known."""

    kind: FindingKind
    verdict: VerdictWord
    said: str
    feature: str | None = None
    replica: str | None = None
    version: str | None = None
    value: float | None = None


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
class Suspect:
    """A failure mode with the evidence for and against it, and the move that would be right."""

    mode: str
    likely: bool
    move: str
    title: str = ""
    evidence: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


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
