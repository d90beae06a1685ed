"""The closed sets of words that everything else speaks in (DESIGN §2)."""

from __future__ import annotations

from typing import Literal

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
Where = Literal["reached", "before", "elsewhere", "pending", "failed", "unreadable"]

SEVERITIES: tuple[Severity, ...] = ("SEV1", "SEV2", "SEV3", "SEV4")
ENDINGS: tuple[Ending, ...] = (
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
)
OUTCOMES: tuple[Outcome, ...] = (
    "ok",
    "failed",
    "unknown",
    "skipped",
    "denied",
    "expired",
    "not_reached",
)
VERDICTS: tuple[VerdictWord, ...] = ("pass", "fail", "inconclusive")
