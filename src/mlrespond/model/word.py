"""The closed sets of words that everything else speaks in (DESIGN §2)."""

from __future__ import annotations

from typing import Literal, get_args

Severity = Literal["SEV1", "SEV2", "SEV3", "SEV4"]
Effect = Literal["read", "change", "page"]
Outcome = Literal["ok", "failed", "unknown", "skipped", "denied", "expired", "not_reached"]
VerdictWord = Literal["pass", "fail", "inconclusive"]
Ending = Literal[
    "mitigated",
    "no_fault",
    "not_ours",
    "escalated",
    "not_mitigated",
    "denied",
    "failed",
    "unknown",
    "stopped",
    "done",
]
IncidentStatus = Literal["open", "mitigated", "resolved", "closed", "merged", "declined"]
Settle = Literal["idempotent", "readable", "keyed", "none"]
Scorer = Literal["accuracy", "exact", "tolerance", "set", "regex", "json_schema", "custom"]
Where = Literal["reached", "before", "elsewhere", "pending", "failed", "unreadable"]

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
ENDINGS: tuple[Ending, ...] = get_args(Ending)
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
SCORERS: tuple[Scorer, ...] = get_args(Scorer)
VERDICTS: tuple[VerdictWord, ...] = get_args(VerdictWord)
